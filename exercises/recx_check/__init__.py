"""Checks for the exercises: `from recx_check.ch02 import check`, then `check("name", answer)`.

`python -m recx_check` in the folder of the notebooks prints a report of all of them.
"""
