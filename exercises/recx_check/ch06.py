"""Checks of the exercises on judging rationales."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.value("stuck")
def _(value):
    """The BLEU-1 of *the tent the tent*:"""
    penalty, clip = np.exp(1 - 7 / 4), "A word counts at most as often as the reference has it: one *the*, one *tent*."
    known = [
        (penalty, clip),
        (1.0, clip),
        (0.5, "The brevity penalty is missing, or turned round so that it is always 1: four words against seven."),
        (np.exp(1 - 4 / 7) / 2, "The penalty is the wrong way round: reference length over written length."),
        (np.exp(7 / 4 - 1) / 2, "The penalty has the wrong sign: being short must cost something."),
        (penalty * 2 / 7, "BLEU is a precision: below the line stand the words written, not those of the reference."),
        (50 * penalty, "Give a share, not in percent."),
        (2 / 7, "4/7 is no penalty: it is e to the power of 1 − (reference length / written length)."),
        (np.exp((1 - 7) / 4) / 2, "1 − (7 / 4): the division comes before the subtraction."),
        *((round(penalty / 2, digits), "Do not round: give the expression itself.") for digits in (1, 2, 3, 4)),
    ]
    expect(value, penalty / 2, "e^(1 − 7/4), times the words that count over the words written.", *known)


def runs(text, n):
    """Count the runs of n words."""
    words = text.split()
    return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))


def recalls(reference, written, n):
    """Return the right recall, and the wrong ones by the mistake that leads to them."""
    there, wrote = runs(reference, n), runs(written, n)
    hits = sum((there & wrote).values())
    known = [
        (hits / sum(wrote.values()), "This is still the precision: divide by what the reference has."),
        (len(set(there) & set(wrote)) / len(there), "You counted sets: a run that stands twice counts twice."),
        (len(set(there) & set(wrote)) / sum(there.values()), "You counted sets: a run that stands twice counts twice."),
        (hits / len(there), "Below the line stand all runs of the reference, each as often as it stands there."),
        (hits / len(reference.split()), "Divide by the number of runs of n words, not words."),
        (sum(c for run, c in there.items() if run in wrote) / sum(there.values()),
         "A run of the reference is found no more often than it was written."),
        (sum(c for run, c in wrote.items() if run in there) / sum(there.values()),
         "A run written counts at most as often as the reference has it."),
        (2 * hits / sum((there + wrote).values()), "This is F1: only the recall is asked for."),
    ]  # fmt: skip
    if n > 1:
        known.append(
            (recalls(reference, written, 1)[0], f"Did you use n? This is the recall of single words, n is {n}.")
        )
    return hits / sum(there.values()), known


@checks.test("rouge_recall")
def _(recall):
    """Single words, some of them twice:"""
    pair = "and small small light light good good tent light", "small and and good so small tent small"
    want, known = recalls(*pair, 1)
    expect(recall(*pair, 1), want, "What both have, over what the reference has.", *known)


@checks.test("rouge_recall")
def _(recall):
    """Pairs of words:"""
    pair = "tent light small tent small tent light small so", "tent small tent small tent small tent light"
    want, known = recalls(*pair, 2)
    expect(recall(*pair, 2), want, "What both have, over what the reference has.", *known)


@checks.test("rouge_recall")
def _(recall):
    """A word written more often than the reference has it:"""
    want, known = recalls("the tent is light", "light light light", 1)
    expect(recall("the tent is light", "light light light", 1), want, "Hits are clipped on both sides.", *known)


@checks.test("rouge_recall")
def _(recall):
    """All of a short reference inside a long text:"""
    want, known = recalls("tent is light", "well the tent is light you know", 3)
    expect(recall("tent is light", "well the tent is light you know", 3), want, "All of it was found.", *known)


@checks.test("rouge_recall")
def _(recall):
    """A writer that says nothing, or too little for a run of four:"""
    why = "Nothing was found of what the reference has: the recall is 0."
    try:
        got = recall("the tent is light", "", 1), recall("the tent is so light", "so light", 4)
    except ZeroDivisionError as error:
        raise Miss(f"{why} Divide by the runs of the reference, of which there are some.") from error
    expect(got, (0.0, 0.0), why)


@checks.test("rouge_recall")
def _(recall):
    """Runs of four and of five:"""
    pair = "so light and so small and so light and warm", "and so light and so small it is"
    for n in (4, 5):
        want, known = recalls(*pair, n)
        known = [(value, why) for value, why in known if not np.isclose(value, want)]
        expect(recall(*pair, n), want, "Any n may be given: use it.", *known)


SAID = ["a zip and a tent", "zip and tent , both fine", "tents leak", "zipper jams", "zipper jams", "good zip", "peg"]
WANTED = ["tent", "peg", "tent", "zip", "peg", "zip", "peg"]
ASPECTS = {"tent", "zip", "peg", "pole", "cord"}
NAMED = [{"zip", "tent"}, {"zip", "tent"}, set(), set(), set(), {"zip"}, {"peg"}]
PAIRS = [len(one & two) for one, two in combinations(NAMED, 2)]


def one_of_four(variety, place):
    """Return one of the four scores; say so if there are not four."""
    got = variety(list(SAID), list(WANTED), set(ASPECTS))
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 4:
        raise Miss("Return four numbers: USR, FMR, FCR and DIV, in this order.")
    return got[place]


@checks.test("variety")
def _(variety):
    """USR, for seven sentences of which one stands twice:"""
    known = [
        (5 / 7, "These are the sentences that occur only once; count the different ones, each once."),
        (1 / 7, "This is the share of repetitions; USR is the share of different sentences."),
        (6, "A share: divide by the number of sentences."),
    ]
    expect(one_of_four(variety, 0), 6 / 7, "Different sentences over sentences.", *known)


@checks.test("variety")
def _(variety):
    """FMR, for seven sentences of which four name something:"""
    known = [
        (4 / 7, "A sentence must name the aspect of its own record, not just any."),
        (3 / 4, "Divide by all sentences: one that names nothing has missed its aspect."),
        (3, "A share: divide by the number of sentences."),
        (1.0, "Look into the record's own sentence, not into all of them."),
        (5 / 7, "Sentences are cut into words: *tents* is not the word *tent*."),
    ]
    expect(one_of_four(variety, 1), 3 / 7, "Sentences that name wanted[n], over sentences.", *known)


@checks.test("variety")
def _(variety):
    """FCR, where three of five aspects are named:"""
    known = [
        (6 / 5, "Join the sets: each aspect counts once, however many sentences name it."),
        (3 / 7, "It is the aspects that are covered: divide by all aspects, not by sentences."),
        (1.0, "Divide by all aspects that there are, not by those that somebody wanted."),
        (3, "A share: divide by the number of aspects."),
        *((share, "Join the sets of all sentences: this looks at one at a time.") for share in (0.4, 0.2, 6 / 35)),
    ]
    expect(one_of_four(variety, 2), 3 / 5, "Aspects that anybody names, over all aspects.", *known)


@checks.test("variety")
def _(variety):
    """DIV, where the first two sentences share two aspects:"""
    square = [len(one & two) for one in NAMED for two in NAMED]
    union = [len(one | two) for one, two in combinations(NAMED, 2)]
    naming = [len(one & two) for one, two in combinations(filter(None, NAMED), 2)]
    jaccard = [n / max(both, 1) for n, both in zip(PAIRS, union, strict=True)]
    known = [
        (np.mean(square), "Take every pair once; a sentence is no pair with itself."),
        (np.mean([n > 0 for n in PAIRS]), "Count how many aspects, not whether any, two sentences share."),
        (sum(PAIRS), "A mean: divide by the number of pairs."),
        (sum(PAIRS) / len(NAMED), "Divide by the number of pairs, not of sentences."),
        (np.mean([len(a & b) for a, b in zip(NAMED, NAMED[1:], strict=False)]), "Every pair, not only neighbours."),
        (np.mean(union), "What two sentences share is `&`; `|` is what either of them names."),
        (1 - np.mean(PAIRS), "Do not turn it round: DIV is the mean number itself, and low is good."),
        (np.mean(jaccard), "Count what two sentences share; do not divide by what they name."),
        (np.mean(naming), "Sentences that name nothing are in pairs, too."),
    ]
    expect(one_of_four(variety, 3), np.mean(PAIRS), "The mean number of aspects that two sentences share.", *known)


@checks.test("variety")
def _(variety):
    """For a writer that never names anything:"""
    got = variety(["it is fine"] * 3, ["tent", "zip", "zip"], {"tent", "zip"})
    expect(got, (1 / 3, 0, 0, 0), "It has a DIV of 0, the best there is, and an FMR and an FCR of 0, too.")


def common(ref, wrote, gaps=True):
    """Return the table of the longest common subsequences, or of the longest common runs."""
    best = np.zeros((len(ref) + 1, len(wrote) + 1))
    for i, a in enumerate(ref):
        for j, b in enumerate(wrote):
            other = max(best[i, j + 1], best[i + 1, j]) if gaps else 0
            best[i + 1, j + 1] = best[i, j] + 1 if a == b else other
    return best


def greedy(ref, wrote):
    """Return how many matches a table counts that uses a word more than once."""
    best = np.zeros((len(ref) + 1, len(wrote) + 1))
    for i, a in enumerate(ref):
        for j, b in enumerate(wrote):
            best[i + 1, j + 1] = max(best[i, j + 1], best[i + 1, j]) + (a == b)
    return best[-1, -1]


def first_come(ref, wrote):
    """Return how many matches are found by taking, for each word of one text, the next place in the other."""
    hits = place = 0
    for word in ref:
        if word in wrote[place:]:
            place, hits = wrote.index(word, place) + 1, hits + 1
    return hits


def longest_first(ref, wrote):
    """Return how many matches difflib finds, which takes the longest run first."""
    return sum(block.size for block in SequenceMatcher(None, ref, wrote).get_matching_blocks())


def rouges(reference, written):
    """Return the right F1, and the wrong ones by the mistake that leads to them."""
    ref, wrote = reference.split(), written.split()
    both, hits = len(ref) + len(wrote), common(ref, wrote)[-1, -1]
    triple = hits / len(wrote), hits / len(ref), 2 * hits / both
    percent, alone = (
        100 * np.array(triple),
        "Return the F1 alone, a share: not precision, recall and F1, not in percent.",
    )
    soon = "Taking the first match may spoil later ones: keep the better of dropping the one or the other word."
    run = "Taking the longest run first (as difflib does) may spoil the rest: fill the table."
    same_place = sum(a == b for a, b in zip(ref, wrote, strict=False))
    places = "You compare place by place: one word early moves all that follow."
    known = [
        (same_place / min(len(ref), len(wrote)), places),
        (2 * same_place / both, places),
        (2 * sum((Counter(ref) & Counter(wrote)).values()) / both,
         "The order is lost: this counts common words wherever they stand, as ROUGE-1 does."),
        (2 * len(set(ref) & set(wrote)) / both, "The order is lost, and so is how often a word stands there."),
        (2 * len(set(ref) & set(wrote)) / (len(set(ref)) + len(set(wrote))),
         "The order is lost: sets know neither order nor how often a word stands there."),
        (2 * longest_first(ref, wrote) / both, run),
        (2 * longest_first(wrote, ref) / both, run),
        (2 * first_come(ref, wrote) / both, soon),
        (2 * first_come(wrote, ref) / both, soon),
        (2 * common(ref, wrote, gaps=False).max() / both, "Gaps are allowed: this is the longest run without any."),
        (2 * greedy(ref, wrote) / both, "Each word can be matched once: a match extends the entry diagonally above."),
        (hits / len(ref), "This is the recall; F1 also asks how much of what was written is matched."),
        (hits / len(wrote), "This is the precision; F1 also asks how much of the reference was found."),
        (hits, "This is the number of hits; F1 is 2h / (n + m)."),
        (hits / both, "F1 is a mean of two shares: the 2 is missing."),
        (triple, alone), (percent, alone), (percent[2], alone),
        (2 * common(reference, written)[-1, -1] / len(reference + written), "Compare words, not letters: split them."),
    ]  # fmt: skip
    return 2 * hits / both, known


@checks.test("rouge_l")
def _(rouge):
    """Words that come twice and more, here and there:"""
    pair = "light good light small light small and small so", "small light so small and so light so"
    want, known = rouges(*pair)
    expect(rouge(*pair), want, "2h / (n + m), with h words in common order.", *known)


@checks.test("rouge_l")
def _(rouge):
    """One word in front, two gaps:"""
    pair = "the tent is light and packs small", "well the tent is very light and small"
    want, known = rouges(*pair)
    expect(rouge(*pair), want, "2h / (n + m), with h words in common order.", *known)


@checks.test("rouge_l")
def _(rouge):
    """The same words in another order:"""
    pair = "zip good tent bad", "bad tent good zip so"
    want, known = rouges(*pair)
    expect(rouge(*pair), want, "Only one word can be kept in order.", *known)


@checks.test("rouge_l")
def _(rouge):
    """A word written three times:"""
    pair = "so very light", "so so so light"
    want, known = rouges(*pair)
    expect(rouge(*pair), want, "Each word can be matched once.", *known)


@checks.test("rouge_l")
def _(rouge):
    """Where the first match is not the best:"""
    pair = "small is the tent and light", "the tent and light is small"
    want, known = rouges(*pair)
    expect(rouge(*pair), want, "Keep the better of dropping the one or the other word.", *known)
    want, known = rouges(*pair[::-1])
    expect(rouge(*pair[::-1]), want, "Keep the better of dropping the one or the other word.", *known)


@checks.test("rouge_l")
def _(rouge):
    """Where the longest run stands in the way:"""
    pair = "so tent so good light so", "good so light small so light tent"
    for ref, wrote in (pair, pair[::-1]):
        want, known = rouges(ref, wrote)
        expect(rouge(ref, wrote), want, "Keep the better of dropping the one or the other word.", *known)


@checks.test("rouge_l")
def _(rouge):
    """Texts with nothing in common, and equal texts:"""
    expect(rouge("so light", "the zip jams"), 0.0, "No word in common makes 0.")
    expect(rouge("so light", "so light"), 1.0, "A text beside itself makes 1.")


@checks.test("rouge_l")
def _(rouge):
    """A writer that says nothing:"""
    why = "Whoever says nothing has no word in common with the reference: 0."
    try:
        got = rouge("so light", "")
    except (ZeroDivisionError, IndexError, ValueError) as error:
        raise Miss(f"{why} Your function stops there ({type(error).__name__}).") from error
    expect(got, 0.0, why)
    expect(rouge("well", "well well"), 2 / 3, "One hit among three words.")


def short(n_written, n_reference):
    """Return the brevity penalty."""
    return min(1, np.exp(1 - n_reference / n_written))


def bleus(counts):
    """Return the right BLEU-2, and the wrong ones by the mistake that leads to them."""
    h1, h2, w1, w2, wrote, ref = total = counts.sum(axis=0)
    each = [short(r[4], r[5]) * np.sqrt(r[0] / r[2] * r[1] / r[3]) for r in counts]
    middle, penalty = np.sqrt(h1 / w1 * h2 / w2), short(*total[4:])
    parts = penalty * np.sqrt(np.mean(counts[:, 0] / counts[:, 2]) * np.mean(counts[:, 1] / counts[:, 3]))
    bonus = "Without the limit of 1 the penalty is a bonus for long texts."
    known = [
        (np.mean(each), "This is the mean of the sentences: add up the counts first, then divide once."),
        (np.average(each, weights=counts[:, 4]), "Still a mean of sentences, now weighted: add up the counts."),
        (np.sum(each), "This is the sum over the sentences: add up the counts first, then divide once."),
        (np.exp(1 - ref / wrote) * middle, bonus),
        (np.exp(1 - wrote / ref) * middle, "The penalty: reference length over written length, not the other way."),
        (penalty * (h1 / w1 + h2 / w2) / 2, "BLEU takes the geometric mean: the root of the product."),
        (penalty * h1 / w1 * h2 / w2, "The root is missing: the mean of two precisions is the root of their product."),
        (penalty * (h1 + h2) / (w1 + w2), "Words and pairs have a precision each: take the root of their product."),
        (np.mean([short(*row[4:]) for row in counts]) * middle,
         "It is the penalty of the corpus: both lengths are summed, too."),
        (middle, "The brevity penalty is missing, or turned round so that it is always 1."),
        (penalty * h1 / w1, "The pairs are missing: this is BLEU-1."),
        (100 * penalty * middle, "Give a share, not in percent."),
        (parts, "These are means of precisions: add up the counts first, then divide once."),
        (np.mean([one for one in each if one]), "Leave no sentence out, and average none: add up the counts first."),
    ]  # fmt: skip
    if min(each) == 0:
        rest = counts[np.array(each) > 0]
        known.append((bleus(rest)[0], "Leave no sentence out: one without a matching pair counts with its words."))
    return penalty * middle, known


@checks.test("corpus_bleu")
def _(bleu):
    """Four sentences, shorter than their references:"""
    counts = np.array([[5, 3, 8, 7, 8, 9], [1, 0, 2, 1, 2, 6], [4, 2, 6, 5, 6, 5], [3, 2, 4, 3, 4, 8]])
    want, known = bleus(counts)
    expect(bleu(counts.copy()), want, "The root of the product of both precisions, times the penalty.", *known)


@checks.test("corpus_bleu")
def _(bleu):
    """Two sentences, longer than their references:"""
    counts = np.array([[5, 3, 9, 8, 9, 6], [4, 1, 8, 7, 8, 9]])
    want, known = bleus(counts)
    expect(bleu(counts.copy()), want, "A text that is long enough has a penalty of 1.", *known)


@checks.test("corpus_bleu")
def _(bleu):
    """One sentence that is its own reference:"""
    expect(bleu(np.array([[4, 3, 4, 3, 4, 4]])), 1.0, "All is found, nothing is too short: 1.")


@checks.test("corpus_bleu")
def _(bleu):
    """No pair of words found in the whole corpus:"""
    expect(bleu(np.array([[4, 0, 5, 4, 5, 5], [1, 0, 3, 2, 3, 3]])), 0.0, "One precision of 0 makes all 0.")


@checks.test("corpus_bleu")
def _(bleu):
    """A sentence of one word, which has no pair:"""
    counts = np.array([[5, 3, 8, 7, 8, 9], [1, 0, 1, 0, 1, 6], [4, 2, 6, 5, 6, 5]])
    want, few = bleus(counts)[0], bleus(counts[[0, 2]])[0]
    why = "Leave no sentence out: a sentence of one word counts with its word, and with its length."
    expect(bleu(counts.copy()), want, "Add up the counts first, then divide once.", (few, why))


KNOWN = {
    "tent": {("zip", 1), ("zip", 0), ("heft", -1), ("heft", 0), ("heft", 1)},
    "stove": {("flame", 1), ("flame", 0), ("pot", -1), ("pot", 0)},
    "mat": {("roll", 0)},
}
CLAIMED = [
    ("stove", set()),
    ("tent", {("pot", 0)}),
    ("mat", {("roll", 0)}),
    ("mat", {("zip", 1)}),
    ("stove", {("flame", 1)}),
    ("stove", {("flame", 1), ("zip", -1)}),
    ("stove", {("roll", 0), ("zip", -1)}),
    ("tent", {("pot", 1), ("heft", 0)}),
    ("mat", {("roll", 0), ("roll", 1)}),
    ("tent", {("pole", 1), ("heft", 1)}),
    ("stove", {("roll", 1)}),
    ("stove", set()),
    ("stove", {("flame", 0), ("flame", 1)}),
    ("stove", {("zip", 1), ("pot", 0)}),
    ("tent", set()),
    ("tent", {("flame", 0)}),
    ("tent", {("heft", 0)}),
]


def aspects_of(claims):
    """Return which aspects are named, without their sides."""
    return {aspect for aspect, _ in claims}


def facts(rows):
    """Return the right shares, and the wrong ones by the mistake that leads to them."""
    speaking = [(item, said) for item, said in rows if said]
    heard, everything = len(speaking) / len(rows), set().union(*KNOWN.values())

    def share(test, among=speaking):
        return float(np.mean([test(said, KNOWN.get(item, set())) for item, said in among]))

    right, whole = share(lambda said, there: said <= there), share(lambda said, there: said <= there, rows)
    shifted = [(item, said) for (item, _), (_, said) in zip(rows, speaking, strict=False)]
    silent = "Sentences that claim nothing are left out: they have nothing to support."
    known = [
        ((share(lambda said, there: bool(said & there)), heard), "Each claim must be supported, not only one of them."),
        ((whole, heard), silent),
        ((whole, 1.0), silent),
        ((right, 1.0), "The second share: of all sentences, those that claim something."),
        ((right * heard, heard), "Divide by the sentences that claim something, not by all of them."),
        ((share(lambda said, _: said <= everything), heard), "You also asked the reviews of other items."),
        ((share(lambda said, there: aspects_of(said) <= aspects_of(there)), heard),
         "The side is lost: praise is not supported by a review that blames."),
        ((share(lambda said, there: there <= said), heard), "Turned round: the claims must be among the item's own."),
        ((right, len(speaking)), "The second number is a share, too: divide by all sentences."),
        ((right, 1 - heard), "The second share counts the sentences that claim something, not the silent ones."),
        ((whole / heard, heard), "Judge only the sentences that claim something, in `supported` too."),
        ((share(lambda said, there: said == there), heard), "More may be known than is claimed: `<=`, not `==`."),
        ((share(lambda said, there: not {(name, -side) for name, side in said if side} & there), heard),
         "Not contradicted is not yet supported: some review must have made the claim."),
        ((share(lambda said, there: said <= there, shifted), heard),
         "The items are out of step: whoever leaves out a sentence leaves out its item, too."),
    ]  # fmt: skip
    return (right, heard), known + counted_otherwise(speaking, len(rows))


def counted_otherwise(speaking, n_rows):
    """Return the shares that come of counting claims instead of sentences, and of forgetting the side 0."""
    yes = [claim in KNOWN.get(item, set()) for item, said in speaking for claim in said]
    judging = [(item, {(name, side) for name, side in said if side}) for item, said in speaking]
    passed = [said <= KNOWN.get(item, set()) for item, said in judging]
    loud = [ok for ok, (_, said) in zip(passed, judging, strict=True) if said]
    heard, claim = len(speaking) / n_rows, "Count sentences, not claims: one is supported if each of its claims is."
    zero = "To name an aspect is a claim, too: side 0 is not left out."
    return [
        ((np.mean(yes), heard), claim),
        ((np.mean(yes), len(yes) / n_rows), claim),
        ((sum(passed) / len(speaking), heard), zero),
        ((sum(loud) / len(loud), len(loud) / n_rows), zero),
    ]


def about_kites(right, heard, n_rows):
    """Return the shares that come of one claim about an item without reviews, left out or taken for supported."""
    claiming = heard * n_rows
    less = right * claiming / (claiming - 1)
    left_out = "A claim about an item that has no reviews is not left out: nobody supports it."
    return [
        ((less, heard), left_out),
        ((less, (claiming - 1) / n_rows), left_out),
        ((right + 1 / claiming, heard), "An item without reviews supports nothing."),
    ]


def factual_of(factual, rows):
    """Call a learner's function with two lists and a dictionary of their own."""
    copies = {item: set(claims) for item, claims in KNOWN.items()}
    try:
        return factual([item for item, _ in rows], [set(said) for _, said in rows], copies)
    except TypeError as error:
        if "'int' and 'tuple'" not in str(error):
            raise
        raise Miss("`supported` holds True or False for each sentence, not (item, claims) pairs.") from None


