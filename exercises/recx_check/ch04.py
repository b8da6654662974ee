"""Checks of the exercises on writing one word after the other."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect, said, same

checks = Checks()
check, require = checks.check, checks.require


def told(answer, why: dict, *args):
    """Return what the answer gives; where it stops with an error that holds words of `why`, say that and the hint."""
    try:
        return answer(*args)
    except (AttributeError, IndexError, ValueError) as error:
        hints = [hint for words, hint in why.items() if words in str(error)]
        if not hints:
            raise
        raise Miss(f"{said(error)} {hints[0]}") from error


@checks.test("fed")
def _(fed):
    """Two sentences of four words:"""
    table = np.array([[7, 5, 9, 2], [4, 8, 2, 0]])
    begin = np.full((2, 1), 1)
    known = [
        (table, "Not shifted: at each place the decoder is fed the very word that it is asked for."),
        (np.vstack([np.full((1, 4), 1), table[:-1]]), "You shifted the sentences: words run along axis 1."),
        (np.hstack([begin, table]), "One word too many: nothing is asked after the last word, so it is not fed."),
        (np.roll(table, 1, axis=1), "The last word came round to the front: the first place belongs to BOS."),
        (np.hstack([begin, table[:, 1:]]), "Only the first word was replaced: all the others must move by one place."),
        (np.hstack([0 * begin, table[:, :-1]]), "The first place holds BOS, which is 1, not 0."),
        ([1, table[0]], "You treated the table as one sentence: its last row went, and each row should lose a word."),
        (np.hstack([table[:, 1:], begin]), "Shifted the wrong way: each place would be fed the word that follows."),
    ]  # fmt: skip
    got = told(fed, {"dimension": "BOS is one number; you need a column of it, a table of shape (B, 1)."}, table.copy())
    expect(got, np.hstack([begin, table[:, :-1]]), "BOS first, then all words but the last.", *known)


@checks.test("fed")
def _(fed):
    """Three sentences of one word:"""
    expect(fed(np.array([[6], [3], [2]])), np.ones((3, 1)), "Where one word is asked, BOS alone is fed.")


@checks.test("fed")
def _(fed):
    """The table stays as it was:"""
    table = np.array([[7, 5, 2], [4, 2, 0]])
    fed(table)
    expect(table, np.array([[7, 5, 2], [4, 2, 0]]), "You wrote into the table: the loss still needs it as the target.")


@checks.test("fed")
def _(fed):
    """Word numbers stay word numbers:"""
    got = fed(np.array([[29000, 5, 31000, 2]]))
    expect(got, np.array([[1, 29000, 5, 31000]]), "BOS first, then all words but the last.")
    if np.asarray(got).dtype.kind not in "iu":
        raise Miss("Word numbers are whole numbers, yours are floats and index no table: np.full(…, BOS), not np.ones.")


def steps(scores, target, lr):
    """Return the right risk and step, and the wrong ones by the mistake that leads to them."""
    places, probs = np.arange(len(target)), np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    truth = np.eye(scores.shape[1])[target]
    risk, down = -np.mean(np.log(probs[places, target])), lr * (probs - truth) / len(target)
    new = scores - down
    after = np.exp(new) / np.exp(new).sum(axis=1, keepdims=True)
    climbs = "The true words have become less likely: go down the slope of the mean of −log p."
    minus = "There is one minus too many or too few: no probability is above 1, so no mean of −log p is below 0."
    known = [
        ((risk, scores + down), climbs),
        ((-risk, scores + down), minus),
        ((-risk, new), minus),
        ((risk, scores - len(target) * down), "The loss is a mean: divide the step by the number of places."),
        ((risk, scores - down * truth), "The true word's score rises, and all the others must fall: the whole row."),
        ((risk, scores + lr * truth / len(target)), "The probabilities are missing from the slope."),
        ((risk * len(target), new), "This is the sum of the losses: the risk is their mean."),
        ((-np.mean(np.log(after[places, target])), new), "The risk is asked before the step."),
        ((np.mean(1 - probs[places, target]), new), "The loss of a place is −log p, not 1 − p."),
        ((-np.log(np.mean(probs[places, target])), new), "First the logarithms, then their mean."),
        ((risk / np.log(2), new), "Take the natural logarithm, np.log."),
        ((risk, scores - down * len(target) / scores.size), "Divide by the number of places, not of all scores."),
        ((risk, after), "These are the new probabilities: give the new scores."),
        ((risk, after[places, target]), "These are the new probabilities: give the new scores."),
        ((new, risk), "The two are exchanged: the risk comes first."),
        (new, "Give two things: the risk, and the new scores."),
    ]
    return (risk, new), known


LOUD = np.array([[1.0, -0.5, 0.3, 0.0], [0.2, 2.0, -1.0, 0.4]])


@checks.test("likelier")
def _(likelier):
    """Two places, four words:"""
    want, known = steps(LOUD, np.array([2, 0]), 0.7)
    expect(likelier(LOUD.copy(), np.array([2, 0]), 0.7), want, "The mean of −log p, and one step down it.", *known)


@checks.test("likelier")
def _(likelier):
    """Three places with the same true word:"""
    scores, target = np.array([[0.5, 0.0], [-1.0, 1.0], [0.0, 0.2]]), np.array([1, 1, 1])
    want, known = steps(scores, target, 2.0)
    expect(likelier(scores.copy(), target, 2.0), want, "The mean of −log p, and one step down it.", *known)


@checks.test("likelier")
def _(likelier):
    """The scores stay as they were:"""
    scores = LOUD.copy()
    likelier(scores, np.array([2, 0]), 0.7)
    expect(scores, LOUD, "You wrote into the scores: work on a copy.")


@checks.test("likelier")
def _(likelier):
    """One place alone, and seven:"""
    rng = np.random.default_rng(7)
    for n in (1, 7):
        scores, target = rng.normal(size=(n, 6)), rng.integers(0, 6, n)
        want, known = steps(scores, target, 0.5)
        known = [pair for pair in known if not same(want, pair[0])]
        hint = "One place is enough for a mean." if n == 1 else "Divide by the number of places."
        expect(likelier(scores.copy(), target, 0.5), want, hint, *known)


WORDS = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, -1.0], [0.0, 0.0]])
INTO = np.array([[1.0, 0.2], [-0.3, 0.8], [0.5, 0.5]])
OVER = np.array([[0.5, -0.5, 0.1], [0.3, 0.4, 0.0], [-0.2, 0.9, 0.6]])
START = np.array([0.3, -0.1, 0.2])


def run(rule, h=START):
    """Return the states after each word for a rule (x, h) → h."""
    states = []
    for x in WORDS:
        h = rule(x, h)
        states.append(h)
    return np.array(states)


@checks.test("read")
def _(read):
    """Four words, a memory of three numbers:"""
    want = run(lambda x, h: np.tanh(INTO @ x + OVER @ h))
    known = [
        (run(lambda x, h: np.tanh(INTO @ x)), "Nothing is remembered: the old state is not in it."),
        (run(lambda x, h: np.tanh(INTO @ x + OVER @ START)), "Each word starts again from the first state: hand on h."),
        (run(lambda x, h: INTO @ x + OVER @ h), "Not squashed: the tanh is missing."),
        (run(lambda x, h: np.tanh(INTO @ x) + OVER @ h), "Squash the sum: the tanh holds word and memory together."),
        (run(lambda x, h: np.tanh(INTO @ x + OVER.T @ h)), "U is transposed: row i says what flows into unit i."),
        (run(lambda x, h: np.tanh(INTO @ x + h)), "U is missing: the old state is mixed before it is added."),
        (run(lambda x, h: np.tanh(INTO @ x + OVER @ h), h=np.zeros(3)), "The state that is given was not used."),
        (want[-1], "Only the last state is left: attention wants one for each word."),
        (want[-1:], "Only the last state is left: attention wants one for each word."),
        (np.vstack([START, want]), "The first state is not asked for: one state for each word."),
        (want.ravel(), "The states were strung together: append each as a whole."),
    ]  # fmt: skip
    owners = "W belongs to the word, U to the state."
    stops = {
        "NoneType": "`states.append(h)` changes the list and returns None: do not assign what it returns.",
        "broadcast": "A list grows by `states.append(h)`, not by `+ h`.",
        "mismatch": owners,
        "not aligned": owners,
    }
    expect(told(read, stops, WORDS, INTO, OVER, START.copy()), want, "h = tanh(W x + U h), word by word.", *known)


@checks.test("read")
def _(read):
    """The chapter's 'not light' and 'light not':"""
    U, zero = np.array([[0.5, -0.5], [0.5, 0.5]]), np.zeros(2)
    ahead, back = np.asarray(read(np.eye(2), np.eye(2), U, zero)), np.asarray(read(np.eye(2)[::-1], np.eye(2), U, zero))
    if np.allclose(ahead[-1], back[-1]):
        raise Miss("Both orders end in the same state: order should leave a trace.")
    expect(ahead[-1], np.tanh([0.5 * np.tanh(1), 1 + 0.5 * np.tanh(1)]), "h = tanh(W x + U h), word by word.")


