"""Checks of the exercises on what stands around the writer: worth, checks, and the sentences side by side."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np

from recx_check.core import Checks, Miss, expect, show

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
        (0.023 / 1.06, "These are the chapter's figures: here it is 0.80 and −2.0 against 0.74 and −0.5."),
        (0.022, "This is the chapter's rate: here it is 0.80 and −2.0 against 0.74 and −0.5."),
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
        (each(lambda text, row: np.exp(row.sum() / len(text.split()))), "Stay with logarithms: nats a word."),
        (each(lambda text, row: row.sum() / len(SPOKEN)), "Divide by the words of this text, not by the texts."),
        (-each(lambda text, row: row.sum() / len(text.split())), "The sign is turned: likelier is larger."),
    ]
    rows = [np.array(row) for row in EASE]
    want = each(lambda text, row: row.sum() / len(text.split()))
    expect(per_word(list(SPOKEN), rows), want, "The sum of the row over the number of words.", *known)


@checks.test("per_word")
def _(per_word):
    """One text of one word:"""
    expect(per_word(["well"], [np.array([-1.0, -2.0])]), [-3.0], "One word, and its end mark in the sum.")


@checks.test("per_word")
def _(per_word):
    """A text said twice, in two ways of getting there:"""
    rows = [np.array([-1.0, -2.0, -3.0]), np.array([-0.5, -0.5, -1.0])]
    why = "A text said twice has two rows: go by place, not by the text."
    got = per_word(["so light", "so light"], rows)
    expect(got, np.array([-3.0, -1.0]), why, (np.array([-1.0, -1.0]), why), (np.array([-3.0, -3.0]), why))


READINGS = ["so so light", "the mat is so light", "the mat", "light so light"]
WEIGHTS = np.array([0.4, 0.3, 0.2, 0.1])


def shared(mine, theirs):
    """Return words in common, and both lengths."""
    one, other = Counter(mine.split()), Counter(theirs.split())
    return (one & other).total(), one.total(), other.total()


def by_pairs(text):
    """Return a text of which each word is a pair of neighbours: what ROUGE-2 counts."""
    return " ".join(map("_".join, zip(text.split(), text.split()[1:], strict=False)))


def expected(drafts, figure, combine=lambda row: WEIGHTS @ row):
    """Return a figure of each draft with each reading, combined."""
    return np.array([combine([figure(*shared(draft, reading)) for reading in READINGS]) for draft in drafts])


def sets(text):
    """Return a text with each word once."""
    return " ".join(sorted(set(text.split())))


def f1(hits, mine, theirs):
    """Return twice the hits over both lengths."""
    return 2 * hits / (mine + theirs)


def with_sets(drafts):
    """Return the wrong expectations of those who forget that a word can stand twice, with their hints."""
    counted = "You counted sets: a word that stands in both twice counts twice."
    alone = [[f1(*shared(sets(draft), sets(reading))) for reading in READINGS] for draft in drafts]
    among = [[shared(sets(one), sets(other))[0] for other in READINGS] for one in drafts]
    inside = [[sum(word in other.split() for word in one.split()) for other in READINGS] for one in drafts]
    lengths = np.array([[len(one.split()) + len(other.split()) for other in READINGS] for one in drafts])
    each_once = "Each word is in common as often as it stands in *both*: `word in …` counts a second one again."
    return [
        (np.array(alone) @ WEIGHTS, counted),
        (2 * np.array(among) / lengths @ WEIGHTS, counted),
        (2 * np.array(inside) / lengths @ WEIGHTS, each_once),
    ]


def expectations(drafts):
    """Return the right expectation, and the wrong ones by the mistake that leads to them."""
    pairs = [[f1(*shared(by_pairs(draft), by_pairs(reading))) for reading in READINGS] for draft in drafts]
    known = [
        ((expected(drafts, f1) + np.array(pairs) @ WEIGHTS) / 2, "Single words alone: ROUGE-1, without ROUGE-2."),
        (np.array(pairs) @ WEIGHTS, "Single words alone: these are pairs, ROUGE-2."),
        (100 * expected(drafts, f1), "A share from 0 to 1 is asked for, not percent."),
        (expected(drafts, f1, max), "That is the best reading alone: every reading counts, by its weight."),
        (expected(drafts, f1, np.mean), "You took all readings alike: each counts by its weight."),
        (expected(drafts, f1, sum), "You took all readings alike: each counts by its weight."),
        (expected(drafts, lambda h, mine, theirs: h / mine), "This is the precision; F1 has both lengths below."),
        (expected(drafts, lambda h, mine, theirs: h / theirs), "This is the recall; F1 has both lengths below."),
        *with_sets(drafts),
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


@checks.test("expected_f1")
def _(expected_of):
    """A reading said twice, and a weight of 0:"""
    why = "A reading said twice counts with both its weights: go by place, not by the text."
    got = expected_of(["the mat"], ["the mat", "so light", "the mat"], np.array([0.5, 0.25, 0.25]))
    expect(got, [0.75], why, ([0.25], why), ([0.5], why))
    got = expected_of(["the mat", "the mat"], ["so light", "the mat"], np.array([0.0, 1.0]))
    expect(got, [1.0, 1.0], "Each draft has its place, the same one twice, too.")


def crowds():
    """Return three drafts, two readings: a likeness that is not symmetric, and all the rest."""
    rng = np.random.default_rng(66)
    among, near = rng.random((3, 3)), rng.random((3, 2))
    np.fill_diagonal(among, 1.0)
    return among, near, np.array([0.8, 0.2]), np.array([-0.5, -1.5, -2.5])


def mix(trust, drafts, customers):
    """Return the mixture of what two crowds say."""
    return (1 - trust) * drafts + trust * customers


def mixed_wrongly(trust):
    """Return wrong mixtures of the two crowds, with the mistake that leads to them."""
    among, near, weights, _ = crowds()
    drafts, customers = among.mean(axis=1), near @ weights
    others, unweighted = (among.sum(axis=1) - 1) / 2, "The weights of the readers are left out."
    return [
        (mix(trust, among.mean(axis=0), customers), "You went down the columns: row n belongs to draft n."),
        (mix(trust, drafts, near.mean(axis=1)), unweighted),
        (mix(trust, drafts, near.sum(axis=1)), unweighted),
        (mix(1 - trust, drafts, customers), "The shares are exchanged: `trust` is that of the customers."),
        (mix(trust, drafts, (near * weights).mean(axis=1)), "The weights sum to 1 already: do not divide again."),
        (mix(trust, among.mean(), customers), "A mean for each draft: `among.mean()` is one number for all of them."),
        (mix(0.5, drafts, customers), "`trust` is handed over: it need not be 0.5."),
        (mix(trust, others, customers), "The mean is over all drafts, draft n itself included."),
        (drafts + customers, "The two crowds share one whole: 1 − trust and trust."),
        (mix(trust, among.sum(axis=1), customers), "Of the drafts the mean counts, not the sum."),
    ]


def worths(trust, ease):
    """Return the right worth, and the wrong ones by the mistake that leads to them."""
    among, near, weights, fluency = crowds()
    plain, by_ease = mix(trust, among.mean(axis=1), near @ weights), ease * fluency
    known = [(wrong + by_ease, why) for wrong, why in mixed_wrongly(trust)]
    known += [
        (plain + 0.1 * fluency, "`ease` is handed over: it need not be 0.1."),
        (plain - by_ease, "The fluency is negative already: add it."),
        (plain + fluency, "The fluency has no price: times `ease`."),
        (plain, "The fluency is missing."),
        ((1 - ease) * plain + by_ease, "`ease` is an exchange rate, not a share: the likeness keeps its full weight."),
    ]
    return plain + by_ease, known


def valued(worth, trust, ease):
    """Call a learner's function on the crowds; name the product that does not fit."""
    among, near, weights, fluency = crowds()
    try:
        return worth(among, near, weights, trust, fluency, ease)
    except ValueError as error:
        if "matmul" in str(error) or "not aligned" in str(error):
            raise Miss("Row n of `near` belongs to draft n: the table stands first, `near @ weights`.") from None
        raise


