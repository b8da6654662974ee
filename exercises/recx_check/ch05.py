"""Checks of the exercises on the Transformer."""

from __future__ import annotations

import inspect

import numpy as np

from recx_check.core import Checks, Miss, expect, said, same, untouched

checks = Checks()
check, require = checks.check, checks.require


def shares(scores, axis: int = -1) -> np.ndarray:
    """Return the softmax."""
    e = np.exp(scores - np.max(scores, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def array(value) -> np.ndarray:
    """Return an answer as numbers; what is none is the learner's error and told as such."""
    return np.asarray(value, dtype=float)


def pair(got) -> tuple:
    """Return the two parts of an answer; say so where it has not two."""
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Miss("Return two things: what is found, and the second that the docstring names.")
    return tuple(got)


def told(answer, shapes: dict, *args):
    """Return what the answer gives; where shapes do not fit, add the words of `shapes` found in the error, and why."""
    try:
        return answer(*args)
    except ValueError as error:
        why = next((why for words, why in shapes.items() if words in str(error)), "")
        raise Miss(f"{said(error)} {why}".strip()) from error


def needs(answer, name: str) -> None:
    """Raise Miss where the answer calls a function of an earlier exercise that is not solved yet."""
    own = inspect.unwrap(answer)
    code, around = getattr(own, "__code__", None), getattr(own, "__globals__", {})
    if code and name in code.co_names and name in around and untouched(around[name]):
        raise Miss(f"It calls `{name}`, which is not solved yet: solve that first.")


def expect_both(got: tuple, want: tuple, hint: str, *known: tuple, found: str = "") -> None:
    """Expect what is found and the weights; where no mistake is known, show the weights alone, if they are wrong."""
    if not any(same(got, value) for value, _ in known):
        expect(got[1], want[1], f"{hint} Look at the weights first.")
        expect(got[0], want[0], found or "The weights are right; what is found is their mean of the values.")
    expect(got, want, hint, *known)


@checks.value("found")
def _(value):
    """What the query finds:"""
    dots, values = np.array([4.0, -2.0, 2.0]), np.array([[10.0, 0.0], [0.0, 10.0], [4.0, 2.0]])
    keys = np.array([[2.0, 0.0, 0.0, 1.0], [0.0, 1.0, 2.0, 0.0], [1.0, 1.0, -1.0, 0.0]])
    weights = shares(dots / 2)
    no_softmax = "You took the scores themselves for weights: the softmax makes shares of them."
    known = [
        (shares(dots) @ values, "The scores are not divided by √d: a query has four numbers, so by 2."),
        (shares(dots / 4) @ values, "You divided by d: it is the root, √4 = 2."),
        (
            shares(dots / np.sqrt(2)) @ values,
            "√2 was for the chapter's vectors of two numbers; here a query has four, so divide by 2.",
        ),
        (shares(dots / np.sqrt(3)) @ values, "d is the length of a query, 4, not the number of keys."),
        (dots / 2 @ values, no_softmax),
        (dots @ values, no_softmax),
        (dots / dots.sum() @ values, no_softmax),
        (values[0], "You took the value of the best key alone: attention is a weighted mean of all."),
        (weights, "Those are the weights: now take the mean of the values with them."),
        (weights @ keys, "That is a mean of the keys: keys are for finding, values are what is found."),
        (weights[:, None] * values, "Add the weighted values up: what is found is one vector."),
        (np.exp(dots / 2) @ values, "Exponentials are not yet shares: divide by their sum."),
    ]
    want = weights @ values
    if same(value, want, 0.02) and not same(value, want):
        raise Miss("Right, but typed or rounded: give the expression, unrounded.")
    expect(value, want, "Dot products, divided by √d, softmax, weighted mean of the values.", *known)


@checks.test("softmax")
def _(softmax):
    """A table of two rows and three columns:"""
    x = np.array([[1.0, 0.0, 2.0], [-1.0, 0.5, 3.0]])
    e = np.exp(x)
    plain = "No exponentials: shares of the scores themselves can be negative."
    known = [
        (x, "You gave back the scores themselves: even if they sum to one, they are not their own softmax."),
        (e, "Exponentials are not yet shares: divide by their sum."),
        (x / x.sum(axis=1, keepdims=True), plain),
        (x / x.sum(), plain),
        (e / e.sum(axis=0), "It ran down the columns: each *row* sums to 1 (the last axis)."),
        (e / e.sum(), "You took one sum for the whole table: each row has its own."),
    ]
    expect(softmax(x.copy()), shares(x), "Each row is a softmax of its own.", *known)


@checks.test("softmax")
def _(softmax):
    """The text's own numbers:"""
    x = np.array([0.2, 0.3, 0.1, 0.4, 0.0])
    known = [(x, "You gave back the scores themselves: that they sum to one does not make them their own softmax.")]
    expect(softmax(x.copy()), shares(x), "exp of each score, divided by the sum of all exps.", *known)


@checks.test("softmax")
def _(softmax):
    """Rows far apart, one with scores about 1000:"""
    x = np.array([[1000.0, 1001.0, 999.0], [0.0, 2.0, 1.0]])
    got = array(softmax(x.copy()))
    if np.shape(got) == x.shape and not np.isfinite(got[0]).all():
        raise Miss("exp of a large score is infinite: take the row's largest score away first.")
    if np.shape(got) == x.shape and not np.isfinite(got[1]).all():
        raise Miss("You took away the largest of the whole table (or of a column): each row has its own.")
    expect(got, shares(x), "Only differences within a row count.")


@checks.test("softmax")
def _(softmax):
    """With a hidden word (minus infinity):"""
    x = np.array([0.0, -np.inf, np.log(3.0)])
    expect(softmax(x.copy()), np.array([0.25, 0.0, 0.75]), "A score of minus infinity gets the weight 0.")


@checks.test("softmax")
def _(softmax):
    """What is given stays as it was:"""
    x = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]])
    softmax(x)
    expect(x, np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]]), "You wrote into the scores: work on a new array.")