@checks.test("read")
def _(read):
    """The first state stays as it was:"""
    h = START.copy()
    read(WORDS, INTO, OVER, h)
    expect(h, START, "You wrote into the state that was given: make a new one at each word.")


KEYS = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, -1.0], [2.0, -1.0, 0.0], [0.5, 0.5, 0.5], [-1.0, 0.0, 1.0]])
W_QUERY = np.array([[1.0, 0.5], [0.0, -1.0], [0.5, 0.5], [-0.5, 1.0]])
W_KEY = np.array([[1.0, 0.0, 0.2], [0.5, -0.5, 0.0], [0.0, 1.0, 1.0], [0.3, 0.0, -1.0]])
V, W = np.array([1.0, -0.5, 2.0, 0.7]), np.array([[1.0, 0.0, -0.5], [0.5, 2.0, 0.0]])


def scores_of(q, K, W_q, W_k, v, W):
    """Return the additive and the multiplicative scores."""
    return np.tanh(W_q @ q + K @ W_k.T) @ v, K @ (q @ W)


def shares(scores):
    """Return a softmax."""
    e = np.exp(scores - np.max(scores))
    return e / e.sum()


BLIND = "The query is not in the {} score: it would look at the same place at every step."
ROWS = "Mind what is a row: K has a row for each key, and `K @ W_k.T` is W_k k for all of them at once."
TURNED = dict.fromkeys(("mismatch", "not aligned", "broadcast"), ROWS)