@checks.test("factual")
def _(factual):
    """Seventeen sentences about three items, fourteen of which claim something:"""
    want, known = facts(CLAIMED)
    expect(factual_of(factual, CLAIMED), want, "Supported over speaking, speaking over all.", *known)


@checks.test("factual")
def _(factual):
    """With an item that nobody has reviewed:"""
    rows = [*CLAIMED, ("kite", {("zip", 1)}), ("kite", set())]
    (right, heard), known = want, _ = facts(rows)
    known = [*about_kites(right, heard, len(rows)), *known]
    try:
        got = factual_of(factual, rows)
    except KeyError:
        raise Miss("An item without reviews is not in `known`: it supports nothing; use known.get.") from None
    expect(got, want, "What nobody has reviewed supports nothing.", *known)


@checks.test("factual")
def _(factual):
    """An item whose entry is there and empty:"""
    why = "An item of which `known` knows no review at all supports nothing, whether it is missing or its set is empty."
    got = factual(["kite", "tent"], [{("zip", 1)}, {("zip", 1)}], {"kite": set(), "tent": {("zip", 1)}})
    expect(got, (0.5, 1.0), why, ((1.0, 1.0), why), ((1.0, 0.5), why))


@checks.test("factual")
def _(factual):
    """A writer that always repeats what a review said:"""
    expect(factual_of(factual, [CLAIMED[n] for n in (2, 4, 16)]), (1.0, 1.0), "All of it is supported.")