@checks.test("softmax")
def _(softmax):
    """Scores far below zero, and a single one:"""
    x = np.array([[-1000.0, -1001.0, -999.0], [-3.0, -1.0, -2.0]])
    got = array(softmax(x.copy()))
    why = "All scores of a row may lie far below zero: take its largest away, whatever its sign."
    if np.shape(got) == x.shape and not np.isfinite(got).all():
        raise Miss(why)
    expect(got, shares(x), why)
    expect(softmax(np.array([[-7.0], [3.0]])), np.ones((2, 1)), "Whoever is alone gets everything.")


def staircase(new: int, past: int, k: int) -> np.ndarray:
    """Return a mask whose first row ends at column k."""
    return np.array([[s <= k + t for s in range(past + new)] for t in range(new)])


def looks(may_look, new: int, past: int) -> None:
    """Check one mask."""
    want = staircase(new, past, past)
    known = [
        (~want, "It is the other way round: True means that a word may look."),
        (staircase(new, past, past - 1), "A word may look at all before, and also at itself."),
        (~staircase(new, past, past - 1), "Each word sees the future, and not what went before."),
        (staircase(new, past, past + 1), "Each word sees one word of the future: the one it should guess."),
        (want.T, "Rows are those who look, columns those who are looked at."),
    ]
    known += [(staircase(new, past, 0), "The staircase begins too far left: the whole past may be looked at.")]
    known += [(staircase(new, 0, 0), "The past has no columns in it: there is one for each word, old or new.")]
    known += [(staircase(new + past, 0, 0), "Only the new words ask: one row for each of them.")]
    expect(may_look(new, past), want, "Row t may look at the columns up to n_past + t.", *known)


@checks.test("may_look")
def _(may_look):
    """Three new words, two old ones:"""
    looks(may_look, 3, 2)


@checks.test("may_look")
def _(may_look):
    """Two new words, four old ones:"""
    looks(may_look, 2, 4)


@checks.test("may_look")
def _(may_look):
    """No past yet:"""
    looks(may_look, 4, 0)


@checks.test("may_look")
def _(may_look):
    """One new word, which may look at everything:"""
    looks(may_look, 1, 3)


@checks.test("may_look")
def _(may_look):
    """Seven new words after nine, and the very first one:"""
    looks(may_look, 7, 9)
    looks(may_look, 1, 0)


RNG = np.random.default_rng(5)
QUERIES, KEYS, VALUES = (RNG.normal(size=shape).round(1) for shape in ((3, 2), (4, 2), (4, 5)))
MASK = np.array([[True, False, False, False], [True, True, False, True], [False, True, True, False]])


def masked(Q, K, V, mask) -> tuple[np.ndarray, np.ndarray]:
    """Return the right answer."""
    scores = np.where(mask, Q @ K.T / np.sqrt(Q.shape[1]), -1e30)
    weights = shares(scores) * mask
    return weights @ V, weights


def of_weights(weights, V) -> tuple[np.ndarray, np.ndarray]:
    """Return what weights find, with the weights."""
    return weights @ V, weights


@checks.test("attention")
def _(attention):
    """Three queries, four keys:"""
    needs(attention, "softmax")
    scores = QUERIES @ KEYS.T / np.sqrt(2)
    hidden, low = np.where(MASK, scores, -1e30), np.where(MASK, -1e30, scores)
    late = "You masked after the softmax: the hidden scores are still in the sum below the line."
    zero = 'You multiplied the scores by the mask. A score of 0 is not "hidden": exp(0) = 1. Give it -1e30.'
    known = [
        (shares(scores) * MASK, late),
        (shares(low), "The mask is read the other way round: True means that a query may look."),
        (shares(scores * ~MASK), "The mask is read the other way round: True means that a query may look."),
        (shares(scores * MASK), zero),
        (shares(scores * MASK) * MASK, zero),
        (shares(scores), "The mask is not used."),
        (shares(hidden * np.sqrt(2)), "The scores are not divided by √d."),
        (shares(hidden / np.sqrt(2)), "You divided by d: it is the root."),
        (shares(hidden * np.sqrt(2 / 5)), "d is the width of a query or a key, not of V."),
        (shares(hidden * np.sqrt(2 / 4)), "d is the width of a query or a key, not the number of keys."),
        (shares(hidden, axis=0) * MASK, "The softmax ran over the queries: each *row* sums to 1."),
    ]
    known = [(of_weights(weights, VALUES), why) for weights, why in known]
    got = pair(attention(QUERIES.copy(), KEYS.copy(), VALUES.copy(), MASK.copy()))
    want = masked(QUERIES, KEYS, VALUES, MASK)
    known += [(want[::-1], "First what is found, then the weights.")]
    expect_both(got, want, "Scores, hidden ones to -1e30, softmax along the row, weighted mean.", *known)


