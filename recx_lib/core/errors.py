"""All chapters: the one error, about data. Plumbing."""

from __future__ import annotations


class DataError(ValueError):
    """Something is wrong with the data; the message says what, where, and what
    to do.
    """
