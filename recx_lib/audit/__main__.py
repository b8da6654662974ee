"""python -m recx_lib.audit: the command `recx`."""

from recx_lib.audit.command import run_command

if __name__ == "__main__":
    run_command()