def sums(q, K, W_q, W_k, v):
    """Return mistaken additive scores with their hints; a transposed matrix only where it is square."""
    linear, keys = W_q @ q + K @ W_k.T, K @ W_k.T
    known = [
        (linear @ v, "The tanh is missing: without it the query adds the same to every score."),
        (np.tanh(linear @ v), "The tanh stands inside: it bends each pair's sum before v weighs it."),
        (np.tanh(keys) @ v, BLIND.format("additive")),
        (np.tanh(linear), "One score for each key is wanted: v weighs the parts and sums them."),
    ]
    if W_q.shape == W_k.shape == K.shape:
        known += [
            (K @ v, BLIND.format("additive")),
            (np.tanh(q @ W_q + keys) @ v, "W_q is transposed."),
            (np.tanh(W_q @ q + K @ W_k) @ v, "W_k is transposed."),
            (np.tanh(q @ W_q + K @ W_k) @ v, "W_q and W_k are transposed."),
            (np.tanh(W_k @ q + K @ W_q.T) @ v, "W_q and W_k are exchanged."),
            (np.tanh(W_q @ q + K.T @ W_k.T) @ v, "Keys are rows of K."),
            (v @ np.tanh(W_q @ q + W_k @ K.T), "W_q q was added across the keys: every key is to get the whole of it."),
        ]
    return known


def products(q, K, v, W):
    """Return mistaken multiplicative scores with their hints; a transposed matrix only where it is square."""
    times = K @ (q @ W)
    known = [(np.tanh(times), "The multiplicative score has no tanh: it is a plain product.")]
    if len(q) == K.shape[1]:
        turned = "W is transposed: the query stands on its left, the key on its right."
        known += [(K @ (W @ q), turned), (K @ q, "W is not in the product."), (K @ v, BLIND.format("multiplicative"))]
    return [*known, (K.T @ (q @ W), "Keys are rows of K.")] if K.shape[0] == K.shape[1] else known


def judge(two, q, K, W_q, W_k, v, W):
    """Compare a learner's two scores with the right ones, each with its own mistakes."""
    add, times = scores_of(q, K, W_q, W_k, v, W)
    again = "Both are the same again: one sums query and key, the other multiplies them."
    known = [
        ((add, add), again),
        ((times, times), again),
        ((times, add), "The two are exchanged: additive comes first."),
    ]
    known += [((shares(add), shares(times)), "Give the scores, before the softmax.")]
    got = told(two, TURNED, q, K, W_q, W_k, v, W)
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 2:
        raise Miss("Give two things: the additive scores and the multiplicative ones.")
    if any(np.shape(part) == () for part in got):
        raise Miss("One number is not enough: there is one score for each key.")
    for wrong, hint in known:
        if same(got, wrong):
            raise Miss(hint)
    expect(got[0], add, "Additive: v · tanh(W_q q + W_k k), for each key.", *sums(q, K, W_q, W_k, v))
    expect(got[1], times, "Multiplicative: q · W k, for each key.", *products(q, K, v, W))


