"""Checks of the exercises on writing one word after the other."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


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
        (np.hstack([table[:, 1:], begin]), "Shifted the wrong way: each place would be fed the word that follows."),
    ]  # fmt: skip
    expect(fed(table.copy()), np.hstack([begin, table[:, :-1]]), "BOS first, then all words but the last.", *known)


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
    ]  # fmt: skip
    expect(read(WORDS, INTO, OVER, START.copy()), want, "h = tanh(W x + U h), word by word.", *known)


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


@checks.test("two_scores")
def _(two):
    """Two queries, everything of length two but the number of keys:"""
    args = (
        KEYS[:, :2],
        np.array([[1.0, 0.5], [0.0, -1.0]]),
        np.eye(2),
        np.array([1.0, 0.5]),
        np.array([[1.0, 0], [2, 1]]),
    )
    first, second = two(np.array([3.0, 0.0]), *args), two(np.array([0.0, 3.0]), *args)
    for name, a, b in zip(("additive", "multiplicative"), first, second, strict=True):
        if np.allclose(a, b):
            raise Miss(f"The query is not in the {name} score: it would look at the same place at every step.")


@checks.test("two_scores")
def _(two):
    """Five keys, query and keys of different length:"""
    q = np.array([0.8, -0.4])
    add, times = scores_of(q, KEYS, W_QUERY, W_KEY, V, W)
    linear, blind = (W_QUERY @ q + KEYS @ W_KEY.T) @ V, np.tanh(KEYS @ W_KEY.T) @ V
    known = [
        ((times, add), "The two are exchanged: additive comes first."),
        ((add, add), "Both are the same again: one sums query and key, the other multiplies them."),
        ((times, times), "Both are the same again: one sums query and key, the other multiplies them."),
        ((linear, times), "The tanh is missing: without it the query adds the same to every score."),
        ((np.tanh(linear), times), "The tanh stands inside: it bends each pair's sum before v weighs it."),
        ((blind, times), "The query is not in the additive score: it would look at the same place at every step."),
        ((add, np.tanh(times)), "The multiplicative score has no tanh: it is a plain product."),
        ((shares(add), shares(times)), "Give the scores, before the softmax."),
    ]  # fmt: skip
    got = two(q, KEYS, W_QUERY, W_KEY, V, W)
    if isinstance(got, (tuple, list)) and len(got) == 2 and any(np.shape(part) == () for part in got):
        raise Miss("One number is not enough: there is one score for each key.")
    expect(got, (add, times), "v · tanh(W_q q + W_k k) and q · W k, for each key.", *known)


@checks.test("two_scores")
def _(two):
    """As many keys as numbers in a key, and W not symmetric:"""
    q, K, A, B = np.array([1.0, -2.0]), np.array([[1.0, 0.5], [-0.2, 2.0]]), W_KEY[:2, :2], W_QUERY[1:3]
    M, v = np.array([[0.0, 1.0], [0.3, 0.5]]), np.array([1.0, 0.5])
    add, times = scores_of(q, K, A, B, v, M)
    turned = "W is transposed: the query stands on its left, the key on its right."
    known = [((add, K @ (M @ q)), turned), ((np.tanh(q @ A + K @ B.T) @ v, times), "W_q is transposed.")]
    known += [
        ((np.tanh(A @ q + K @ B) @ v, times), "W_k is transposed."),
        ((add, K.T @ (q @ M)), "Keys are rows of K."),
    ]
    expect(two(q, K, A, B, v, M), (add, times), "v · tanh(W_q q + W_k k) and q · W k, for each key.", *known)


def mixture(vocab_probs, looks, source, gate, n_extra):
    """Return the mixture of writing and copying."""
    mixed = np.append((1 - gate) * vocab_probs, np.zeros(n_extra))
    np.add.at(mixed, source, gate * looks)
    return mixed


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
    ]  # fmt: skip
    want = mixture(probs, looks, source, 0.4, 2)
    expect(mix(probs.copy(), looks.copy(), source, 0.4, 2), want, "(1 − gate) · written + gate · looks.", *known)


@checks.test("mix")
def _(mix):
    """A gate that is shut, and one that is open:"""
    probs, looks, source = np.array([0.7, 0.2, 0.1, 0.0]), np.array([0.5, 0.5]), np.array([2, 4])
    expect(mix(probs.copy(), looks, source, 0.0, 1), [0.7, 0.2, 0.1, 0, 0], "With gate 0 everything is written.")
    expect(mix(probs.copy(), looks, source, 1.0, 1), [0, 0, 0.5, 0, 0.5], "With gate 1 everything is copied.")


@checks.test("mix")
def _(mix):
    """No unknown words, and the inputs stay as they were:"""
    probs, looks, source = np.array([0.5, 0.5]), np.array([0.25, 0.75]), np.array([1, 1])
    expect(mix(probs, looks, source, 0.5, 0), [0.25, 0.75], "Both looks went to the same word: their sum counts.")
    expect(probs, [0.5, 0.5], "You wrote into the vocabulary's probabilities: work on a copy.")


SCORES = np.log([0.1, 0.4, 0.05, 0.3, 0.15])


def cut(probs, top_p):
    """Return which words are in the nucleus."""
    order = np.argsort(-probs)
    kept = np.zeros(len(probs), dtype=bool)
    kept[order] = np.cumsum(probs[order]) - probs[order] < top_p
    return kept


@checks.test("nucleus")
def _(nucleus):
    """Five words at temperature 1, top_p = 0.55:"""
    probs = np.exp(SCORES)
    known = [
        (np.array([0, 1.0, 0, 0, 0]), "The word that crosses top_p belongs to it: the kept ones must *reach* top_p."),
        (np.array([4, 3, 0, 0, 0]) / 7, "Still sorted: put each probability back in its word's place."),
        (np.array([0, 0.4, 0, 0.3, 0]), "What is left does not sum to 1: divide by its sum."),
        (shares(np.where(cut(probs, 0.55), probs, 0)), "Words that were cut come back: a softmax of 0 is not 0."),
        (np.array([2, 0, 1, 6, 3]) / 12, "You kept the unlikely words: sort downwards."),
        (probs, "Nothing was cut."),
    ]  # fmt: skip
    expect(nucleus(SCORES.copy(), 1.0, 0.55), np.array([0, 4, 0, 3, 0]) / 7, "Keep the likeliest two.", *known)


@checks.test("nucleus")
def _(nucleus):
    """Five words at temperature 2, top_p = 0.75:"""
    warm, plain, wrong = shares(SCORES / 2), np.exp(SCORES), shares(SCORES * 2)
    right, early = np.where(cut(warm, 0.75), warm, 0), np.where(cut(plain, 0.75), warm, 0)
    turned = np.where(cut(wrong, 0.75), wrong, 0)
    known = [
        (turned / turned.sum(), "Turned: a high temperature must flatten."),
        (early / early.sum(), "You cut before the temperature came in: first heat, then cut."),
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
        (joint / joint.sum(axis=0), "You divided down the columns: that gives back P(user | text)."),
        (p_user.T, "This is P(user | text), the question the other way round."),
        (p_user.T / p_user.T.sum(axis=1, keepdims=True), "P(text) is missing: a text that nobody writes would win."),
        (joint / joint.sum(), "You divided by the sum of all; each user's row is a distribution of its own."),
        (right.T, "One row per user is wanted, (U, T): transpose."),
    ]  # fmt: skip
    return right, known


@checks.test("text_given_user")
def _(table):
    """Three texts, two users:"""
    p_text, p_user = np.array([0.6, 0.3, 0.1]), np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
    want, known = choice(p_text, p_user)
    got = table(p_text.copy(), p_user.copy())
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


def search(log_probs, width, max_len, mean=True, keep=True, prune=False, first=False):
    """Return (words, log-probability) as asked, or with one mistake."""
    size = (lambda words: len(words)) if mean else (lambda words: 1)
    beams, done = [((), 0.0)], []
    for _ in range(max_len):
        longer = [b for b in beams if b[0][-1:] == (0,)]
        for words, total in beams:
            if words[-1:] != (0,):
                longer += [((*words, w), total + step) for w, step in enumerate(log_probs(words).tolist())]
        beams = sorted(longer, key=lambda b: -b[1] / (len(b[0]) if prune else 1))[:width]
        done += [b for b in beams if b[0][-1] == 0]
        if first and done:
            return done[0]
        if not keep:
            beams = [b for b in beams if b[0][-1] != 0]
    return max(beams if keep else beams or done, key=lambda b: b[1] / size(b[0]))


def hunt(beam, seed, width, max_len):
    """Compare a learner's search with the right one and with those that hold one mistake."""
    run_ = model(tables(seed))
    want = search(run_, width, max_len)
    known = [
        ((want[0], want[1] / len(want[0])), "Right words; return the sum of their log-probabilities, not the mean."),
        (search(run_, 1, max_len), "This is greedy: `width` beginnings must survive each step, not one."),
        (search(run_, width, max_len, mean=False), "Not divided by the length: the sum favours the shortest sentence."),
        (search(run_, width, max_len, first=True), "You stopped at the first end mark: others may still overtake."),
        (search(run_, width, max_len, keep=False), "Finished sentences were lost: they stay among the beams."),
        (search(run_, width, max_len, prune=True), "Keep beams by sum; divide by the length only at the very end."),
    ]  # fmt: skip
    got = beam(run_, width, max_len)
    expect(got, want, "Words and the sum of their log-probabilities.", *((w, h) for w, h in known if w != want))


@checks.test("beam")
def _(beam):
    """A width of three, six words at most:"""
    hunt(beam, 322, 3, 6)


@checks.test("beam")
def _(beam):
    """A width of two, six words at most:"""
    hunt(beam, 1278, 2, 6)


@checks.test("beam")
def _(beam):
    """A width of three, four words at most:"""
    hunt(beam, 2977, 3, 4)


@checks.test("beam")
def _(beam):
    """A width of one, and one step alone:"""
    run_ = model(tables(322))
    expect(beam(run_, 1, 6), search(run_, 1, 6), "A beam of width one is greedy.")
    expect(beam(run_, 3, 1), search(run_, 3, 1), "After max_len steps the best of what is kept is returned.")