RESULTS = [
    ("old", "given", 18.0),
    ("floor: medoid", "given", 22.0),
    ("floor: template", "given", 24.0),
    ("floor: random", "given", 8.0),
    ("old", "predicted", 12.5),
    ("floor: random", "predicted", 9.0),
    ("floor: constant", "predicted", 15.0),
    ("floor: item", "predicted", 13.0),
    ("new", "predicted", 17.0),
]


def leads_with(floors, sign=1, everybody=False):
    """Return the table of the leads over the given floors."""
    table = {}
    for system, setting, score in RESULTS:
        if everybody or not system.startswith("floor"):
            table.setdefault(setting, {})[system] = sign * (score - floors[setting])
    return table


def leads_of(leads, rows):
    """Call a learner's function; say so if it looks up a floor that comes after its writers."""
    try:
        return leads(list(rows))
    except KeyError:
        leads(sorted(rows, key=lambda row: not row[0].startswith("floor")))  # where this fails too, it is said as it is
        raise Miss("A floor may come after its writers: find all floors first.") from None


def turned(table):
    """Return a table of tables with its two keys exchanged, and one with the last writer of each setting only."""
    inside: dict = {}
    for setting, row in table.items():
        for system, lead in row.items():
            inside.setdefault(system, {})[setting] = lead
    return inside, {setting: dict([list(row.items())[-1]]) for setting, row in table.items()}


