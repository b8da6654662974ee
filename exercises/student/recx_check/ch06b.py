"""Checks of the exercises on what stands around the writer: worth, checks, and the sentences side by side."""

from __future__ import annotations

from collections import Counter

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.value("tie")
def _(value):
    """The rate at which both drafts are worth the same:"""
    known = [
        (-0.04, "The sign is turned: what the one is ahead in nearness over what the other is ahead in fluency."),
        (25, "That is upside down: nearness per nat, so the nearness stands above the line."),
        (0.06 / 2.5, "Take care of minus a minus: from −2.0 to −0.5 it is 1.5."),
        (0.06 / 2, "Both drafts have a fluency: divide by the difference of the two."),
        (0.06 / 0.5, "Both drafts have a fluency: divide by the difference of the two."),
        (0.06, "This is how far the torso is ahead in nearness: how many nats a word must make up for it?"),
    ]
    expect(value, 0.04, "The difference in nearness over the difference in nats a word.", *known)


SPOKEN = ["so light", "the peg bends", "it is a fine mat"]
EASE = [[-1.0, -2.0, -0.5], [-0.5, -1.5, -3.0, -0.25], [-0.5, -0.25, -0.5, -1.0, -2.0, -0.25]]


def each(figure):
    """Return a figure of each spoken text."""
    return np.array([figure(text, np.array(row)) for text, row in zip(SPOKEN, EASE, strict=True)])


@checks.test("per_word")
def _(per_word):
    """Three texts of two, three and five words:"""
    known = [
        (each(lambda _, row: row.sum()), "This is the total: divide by the number of words."),
        (each(lambda _, row: row.mean()), "The end mark is no word: divide by one less than the length of the row."),
        (each(lambda _, row: row[:-1].mean()), "The end mark is missing from the sum: stopping has its price, too."),
        (each(lambda text, row: row.sum() / len(text)), "`len(text)` counts letters: split the text into words."),
        (each(lambda text, row: np.exp(row).sum() / len(text.split())), "Add logarithms, not probabilities."),
        (each(lambda text, row: np.exp(row.sum()) / len(text.split())), "Stay with logarithms: nats a word."),
        (-each(lambda text, row: row.sum() / len(text.split())), "The sign is turned: likelier is larger."),
    ]
    rows = [np.array(row) for row in EASE]
    want = each(lambda text, row: row.sum() / len(text.split()))
    expect(per_word(list(SPOKEN), rows), want, "The sum of the row over the number of words.", *known)


@checks.test("per_word")
def _(per_word):
    """One text of one word:"""
    expect(per_word(["well"], [np.array([-1.0, -2.0])]), [-3.0], "One word, and its end mark in the sum.")


READINGS = ["so so light", "the mat is so light", "the mat", "light so light"]
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])


def shared(mine, theirs):
    """Return words in common, and both lengths."""
    one, other = Counter(mine.split()), Counter(theirs.split())
    return (one & other).total(), one.total(), other.total()


def expected(drafts, figure, combine=lambda row: WEIGHTS @ row):
    """Return a figure of each draft with each reading, combined."""
    return np.array([combine([figure(*shared(draft, reading)) for reading in READINGS]) for draft in drafts])


def sets(text):
    """Return a text with each word once."""
    return " ".join(sorted(set(text.split())))


def f1(hits, mine, theirs):
    """Return twice the hits over both lengths."""
    return 2 * hits / (mine + theirs)


def expectations(drafts):
    """Return the right expectation, and the wrong ones by the mistake that leads to them."""
    alone = [[f1(*shared(sets(draft), sets(reading))) for reading in READINGS] for draft in drafts]
    known = [
        (expected(drafts, f1, max), "That is the best reading alone: every reading counts, by its weight."),
        (expected(drafts, f1, np.mean), "You took all readings alike: each counts by its weight."),
        (expected(drafts, f1, sum), "You took all readings alike: each counts by its weight."),
        (expected(drafts, lambda h, mine, theirs: h / mine), "This is the precision; F1 has both lengths below."),
        (expected(drafts, lambda h, mine, theirs: h / theirs), "This is the recall; F1 has both lengths below."),
        (np.array(alone) @ WEIGHTS, "You counted sets: a word that stands in both twice counts twice."),
        (expected(drafts, f1) / 2, "The 2 is missing: F1 is twice the words in common over both lengths."),
        (expected(drafts, lambda h, mine, theirs: h), "These are words in common: divide by both lengths."),
        (expected(drafts, f1) / len(READINGS), "The weights sum to 1 already: do not divide again."),
    ]
    return expected(drafts, f1), known


