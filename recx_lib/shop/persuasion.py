"""Chapter 16: a game between who praises and who listens."""

from __future__ import annotations

import numpy as np

from recx_lib.core.checks import as_numbers, check_whole
from recx_lib.core.errors import DataError


def praise_game(
    suits: float,
    gain: float,
    loss: float,
    check: float,
    fine: float,
    shame: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the payoffs of shop and customer, (2, 2) each.

    A product suits with chance `suits`. Rows: the shop says so when it is
    true, or always. Columns: the customer trusts, or checks first, which costs
    `check`. A customer wins `gain` by a product that suits and loses `loss` by
    one that does not; the shop earns 1 a sale, pays `fine` for a sale that a
    lie made, and `shame` where a check uncovers one.

    >>> shop, customer = praise_game(0.5, 2.0, 2.0, 0.4, 0.5, 0.5)
    >>> shop.tolist()
    [[0.5, 0.5], [0.75, 0.25]]
    >>> customer.tolist()
    [[1.0, 0.6], [0.0, 0.6]]
    """
    lies, won = 1 - suits, suits * gain
    always = [suits + lies * (1 - fine), suits - lies * shame]
    shop = np.array([[suits, suits], always])
    customer = [[won, won - check], [won - lies * loss, won - check]]
    return shop, np.array(customer)


def mixed_equilibrium(A, B) -> tuple[float, float]:
    """Return the chances of the second row and the second column at which
    neither side gains by changing.

    `A` (2, 2) holds the payoffs of who chooses the row, `B` (2, 2) of who
    chooses the column. Each mixes so that the *other* is indifferent. Raise
    DataError where a side has a best choice whatever the other does, or where
    a pure choice is stable: there is nothing to mix.

    >>> mixed_equilibrium([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    (0.5, 0.5)
    """
    A, B = as_payoffs(A, B)
    if A.shape != (2, 2):
        raise DataError(f"payoffs of shape {A.shape}: two rows, two columns")
    # what the second choice gains over the first, against each of the other's
    row_gain, column_gain = A[1] - A[0], B[:, 1] - B[:, 0]
    turns = row_gain.prod() < 0 and column_gain.prod() < 0
    if not turns or row_gain[0] * column_gain[0] > 0:
        raise DataError("a pure choice is stable here: look for it first")
    second_row = column_gain[0] / (column_gain[0] - column_gain[1])
    second_column = row_gain[0] / (row_gain[0] - row_gain[1])
    return float(second_row), float(second_column)


def fictitious_play(A, B, n: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Return how often each choice was taken up to each round: (n, n_rows) and
    (n, n_columns).

    Both begin with their first choice and answer what the other did so far
    with what would have been best (Brown, 1951). In a 2 × 2 game the shares
    approach an equilibrium (Miyazawa, 1961). Raise DataError for n below 1 and
    payoffs of unequal shapes.

    >>> rows, columns = fictitious_play([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> bool(abs(rows[-1, 0] - 0.5) < 0.05)
    True
    """
    check_whole(n=n)
    A, B = as_payoffs(A, B)
    # what each side did in each round, a 1 for what it chose
    rows, columns = np.zeros((n, len(A))), np.zeros((n, A.shape[1]))
    row = column = 0
    for t in range(n):
        # the best answer to everything that the other did so far
        rows[t, row] = columns[t, column] = 1
        row = int(np.argmax(A @ columns[: t + 1].sum(axis=0)))
        column = int(np.argmax(rows[: t + 1].sum(axis=0) @ B))
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