@checks.test("leads")
def _(leads):
    """Two writers, three floors in each of two settings:"""
    best, last = {"given": 24.0, "predicted": 15.0}, {"given": 8.0, "predicted": 13.0}
    first, worst = {"given": 22.0, "predicted": 9.0}, {"given": 8.0, "predicted": 9.0}
    mean = {"given": 18.0, "predicted": 37 / 3}
    want, one = leads_with(best), "You took one floor for both settings: each setting has its own."
    other = "Take the best floor of its setting, not "
    mixed = "In your table the settings are mixed: one table for each, keyed by the setting."
    inside, lasts = turned(want)
    known = [
        (leads_with(dict.fromkeys(best, 24.0)), one),
        (leads_with(dict.fromkeys(best, 15.0)), one),
        (leads_with(last), other + "the last."),
        (leads_with(first), other + "the first."),
        (leads_with(worst), other + "the worst."),
        (leads_with(mean), other + "their mean."),
        (leads_with(best, everybody=True), "Floors are what is compared with: they have no row of their own."),
        (leads_with(best, sign=-1), "The sign is turned: ahead of the floor is positive."),
        (leads_with({"given": 0, "predicted": 0}), "Subtract the best floor of the setting."),
        ({"old": -2.5, "new": 2.0}, mixed),
        ({"old": -6.0, "new": 2.0}, mixed),
        (inside, "Turned round: the outer keys are the settings, the inner ones the systems."),
        (lasts, "Only the last writer of each setting is left: add to a setting's table, do not make it anew."),
    ]
    got = leads_of(leads, RESULTS)
    if isinstance(got, dict) and got and not isinstance(next(iter(got.values())), dict):
        raise Miss(mixed)
    expect(got, want, "Score less the best floor of the same setting.", *known)