@checks.test("attention")
def _(attention):
    """A hidden word with an enormous score:"""
    loud, mask = KEYS.copy(), np.ones((3, 4), dtype=bool)
    loud[2], mask[:, 2] = [3e4, -2e4], False
    loud[2] *= np.sign(QUERIES[0] @ loud[2])
    got = [array(part) for part in pair(attention(QUERIES.copy(), loud, VALUES.copy(), mask))]
    why = "The visible words were drowned by a hidden one: its score must be gone before any exp, maximum or sum."
    if not all(np.isfinite(part).all() for part in got):
        raise Miss(why)
    expect_both(got, masked(QUERIES, loud, VALUES, mask), why)


@checks.test("attention")
def _(attention):
    """Visible scores of some thousands:"""
    got = pair(attention(QUERIES * 3e3, KEYS.copy(), VALUES.copy(), MASK.copy()))
    if not all(np.isfinite(array(part)).all() for part in got):
        raise Miss("A NaN is left: exp of a large score is infinite; take the row's largest score away first.")
    expect_both(got, masked(QUERIES * 3e3, KEYS, VALUES, MASK), "Take the row's largest score away before exp.")


@checks.test("attention")
def _(attention):
    """Visible scores far below zero:"""
    keys = np.array([[-2e3, 0.0], [-2.001e3, 1.0], [0.0, 0.0], [-2e4, 3.0]])
    queries, mask = np.array([[3.0, 0.0], [3.0, 1.0], [2e2, 0.5]]), np.array([[True, True, False, True]] * 3)
    deep = "Hidden words win where visible scores lie below your number for hidden: −1e3 is not small enough, −1e30 is."
    want = masked(queries, keys, VALUES, mask)
    got = pair(attention(queries, keys, VALUES.copy(), mask))
    if same(array(got[1])[2], np.zeros(4)) or same(array(got[1])[0], np.zeros(4)):
        raise Miss(deep)
    expect_both(got, want, deep)


@checks.test("attention")
def _(attention):
    """A query that may look nowhere:"""
    mask = MASK.copy()
    mask[1] = False
    got = pair(attention(QUERIES.copy(), KEYS.copy(), VALUES.copy(), mask))
    if not all(np.isfinite(array(part)).all() for part in got):
        raise Miss("A NaN is left: a row of minus infinities gives 0/0; use a finite number, then set weights to 0.")
    even = masked(QUERIES, KEYS, VALUES, mask)[1]
    even[1] = 0.25
    known = [(of_weights(even, VALUES), "It shared its attention out evenly over hidden words: set those to 0.")]
    expect_both(got, masked(QUERIES, KEYS, VALUES, mask), "Its weights, and what it finds, are zeros.", *known)


def head_case() -> tuple:
    """Return three words, a source of five, four matrices of width six."""
    rng = np.random.default_rng(3)
    return tuple(rng.normal(size=shape) for shape in ((3, 6), (5, 6), (6, 6), (6, 6), (6, 6), (6, 6)))


def heads(X, source, Wq, Wk, Wv, Wo, n: int, scale: float = 0.0, axis: int = -1, cut: str = "words") -> tuple:
    """Return (found before Wo, maps, values found by each head), right unless told otherwise."""

    def split(A):
        if cut == "across":
            return A.reshape(n, len(A), -1)
        return A.reshape(len(A), -1, n).transpose(2, 0, 1) if cut == "dealt" else np.stack(np.split(A, n, axis=1))

    q, k, v = split(X @ Wq), split(source @ Wk), split(source @ Wv)
    maps = shares(q @ k.transpose(0, 2, 1) / (scale or np.sqrt(X.shape[1] / n)), axis=axis)
    each = maps @ v
    return each.transpose(1, 0, 2).reshape(len(X), -1), maps, each