@checks.test("expected_f1")
def _(expected_of):
    """Three drafts and four readings, with words that stand twice:"""
    drafts = ["so light so", "the mat is light", "what a day"]
    want, known = expectations(drafts)
    got = expected_of(drafts, list(READINGS), WEIGHTS.copy())
    expect(got, want, "Each F1 by the weight of its reading.", *known)


@checks.test("expected_f1")
def _(expected_of):
    """One draft that is one of the readings:"""
    want, known = expectations(["the mat"])
    got = expected_of(["the mat"], list(READINGS), WEIGHTS.copy())
    expect(got, want, "A draft beside itself has an F1 of 1.", *known)


def crowds():
    """Return three drafts, two readings: a likeness that is not symmetric, and all the rest."""
    rng = np.random.default_rng(66)
    among, near = rng.random((3, 3)), rng.random((3, 2))
    np.fill_diagonal(among, 1.0)
    return among, near, np.array([0.8, 0.2]), np.array([-0.5, -1.5, -2.5])


def worths(trust, ease):
    """Return the right worth, and the wrong ones by the mistake that leads to them."""
    among, near, weights, fluency = crowds()
    drafts, customers = among.mean(axis=1), near @ weights
    others = (among.sum(axis=1) - 1) / 2

    def mix(one, other, share=trust):
        return (1 - share) * one + share * other

    plain, by_ease = mix(drafts, customers), ease * fluency
    known = [
        (mix(among.mean(axis=0), customers) + by_ease, "You went down the columns: row n belongs to draft n."),
        (mix(drafts, near.mean(axis=1)) + by_ease, "The weights of the readers are left out."),
        (mix(drafts, near.sum(axis=1)) + by_ease, "The weights of the readers are left out."),
        (mix(drafts, customers, 1 - trust) + by_ease, "The shares are exchanged: `trust` is that of the customers."),
        (plain - by_ease, "The fluency is negative already: add it."),
        (mix(others, customers) + by_ease, "The mean is over all drafts, draft n itself included."),
        (plain + fluency, "The fluency has no price: times `ease`."),
        (plain, "The fluency is missing."),
        (drafts + customers + by_ease, "The two crowds share one whole: 1 − trust and trust."),
        (mix(among.sum(axis=1), customers) + by_ease, "Of the drafts the mean counts, not the sum."),
        ((1 - ease) * plain + by_ease, "`ease` is an exchange rate, not a share: the likeness keeps its full weight."),
    ]
    return plain + by_ease, known


@checks.test("worth")
def _(worth):
    """Three drafts, two readings:"""
    want, known = worths(0.3, 0.2)
    among, near, weights, fluency = crowds()
    got = worth(among, near, weights, 0.3, fluency, 0.2)
    expect(got, want, "(1 − trust) · drafts + trust · customers + ease · fluency.", *known)


@checks.test("worth")
def _(worth):
    """Trust in nobody but the drafts, and fluency for nothing:"""
    among, near, weights, fluency = crowds()
    got = worth(among, near, weights, 0.0, fluency, 0.0)
    expect(got, among.mean(axis=1), "With trust 0 and ease 0 only the drafts speak.", *worths(0.0, 0.0)[1])


AFTER = {
    "i": {"mean": 0.9, "like": 0.1},
    "mean": {"<eos>": 0.6, "well": 0.4},
    "you": {"like": 0.7, "mean": 0.3},
    "we": {"mean": 0.6, "like": 0.4},
    "like": {"it": 0.8, "<eos>": 0.2},
    "it": {"well": 0.5, "<eos>": 0.3, "here": 0.2},
    "well": {"<eos>": 0.9, "it": 0.1},
}


def praised(words):
    """Return one number for a draft."""
    if not isinstance(words, list) or "<eos>" in words:
        raise Miss("The judge is given finished drafts, lists of words; `<eos>` is no word of a draft.")
    return {1: 0.3, 2: 0.5}.get(len(words), 0.1) + 0.6 * ("well" in words) + 0.3 * (words == ["we"])


LONG = "This is one word too many: at most `longest` of them."