@checks.test("two_scores")
def _(two):
    """Two keys of two numbers, and no matrix symmetric:"""
    q, K, W_q, W_k = np.array([1.0, -2.0]), np.array([[1.0, 0.5], [-0.2, 2.0]]), W_KEY[:2, :2], W_QUERY[1:3]
    judge(two, q, K, W_q, W_k, np.array([1.0, 0.5]), np.array([[0.0, 1.0], [0.3, 0.5]]))


@checks.test("two_scores")
def _(two):
    """Five keys, query and keys of different length:"""
    judge(two, np.array([0.8, -0.4]), KEYS, W_QUERY, W_KEY, V, W)


@checks.test("two_scores")
def _(two):
    """One key alone:"""
    judge(two, np.array([0.8, -0.4]), KEYS[:1], W_QUERY, W_KEY, V, W)


def mixture(vocab_probs, looks, source, gate, n_extra):
    """Return the mixture of writing and copying."""
    mixed = np.append((1 - gate) * vocab_probs, np.zeros(n_extra))
    np.add.at(mixed, source, gate * looks)
    return mixed


MISSING = "There are `n_extra` places behind the vocabulary, whether or not this source needs them all."
ROOM = dict.fromkeys(("out of bounds", "broadcast"), MISSING)


@checks.test("mix")
def _(mix):
    """Three known words, a source of five in which two words come twice:"""
    probs, looks, source = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.3, 0.2, 0.15, 0.25]), np.array([0, 4, 3, 4, 0])
    written, last = np.append(0.6 * probs, [0, 0]), np.append(0.6 * probs, [0, 0])
    written[source] += 0.4 * looks
    last[source] = 0.4 * looks
    raw = np.append(probs, [0, 0])
    np.add.at(raw, source, 0.4 * looks)
    whole = np.append(0.6 * probs, [0, 0])
    np.add.at(whole, source, looks)
    known = [
        (written, "A word that stands twice in the source was added once: `a[i] += x` forgets repeats; use np.add.at."),
        (last, "Copying wiped out writing: add to what is there, also for words that come twice."),
        (mixture(probs, looks, source, 0.6, 2), "The gate is turned: it is the share of copying."),
        (raw, "The vocabulary was not thinned by 1 − gate: the sum is more than 1."),
        (whole, "The looks were not thinned by the gate: the sum is more than 1."),
        (mixture(probs, looks, source, 0.4, 2)[:3], "The places of the unknown words are missing."),
        (np.append(0.6 * probs, 0.4 * looks), "The looks were put behind the words: they belong to the words."),
        (np.append(0.6 * probs, [0, 0]), "Nothing is copied: the looks are not in it."),
        (raw / raw.sum(), "The vocabulary was not thinned by 1 − gate: and the sum does not mend that."),
        (np.append(0.6 * probs, [0.2 * 0.4, 0.45 * 0.4]), "A source word that is in the vocabulary is copied, too."),
    ]  # fmt: skip
    want = mixture(probs, looks, source, 0.4, 2)
    got = told(mix, ROOM, probs.copy(), looks.copy(), source, 0.4, 2)
    expect(got, want, "(1 − gate) · written + gate · looks.", *known)


@checks.test("mix")
def _(mix):
    """A gate that is shut, and one that is open:"""
    probs, looks, source = np.array([0.7, 0.2, 0.1, 0.0]), np.array([0.5, 0.5]), np.array([2, 4])
    expect(mix(probs.copy(), looks, source, 0.0, 1), [0.7, 0.2, 0.1, 0, 0], "With gate 0 everything is written.")
    expect(mix(probs.copy(), looks, source, 1.0, 1), [0, 0, 0.5, 0, 0.5], "With gate 1 everything is copied.")


@checks.test("mix")
def _(mix):
    """A source that does not need all its extra places:"""
    probs, looks = np.array([0.75, 0.25]), np.array([0.5, 0.5])
    spread = (np.append(0.5 * probs, [0, 0]) + 0.5, "What is copied went to every word, also to those not read.")
    for source in (np.array([0, 0]), np.array([1, 0])):
        want = mixture(probs, looks, source, 0.5, 2)
        got = told(mix, ROOM, probs.copy(), looks.copy(), source, 0.5, 2)
        expect(got, want, "(1 − gate) · written + gate · looks.", (want[:2], MISSING), spread)


