"""Chapter 17: what goes in and what comes out, field by field.

What is not named here cannot be said by accident. Plumbing.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]
How = Literal["exact", "cached", "cheap", "popular"]


class Strict(BaseModel):
    """A message without any other field."""

    model_config = ConfigDict(extra="forbid")


class Said(Strict):
    """Feedback on one item. The same `key` twice counts once."""

    item: Id
    kind: Literal["bought", "returned", "up", "down"]
    key: Annotated[str, Field(pattern=r"^[\w-]{8,80}$")]


class Kept(Strict):
    """It is on disk. `new` is false where we had it already."""

    new: bool


class Suggested(Strict):
    """One item of a list, and the sentence that says why."""

    item: str
    title: str
    sentence: str
    how: How


class Suggestions(Strict):
    """A list, the best first, and which model made it."""

    model: str
    items: list[Suggested]


class Cited(Strict):
    """One thing the customer has, and what it added to the score."""

    item: str
    title: str
    weight: float


class Why(Strict):
    """An explanation: sentence, evidence, and how it was made."""

    model: str
    item: str
    title: str
    sentence: str
    how: How
    because: list[Cited]


class Without(Strict):
    """Things to forget for the length of one question."""

    without: Annotated[list[Id], Field(max_length=50)] = []


class Swapped(Strict):
    """Without these things another item would stand first."""

    without: list[str]
    instead: str


class WhatIf(Strict):
    """The list without some things; and what the first place hangs on."""

    model: str
    items: list[str]
    titles: list[str]
    swap: Swapped | None


class Health(Strict):
    """Customers are served, and with which model."""

    status: Literal["ok", "old model"]
    model: str


class Forgotten(Strict):
    """How many rows about the customer were deleted."""

    rows: int


class Refused(BaseModel):
    """Why not. The detail is a sentence, or what is wrong with a field."""

    detail: str | list