@checks.test("written")
def _(written):
    """Three starts, as long as they like:"""
    got = written(["i", "you", "we"], AFTER, praised, 9)
    if isinstance(got, (float, int, np.floating)):
        raise Miss("A text is asked for: the number only chooses.")
    known = [
        ("i mean".split(), "The judge never spoke: the draft with the highest number is wanted."),
        ("we mean".split(), "Finish every draft before the judge chooses: it is no judge of beginnings."),
        (["i"], "One word is no draft: go on until `<eos>` comes."),
        (["we"], "One word is no draft: go on until `<eos>` comes."),
        ("you like it".split(), "The end comes when `<eos>` is the likeliest: write the last word, too."),
        ("you like it well".split()[::-1], "The words stand in the order in which they were written."),
        ("you like it well it here".split(), "The likeliest word is asked for, not the least likely."),
    ]
    _texts(got)
    expect(list(got), "you like it well".split(), "Write every draft to its end, then choose.", *known)


@checks.test("written")
def _(written):
    """Starts in another order:"""
    got = written(["you", "i"], AFTER, lambda words: -len(words), 9)
    known = [("you like it well".split(), "The judge never spoke: the draft with the highest number is wanted.")]
    known += [(["i"], "Finish every draft, then let the judge choose."), (["you"], known[0][1])]
    _texts(got)
    expect(list(got), ["i", "mean"], "Here the judge prefers the short.", *known)


@checks.test("written")
def _(written):
    """Cut short, and two drafts that the judge puts equally high:"""
    got = written(["we", "you"], AFTER, len, 2)
    _texts(got)
    known = [("you like".split(), "Of equal drafts take the first."), ("you like it".split(), LONG)]
    expect(list(got), ["we", "mean"], "At most two words.", *known)
    got = written(["you"], AFTER, len, 3)
    known = [("you like it well".split(), LONG), ("you like".split(), "One word more: at most `longest`, not fewer.")]
    expect(list(got), "you like it".split(), "At most three words.", *known)


def _texts(got):
    """Say so if an answer is a text or nothing instead of a list of words."""
    if isinstance(got, str):
        raise Miss("A draft is a list of words, not one text.")
    if got is None:
        raise Miss("Your answer is None: is a `return` missing?")


SAID = [
    "i mean , it is",
    "and it kept us happy after rain",
    "it kept you happy after rain",
    "what a fine day well",
    "we sat there with the",
    "it did not get wet , after rain",
    "good",
    "the peg is what it is",
]
HEARD = [False, True, True, False, False, False, True, True]
ENDINGS = {"rain", "well", "good", "is"}


@checks.test("habits")
def _(habits):
    """Eight sentences, four of them mute, two of which break off:"""
    got = habits(list(SAID), list(HEARD), set(ENDINGS))
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 2:
        raise Miss("Give two shares: broken off, and the favourite close.")
    judging = "A sentence that judges is whole, however it ends."
    known = [
        (3 / 8, judging),
        (4 / 8, "Breaking off is not every mute sentence: look at the last word, too."),
        (1 / 8, "Never last, or never met as an ending: one of the two is enough."),
        (2, "A share: divide by the number of sentences."),
    ]
    expect(got[0], 2 / 8, "No judgement heard, and a last word on which nothing ends.", *known)


@checks.test("habits")
def _(habits):
    """A last word that is no article and ends no training sentence:"""
    got = habits(["it was meant", "the rope", "it held"], [False, False, True], {"held", "rope"})
    known = [(0.0, "*Meant* ends no training sentence: that is enough."), (2 / 3, "*Rope* is an ending.")]
    expect(got[0], 1 / 3, "Only *meant* ends nothing.", *known)


@checks.test("habits")
def _(habits):
    """The favourite close of eight sentences:"""
    got = habits(list(SAID), list(HEARD), set(ENDINGS))[1]
    last = Counter(text.split()[-1] for text in SAID)
    two = Counter(tuple(text.split()[-2:]) for text in SAID)
    closes = Counter(tuple(text.split()[-3:]) for text in SAID)
    known = [
        (1 / 8, "These are whole sentences: count their last three words."),
        (max(last.values()) / 8, "These are the last words, or pairs: a close has three."),
        (max(two.values()) / 8, "These are the last words, or pairs: a close has three."),
        (len(closes) / 8, "This is how many different closes there are: how often was the commonest said?"),
        (max(closes.values()), "A share: divide by the number of sentences."),
        (1 - len(closes) / 8, "These are repetitions of any close: how often was the commonest said?"),
    ]
    expect(got, 2 / 8, "The commonest last three words, over all sentences.", *known)