def check_heads(multi_head, n: int) -> None:
    """Check one number of heads."""
    case = head_case()
    Wo = case[-1]
    joined, maps, each = heads(*case, n)
    crossed, cross_maps, pieces = heads(*case, n, cut="across")
    across = "The vectors were cut across the words: reshape(words, n_heads, d), then bring heads to the front."
    flat = "Flattened before the heads stood side by side: transpose back to (T, n_heads, d), then reshape."
    known = [
        ((pieces.reshape(3, -1) @ Wo, cross_maps), across),
        ((crossed @ Wo, cross_maps), across),
        ((each.reshape(3, -1) @ Wo, maps), flat),
        ((each.reshape(3, -1), maps), flat),
        ((joined, maps), "Wo is missing: it mixes what the heads found."),
    ]
    dealt, dealt_maps, _ = heads(*case, n, cut="dealt")
    known += [((dealt @ Wo, dealt_maps), "The coordinates were dealt out in turn: a head gets d that stand together.")]
    for scale, why in [
        (np.sqrt(6), "You divided by √D: a head's dot product has only d = D / n_heads terms."),
        (6 / n, "You divided by d: it is the root."),
        (1.0, "The scores are not divided by √d."),
    ]:
        other, other_maps, _ = heads(*case, n, scale=scale)
        known += [((other @ Wo, other_maps), why)]
    other, other_maps, _ = heads(*case, n, axis=1)
    known += [((other @ Wo, other_maps), "The softmax ran over the queries: each query's weights sum to 1.")]
    turned = "With three axes `.T` turns round all three axes; exchange the last two: `k.transpose(0, 2, 1)`."
    rows = "The source has as many rows as it has words, not T: cut each by its own, `A.reshape(len(A), n_heads, d)`."
    code = getattr(inspect.unwrap(multi_head), "__code__", None)
    shapes = {"reshape": rows, "": turned if code and "T" in code.co_names else rows}
    got = pair(told(multi_head, shapes, *(part.copy() for part in case), n))
    if n > 1 and np.ndim(got[1]) == 2:
        raise Miss("There is one map for each head, (n_heads, T, S): cut queries and keys before they meet.")
    found = "The maps are right: lay what the heads find side by side, word by word, then mix by Wo."
    expect_both(got, (joined @ Wo, maps), "Cut, attend in each head, then join.", *known, found=found)


@checks.test("multi_head")
def _(multi_head):
    """Two heads, three words, a source of five:"""
    check_heads(multi_head, 2)


@checks.test("multi_head")
def _(multi_head):
    """Three heads:"""
    check_heads(multi_head, 3)


@checks.test("multi_head")
def _(multi_head):
    """One head only:"""
    check_heads(multi_head, 1)


TEXTS = [["dry", "and", "warm", "too"], ["zip", "broke"], ["it", "leaks", "badly"]]
STATES = np.array([
    [[0.1, 0.2, 0.9, -0.8, 0.3], [0.5, -0.1, 0.2, 0.1, 0.0], [0.3, 0.1, 0.2, 0.4, 0.0], [0.2, 0.1, 0.9, -0.3, 0.4]],
    [[0.9, -0.2, 0.1, 0.3, 0.2], [0.8, 0.1, -0.4, 0.2, 0.1], [0.0, 0.1, 0.0, 0.1, 0.0], [0.1, 0.0, 0.0, 0.0, 0.0]],
    [[-0.6, 0.1, 0.8, 0.2, 0.2], [0.3, 0.1, 0.1, 0.0, 0.2], [0.2, 0.1, 0.7, -0.9, 0.1], [0.0, 0.0, 0.1, 0.0, 0.0]],
])  # fmt: skip
FIRST = [1.0, 0.0, 0.0, 0.0]
MAPS = np.array([
    [[FIRST, [0.1, 0.9, 0, 0], [0.0, 0.9, 0.1, 0], [0.05, 0.85, 0.05, 0.05]],
     [FIRST, [0.2, 0.8, 0, 0], [0.1, 0.8, 0.1, 0], [0.45, 0.00, 0.35, 0.20]]],
    [[FIRST, [0.2, 0.8, 0, 0], [0.9, 0.1, 0.0, 0], [0.9, 0.1, 0.0, 0.0]],
     [FIRST, [0.6, 0.4, 0, 0], [0.9, 0.1, 0.0, 0], [0.8, 0.2, 0.0, 0.0]]],
    [[FIRST, [0.9, 0.1, 0, 0], [0.1, 0.3, 0.6, 0], [0.30, 0.30, 0.40, 0]],
     [FIRST, [0.8, 0.2, 0, 0], [0.0, 0.8, 0.2, 0], [0.32, 0.32, 0.36, 0]]],
])  # fmt: skip