@checks.test("leads")
def _(leads):
    """One setting, under another name, where the floor comes last:"""
    rows = [("recx", "cold start", 3.0), ("floor: constant", "cold start", 1.0)]
    want = {"cold start": {"recx": 2.0}}
    expect(leads_of(leads, rows), want, "Take the settings from the results, and all floors first.")


@checks.test("leads")
def _(leads):
    """Scores below 0, as log-likelihoods are:"""
    rows = [("floor: constant", "given", -9.0), ("floor: random", "given", -12.0), ("new", "given", -7.0)]
    known = [({"given": {"new": -7.0}}, "A score may be negative: begin with the first floor, not with 0.")]
    expect(leads_of(leads, rows), {"given": {"new": 2.0}}, "-7 is 2 ahead of -9.", *known)


@checks.test("leads")
def _(leads):
    """Floors of 0 and below:"""
    rows = [("floor: constant", "given", 0.0), ("floor: random", "given", -3.0), ("new", "given", -1.0)]
    why = "A floor of 0 is a floor: ask whether there is one (`in`, `.get` with a default), not whether it is true."
    expect(leads_of(leads, rows), {"given": {"new": -1.0}}, "-1 is 1 behind 0.", ({"given": {"new": 2.0}}, why))


def rate(total):
    """A score that is no BLEU: hits over words."""
    return total[0] / total[1]


