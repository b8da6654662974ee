"""Chapter 16: a game between who praises and who listens."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from recx_lib.core.checks import as_numbers, check_whole
from recx_lib.core.errors import DataError


def praise_game(
    suits: float, gain: float, loss: float, cost, finds, fine, shame
) -> tuple[np.ndarray, np.ndarray]:
    """Return the payoffs of shop and customer, (2, n_looks) each.

    A product suits with chance `suits`. Rows: the shop says so when it is
    true, or always. Columns: how closely the customer looks before buying,
    which costs `cost` (n_looks,) and finds the share `finds` (n_looks,) of
    the lies; trust is a look that costs nothing and finds nothing. A customer
    wins `gain` by a product that suits and loses `loss` by one that does not;
    the shop earns 1 a sale, pays `fine` for a sale that a lie made, and
    `shame` where a look uncovers one. Raise DataError for unequal lengths.

    >>> shop, customer = praise_game(
    ...     0.5, gain=2, loss=2, cost=(0, 0.4), finds=(0, 1), fine=0.5,
    ...     shame=0.5)
    >>> shop.tolist()
    [[0.5, 0.5], [0.75, 0.25]]
    >>> customer.tolist()
    [[1.0, 0.6], [0.0, 0.6]]
    """
    cost, finds = as_numbers(cost, "cost"), as_numbers(finds, "finds")
    if cost.shape != finds.shape:
        problem = f"{cost.size} costs, {finds.size} shares of lies found"
        raise DataError(f"{problem}: give one each")
    lies, true = 1 - suits, np.full(cost.shape, float(suits))
    sold, seen = lies * (1 - finds), lies * finds
    shop = np.array([true, true + sold * (1 - fine) - seen * shame])
    honest = suits * gain - cost
    return shop, np.array([honest, honest - sold * loss])


def equilibria(A, B) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return where neither side gains by changing alone: both sides' chances.

    `A` (2, n_columns) holds the payoffs of who chooses the row, `B` of who
    chooses the column; each equilibrium is a pair (2,) and (n_columns,). In a
    mixture each side makes the *other* indifferent between what the other
    mixes. Where a side is indifferent by accident, there are more than these.
    Raise DataError for another number of rows, and unequal shapes.

    >>> [(rows, columns)] = equilibria([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> rows.tolist(), columns.tolist()
    ([0.5, 0.5], [0.5, 0.5])
    """
    A, B = as_payoffs(A, B)
    if len(A) != 2:
        raise DataError(f"payoffs of shape {A.shape}: two rows are needed")
    each, found = np.eye(A.shape[1]), []
    # 1. pure: the best row for that column, the best column for that row
    best_row = A.max(axis=0) == A
    best_column = B.max(axis=1, keepdims=True) == B
    for row, column in np.argwhere(best_row & best_column):
        found.append((np.eye(2)[row], each[column]))
    # 2. mixed: two columns; what the second row adds to A and B in each
    gain, rise = A[1] - A[0], B[1] - B[0]
    for a, b in combinations(range(A.shape[1]), 2):
        if gain[a] * gain[b] >= 0 or rise[a] == rise[b]:
            continue  # one row is better in both, or one column always
        p = (B[0, a] - B[0, b]) / (rise[b] - rise[a])  # a is worth what b is
        worth = B[0] + p * rise  # (n_columns,): is another one worth more?
        if 0 < p < 1 and worth.max() <= worth[a] + 1e-12:
            q = gain[a] / (gain[a] - gain[b])  # the rows are worth the same
            columns = (1 - q) * each[a] + q * each[b]
            found.append((np.array([1 - p, p]), columns))
    return found


def fictitious_play(
    A, B, n: int = 1000, memory: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each choice was taken up to each round: (n, n_rows) and
    (n, n_columns).

    Both begin with their first choice and answer what the other did so far,
    in the last `memory` rounds (None: in all), with what would have been best
    (Brown, 1951). With two rows, the shares of those who forget nothing
    approach an equilibrium (Miyazawa, 1961; Berger, 2005). Raise DataError
    for n or a memory below 1 and payoffs of unequal shapes.

    >>> rows, columns = fictitious_play([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> bool(abs(rows[-1, 0] - 0.5) < 0.05)
    True
    """
    check_whole(n=n, memory=n if memory is None else memory)
    A, B = as_payoffs(A, B)
    # what each side did in each round, a 1 for what it chose
    rows, columns = np.zeros((n, len(A))), np.zeros((n, A.shape[1]))
    row = column = 0
    for t in range(n):
        # the best answer to everything that the other did so far
        rows[t, row] = columns[t, column] = 1
        past = slice(max(t + 1 - (memory or n), 0), t + 1)
        row = int(np.argmax(A @ columns[past].sum(axis=0)))
        column = int(np.argmax(rows[past].sum(axis=0) @ B))
    rounds = np.arange(1, n + 1)[:, None]
    return rows.cumsum(axis=0) / rounds, columns.cumsum(axis=0) / rounds


def as_payoffs(A, B) -> tuple[np.ndarray, np.ndarray]:
    """Return both sides' payoffs as numbers (n_rows, n_columns); raise
    DataError where the shapes differ.
    """
    A, B = as_numbers(A, "A", flat=False), as_numbers(B, "B", flat=False)
    if A.ndim != 2 or A.shape != B.shape:
        shapes = f"payoffs of shapes {A.shape} and {B.shape}"
        raise DataError(f"{shapes}: give both (n_rows, n_columns)")
    return A, B
