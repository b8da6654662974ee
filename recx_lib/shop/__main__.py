"""Write the shop's tables anew: python -m recx_lib.shop"""

from recx_lib.shop.simulator import FOLDER, simulate, write

write(simulate())
print(f"wrote {FOLDER}")