@checks.test("most_seen")
def _(most_seen):
    """Three texts of different lengths, two heads:"""
    got = most_seen({"last_hidden_state": STATES.copy(), "attentions": MAPS.copy()}, [list(text) for text in TEXTS])
    state = "That is read from last_hidden_state, a list of coordinates: attention stands in `attentions`."
    places = [len(text) - 1 for text in TEXTS]
    known = [([text[row[0].argmax() % len(text)] for text, row in zip(TEXTS, STATES, strict=True)], state)]
    known += [
        ([text[row[n].argmax() % len(text)] for text, row, n in zip(TEXTS, STATES, places, strict=True)], state),
        ([text[0] for text in TEXTS], "Row 0: the first word sees only itself, whatever the text says."),
    ]
    rows = [
        (MAPS[:, :, -1].mean(axis=1), "You read the last row; in a shorter text that is padding."),
        (MAPS.mean(axis=(1, 2)), "You averaged over the words that look: only the last word's row is asked for."),
        ([m[0, n] for m, n in zip(MAPS, places, strict=True)], "You read one head alone: take the mean over heads."),
        ([m[1, n] for m, n in zip(MAPS, places, strict=True)], "You read one head alone: take the mean over heads."),
        (
            [m.mean(axis=0)[:, n] for m, n in zip(MAPS, places, strict=True)],
            "You read a column: rows are those who look, columns those who are looked at.",
        ),
        (
            [m.mean(axis=0)[n, :n] for m, n in zip(MAPS, places, strict=True)],
            "The last word may look at itself too: do not leave its own place out.",
        ),
        ([m.prod(axis=0)[n] for m, n in zip(MAPS, places, strict=True)], "The mean over heads, not their product."),
    ]
    known += [([text[int(np.argmax(row))] for text, row in zip(TEXTS, part, strict=True)], why) for part, why in rows]
    want = ["and", "broke", "leaks"]
    known += [(want[:k], "There is one word for each text.") for k in (1, 2)]
    got = [str(word) for word in got] if isinstance(got, (list, tuple, np.ndarray)) else got
    expect(got, want, "Mean over heads, the last word's row, its largest entry.", *known)


@checks.test("most_seen")
def _(most_seen):
    """With other hidden states, and the same attention:"""
    out = {"last_hidden_state": -STATES[:, :, :2], "attentions": MAPS.copy()}
    expect(list(most_seen(out, TEXTS)), ["and", "broke", "leaks"], "Hidden states must not matter here.")


@checks.test("most_seen")
def _(most_seen):
    """One text without padding, three heads:"""
    heads = np.array([[[[1, 0], [0.05, 0.95]], [[1, 0], [0.8, 0.2]], [[1, 0], [0.9, 0.1]]]])
    out = {"last_hidden_state": np.array([[[0.0, 1.0, 0.5], [0.0, 0.4, 0.1]]]), "attentions": heads}
    known = [(["stove"], "Take the mean over heads, not one head or the largest of all.")]
    expect(list(most_seen(out, [["nice", "stove"]])), ["nice"], "Mean over heads.", *known)


@checks.test("most_seen")
def _(most_seen):
    """A text of one word beside a text of two:"""
    heads = np.array([[[[1.0, 0], [0.6, 0.4]]], [[[1.0, 0], [0.3, 0.7]]]])
    out = {"last_hidden_state": np.zeros((2, 2, 3)), "attentions": heads}
    why = "There is one word for each text, and a text of one word can only look at itself."
    expect(list(most_seen(out, [["good"], ["it", "leaks"]])), ["good", "leaks"], why, (["leaks"], why))


@checks.test("most_seen")
def _(most_seen):
    """Two texts, three heads, of which one is very sure:"""
    rows = np.array(
        [[[0.9, 0.05, 0.05], [0.3, 0.4, 0.3], [0.3, 0.4, 0.3]], [[0.2, 0.8, 0], [0.5, 0.5, 0], [0.7, 0.3, 0]]]
    )
    heads = np.zeros((2, 3, 3, 3))
    heads[:, :, :, 0] = 1
    heads[0, :, 2], heads[1, :, 1] = rows
    out = {"last_hidden_state": np.zeros((2, 3, 4)), "attentions": heads}
    middle = "You took the median over heads: one head that is very sure moves the mean, and the mean is asked for."
    known = [(["so", "tent"], middle), (["light", "tent"], middle), (["light", "jams"], middle)]
    got = list(most_seen(out, [["so", "light", "is"], ["tent", "jams"]]))
    expect(got, ["so", "jams"], "Mean over heads.", *known)


VOCABULARY = ["<bos>", "<eos>", "seams", "leak", "badly", "it", "is"]
HEAD = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [0.6, 0.8, 0], [0, 0.6, 0.8], [0.8, 0, 0.6], [0.48, 0.64, -0.6]])
PLAN = [5, 6, 2, 3, 1, 4, 4, 4, 4, 4, 4]
SHAPES = {"": "There is one score for each row of `E`, from the *last* place's state: `E @ read(numbers)[-1]`."}


def reader(states, seen: list):
    """Return a model with these states; it notes what it is given, and ends what would never end."""

    def read(numbers):
        if any(isinstance(number, str) for number in numbers):
            raise Miss("`read` takes numbers, not words: keep the numbers, and look the words up at the end.")
        seen.append([int(number) for number in numbers])
        if len(seen) > 40:
            raise Miss("It writes on and on: stop at `<eos>`, and at the latest after `longest` words.")
        return states[: len(numbers)].copy()

    return read