@checks.test("mix")
def _(mix):
    """No unknown words, and the inputs stay as they were:"""
    probs, looks, source = np.array([0.5, 0.5]), np.array([0.25, 0.75]), np.array([1, 1])
    expect(mix(probs, looks, source, 0.5, 0), [0.25, 0.75], "Both looks went to the same word: their sum counts.")
    expect(probs, [0.5, 0.5], "You wrote into the vocabulary's probabilities: work on a copy.")


@checks.test("mix")
def _(mix):
    """Numbers made at random, a source of nine:"""
    rng = np.random.default_rng(9)
    probs, looks, source = rng.dirichlet(np.ones(8)), rng.dirichlet(np.ones(9)), rng.integers(0, 11, 9)
    want = mixture(probs, looks, source, 0.37, 4)
    known = [(want.round(to), "Do not round.") for to in (2, 3, 4)]
    expect(mix(probs.copy(), looks.copy(), source, 0.37, 4), want, "(1 − gate) · written + gate · looks.", *known)


SCORES = np.log([0.1, 0.4, 0.05, 0.3, 0.15])


def cut(probs, top_p):
    """Return which words are in the nucleus."""
    order = np.argsort(-probs)
    kept = np.zeros(len(probs), dtype=bool)
    kept[order] = np.cumsum(probs[order]) - probs[order] < top_p
    return kept


@checks.test("nucleus")
def _(nucleus):
    """Five words at temperature 1, top_p = 0.58:"""
    probs, order = np.exp(SCORES), [1, 3, 4, 0, 2]
    unsorted = np.where((np.cumsum(probs) - probs)[np.argsort(order)] < 0.58, probs, 0)
    known = [
        (np.array([0, 1.0, 0, 0, 0]), "The word that crosses top_p belongs to it: the kept ones must *reach* top_p."),
        (np.array([4, 3, 0, 0, 0]) / 7, "Still sorted: put each probability back in its word's place."),
        (np.array([0, 0.4, 0, 0.3, 0]), "What is left does not sum to 1: divide by its sum."),
        (shares(np.where(cut(probs, 0.58), probs, 0)), "Words that were cut come back: a softmax of 0 is not 0."),
        (np.array([2, 0, 1, 6, 3]) / 12, "You kept the unlikely words: sort downwards."),
        (np.array([0, 0.1, 0, 0.4, 0]) / 0.5, "The right words, with other words' probabilities: `probs[order]`."),
        (np.array([0, 1, 0, 1, 0]) / 2, "The right words, but they must keep their probabilities."),
        (unsorted / unsorted.sum(), "You summed in the order of the vocabulary: `np.cumsum(probs[order])`."),
        (np.full(5, np.nan), "Nothing is left: what the likelier words reach together decides whether a word stays."),
        (probs, "Nothing was cut."),
    ]  # fmt: skip
    expect(nucleus(SCORES.copy(), 1.0, 0.58), np.array([0, 4, 0, 3, 0]) / 7, "Keep the likeliest two.", *known)


@checks.test("nucleus")
def _(nucleus):
    """Five words at temperature 2, top_p = 0.75:"""
    warm, plain, wrong = shares(SCORES / 2), np.exp(SCORES), shares(SCORES * 2)
    right, early = np.where(cut(warm, 0.75), warm, 0), np.where(cut(plain, 0.75), warm, 0)
    turned = np.where(cut(wrong, 0.75), wrong, 0)
    known = [
        (turned / turned.sum(), "Turned: a high temperature must flatten."),
        (early / early.sum(), "You cut before the temperature came in: first heat, then cut."),
        (plain, "The temperature divides the scores, before the softmax, not the probabilities."),
        (np.where(cut(plain, 0.75), plain, 0) / plain[cut(plain, 0.75)].sum(), "The temperature is not in it."),
    ]  # fmt: skip
    expect(nucleus(SCORES.copy(), 2.0, 0.75), right / right.sum(), "softmax(scores / temperature), then cut.", *known)