def first_counts():
    """Return the counts of two writers on seven records, and forty draws."""
    rng = np.random.default_rng(6)
    wrote = rng.integers(3, 15, (2, 7))
    hits = rng.integers(0, wrote + 1)
    a, b = np.stack([hits, wrote], axis=-1)
    return a, b, rng.integers(0, 7, (40, 7))


def intervals(a, b, score, draws):
    """Return the right interval, and the wrong ones by the mistake that leads to them."""

    def of(counts, rows):
        return score(counts[rows].sum(axis=0))

    def cut(gains, level=0.95):
        return np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])

    whole = of(a, np.arange(len(a))) - of(b, np.arange(len(b)))
    gains = [of(a, rows) - of(b, rows) for rows in draws]
    each = np.array([score(x) - score(y) for x, y in zip(a, b, strict=True)])
    of_a, of_b = ([of(counts, rows) for rows in draws] for counts in (a, b))
    once = [of(a, np.unique(rows)) - of(b, np.unique(rows)) for rows in draws]
    others = [[of(a, x) - of(b, y) for x, y in zip(draws, rest, strict=True)]
              for rest in (draws[::-1], np.roll(draws, 1, axis=0), np.roll(draws, -1, axis=0))]  # fmt: skip
    paired = "Draw the same records for both writers: what is hard for one is hard for the other."
    mean = "The score is no mean over sentences: add up the counts of a draw, then take the score."
    three = "Return three numbers: the difference, the low end and the high one."
    apart = "You need one interval of the difference, not an interval for each writer."
    known = [
        ((each.mean(), *cut(each[draws].mean(axis=1))), mean),
        ((whole, *cut(each[draws].mean(axis=1))), mean),
        ((whole, *cut(each)), mean),
        ((whole, cut(of_a)[0] - cut(of_b)[1], cut(of_a)[1] - cut(of_b)[0]), apart),
        ((whole, *(cut(of_a) - cut(of_b))), apart),
        *(((whole, *cut(gain)), paired) for gain in others),
        ((np.mean(gains), *cut(gains)), "The first number is the difference on all records as they are."),
        ((np.median(gains), *cut(gains)), "The first number is the difference on all records as they are."),
        ((whole, *cut(gains, 0.9)), "This leaves five per cent on each side: 95 % leave 2.5 on each."),
        ((whole, min(gains), max(gains)), "These are the extremes: cut off 2.5 % on each side."),
        ((whole, *cut(once)), "Records are drawn with replacement: one that was drawn twice counts twice."),
        ((-whole, *cut([-gain for gain in gains])), "The sign is turned: it is a − b."),
        ((whole, *cut(gains)[::-1]), "First the low end, then the high one."),
        ((whole, cut(gains)), three),
        (cut(gains), three),
        ((whole, *np.percentile(gains, [0.025, 0.975])), "np.percentile counts in percent, np.quantile in shares."),
    ]
    return (whole, *cut(gains)), known + intervals_without(a, b, score, draws, whole, np.array(gains))


