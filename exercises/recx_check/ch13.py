"""Checks of the exercises on adapting without overfitting."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def counts(shapes, rank):
    """Return the right number, and the wrong ones by the mistake that leads to them."""
    want = sum(rank * (n_out + n_in) for n_out, n_in in shapes)
    layer = sum(n_out * n_in for n_out, n_in in shapes)
    known = [
        (layer, "That is the layer itself, out × in: it is frozen."),
        (sum(rank * n_in for _, n_in in shapes), "That is A: only one of the two thin matrices."),
        (sum(rank * n_out for n_out, _ in shapes), "That is B: only one of the two thin matrices."),
        (want + layer, "The layer's own numbers are frozen: count A and B only."),
        (rank * sum(shapes[0]), "Count every layer, not the first one alone."),
    ]
    return want, known


@checks.test("n_trained")
def _(n_trained):
    """Two layers, rank 2:"""
    shapes = [(4, 6), (12, 5)]
    want, known = counts(shapes, 2)
    expect(n_trained(list(shapes), 2), want, "Add up the sizes of A and B.", *known)


@checks.test("n_trained")
def _(n_trained):
    """Three layers of unlike shapes, rank 5:"""
    shapes = [(7, 30), (9, 11), (100, 8)]
    want, known = counts(shapes, 5)
    expect(n_trained(list(shapes), 5), want, "Add up the sizes of A and B.", *known)


@checks.test("n_trained")
def _(n_trained):
    """No layer at all:"""
    expect(n_trained([], 3), 0, "Without a layer nothing is trained: 0.")


def merges(W, A, B, alpha):
    """Return the right matrix, and the wrong ones by the mistake that leads to them."""
    both = B @ A
    known = [
        (W + alpha * both, "The scale is alpha divided by the rank, the number of A's rows."),
        (W + both, "The scale is missing: alpha / rank."),
        (W + both / len(A), "alpha is missing in the scale: alpha / rank."),
        (alpha / len(A) * both, "That is the correction alone: add W."),
        (W - alpha / len(A) * both, "The correction is added, not taken off."),
        (W + alpha / len(B) * both, "The rank is the number of A's rows, not of B's."),
        (W + alpha / A.shape[1] * both, "The rank is the number of A's rows, not of its columns."),
        (W + len(A) / alpha * both, "The scale is turned round: alpha / rank."),
    ]
    return W + alpha / len(A) * both, known


@checks.test("merged")
def _(merged):
    """Rank 1, alpha 4:"""
    W, A = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]]), np.array([[1.0, 0.0, 1.0]])
    B = np.array([[0.5], [-1.0]])
    want, known = merges(W, A, B, 4)
    expect(merged(W.copy(), A, B, 4), want, "W plus the scaled product of B and A.", *known)


@checks.test("merged")
def _(merged):
    """Rank 3, and W afterwards:"""
    rng = np.random.default_rng(0)
    W, A, B = rng.normal(size=(4, 6)), rng.normal(size=(3, 6)), rng.normal(size=(4, 3))
    want, known = merges(W, A, B, 7.0)
    mine = W.copy()
    expect(merged(mine, A, B, 7.0), want, "W plus the scaled product of B and A.", *known)
    if not np.array_equal(mine, W):
        raise Miss("W has changed: it must stay as it is, so make a new matrix.")


def needed(sizes, left):
    """Return the right rank, and the wrong ones by the mistake that leads to them."""
    sizes = np.sort(np.asarray(sizes, dtype=float))[::-1]

    def first(rest, whole):
        return next(rank for rank in range(len(sizes) + 1) if rest(rank) <= left * whole + 1e-9)

    root = first(lambda r: np.sqrt((sizes[r:] ** 2).sum()), np.sqrt((sizes**2).sum()))
    plain = first(lambda r: sizes[r:].sum(), sizes.sum())
    squared = first(lambda r: (sizes[r:] ** 2).sum(), (sizes**2).sum())
    known = [
        (int((sizes > left * sizes.max()).sum()), "You counted singular values above a bar: add up what is left."),
        (squared, "Compare the roots: `left` is a share of the size, not of squares."),
        (plain, "The size is the root of the sum of squares, not the sum."),
        (int((sizes > 1e-9).sum()), "That is the rank of the change itself: something may be left."),
        (root + 1, "One less would do: count from rank 0."),
    ]  # fmt: skip
    return root, [(value, why) for value, why in known if value != root]


def turned(sizes, shape, seed):
    """Return a matrix of this shape with these singular values."""
    rng = np.random.default_rng(seed)
    n = len(sizes)
    U = np.linalg.qr(rng.normal(size=(shape[0], n)))[0]
    V = np.linalg.qr(rng.normal(size=(shape[1], n)))[0]
    return U @ np.diag(sizes) @ V.T


@checks.test("rank_needed")
def _(rank_needed):
    """The change of the notebook:"""
    for left in (0.1, 0.5):
        want, known = needed([4.0, 2.0, 0.1], left)
        expect(rank_needed(np.diag([4.0, 2.0, 0.1]), left), want, f"With left={left}.", *known)


@checks.test("rank_needed")
def _(rank_needed):
    """Many small directions, in a matrix 9 × 6:"""
    sizes = [5.0, 1.0, 0.9, 0.8, 0.7, 0.6]
    for left in (0.17, 0.3):
        want, known = needed(sizes, left)
        expect(rank_needed(turned(sizes, (9, 6), 1), left), want, f"With left={left}.", *known)


@checks.test("rank_needed")
def _(rank_needed):
    """A wide matrix, 4 × 7, nothing changed, nothing left:"""
    sizes = [3.0, 2.5, 2.0]
    want, known = needed(sizes, 0.6)
    expect(rank_needed(turned(sizes, (4, 7), 2), 0.6), want, "With left=0.6.", *known)
    expect(rank_needed(np.zeros((4, 3)), 0.1), 0, "A change of nothing needs rank 0.")
    expect(rank_needed(np.diag([2.0, 1.0]), 1e-6), 2, "Where next to nothing may be left, every direction is needed.")


def stops(losses, patience):
    """Return the right epoch, and the wrong ones by the mistake that leads to them."""
    best, bad, total, end, by_total = 0, 0, 0, len(losses) - 1, None
    for epoch in range(1, len(losses)):
        better = losses[epoch] < losses[best]
        best, bad, total = (epoch, 0, total) if better else (best, bad + 1, total + 1)
        if total == patience and by_total is None:
            by_total = best
        if bad == patience:
            end = epoch
            break
    before, kept = 0, 0
    for epoch in range(1, len(losses)):
        before = before + 1 if losses[epoch] >= losses[epoch - 1] else 0
        if losses[epoch] < losses[kept]:
            kept = epoch
        if before == patience:
            break
    ties, tied = 0, 0
    for epoch in range(1, len(losses)):
        ties, tied = (epoch, 0) if losses[epoch] <= losses[ties] else (ties, tied + 1)
        if tied == patience:
            break
    known = [
        (int(np.argmin(losses)), "That knows the future: training has stopped before."),
        (end, "Those are the last weights: keep those of the best epoch."),
        (ties, "An equal loss is no new best: of equals the first is kept."),
        (by_total, "Patience counts epochs in a row: a new best sets it back to 0."),
        (kept, "Compare with the best so far, not with the epoch before."),
        (best + 1, "Count epochs from 0."),
    ]
    return best, [(value, why) for value, why in known if value != best and value is not None]


CURVES = [
    ("A curve that climbs in a zigzag:", [3.0, 2.0, 2.6, 2.5, 3.0, 2.9, 1.0, 1.1, 1.2, 1.3, 0.5], 3),
    ("Equal losses:", [2.0, 2.0, 2.0, 1.0, 5.0, 5.0, 0.5], 2),
    ("The curve of the notebook:", [3.0, 2.0, 2.5, 2.2, 1.5], 2),
    ("A better epoch between two bad ones:", [3.0, 3.1, 2.0, 2.5, 1.8, 1.9, 1.7], 2),
    ("A curve that falls to its end, and one epoch alone:", [3.0, 2.0, 1.0], 1),
]


def curve_check(what, losses, patience):
    """Make the check of one curve."""

    def run(best_epoch):
        want, known = stops(losses, patience)
        expect(best_epoch(list(losses), patience), want, f"For {losses} and a patience of {patience}.", *known)

    run.__doc__ = what
    return run


for _what, _losses, _patience in CURVES:
    checks.test("best_epoch")(curve_check(_what, _losses, _patience))


@checks.test("best_epoch")
def _(best_epoch):
    """One epoch alone:"""
    expect(best_epoch([2.0], 3), 0, "The only epoch is the best one: 0.")


def check_keep(keep, worth, budget):
    """Look at which directions stay."""
    got = keep([each.copy() for each in worth], budget)
    if got is ...:
        expect(got, 0, "A list is wanted.")
    if not isinstance(got, (list, tuple)) or len(got) != len(worth):
        raise Miss("Give a list with one array for each layer.")
    rows = [np.asarray(one) for one in got]
    if [row.shape for row in rows] != [each.shape for each in worth]:
        raise Miss("Each layer's array must be as long as its directions.")
    if any(row.dtype != bool for row in rows):
        raise Miss("Give True and False.")
    share = budget // len(worth)
    if share and all(row.sum() == share for row in rows) and len({len(each) for each in worth}) > 1:
        raise Miss("Each layer kept as many: the most valuable of all layers together are wanted.")
    n_kept = sum(int(row.sum()) for row in rows)
    everything = np.sort(np.concatenate(worth))[::-1]
    kept = np.concatenate([each[row] for each, row in zip(worth, rows, strict=True)])
    if budget == 0 and n_kept:
        raise Miss("A budget of 0 keeps nothing: `[-0]` is the first element.")
    if (
        n_kept == budget
        and budget
        and np.allclose(np.sort(kept), everything[-budget:][::-1])
        and budget < len(everything)
    ):
        raise Miss("You kept the least valuable ones.")
    if n_kept == budget - 1:
        raise Miss("That is one too few: the bar itself is reached by the last one.")
    if n_kept != budget or not np.allclose(np.sort(kept)[::-1], everything[:budget]):
        raise Miss(
            f"Those are not the {budget} most valuable of all layers together (no layer has a share of its own)."
        )


@checks.test("keep")
def _(keep):
    """One layer that loses everything:"""
    check_keep(keep, [np.array([0.1, 0.2]), np.array([3.0, 5.0]), np.array([4.0, 0.3, 7.0])], 4)


@checks.test("keep")
def _(keep):
    """Two layers of unlike length, a budget of 3:"""
    check_keep(keep, [np.array([0.9, 0.1]), np.array([0.2, 0.5, 0.4])], 3)


@checks.test("keep")
def _(keep):
    """A budget for everything, and one for nothing:"""
    worth = [np.array([0.5, 0.1]), np.array([0.3])]
    check_keep(keep, worth, 3)
    check_keep(keep, worth, 0)


# The open task: whatever matrix comes back is tried on examples that it has not seen


def world(seed):
    """Return W, X, Y and unseen examples of a task whose change has rank one."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(6, 12))
    true = W + 1.5 * rng.normal(size=(6, 1)) @ rng.normal(size=(1, 12))
    X, unseen = rng.normal(size=(16, 12)), rng.normal(size=(400, 12))
    return W, X, X @ true.T + 2 * rng.normal(size=(16, 6)), unseen, unseen @ true.T