@checks.test("nucleus")
def _(nucleus):
    """At the edges:"""
    expect(nucleus(SCORES.copy(), 1.0, 1.0), np.exp(SCORES), "With top_p = 1 every word takes part.")
    expect(nucleus(SCORES.copy(), 0.5, 0.1), [0, 1, 0, 0, 0], "However small top_p, the likeliest word stays.")
    got = np.asarray(nucleus(np.array([0.0, 0.0]), 1.0, 0.5), dtype=float)
    if not np.allclose(np.sort(got), [0, 1]):
        raise Miss("One of two equal words reaches top_p = 0.5 exactly: one is enough.")


@checks.test("nucleus")
def _(nucleus):
    """Seven words, only the order of their scores counts for who comes first:"""
    scores = np.array([-1.0, 2.0, 0.5, 3.0, -4.0, 1.0, 2.5])
    probs = shares(scores / 1.5)
    want = np.where(cut(probs, 0.8), probs, 0)
    expect(nucleus(scores, 1.5, 0.8), want / want.sum(), "softmax(scores / temperature), then cut, then divide.")


@checks.test("nucleus")
def _(nucleus):
    """Cold, at temperature 0.5, top_p = 0.9:"""
    cold, plain = shares(SCORES / 0.5), np.exp(SCORES)
    right, uncooled = (np.where(cut(probs, 0.9), probs, 0) for probs in (cold, plain))
    known = [(uncooled / uncooled.sum(), "A cold temperature, below 1, sharpens: take it as it is given.")]
    expect(nucleus(SCORES.copy(), 0.5, 0.9), right / right.sum(), "softmax(scores / temperature), then cut.", *known)


@checks.test("nucleus")
def _(nucleus):
    """Scores of a thousand:"""
    got = np.asarray(nucleus(np.array([1000.0, 1001.0, 998.0]), 1.0, 0.9), dtype=float)
    if not np.isfinite(got).all():
        raise Miss("exp of a large score is infinite: use the `softmax` of the first cell.")
    expect(got, np.append(shares([0.0, 1.0]), 0), "Only the differences of scores count.")


def choice(p_text, p_user):
    """Return P(text | user), (U, T), and the mistaken tables by their hints."""
    joint = p_user.T * p_text
    right = joint / joint.sum(axis=1, keepdims=True)
    article = (p_text @ p_user)[:, None] * p_text
    drops = "The user drops out: P(user) is the same for all texts, so every user gets the same choice."
    known = [
        (article, drops),
        (article / article.sum(axis=1, keepdims=True), drops),
        (joint, "These are joint probabilities: divide each user's row by its sum."),
        (p_user.T, "This is P(user | text), the question the other way round: divide by the sum over the *texts*."),
        (joint * (p_text @ p_user)[:, None], "P(user | content) divides what is joint; you multiplied by it."),
        (p_user.T / p_user.T.sum(axis=1, keepdims=True), "P(text) is missing: a text that nobody writes would win."),
        (right.T, "One row per user is wanted, (U, T): transpose."),
    ]  # fmt: skip
    return right, known


@checks.test("text_given_user")
def _(table):
    """Three texts, two users:"""
    p_text, p_user = np.array([0.6, 0.3, 0.1]), np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
    want, known = choice(p_text, p_user)
    rows = {"broadcast": "Turn one so that texts meet texts: p_user has a row for each text, p_text runs along a row."}
    got = told(table, rows, p_text.copy(), p_user.copy())
    expect(got, want, "P(text) · P(user | text), divided by its sum over the texts.", *known)


@checks.test("text_given_user")
def _(table):
    """Two texts, three users:"""
    p_text, p_user = np.array([0.2, 0.8]), np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    want, known = choice(p_text, p_user)
    got = np.asarray(table(p_text.copy(), p_user.copy()), dtype=float)
    expect(got, want, "P(text) · P(user | text), divided by its sum over the texts.", *known)


@checks.test("text_given_user")
def _(table):
    """Where the text says nothing about the user:"""
    p_text, p_user = np.array([0.5, 0.25, 0.25]), np.tile([0.4, 0.6], (3, 1))
    want, known = choice(p_text, p_user)
    expect(table(p_text, p_user), want, "Then, and only then, every user has the same choice.", *known[2:])


@checks.test("text_given_user")
def _(table):
    """Texts that some other user may have written, and one that is never written:"""
    p_text, p_user = np.array([0.6, 0.0, 0.4]), np.array([[0.2, 0.1], [0.5, 0.5], [0.1, 0.8]])
    want, known = choice(p_text, p_user)
    others = p_user / p_user.sum(axis=1, keepdims=True)
    why = "Some other user may have been the author: take p_user as it is, its rows need not sum to 1."
    known = [(choice(p_text, others)[0], why), *known]
    expect(table(p_text.copy(), p_user.copy()), want, why, *known)