@checks.test("worth")
def _(worth):
    """Three drafts, two readings:"""
    want, known = worths(0.3, 0.2)
    got = valued(worth, 0.3, 0.2)
    expect(got, want, "(1 − trust) · drafts + trust · customers + ease · fluency.", *known)


@checks.test("worth")
def _(worth):
    """Trust in nobody but the drafts, and fluency for nothing:"""
    got = valued(worth, 0.0, 0.0)
    expect(got, crowds()[0].mean(axis=1), "With trust 0 and ease 0 only the drafts speak.", *worths(0.0, 0.0)[1])


@checks.test("worth")
def _(worth):
    """Trust in nobody but the customers:"""
    _, near, weights, fluency = crowds()
    want, known = worths(1.0, 0.2)
    known = [pair for pair in known if not np.allclose(pair[0], want)]
    hint = "Trust in nobody but the customers is a trust of 1: then the drafts have no say."
    expect(valued(worth, 1.0, 0.2), near @ weights + 0.2 * fluency, hint, *known)


AFTER = {
    "i": {"mean": 0.9, "like": 0.1},
    "mean": {"<eos>": 0.6, "well": 0.4},
    "you": {"like": 0.7, "mean": 0.3},
    "we": {"mean": 0.6, "like": 0.4},
    "like": {"it": 0.8, "<eos>": 0.2},
    "it": {"well": 0.5, "<eos>": 0.3, "here": 0.2},
    "well": {"<eos>": 0.9, "it": 0.1},
    "here": {"<eos>": 1.0},
}


