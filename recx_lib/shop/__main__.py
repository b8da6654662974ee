"""Write a shop's tables anew: python -m recx_lib.shop [SHOP] [FOLDER]

SHOP is middle (the default), kind or harsh; the middle shop goes to data/shop
where no folder is named.
"""

from __future__ import annotations

import sys

from recx_lib.core.errors import DataError
from recx_lib.shop.settings import SHOPS
from recx_lib.shop.simulator import FOLDER, simulate, write


def main(arguments: list[str]) -> str:
    """Write the tables of the shop asked for; return what was done.

    Raises DataError for an unknown shop, or where its folder is not named.

    >>> main(["nice"])
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: no shop 'nice': choose kind, middle, harsh
    """
    name, folder, *more = [*arguments, *("middle", None)[len(arguments) :]]
    if more:
        raise DataError(f"{more[0]!r} is too much: give a shop and a folder")
    if name not in SHOPS:
        known = ", ".join(SHOPS)
        raise DataError(f"no shop {name!r}: choose {known}")
    # the committed shop has a place of its own, others do not
    if folder is None and name != "middle":
        raise DataError(f"name a folder for the {name} shop's tables")
    folder = FOLDER if folder is None else folder
    write(simulate(SHOPS[name]), folder)
    return f"wrote {folder}"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except DataError as error:
        sys.exit(f"error: {error}")
