"""Chapter 17: what customers told us, on disk before we say thank you."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from typing import NamedTuple

import sqlalchemy as sa

from recx_lib.core import DataError, check_whole

KINDS = ("bought", "returned", "up", "down")
OWNED = ("bought", "returned")  # of one item the last counts, as of the rest
TABLES = sa.MetaData()
ITEM = sa.Column("item", sa.String(80), nullable=False)
KIND = sa.Column("kind", sa.String(8), nullable=False)
WHO = sa.Column("customer", sa.String(80), nullable=False, index=True)
# given by the customer's program, so that a repeated message counts once
KEY = sa.Column("key", sa.String(80), nullable=False)
ID = sa.Column("id", sa.Integer, primary_key=True)
ONCE = sa.UniqueConstraint("customer", "key")
FEEDBACK = sa.Table("feedback", TABLES, ID, WHO, ITEM, KIND, KEY, ONCE)
ON_DISK = ("journal_mode=WAL", "synchronous=FULL")


class StoreBusy(RuntimeError):
    """The base is locked, full or away: ask again later."""


class KeyTaken(DataError):
    """The key belongs to another message of this customer."""


class Standing(NamedTuple):
    """What a customer has (`history`), and wishes not to see (`hidden`)."""

    history: tuple[str, ...]
    hidden: frozenset[str]


class Store:
    """Feedback in a SQL base: SQLite by default, any SQLAlchemy URL else.

    `add` returns when the row is on disk: SQLite keeps a write-ahead log
    (WAL), so that readers never wait for a writer, and with synchronous=FULL
    flushes it before a commit returns. `patience`: seconds to wait for a lock.
    Whatever the base cannot do now raises StoreBusy.

    A customer who goes on talking fills no disk: of somebody with more than
    `most` rows, those go that a later word on the same item has replaced
    (bought and returned are words on one thing, up and down on another), but
    for the newest `most` // 2, by which a message sent again is known.
    `dropped` counts them, in this process. What `standing` returns is not
    changed by it.

    >>> store = Store("sqlite://")  # in memory, for an example
    >>> store.add("ann", "tent", "bought", key="1")
    True
    >>> store.add("ann", "tent", "bought", key="1")  # said twice, kept once
    False
    >>> store.standing("ann").history
    ('tent',)
    """

    def __init__(
        self,
        url: str = "sqlite:///shop.db",
        patience: float = 1.0,
        most: int = 1000,
    ):
        check_whole(most=most)
        self.most, self.dropped = most, 0
        about = sa.make_url(url)
        options: dict = {"pool_pre_ping": True}
        if about.get_backend_name() == "sqlite":
            options["connect_args"] = {"timeout": patience}
            options["connect_args"]["check_same_thread"] = False
            if not about.database:  # in memory: one connection for all
                options["poolclass"] = sa.StaticPool
        self.engine = sa.create_engine(about, **options)
        if about.get_backend_name() == "sqlite":
            sa.event.listen(self.engine, "connect", _on_disk)
        try:
            self._make_tables()
        except (StoreBusy, sa.exc.DatabaseError):
            # another copy, begun in the same moment, may have made them
            self._make_tables()

    def _make_tables(self) -> None:
        """Make what is not there."""
        with self._asking() as connection:
            TABLES.create_all(connection)

    @contextmanager
    def _asking(self):
        """Begin a transaction; commit it at the end, or say StoreBusy."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except (sa.exc.OperationalError, sa.exc.TimeoutError) as error:
            raise StoreBusy(str(error.__cause__ or error)) from None

    def add(self, customer: str, item: str, kind: str, key: str) -> bool:
        """Put one piece of feedback on disk; False if it was there already.

        Raise KeyTaken where the key was used for something else: to say thank
        you for that would be to lose it.
        """
        row = {"customer": customer, "item": item, "kind": kind, "key": key}
        # sent twice counts once; another message needs another key
        try:
            with self._asking() as connection:
                connection.execute(FEEDBACK.insert(), row)
                dropped = self._tidy(connection, customer)
        except sa.exc.IntegrityError:
            if self._said(customer, key) != (item, kind):
                raise KeyTaken(
                    "this key was used for another message: draw a new one"
                ) from None
            return False
        self.dropped += dropped
        return True

    def _tidy(self, connection, customer: str) -> int:
        """Delete words that later ones replaced; return how many."""
        # nothing to do while there is room
        mine = FEEDBACK.c.customer == customer
        rows = sa.select(FEEDBACK.c.id, FEEDBACK.c.item, FEEDBACK.c.kind)
        rows = rows.where(mine).order_by(FEEDBACK.c.id.desc())
        found = connection.execute(rows).all()
        if len(found) <= self.most:
            return 0
        # of each thing the latest word stays, and the newest half
        later, old = set(), []
        for n, (number, item, kind) in enumerate(found):
            about = item, kind in OWNED
            if about in later and n >= self.most // 2:
                old.append(number)
            later.add(about)
        gone = FEEDBACK.c.id.in_(old)
        return connection.execute(FEEDBACK.delete().where(gone)).rowcount

    def _said(self, customer: str, key: str) -> tuple[str, str] | None:
        """Return item and kind of the message with a key."""
        mine = FEEDBACK.c.customer == customer, FEEDBACK.c.key == key
        asked = sa.select(FEEDBACK.c.item, FEEDBACK.c.kind).where(*mine)
        with self._asking() as connection:
            found = connection.execute(asked).one_or_none()
        return found and tuple(found)

    def fill(self, rows: Iterable[tuple[str, str]]) -> bool:
        """Put (customer, item) purchases of the past on disk, all or none.

        False if they were there already: another copy of the service was
        first.
        """
        said = []
        for n, (customer, item) in enumerate(rows):
            row = {"customer": customer, "item": item, "kind": "bought"}
            # a colon: no key that a customer may send has one
            said.append(row | {"key": f"past:{n}"})
        try:
            with self._asking() as connection:
                connection.execute(FEEDBACK.insert(), said)
        except sa.exc.IntegrityError:
            return False
        return True

    def standing(self, customer: str) -> Standing:
        """Return what a customer has and what they wish not to see.

        The last word on an item counts.
        """
        columns = FEEDBACK.c.item, FEEDBACK.c.kind
        mine = FEEDBACK.c.customer == customer
        asked = sa.select(*columns).where(mine).order_by(FEEDBACK.c.id)
        has: dict[str, None] = {}  # a set that keeps its order
        hidden: set[str] = set()
        with self._asking() as connection:
            for item, kind in connection.execute(asked):
                if kind == "bought":
                    has.pop(item, None)  # in the order of the last words
                    has[item] = None
                elif kind == "returned":
                    has.pop(item, None)
                elif kind == "down":
                    hidden.add(item)
                else:
                    hidden.discard(item)
        return Standing(tuple(has), frozenset(hidden))

    def count(self) -> int:
        """Return how many pieces of feedback are on disk."""
        with self._asking() as connection:
            asked = sa.select(sa.func.count()).select_from(FEEDBACK)
            return connection.execute(asked).scalar_one()

    def forget(self, customer: str) -> int:
        """Delete all that a customer told us; return how many rows."""
        mine = FEEDBACK.c.customer == customer
        with self._asking() as connection:
            return connection.execute(FEEDBACK.delete().where(mine)).rowcount


def _on_disk(connection, _record) -> None:
    """Tell a new SQLite connection how to write."""
    for pragma in ON_DISK:
        connection.execute(f"PRAGMA {pragma}")