def say_known(longest: int) -> list[tuple]:
    """Return the wrong sentences of PLAN by the mistake that leads to them."""
    states = HEAD[PLAN]
    coordinates = [int(state.argmax()) for state in states]
    stop = coordinates.index(1) if 1 in coordinates else longest
    over = "The arg-max ran over the coordinates of a state: score the vocabulary first, E @ state."
    marks = "`<eos>` is no word of the sentence, nor is `<bos>`: leave the marks out."
    right = [VOCABULARY[k] for k in PLAN[:4]][:longest]
    return [
        ([VOCABULARY[k] for k in coordinates[:longest]], over),
        ([VOCABULARY[k] for k in coordinates[:stop]][:longest], over),
        ([*right, "<eos>"], marks),
        (["<bos>", *right], marks),
        (["<bos>", *right, "<eos>"], marks),
        ([VOCABULARY[PLAN[0]]], "One word is no sentence: append it, read all again, ask for the next."),
        ([VOCABULARY[k] for k in PLAN[:longest]], "It goes on after `<eos>`: that is where it ends."),
        ([VOCABULARY[k] for k in PLAN[:longest] if k > 1], "It goes on after `<eos>`: that is where it ends."),
        ([VOCABULARY[k] for k in PLAN[: longest + 1]], "It writes more than `longest` words."),
        ([VOCABULARY[k] for k in PLAN[: longest - 1]], "It stops a word too early: `longest` words are allowed."),
    ]


@checks.test("say")
def _(say):
    """A sentence of four words:"""
    seen: list = []
    got = told(say, SHAPES, reader(2 * HEAD[PLAN], seen), HEAD, VOCABULARY, 9)
    got = list(got) if isinstance(got, (list, tuple)) else got
    if isinstance(got, str):
        raise Miss("Return a list of the words, not one string.")
    if not same(got, ["it", "is", "seams", "leak"]):
        if len(seen) > 1 and all(len(numbers) == 1 for numbers in seen):
            raise Miss("Only the newest word was read each time: give `read` all the words so far.")
        if len(seen) > 1 and got and set(got) == {VOCABULARY[PLAN[0]]}:
            raise Miss("The next word is foretold at the last place: `read(numbers)[-1]`.")
    expect(got, ["it", "is", "seams", "leak"], "Write the likeliest word until <eos>.", *say_known(9))


@checks.test("say")
def _(say):
    """What the model is given to read:"""
    seen: list = []
    say(reader(2 * HEAD[PLAN], seen), HEAD, VOCABULARY, 9)
    want = [(0, *PLAN[:k]) for k in range(5)]
    expect(
        list(dict.fromkeys(map(tuple, seen))), want, "At each step the model reads <bos> (0) and all that was written."
    )


@checks.test("say")
def _(say):
    """Cut off after three words:"""
    expect(
        list(say(reader(2 * HEAD[PLAN], []), HEAD, VOCABULARY, 3)),
        ["it", "is", "seams"],
        "At most three.",
        *say_known(3),
    )


@checks.test("say")
def _(say):
    """A model that ends at once:"""
    expect(list(say(reader(2 * HEAD[[1, 4, 4]], []), HEAD, VOCABULARY, 2)), [], "Nothing is written before <eos>.")


@checks.test("say")
def _(say):
    """Rows of E that are not equally long:"""
    E = np.array([[0.1, 0.1], [1.0, 0.0], [0.0, 1.0], [1.2, 1.6]])  # the last one's direction is (0.6, 0.8)
    states = np.array([[0.1, 1.0], [1.0, -1.0], [1.0, -1.0]])
    known = [(["dry"], "The score is the plain dot product: do not divide it by the length of its row of E.")]
    got = list(say(reader(states, []), E, ["<bos>", "<eos>", "dry", "warm"], 2))
    expect(got, ["warm"], "The likeliest word is the one with the largest dot product.", *known)


@checks.test("say")
def _(say):
    """Twelve words, some of them said before:"""
    plan = [5, 6, 2, 5, 6, 3, 5, 6, 4, 2, 2, 3, 1]
    want = [VOCABULARY[k] for k in plan[:-1]]
    got = list(say(reader(2 * HEAD[plan], []), HEAD, VOCABULARY, 20))
    known = [(want[:n], "A sentence is as long as it is allowed to be: `longest`, or up to <eos>.") for n in (8, 9, 10)]
    again = "A word may be said again if it was said before: take the likeliest, whatever it is."
    if got != want and len(got) == len(set(got)):
        raise Miss(again)
    expect(got, want, "Write the likeliest word until <eos>.", *known)


@checks.test("say")
def _(say):
    """No word, and one:"""
    none = "`longest` may be 0: then nothing may be asked for, and nothing is said."
    expect(list(say(reader(2 * HEAD[PLAN], []), HEAD, VOCABULARY, 0)), [], none, (["it"], none))
    expect(list(say(reader(2 * HEAD[PLAN], []), HEAD, VOCABULARY, 1)), ["it"], "At most one.", *say_known(1))