EVIDENCE = {"durability": -0.3, "comfort": 0.1, "noise": 0.0, "heft": 2.0}
NAMES = {"toughness": "durability", "comfort": "comfort", "rustling": "noise", "bulk": "heft", "price": "value"}


def held(keeps_to, claims, want, hint):
    """Call a learner's check with data of its own, and compare."""
    try:
        got = keeps_to(set(claims), dict(EVIDENCE), dict(NAMES))
    except KeyError:
        raise Miss("A word without an aspect stands for no aspect, and then for no evidence: use .get.") from None
    expect(got, want, "Return True or False.", (not want, hint))


@checks.test("keeps_to")
def _(keeps_to):
    """One judgement, on the right side and on the wrong one:"""
    held(keeps_to, [("toughness", 1)], False, "The side is lost: this is praise, cited as a reason against.")
    hint = "The explanation cites the aspect: translate the word with `aspect_of` before you look it up."
    held(keeps_to, [("toughness", -1)], True, hint)
    held(keeps_to, [("bulk", 1)], True, "The size of a weight does not matter, its sign does.")
    held(keeps_to, [("comfort", -1)], False, "The side is lost: the explanation praises the comfort.")


@checks.test("keeps_to")
def _(keeps_to):
    """Two judgements, one of them the explanation's:"""
    hint = "Every judgement must be one of the explanation's, not only one of them."
    held(keeps_to, [("toughness", -1), ("comfort", -1)], False, hint)
    held(keeps_to, [("toughness", -1), ("price", 1)], False, hint)
    held(keeps_to, [("toughness", -1), ("comfort", 1)], True, "Both stand in the explanation, on their sides.")


@checks.test("keeps_to")
def _(keeps_to):
    """Sentences in which no side is heard:"""
    hint = "Where nothing at all is heard, nothing keeps to anything: False."
    held(keeps_to, [], False, hint)
    held(keeps_to, [("toughness", 0)], False, hint)


@checks.test("keeps_to")
def _(keeps_to):
    """A judgement and a mere mention:"""
    hint = "A mere mention (side 0) is no judgement: leave it out before you compare."
    held(keeps_to, [("toughness", -1), ("price", 0)], True, hint)
    held(keeps_to, [("comfort", 1), ("toughness", 0)], True, hint)
    held(keeps_to, [("rustling", 0)], False, hint)


@checks.test("keeps_to")
def _(keeps_to):
    """A word that is in no dictionary, and a weight of 0:"""
    held(keeps_to, [("zip", 1)], False, "What stands for no aspect is no evidence.")
    held(keeps_to, [("zip", -1)], False, "What stands for no aspect is no evidence.")
    held(keeps_to, [("rustling", 1)], False, "A weight of 0 speaks for neither side.")


FACTS = {
    "tent": {("zip", 1), ("zip", -1), ("heft", 1), ("peg", 0), ("cord", 1)},
    "stove": {("pot", 1), ("zip", 1)},
    "mat": {("roll", 1)},
}
POOL = {
    ("tent", "zip"): [
        ("the zip runs like on day one", {("zip", 1)}, 0.6),
        ("the zip and the pole hold", {("zip", 1), ("pole", 1)}, 0.9),
        ("who would have thought", set(), 0.95),
        ("the zip is a joy to use", {("zip", 1)}, 0.25),
    ],
    ("tent", "heft"): [("its heft is as on day one", {("heft", 1)}, 0.8), ("so light", {("heft", 1)}, 0.45)],
    ("tent", "pole"): [("the pole never bends", {("pole", 1)}, 0.99)],
    ("tent", "peg"): [("a peg in a pocket", {("peg", 0)}, 0.35)],
    ("stove", "pot"): [("the pot is stained", {("pot", -1)}, 0.7)],
    ("stove", "zip"): [("the zip runs like on day one", {("zip", 1)}, 0.2)],
    ("mat", "roll"): [("it rolls up in no time", {("roll", 1)}, 0.5)],
}
A, JOY = POOL["tent", "zip"][0][0], POOL["tent", "zip"][3][0]
B, C = (draft[0] for draft in POOL["tent", "heft"])
PEG = "a peg in a pocket"