def intervals_without(a, b, score, draws, whole, gains):
    """Return the intervals that come without quantiles, without two scores, or of sums over the wrong axis."""
    normal = "The ends are quantiles of the drawn differences, not 1.96 standard deviations away."
    both, less = "Take the score of each writer, then the difference: not a score of a − b.", a - b
    along = "sum(axis=1) adds up the counts of one record: `.sum(axis=0)` adds up the records."
    drawn = [score(less[rows].sum(axis=0)) for rows in draws]
    across = [score(a[rows].sum(axis=1)) - score(b[rows].sum(axis=1)) for rows in draws]
    ends = [0.025, 0.975]
    spread = [(middle, gains.std(ddof=ddof)) for middle in (whole, gains.mean()) for ddof in (0, 1)]
    return [
        *(((whole, middle - 1.96 * sd, middle + 1.96 * sd), normal) for middle, sd in spread),
        ((score(less.sum(axis=0)), *np.quantile(drawn, ends)), both),
        ((whole, *np.quantile(drawn, ends)), both),
        ((whole, *np.quantile(across, ends)), along),
        ((score(a.sum(axis=1)) - score(b.sum(axis=1)), *np.quantile(across, ends)), along),
    ]


def ahead_of(ahead, a, b, draws):
    """Call a learner's function; say so if it takes another score, or sums without an axis."""
    try:
        return ahead(a.copy(), b.copy(), rate, draws.copy())
    except ValueError as error:
        if "expected 3, got 2" not in str(error):
            raise
        raise Miss("Use the `score` you are given: here it takes two counts, and is no BLEU.") from None
    except IndexError as error:
        if "scalar" not in str(error):
            raise
        raise Miss(
            "`.sum()` adds up everything: `.sum(axis=0)` adds up the records and leaves the counts apart."
        ) from None