STARTS = ["i", "you", "we"]


def praised(words):
    """Return one number for a draft; refuse what no start and no likeliest word leads to."""
    if not isinstance(words, list):
        raise Miss("The judge is given drafts, and a draft is a list of words.")
    steps = [(one, max(AFTER[one], key=AFTER[one].get)) for one in words if one != "<eos>"]
    strays = any(after != word for (_, after), word in zip(steps, words[1:], strict=False))
    if strays or (len(words) == 1 and words[0] not in STARTS and steps and steps[0][1] != "<eos>"):
        raise Miss("The likeliest word goes on; the judge speaks only at the end, of finished drafts.")
    if "<eos>" in words:
        raise Miss("The judge is given finished drafts; `<eos>` is no word of a draft.")
    return {1: 0.3, 2: 0.5}.get(len(words), 0.1) + 0.6 * ("well" in words) + 0.3 * (words == ["we"])


LONG = "This is one word too many: at most `longest` of them."


@checks.test("written")
def _(written):
    """Three starts, as long as they like:"""
    got = written(list(STARTS), AFTER, praised, 9)
    if isinstance(got, (float, int, np.floating)):
        raise Miss("A text is asked for: the number only chooses.")
    known = [
        ("i mean".split(), "The judge never spoke: the draft with the highest number is wanted."),
        ("we mean".split(), "Finish every draft before the judge chooses: it is no judge of beginnings."),
        (["i"], "One word is no draft: go on until `<eos>` comes."),
        (["we"], "One word is no draft: go on until `<eos>` comes."),
        ("you like it".split(), "The end comes when `<eos>` is the likeliest: write the last word, too."),
        ("like it well".split(), "The start is the first word of its draft."),
        ("you like it well".split()[::-1], "The words stand in the order in which they were written."),
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


ROUND = {"on": {"and": 0.9, "<eos>": 0.1}, "and": {"on": 0.8, "off": 0.2}, "off": {"<eos>": 1.0}}


@checks.test("written")
def _(written):
    """A draft that goes round, and one of a single word:"""
    again = "A word may come again that was said before: only `<eos>` and `longest` end a draft."
    got = written(["on"], ROUND, len, 7)
    _texts(got)
    expect(got, "on and on and on and on".split(), "Seven words.", (["on", "and"], again), (["on", "and", "on"], again))
    got = written(["on", "off"], ROUND, lambda words: words == ["off"], 1)
    _texts(got)
    expect(got, ["off"], "With `longest` 1 a draft is its start: at most `longest` of them.")
    got = written(["on"], ROUND, len, 1)
    _texts(got)
    expect(got, ["on"], "With `longest` 1 a draft is its start: at most `longest` of them.", (["on", "and"], LONG))


def _texts(got):
    """Say so if an answer is something else than one list of words."""
    if isinstance(got, str):
        raise Miss("A draft is a list of words, not one text.")
    if got is None:
        raise Miss("Your answer is None: is a `return` missing?")
    if not isinstance(got, list):
        raise Miss(f"A draft is a list of words, not a {type(got).__name__}.")
    if any(isinstance(part, (list, tuple)) for part in got):
        raise Miss("One draft is asked for, the judge's favourite; these are several.")


TOLD = [
    ("i mean , it is", False),
    ("and it kept us happy after rain", True),
    ("it kept you happy after rain", True),
    ("what a fine day well", False),
    ("we sat there with the", False),
    ("it did not get wet , after rain", False),
    ("good", True),
    ("the peg is what it is", True),
    ("we were happy after rain", True),
    ("good", True),
    ("i mean , the lamp is", False),
    ("the tent is a", True),
    ("there we sat , well", False),
    ("well", True),
    ("my aunt was happy after rain", True),
    ("it rained again", True),
    ("we slept , after rain", False),
]
SAID, HEARD = [text for text, _ in TOLD], [heard for _, heard in TOLD]
ENDINGS = {"rain", "well", "good", "is", "again"}


def counted(habits, said, heard, endings):
    """Call a learner's function with data of its own; refuse what is no pair of shares."""
    try:
        got = habits(list(said), list(heard), set(endings))
    except IndexError:
        raise Miss("A sentence may have fewer than three words: `words[-3:]`, with the colon, takes all.") from None
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 2:
        raise Miss("Give two shares: broken off, and the favourite close.")
    return got


@checks.test("habits")
def _(habits):
    """Seventeen sentences, seven of them mute, three of which break off:"""
    got = counted(habits, SAID, HEARD, ENDINGS)
    known = [
        (5 / 17, "A sentence that judges is whole, however it ends."),
        (2 / 17, "Broken are those in which *no* judgement is heard: these are the others."),
        (7 / 17, "Breaking off is not every mute sentence: look at the last word, too."),
        (1 / 17, "Never last, or never met as an ending: one of the two is enough."),
        (3, "A share: divide by the number of sentences."),
    ]
    expect(got[0], 3 / 17, "No judgement heard, and a last word on which nothing ends.", *known)


@checks.test("habits")
def _(habits):
    """A last word that is no article and ends no training sentence:"""
    got = counted(habits, ["it was meant", "the rope", "it held"], [False, False, True], {"held", "rope"})
    known = [(0.0, "*Meant* ends no training sentence: that is enough."), (2 / 3, "*Rope* is an ending.")]
    expect(got[0], 1 / 3, "Only *meant* ends nothing.", *known)


@checks.test("habits")
def _(habits):
    """The favourite close of seventeen sentences:"""
    got = counted(habits, SAID, HEARD, ENDINGS)[1]
    known = [
        (1 / 17, "Count each close: how often was the commonest said?"),
        (2 / 17, "These are whole sentences: count their last three words."),
        (3 / 17, "The last word belongs to the close: `[-3:]`, up to the end."),
        (6 / 17, "These are the last words, or pairs: a close has three."),
        (7 / 17, "These are letters: split the text into words first."),
        (12 / 17, "This is how many different closes there are: how often was the commonest said?"),
        (4, "A share: divide by the number of sentences."),
        (5 / 17, "These are repetitions of any close: how often was the commonest said?"),
    ]
    expect(got, 4 / 17, "The commonest last three words, over all sentences.", *known)


@checks.test("habits")
def _(habits):
    """A favourite close of two words, and one with a comma in it:"""
    short = ["so light", "we slept", "so light", "and it was so light"]
    got = counted(habits, short, [True] * 4, {"light", "slept"})[1]
    left_out = "A sentence of one or two words has a close, too: all its words."
    expect(got, 2 / 4, left_out, (1 / 4, left_out), (1.0, left_out))
    got = counted(habits, ["we slept , after rain", "we sat , after rain"], [False] * 2, {"rain"})[1]
    comma = "A comma that stands apart is one of the three: split, and nothing else."
    expect(got, 1.0, comma, (1 / 2, comma))


@checks.test("habits")
def _(habits):
    """Four sentences, none of them broken:"""
    fine = ["it held", "so light", "the rope held well", "we slept"]
    got = counted(habits, fine, [True, False, False, True], {"held", "light", "well"})
    expect(
        got, (0.0, 1 / 4), "Where nothing breaks off, the share is 0.", ((1 / 4, 1 / 4), "Here nothing breaks off: 0.")
    )


EVIDENCE = {"durability": -0.3, "comfort": 0.1, "noise": 0.0, "heft": 2.0, "fit": 1.0}
NAMES = {"toughness": "durability", "comfort": "comfort", "rustling": "noise", "bulk": "heft", "price": "value"}
NAMES |= {"cut": "fit"}
ONE_EACH = [("comfort", 1), ("toughness", -1), ("bulk", 1), ("cut", 1), ("toughness", 1), ("comfort", -1)]


def kept(keeps_to, claims):
    """Call a learner's check with data of its own."""
    try:
        return keeps_to(set(claims), dict(EVIDENCE), dict(NAMES))
    except KeyError:
        raise Miss("A word without an aspect stands for no aspect, and then for no evidence: use .get.") from None


def held(keeps_to, claims, want, hint):
    """Compare a learner's check with what is wanted."""
    expect(kept(keeps_to, claims), want, "Return True or False.", (not want, hint))


def one_each(keeps):
    """Return what a check that sees one word, its weight and the side says of each single claim."""
    return [bool(keeps(word, EVIDENCE[NAMES[word]], side)) for word, side in ONE_EACH]


def mistaken():
    """Return the answers of wrong checks, with the mistake that leads to them."""
    any_piece = "Any piece of the evidence will do, not only the first or the strongest."
    return [
        (one_each(lambda word, weight, side: weight == side), "A weight is no side: compare signs."),
        (one_each(lambda word, weight, side: np.sign(weight) == -side), "The side is turned round."),
        (one_each(lambda word, weight, side: True), "The side is lost: praise is cited as a reason against."),
        (one_each(lambda word, weight, side: side > 0), "Praise may be a reason for, blame one against: take both."),
        (one_each(lambda word, weight, side: word == "comfort" and side == 1),
         "The explanation cites the aspect: translate the word with `aspect_of` before you look it up."),
        (one_each(lambda word, weight, side: weight == 2 and side == 1), any_piece),
        (one_each(lambda word, weight, side: weight == -0.3 and side == -1), any_piece),
        (one_each(lambda word, weight, side: False),
         "One judgement is enough: the rest of the evidence need not be said."),
    ]  # fmt: skip


@checks.test("keeps_to")
def _(keeps_to):
    """Sentences of one judgement each, on the right side and on the wrong one:"""
    got, want = [kept(keeps_to, [claim]) for claim in ONE_EACH], [True] * 4 + [False] * 2
    expect(got, want, f"The claims are {ONE_EACH}.", *mistaken())


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
    """Words that are in no dictionary, one of them the name of an aspect, and a weight of 0:"""
    held(keeps_to, [("zip", 1)], False, "What stands for no aspect is no evidence.")
    held(keeps_to, [("zip", -1)], False, "What stands for no aspect is no evidence.")
    name = "A word that `aspect_of` does not know stands for no aspect, even where an aspect has that name."
    held(keeps_to, [("durability", -1)], False, name)
    held(keeps_to, [("rustling", 1)], False, "A weight of 0 speaks for neither side.")


@checks.test("keeps_to")
def _(keeps_to):
    """Two words for one aspect, with opposite sides:"""
    names = {"toughness": "durability", "sturdiness": "durability"}
    why = (
        "There are two words for one aspect here, praised and blamed: look at every claim, not at one for each aspect."
    )
    for one, other in (("toughness", "sturdiness"), ("sturdiness", "toughness")):
        got = keeps_to({(one, -1), (other, 1)}, {"durability": -0.3}, dict(names))
        expect(got, False, "Every judgement must have the side of its weight.", (True, why))


FACTS = {
    "tent": {("zip", 1), ("zip", -1), ("heft", 1), ("peg", 0), ("cord", 1)},
    "stove": {("pot", 1), ("zip", 1)},
    "mat": {("roll", 1)},
    "lamp": {("beam", 1), ("knob", 1), ("strap", 1), ("cord", 1), ("case", 1)},
}
POOL = {
    ("tent", "zip"): [
        ("the zip runs like on day one", {("zip", 1)}, 0.6),
        ("the zip and the pole hold", {("zip", 1), ("pole", 1)}, 0.9),
        ("who would have thought", set(), 0.95),
        ("the zip is a joy to use", {("zip", 1)}, 0.25),
    ],
    ("tent", "heft"): [
        ("its heft is as on day one", {("heft", 1)}, 0.8),
        ("so light", {("heft", 1)}, 0.45),
        ("so light that it rolls up small", {("heft", 1), ("roll", 1)}, 0.85),
    ],
    ("tent", "pole"): [("the pole never bends", {("pole", 1)}, 0.99)],
    ("tent", "peg"): [("a peg in a pocket", {("peg", 0)}, 0.35)],
    ("stove", "pot"): [("the pot is stained", {("pot", -1)}, 0.7)],
    ("stove", "zip"): [("the zip runs like on day one", {("zip", 1)}, 0.2)],
    ("mat", "roll"): [("it rolls up in no time", {("roll", 1)}, 0.5)],
    ("lamp", "beam"): [("the beam works on day one", {("beam", 1)}, 0.6)],
    ("lamp", "knob"): [("the knob turns from day one", {("knob", 1)}, 0.5)],
    ("lamp", "strap"): [(f"the strap is {how} enough", {("strap", 1)}, 0.4) for how in ("long", "wide", "broad")],
    ("lamp", "case"): [("a case without a scratch", {("case", 1)}, 0.4)],
}
A, JOY = POOL["tent", "zip"][0][0], POOL["tent", "zip"][3][0]
B, C, SMALL = (draft[0] for draft in POOL["tent", "heft"])
PEG, BEAM, KNOB, CASE = (
    POOL[key][0][0] for key in (("tent", "peg"), ("lamp", "beam"), ("lamp", "knob"), ("lamp", "case"))
)
LONG_STRAP, WIDE_STRAP, BROAD_STRAP = (draft[0] for draft in POOL["lamp", "strap"])


def speak(speak_all, customers, n_plans, price):
    """Call a learner's function with data of its own; refuse what is no list of texts or None."""
    facts = {item: set(claims) for item, claims in FACTS.items()}
    drafts = {key: [(text, set(claims), value) for text, claims, value in rows] for key, rows in POOL.items()}
    try:
        got = speak_all([(dict(wishes), item) for wishes, item in customers], drafts, facts, n_plans, price)
    except KeyError as error:
        raise Miss(f"{error} is in no table: an item may be unknown, a plan without drafts. Use .get.") from None
    if not isinstance(got, (list, tuple)) or len(got) != len(customers):
        raise Miss("Return a list with one entry for each customer.")
    for one in got:
        _text_or_none(one)
    return list(got)


def _text_or_none(one):
    """Say so if an entry is neither a text nor None."""
    if isinstance(one, (tuple, list)):
        raise Miss("A text is asked for: the first part of its triple.")
    if isinstance(one, str) and one in ("", "None"):
        raise Miss(f"Where there is nothing to say, the entry is None, not the text {one!r}.")


def told(got, want, hint, *known):
    """Do as `expect`, without its guess that a None comes of a missing `return`: here None is an answer."""
    if None not in got or got == want:
        expect(got, want, hint, *known)
        return
    why = next((why for wrong, why in known if wrong == got), f"{hint} Expected {show(want)}, got {show(got)}.")
    raise Miss(why)


BOTH = {"zip": 0.6, "heft": 0.5}
REPEATED = "It is the close that must not be repeated, not the whole sentence."
NO_BAN = "It is a price, no ban: what was said once only becomes dearer."
NO_FACTOR = "The price is subtracted, once for each time heard: worth − price · heard."


@checks.test("speak_all")
def _(speak_all):
    """One customer and no price:"""
    known = [
        (["who would have thought"], "A draft that claims nothing has nothing to say: leave it out."),
        (["the zip and the pole hold"], "Some review of the item must vouch for every claim, not only for one."),
        ([SMALL], "A review of *this* item must vouch for each claim, not one of any item."),
        ([A], "The drafts of all plans together are compared, not those of the first plan alone."),
        ([C], "The largest worth, not the smallest."),
        ([JOY], "The largest worth, not the smallest."),
    ]
    told(speak(speak_all, [(BOTH, "tent")], 2, 0.0), [B], "The best allowed draft of both plans.", *known)


@checks.test("speak_all")
def _(speak_all):
    """An aspect that matters most and that no review mentions:"""
    wishes = {"heft": 0.2, "pole": 0.9, "zip": 0.5}
    known = [
        ([None], "A plan was spent on what no review speaks of: plan only what is known of the item."),
        ([B], "Take the plans that matter most to the customer, and no more than `n_plans`."),
        (["the pole never bends"], "No review speaks of the pole: plan only what is known of the item."),
    ]
    told(speak(speak_all, [(wishes, "tent")], 1, 0.0), [A], "The wish that matters most among the known.", *known)


@checks.test("speak_all")
def _(speak_all):
    """A strong wish and a weak one, and a wish without drafts:"""
    wish = "The wish chooses the plans only; it is no part of the worth."
    got = speak(speak_all, [({"knob": 0.9, "beam": 0.3}, "lamp")], 2, 0.0)
    told(got, [BEAM], "The largest worth among the drafts of both plans.", ([KNOB], wish))
    used = "A plan without drafts uses up one of the `n_plans`, too."
    told(speak(speak_all, [({"cord": 0.9, "knob": 0.3}, "lamp")], 1, 0.0), [None], used, ([KNOB], used))
    mention = "A mention (side 0) is a claim, too: it makes a plan, and it vouches for a mention."
    told(speak(speak_all, [({"peg": 0.3}, "tent")], 2, 0.0), [PEG], mention, ([None], mention))


@checks.test("speak_all")
def _(speak_all):
    """Drafts of equal worth:"""
    first = "Of equal drafts the first, plans in their order, whatever its letters."
    got = speak(speak_all, [({"case": 0.2, "strap": 0.7}, "lamp")], 2, 0.0)
    told(got, [LONG_STRAP], first, ([WIDE_STRAP], first), ([BROAD_STRAP], first), ([CASE], first))


@checks.test("speak_all")
def _(speak_all):
    """Four customers with the same two wishes, each close dearer than the last time:"""
    known = [
        ([B, B, B, B], "Nobody is remembered, or only once: the price is paid for every customer before."),
        ([B, A, C, B], REPEATED),
        ([B, A, B, C], REPEATED),
        ([B, B, C, C], "Remember the close that was said, not those of all drafts."),
        ([B, C, JOY, None], NO_BAN),
        ([B, C, JOY, B], NO_FACTOR),
    ]
    want = [B, B, C, B]
    told(speak(speak_all, [(BOTH, "tent")] * 4, 2, 0.25), want, "Worth less price × heard before.", *known)


@checks.test("speak_all")
def _(speak_all):
    """Three customers and a high price:"""
    known = [
        ([B, A, C], REPEATED),
        ([B, A, JOY], REPEATED),
        ([B, C, B], NO_FACTOR),
        ([B, B, B], "Nobody is remembered: what earlier customers heard has its price."),
    ]
    got = speak(speak_all, [(BOTH, "tent")] * 3, 2, 0.6)
    told(got, [B, C, JOY], "Worth less price × heard before.", *known)
    told(speak(speak_all, [({"cord": 1.0, "pot": 0.4}, "tent")], 2, 0.6), [None], "A plan may have no drafts.")
    only = [({"peg": 0.3}, "tent")] * 2
    told(
        speak(speak_all, only, 2, 0.6),
        [PEG] * 2,
        "Dearer than it is worth, and said all the same.",
        ([PEG, None], NO_BAN),
    )


@checks.test("speak_all")
def _(speak_all):
    """Two customers, and two drafts that share their last two words:"""
    close = "A close has three words: *on day one* is another than *from day one*."
    known = [([BEAM, BEAM], close), ([BEAM, None], NO_BAN)]
    customers = [({"beam": 0.9, "knob": 0.3}, "lamp")] * 2
    told(speak(speak_all, customers, 2, 0.2), [BEAM, KNOB], "Worth less price × heard before.", *known)


@checks.test("speak_all")
def _(speak_all):
    """Items with nothing to say, and a close heard about another item:"""
    stove = {"pot": 0.9, "zip": 0.1}
    customers = [(stove, "kite"), (stove, "stove"), (BOTH, "tent"), ({}, "tent"), ({"roll": 1}, "mat")]
    mat = "it rolls up in no time"
    known = [
        ([None, "the pot is stained", B, None, mat], "The side counts: praise in a review vouches for no complaint."),
        ([None, None, B, None, mat], "Only the first plan spoke: the drafts of all plans together."),
        ([None, A, B, None, mat], "Close and price go across items: the customer before heard *on day one*."),
    ]
    told(speak(speak_all, customers, 2, 0.5), [None, A, C, None, mat], "None where no draft is left.", *known)


@checks.test("speak_all")
def _(speak_all):
    """Drafts that have become dearer than they are worth:"""
    below = "A worth below 0 is still the largest that there is: begin with the first draft, not with 0."
    got = speak(speak_all, [({"pole": 0.1, "roll": 0.7}, "mat")] * 3, 1, 0.6)
    only = POOL["mat", "roll"][0][0]
    told(got, [only] * 3, below, ([only, None, None], below))
    told(speak(speak_all, [(BOTH, "tent")], 0, 0.1), [None], "With no plans there is nothing to say.")


# The open task: any answer passes that does what is asked, so each is tried, not compared


def close_of(text):
    """Return the last three words of a text."""
    return tuple(text.split()[-3:])


def best_sum(choices, most):
    """Return the largest sum of worths that is allowed, None where none is."""
    allowed = (way for way in product(*choices) if max(Counter(close_of(t) for t, _ in way).values()) <= most)
    return max((sum(worth for _, worth in way) for way in allowed), default=None)


def judge_evening(evening, choices, most):
    """Look at what was chosen: one of their own for each, closes, and the sum."""
    got, top = evening([list(drafts) for drafts in choices], most), best_sum(choices, most)
    if got is ...:
        expect(got, 0, "A list of texts is wanted.")
    if got is None:
        if top is not None:
            raise Miss(f"It can be done, with a sum of {top:.3g}; you have None.")
        return
    if isinstance(got, str) or len(got) != len(choices) or any(not isinstance(text, str) for text in got):
        raise Miss(f"Give one text for each customer, in a list of {len(choices)}; yours is {show(got)}.")
    if top is None:
        raise Miss("It cannot be done here without hearing a close too often: None is the answer.")
    worths = [dict(drafts) for drafts in choices]
    for n, (text, own) in enumerate(zip(got, worths, strict=True)):
        if text not in own:
            raise Miss(f"“{text}” is no draft of customer {n}.")
    close, times = Counter(map(close_of, got)).most_common(1)[0]
    if times > most:
        raise Miss(f"The close “{' '.join(close)}” is heard {times} times, at most {most} are allowed.")
    total = sum(own[text] for text, own in zip(got, worths, strict=True))
    if total < top - 1e-9:
        raise Miss(
            f"Yours is allowed, with a sum of {total:.3g}, but a larger sum can be had: {top:.3g}. Who might step back?"
        )


CLOSES = "on day one", "on day two", "since day one", "since day two"
NIGHT = [
    [("it did not let me down", 0.5), ("and so light it is", 0.4)],
    [("it never let me down", 0.6), ("fine", 0.1)],
]


@checks.test("evening")
def _(evening):
    """The two customers of the notebook:"""
    judge_evening(evening, NIGHT, 1)
    judge_evening(evening, NIGHT, 2)


@checks.test("evening")
def _(evening):
    """Three customers who can all say one thing only:"""
    one = [[("so light", 0.5)], [("so light", 0.4)], [("so light", 0.3)]]
    judge_evening(evening, one, 2)
    judge_evening(evening, one, 3)


@checks.test("evening")
def _(evening):
    """Worths below 0:"""
    judge_evening(evening, [[("so light", -0.5), ("it held", -0.9)], [("so light", -0.2), ("it held", -0.7)]], 1)


@checks.test("evening")
def _(evening):
    """Twelve evenings made at random, five customers each:"""
    rng = np.random.default_rng(12)
    for _ in range(12):
        closes = rng.integers(0, 4, (5, 3))
        choices = [
            [(f"draft {n} {k} {CLOSES[close]}", round(rng.random(), 2)) for k, close in enumerate(row)]
            for n, row in enumerate(closes)
        ]
        judge_evening(evening, choices, int(rng.integers(1, 3)))
