"""python -m recx_lib.audit: the command `recx`."""

from recx_lib.audit.command import main

if __name__ == "__main__":
    main()