def ahead_hint(ahead, a, b):
    """Return what to say of an unknown interval; where all draws are record 0, both ends are that record's gain."""
    _, low, high = ahead_of(ahead, a, b, np.zeros((40, 7), dtype=int))
    drawn = low == high or np.isclose([low, high], rate(a[0]) - rate(b[0])).any()
    return "The score of the sums of a draw, a less b." if drawn else "Use the `draws` that you are given."


@checks.test("ahead")
def _(ahead):
    """Seven records, forty draws, and a score of its own:"""
    a, b, draws = first_counts()
    want, known = intervals(a, b, rate, draws)
    got = ahead_of(ahead, a, b, draws)
    usual = not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 3 or ahead_hint(ahead, a, b)
    expect(got, want, "Return three numbers, of a less b." if usual is True else usual, *known)


@checks.test("ahead")
def _(ahead):
    """The writers exchanged:"""
    a, b, draws = first_counts()
    want, known = intervals(b, a, rate, draws)
    expect(ahead_of(ahead, b, a, draws), want, "The score of the sums of a draw, a less b.", *known)


@checks.test("ahead")
def _(ahead):
    """A writer beside itself:"""
    a, _, draws = first_counts()
    expect(ahead(a, a.copy(), rate, draws), (0.0, 0.0, 0.0), "In every draw the difference to itself is 0.")


# The open task: any answer passes that does what is asked, so each is tried, not compared


def kept_pairs(reference, text):
    """Return the pairs of neighbours that both have."""
    return set(runs(reference, 2)) & set(runs(text, 2))


def has_nonsense(words):
    """Return whether some order of the words keeps none of their pairs, by building it word by word."""
    taken = set(zip(words, words[1:], strict=False))

    def build(last, rest):
        fits = {word for word in rest if (last, word) not in taken}
        return not rest or any(build(word, [*rest[: rest.index(word)], *rest[rest.index(word) + 1 :]]) for word in fits)

    return build(None, list(words))


def judge_nonsense(nonsense, reference):
    """Look at what the text has in common with the reference, whichever text it is."""
    got, possible = nonsense(reference), has_nonsense(reference.split())
    if got is ...:
        expect(got, "", "A text is wanted.")
    if got is None:
        if possible:
            raise Miss(f"For “{reference}” there is such a text: try more orders than one.")
        return
    if not isinstance(got, str):
        raise Miss(f"Give one text, its words joined by spaces, not {got!r}.")
    if not possible:
        raise Miss(f"For “{reference}” there is no such text: None is the answer, not “{got}”.")
    if Counter(got.split()) != Counter(reference.split()):
        raise Miss(f"“{got}” must hold the words of “{reference}”, each as often, and no others.")
    if kept := kept_pairs(reference, got):
        raise Miss(f"“{got}” and “{reference}” both keep the pair “{' '.join(min(kept))}”.")


@checks.test("nonsense")
def _(nonsense):
    """Words that all differ:"""
    for reference in ("the tent is light", "so light", "a zip that jams is no zip at", "it packs so very small"):
        judge_nonsense(nonsense, reference)


@checks.test("nonsense")
def _(nonsense):
    """Words that stand twice:"""
    for reference in ("light is so is light tent", "so light and so small", "the zip of the tent and the peg"):
        judge_nonsense(nonsense, reference)


@checks.test("nonsense")
def _(nonsense):
    """Texts for which there is none, and one word:"""
    for reference in ("so so light", "so so", "so light so", "good"):
        judge_nonsense(nonsense, reference)