def tables(seed):
    """Return a random model of five words: row w holds the probabilities of what follows w, row 0 of the start."""
    return np.random.default_rng(seed).dirichlet(np.full(5, 0.7), 5) * 0.98 + 0.004


def model(table, asked=None):
    """Return `log_probs(words)` of a table; reading on after an end mark is a miss."""

    def log_probs(words):
        words = list(words)
        if 0 in words:
            raise Miss("A finished sentence was read on: after the end mark it only waits, its score unchanged.")
        return np.log(table[words[-1] if words else 0])

    return log_probs


MISTAKES = {
    "greedy": "This is greedy: `width` beginnings must survive each step, not one.",
    "sum": "Not divided by the length: the sum favours the shortest sentence.",
    "mark": "The end mark counts as a word when you divide by the length.",
    "prune": "Keep beams by sum; divide by the length only at the very end.",
    "first": "You stopped at the first end mark: others may still overtake.",
    "any": "You stopped at the first end mark: others may still overtake.",
    "best": "You stopped when the best had finished: go on until all that are kept have, others may still overtake.",
    "lost": "Finished sentences were lost: they stay among the beams.",
    "drop": "Finished sentences were lost: they stay among the beams.",
    "aside": "Finished sentences were put aside and freed their places: each still takes one of the `width`.",
    "all": "More than `width` beginnings survive a step: keep the best of all together.",
    "each": "More than `width` beginnings survive a step: keep the best of all together.",
    "done": "At the end all that are kept are compared, finished or not.",
    "short": "One step too few: a sentence may have max_len words, its end mark among them.",
}


def longer(log_probs, beams, each=None):
    """Return every beginning with every next word, or with its `each` likeliest."""
    grown = []
    for words, total in beams:
        steps = sorted(enumerate(log_probs(words).tolist()), key=lambda step: -step[1])[:each]
        grown += [((*words, w), total + step) for w, step in steps]
    return grown


def per_word(beam):
    """Return the mean log-probability of a beam's words."""
    return beam[1] / len(beam[0])


def halts(mistake, beams, ends):
    """Return whether a search with this mistake stops here."""
    return not beams or (mistake in ("first", "any") and ends) or (mistake == "best" and beams[0] in ends)


def search(log_probs, width, max_len, mistake=""):
    """Return (words, log-probability) as asked, or with one of the mistakes."""
    beams, done, ends = [((), 0.0)], [], []
    width, each = 1 if mistake == "greedy" else width, width if mistake == "each" else None
    for _ in range(max_len - (mistake == "short")):
        grown = longer(log_probs, [b for b in beams if b[0][-1:] != (0,)], each)
        grown += [] if mistake in ("drop", "aside") else [b for b in beams if b[0][-1:] == (0,)]
        grown.sort(key=per_word if mistake == "prune" else lambda b: b[1], reverse=True)
        beams = grown if mistake in ("all", "each") else grown[:width]
        ends = [b for b in beams if b[0][-1] == 0]
        done += ends
        beams = [b for b in beams if b[0][-1] != 0] if mistake in ("lost", "aside") else beams
        if halts(mistake, beams, ends):
            break
    return pick(mistake, beams, done, ends)


def pick(mistake, beams, done, ends):
    """Return the best of what a search kept."""
    if mistake == "sum":
        return max(beams, key=lambda b: b[1])
    if mistake == "mark":
        return max(beams, key=lambda b: b[1] / max(1, sum(w != 0 for w in b[0])))
    kept = {"first": ends[:1] or beams, "done": ends or beams, "aside": beams + done}.get(mistake, beams or done)
    return max(kept, key=per_word)


MODELS = ((234, 3, 6), (1184, 3, 4), (322, 3, 6), (43, 2, 5))  # seed, width, max_len
LITTLE = np.array([[0.01, 0.55, 0.43, 0.01], [0.4, 0.2, 0.2, 0.2], [0.03, 0.92, 0.03, 0.02], [0.25] * 4])
EMPTY = {"index out of range": "At the start no word is written: `words[-1:] == (0,)` asks an empty beginning, too."}