def cache_case() -> tuple:
    """Return five words, an empty cache, three matrices (keys of width 2, values of width 3), nine places."""
    rng = np.random.default_rng(11)
    shapes = (5, 4), (0, 2), (0, 3), (4, 2), (4, 2), (4, 3), (9, 4)
    X, K, V, Wq, Wk, Wv, places = (rng.normal(size=shape) for shape in shapes)
    return X, (K, V), Wq, Wk, Wv, places


def reading(X, past, Wq, Wk, Wv, places, shift=None, mask=None, scale=None, heard=True) -> tuple:
    """Return what is found and the cache, right unless told otherwise."""
    n_past = len(past[0])
    start = n_past if shift is None else shift
    placed = X + places[start : start + len(X)]
    K, V = (np.vstack([old, (placed if heard else X) @ W]) for old, W in zip(past, (Wk, Wv), strict=True))
    mask = staircase(len(X), n_past, n_past) if mask is None else mask
    scores = np.where(mask, placed @ Wq @ K.T / (scale or np.sqrt(K.shape[1])), -1e30)
    return shares(scores) @ V, (K, V)


def late_reading(X, past, Wq, Wk, Wv, places) -> np.ndarray:
    """Return what is found where the mask comes after the softmax."""
    K, V = reading(X, past, Wq, Wk, Wv, places)[1]
    n_past = len(past[0])
    scores = (X + places[n_past : len(K)]) @ Wq @ K.T / np.sqrt(K.shape[1])
    return shares(scores) * staircase(len(X), n_past, n_past) @ V


def reading_known(X, past, want, rest) -> list[tuple]:
    """Return the wrong answers for the words `X` after the cache `past`, by the mistake that leads to them."""
    (found, (K, V)), n, first = want, len(X), len(past[0])
    Wq, places, last = rest[0], rest[3], len(K)
    front = tuple(np.vstack([part[first:], part[:first]]) for part in (K, V))
    scores = (X + places[first:last]) @ Wq @ front[0].T / np.sqrt(2)
    turned = shares(np.where(staircase(n, first, first), scores, -1e30)) @ front[1]
    in_front = "The new keys stand in front of the old ones: a cache grows at its end."
    return [
        ((found, front), in_front),
        ((turned, front), in_front),
        ((found, (K[first:], V[first:])), "Give back the whole cache, the old rows and the new ones."),
        ((found, past), "The cache that you give back is the old one: the new words are not in it."),
        (reading(X, past, *rest, scale=1.0), "The scores are not divided by √d."),
        (reading(X, past, *rest, scale=np.sqrt(4)), "d is the width of a query or a key, not of X."),
        (reading(X, past, *rest, mask=np.ones((n, last), bool)), "The new words looked ahead: mask what is later."),
        ((late_reading(X, past, *rest), (K, V)), "You masked after the softmax: what is later is still in the sum."),
        (reading(X, past, *rest, mask=staircase(n, first, first + 1)), "The new words looked ahead by one."),
        (reading(X, past, *rest, mask=staircase(n, first, 0)), "The mask forgets the past: old words may be seen."),
        (reading(X, past, *rest, shift=first + 1), "Places count from 0: the first new one is the cache's length."),
        (reading(X, past, *rest, heard=False), "Keys and values were made without their places: add those first."),
        (reading(X, past, *rest[:3], places * 0), "All was made without their places: add those first."),
    ]


def later_known(X, past, want, rest) -> list[tuple]:
    """Return the wrong answers that only a past can tell apart."""
    (_, (K, V)), n, first = want, len(X), len(past[0])
    placed = X + rest[3][first : first + n]
    blind = shares(placed @ rest[0] @ past[0].T / np.sqrt(2)) @ past[1]
    unseen = reading(X, past, *rest, mask=staircase(n, first, first - 1))
    return [
        ((blind, (K, V)), "A new word looks at itself, too: put its key in the cache first, then look."),
        (unseen, "A word may look at all before, and also at itself: the mask hides its own place."),
        (reading(X, past, *rest, shift=0), "The new word got place 0 again: count on from the cache."),
    ]


def check_reading(read_on, first: int, last: int) -> None:
    """Check the words from `first` to `last`, after the right cache of those before."""
    needs(read_on, "may_look")
    X, past, *rest = cache_case()
    if first:
        past = reading(X[:first], past, *rest)[1]
    new = X[first:last]
    want = reading(new, past, *rest)
    shapes = {"broadcast": "The mask has one row for each *new* word, one column for each word, old or new."}
    got = pair(told(read_on, shapes, new.copy(), tuple(part.copy() for part in past), *rest))
    got = (got[0], pair(got[1]))
    known = reading_known(new, past, want, rest) + (later_known(new, past, want, rest) if first else [])
    if not any(same(got, value) for value, _ in known):
        for one, right, name in zip(got[1], want[1], ("keys", "values"), strict=True):
            expect(one, right, f"The {name} of the cache: first add the places, then multiply; new rows at the end.")
        expect(got[0], want[0], "The cache is right. What is found: look from the new words, masked.")
    expect(got, want, "Place, key and value of the new words; then look, masked.", *known)