@checks.test("adapt")
def _(adapt):
    """Ten worlds, four hundred examples unseen in each:"""
    errors = {"yours": 0.0, "alone": 0.0, "full": 0.0}
    for seed in range(10):
        W, X, Y, unseen, wanted = world(100 + seed)
        got = adapt(W.copy(), X.copy(), Y.copy())
        if got is ...:
            expect(got, 0, "A matrix is wanted.")
        mine = np.asarray(got, dtype=float)
        if mine.shape != W.shape:
            raise Miss(f"Your matrix has the shape {mine.shape}; wanted is that of W, {W.shape}.")
        if not np.isfinite(mine).all():
            raise Miss("Your matrix holds numbers that are not finite.")
        full = np.linalg.lstsq(X, Y, rcond=None)[0].T
        for name, matrix in (("yours", mine), ("alone", W), ("full", full)):
            errors[name] += ((unseen @ matrix.T - wanted) ** 2).mean() / 10
    said = "(squared error: {yours:.2f}, W alone {alone:.2f}, fitted in full {full:.2f})".format(**errors)
    if errors["yours"] > 0.9 * errors["alone"]:
        raise Miss(f"W was left nearly as it was, or made worse {said}: change it.")
    if errors["yours"] > 0.9 * errors["full"]:
        raise Miss(f"The examples were learned by heart {said}: change less.")