@checks.test("beam")
def _(beam):
    """Four models, a width of two or three, four to six words at most:"""
    got = [told(beam, EMPTY, model(tables(seed)), width, most) for seed, width, most in MODELS]
    want = [search(model(tables(seed)), width, most) for seed, width, most in MODELS]
    bare = [(words[:-1] if words[-1] == 0 else words, total) for words, total in want]
    known = [
        ([(words, total / len(words)) for words, total in want], "Right words; return the sum, not the mean."),
        ([words for words, _ in want], "Give two things: the words and the sum of their log-probabilities."),
        (bare, "The end mark is one of the words that you return."),
        ([search(model(LITTLE), width, most) for _, width, most in MODELS], "Ask the `log_probs` that is given."),
    ]
    for mistake, hint in MISTAKES.items():
        known.append(([search(model(tables(seed)), width, most, mistake) for seed, width, most in MODELS], hint))
    expect(got, want, "Some words, or the sum of their log-probabilities, are wrong.", *known)


@checks.test("beam")
def _(beam):
    """A width of one:"""
    run_ = model(tables(322))
    expect(beam(run_, 1, 6), search(run_, 1, 6), "A beam of width one is greedy.")


@checks.test("beam")
def _(beam):
    """One step alone:"""
    run_ = model(tables(322))
    expect(beam(run_, 3, 1), search(run_, 3, 1), "After max_len steps the best of what is kept is returned.")


@checks.test("beam")
def _(beam):
    """As wide as all words and wider:"""
    for seed, width, most in ((0, 4, 4), (77, 5, 5), (75, 6, 4), (62, 7, 5), (5, 40, 4)):
        run_ = model(tables(seed))
        known = [(search(run_, less, most), "Keep as wide a beam as it is asked for.") for less in range(1, width)]
        want = search(run_, width, most)
        known = [pair for pair in known if not same(want, pair[0])]
        expect(beam(run_, width, most), want, "A beam may be wider than there are words.", *known)


# The open task: any answer passes that does what is asked, so each is tried, not compared


def likely(table, words):
    """Return the mean log-probability of the words of a sentence."""
    return float(np.mean([np.log(table[before][word]) for before, word in zip((0, *words), words, strict=False)]))


def plain_way(table, n):
    """Return the n sentences that greedy makes of the n likeliest first words."""
    found = []
    for word in [int(w) for w in np.argsort(-table[0]) if w != 0][:n]:
        words = [word]
        while words[-1] != 0 and len(words) < 30:
            words.append(int(np.argmax(table[words[-1]])))
        found.append(tuple(words))
    return found


def judge_drafts(drafts, table, n, max_len):
    """Look at what the drafts are like, whichever they are."""
    got = told(drafts, EMPTY, model(table), n, max_len)
    if got is None or got is ...:
        expect(got, 0, "A list of sentences is wanted.")
    got = list(got)
    if len(got) != n or any(np.ndim(words) != 1 for words in got):
        raise Miss(f"{n} drafts are wanted, each a tuple of word numbers; you give {got!r}"[:200] + ".")
    got = [tuple(map(int, words)) for words in got]
    for words in got:
        if words in ((), (0,)):
            raise Miss("A draft says something: one of yours is the end mark alone.")
        if words[-1] != 0:
            raise Miss(f"A draft is finished: {words} does not end in word 0.")
        if 0 in words[:-1] or len(words) > max_len:
            raise Miss(f"A draft has one end mark and at most {max_len} words, the mark counted: {words}.")
    if len({words[0] for words in got}) < n:
        raise Miss(f"Two drafts begin with the same word: {sorted(got)}.")
    mine, plain = (np.mean([likely(table, words) for words in found]) for found in (got, plain_way(table, n)))
    if mine < plain - 1e-9:
        short = f"{mine:.3g} per word, on average, against {plain:.3g}"
        raise Miss(
            f"Your drafts are less likely than the plain way's, {short}: take likely first words, and go on likely."
        )


@checks.test("drafts")
def _(drafts):
    """The model of the notebook, two drafts:"""
    judge_drafts(drafts, LITTLE, 2, 6)


@checks.test("drafts")
def _(drafts):
    """Four models made at random, two or three drafts:"""
    models = [t for t in map(tables, range(400)) if all(len(w) < 6 for w in plain_way(t, 3))]
    early = [t for t in models if np.argmax(t[0]) == 0][:2]
    for table in [*models[:2], *early]:
        for n in (2, 3):
            judge_drafts(drafts, table, n, 6)


@checks.test("drafts")
def _(drafts):
    """One draft, which may be greedy:"""
    judge_drafts(drafts, LITTLE, 1, 8)
