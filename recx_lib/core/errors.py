"""All chapters: the one error that says what is wrong with the data, where,
and what to do. Plumbing.
"""

from __future__ import annotations


class DataError(ValueError):
    """Something is wrong with the data; the message says what, where, and what
    to do.
    """