def speak(speak_all, customers, n_plans, price):
    """Call a learner's function with data of its own; refuse what is no list."""
    facts = {item: set(claims) for item, claims in FACTS.items()}
    drafts = {key: [(text, set(claims), value) for text, claims, value in rows] for key, rows in POOL.items()}
    try:
        got = speak_all([(dict(wishes), item) for wishes, item in customers], drafts, facts, n_plans, price)
    except KeyError as error:
        raise Miss(f"{error} is in no table: an item may be unknown, a plan without drafts. Use .get.") from None
    if not isinstance(got, (list, tuple)) or len(got) != len(customers):
        raise Miss("Return a list with one entry for each customer.")
    return list(got)


BOTH = {"zip": 0.9, "heft": 0.5}


@checks.test("speak_all")
def _(speak_all):
    """One customer and no price:"""
    known = [
        (["who would have thought"], "A draft that claims nothing has nothing to say: leave it out."),
        (["the zip and the pole hold"], "Some review of the item must vouch for every claim, not only for one."),
        ([A], "The drafts of all plans together are compared, not those of the first plan alone."),
        ([C], "The largest worth, not the smallest."),
        ([JOY], "The largest worth, not the smallest."),
    ]
    expect(speak(speak_all, [(BOTH, "tent")], 2, 0.0), [B], "The best allowed draft of both plans.", *known)


@checks.test("speak_all")
def _(speak_all):
    """An aspect that matters most and that no review mentions:"""
    wishes = {"heft": 0.2, "pole": 0.9, "zip": 0.5}
    known = [
        ([None], "A plan was spent on what no review speaks of: plan only what is known of the item."),
        ([B], "Take the plans that matter most to the customer, and no more than `n_plans`."),
        (["the pole never bends"], "No review speaks of the pole: plan only what is known of the item."),
    ]
    expect(speak(speak_all, [(wishes, "tent")], 1, 0.0), [A], "The wish that matters most among the known.", *known)


@checks.test("speak_all")
def _(speak_all):
    """Four customers with the same two wishes, each close dearer than the last time:"""
    known = [
        ([B, B, B, B], "Nobody is remembered, or only once: the price is paid for every customer before."),
        ([B, A, C, B], "It is the close that must not be repeated, not the whole sentence."),
        ([B, A, B, C], "It is the close that must not be repeated, not the whole sentence."),
        ([B, C, JOY, None], "It is a price, no ban: what was said once only becomes dearer."),
    ]
    want = [B, B, C, B]
    expect(speak(speak_all, [(BOTH, "tent")] * 4, 2, 0.25), want, "Worth less price × heard before.", *known)


@checks.test("speak_all")
def _(speak_all):
    """Three customers and a high price:"""
    known = [
        ([B, A, C], "It is the close that must not be repeated, not the whole sentence."),
        ([B, A, JOY], "It is the close that must not be repeated, not the whole sentence."),
        ([B, B, B], "Nobody is remembered: what earlier customers heard has its price."),
    ]
    got = speak(speak_all, [(BOTH, "tent")] * 3, 2, 0.6)
    expect(got, [B, C, JOY], "Worth less price × heard before.", *known)
    hint = "It is a price, no ban: what was said once only becomes dearer."
    expect(speak(speak_all, [({"cord": 1.0, "pot": 0.4}, "tent")], 2, 0.6), [None], "A plan may have no drafts.")
    only = [({"peg": 0.3}, "tent")] * 2
    expect(speak(speak_all, only, 2, 0.6), [PEG] * 2, "A mention is a claim, too.", ([PEG, None], hint))


@checks.test("speak_all")
def _(speak_all):
    """Items with nothing to say, and a close heard about another item:"""
    stove = {"pot": 0.9, "zip": 0.1}
    customers = [(stove, "kite"), (stove, "stove"), (BOTH, "tent"), ({}, "tent"), ({"roll": 1}, "mat")]
    mat = "it rolls up in no time"
    told = [None, A, C, None, mat]
    known = [
        ([None, "the pot is stained", B, None, mat], "The side counts: praise in a review vouches for no complaint."),
        ([None, None, B, None, mat], "Only the first plan spoke: the drafts of all plans together."),
        ([None, A, B, None, mat], "Close and price go across items: the customer before heard *on day one*."),
    ]
    expect(speak(speak_all, customers, 2, 0.5), told, "None where no draft is left.", *known)