@checks.test("read_on")
def _(read_on):
    """Three words after a cache of two:"""
    check_reading(read_on, 2, 5)


@checks.test("read_on")
def _(read_on):
    """Two words after an empty cache:"""
    check_reading(read_on, 0, 2)


@checks.test("read_on")
def _(read_on):
    """One word after a cache of four:"""
    check_reading(read_on, 4, 5)


@checks.test("read_on")
def _(read_on):
    """Five words, whole, one by one, and cut 2 + 3:"""
    X, empty, *rest = cache_case()
    want = reading(X, empty, *rest)[0]
    for cuts in ([0, 5], [0, 1, 2, 3, 4, 5], [0, 2, 5]):
        past, found = empty, []
        for a, b in zip(cuts, cuts[1:], strict=False):
            part, past = read_on(X[a:b].copy(), past, *rest)
            found.append(array(part))
        expect(np.vstack(found), want, "However the sentence is cut, the same must be found.")


@checks.test("read_on")
def _(read_on):
    """Two drafts that share one past:"""
    X, empty, *rest = cache_case()
    past = reading(X[:2], empty, *rest)[1]
    kept, new = tuple(part.copy() for part in past), X[2:3].copy()
    read_on(new, past, *rest)
    expect(past, kept, "You changed the cache that you were given: another draft may still need it.")
    expect(new, X[2:3], "You changed X in place: `X = X + …` makes a new array, `X += …` does not.")


# The open task: any answer passes that does what is asked, so each is tried, not compared


def head_map(places, Wq, Wk):
    """Return who looks at whom in a causal head."""
    scores = (places @ Wq) @ (places @ Wk).T / np.sqrt(Wk.shape[1])
    return shares(np.where(np.tri(len(places), dtype=bool), scores, -1e30))


def judge_head(look_back, places, like="the identity"):
    """Look where a head looks, whatever its matrices are."""
    got = look_back(places.copy())
    if got is None or got is ...:
        expect(got, 0, "Two matrices are wanted.")
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Miss("Return two matrices, Wq and Wk.")
    Wq, Wk = (array(part) for part in got)
    D = places.shape[1]
    if Wq.ndim != 2 or Wq.shape != Wk.shape or len(Wq) != D:
        raise Miss(f"Wq and Wk are (D, d), both alike, and D is {D} here: yours are {Wq.shape} and {Wk.shape}.")
    if not (np.isfinite(Wq).all() and np.isfinite(Wk).all()):
        raise Miss("Loud is not infinite: a matrix holds finite numbers.")
    looks_at = head_map(places, Wq, Wk)
    left = looks_at[np.arange(1, len(places)), np.arange(len(places) - 1)]
    if (left >= 0.9).all():
        return
    t = int(np.argmin(left)) + 1
    say = f"Place {t} looks at place {t - 1} with {left[t - 1]:.2f} only, nine tenths are wanted"
    row = looks_at[t, : t + 1]
    if same_turned(places, Wq, Wk):
        why = "The other way round: your query of a place fits the place after it, which is hidden."
    elif len(places) > 2 and (looks_at.diagonal()[1:] > 0.5).all():
        why = "each place looks at itself: its query must be the vector of the place before."
    elif all(np.ptp(looks_at[k, : k + 1]) < 1e-9 for k in range(1, len(places))):
        why = "it looks at all that went before alike: its query fits no key."
    elif len(places) > 2 and (looks_at[2:, 0] > 0.5).all():
        why = "every place looks at the very first: the query must depend on the place."
    elif all(left[k] == looks_at[k + 1, : k + 2].max() for k in range(len(left))):
        why = "the right place, but not loud enough: a larger score makes a surer softmax."
    else:
        why = f"it must hold for any places at right angles, here {like}; your map has the row {np.round(row, 2)}."
    raise Miss(f"{say}: {why}")


def same_turned(places, Wq, Wk):
    """Return whether, without a mask, each place looks at the one after it."""
    scores = (places @ Wq) @ (places @ Wk).T
    return bool((scores[:-1].argmax(axis=1) == np.arange(1, len(places))).all())


@checks.test("look_back")
def _(look_back):
    """Four places, the identity:"""
    judge_head(look_back, np.eye(4))


@checks.test("look_back")
def _(look_back):
    """Six places of eight numbers, turned at random:"""
    turned = np.linalg.qr(np.random.default_rng(6).normal(size=(8, 8)))[0]
    judge_head(look_back, turned[:6], "turned ones")


@checks.test("look_back")
def _(look_back):
    """Forty places:"""
    judge_head(look_back, np.linalg.qr(np.random.default_rng(7).normal(size=(40, 40)))[0], "turned ones")


@checks.test("look_back")
def _(look_back):
    """Two places:"""
    judge_head(look_back, np.eye(3)[[2, 0]], "two of three")
