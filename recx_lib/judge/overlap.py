"""Chapter 6: how near sentences are to people's, how varied, what they name.

Conventions, fixed for the whole book: sentences are lower-cased and cut at
spaces, only the first 15 words count, and the placeholder `<unk>` matches
nothing, not even itself. BLEU and ROUGE are percentages, everything else a
share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from math import comb

import numpy as np

from recx_lib.core.errors import DataError

MAX_WORDS = 15

UNKNOWN = "<unk>"


def split_words(sentence: str, limit: int = MAX_WORDS) -> list[str]:
    """Return the words that count: lower case, cut at spaces, the first few.

    Raise DataError for what is no text, such as None or NaN.

    >>> split_words("This Tent is great", limit=3)
    ['this', 'tent', 'is']
    """
    if not isinstance(sentence, str):
        remedy = "drop the record, or write an empty text"
        raise DataError(f"sentence {sentence!r} is no text: {remedy}")
    return sentence.lower().split()[:limit]


def ngrams(tokens: Sequence[str], n: int) -> Counter:
    """Count the runs of `n` neighbouring words.

    >>> ngrams("so so good".split(), 1)
    Counter({('so',): 2, ('good',): 1})
    """
    counts = Counter()
    for start in range(len(tokens) - n + 1):
        counts[tuple(tokens[start : start + n])] += 1
    return counts


def matches(reference: Counter, written: Counter) -> int:
    """Count the n-grams in both, each at most as often as in the reference.

    This is called clipping. `<unk>` never matches.

    >>> matches(ngrams("so good".split(), 1), ngrams("so so so".split(), 1))
    1
    """
    shared = reference & written  # of each n-gram the smaller count
    return sum(shared[gram] for gram in shared if UNKNOWN not in gram)


def bleu_counts(reference: str, sentence: str, n: int = 4) -> np.ndarray:
    """Return what one sentence adds to corpus BLEU, (2n + 2,).

    Matches of order 1 … n, n-grams written, and both lengths.

    >>> bleu_counts("the tent is light", "the tent is heavy", n=2).tolist()
    [3, 2, 4, 3, 4, 4]
    """
    ref, hyp = split_words(reference), split_words(sentence)
    hits, written = [], []
    # hits and n-grams written, order by order
    for order in range(1, n + 1):
        hits.append(matches(ngrams(ref, order), ngrams(hyp, order)))
        written.append(max(len(hyp) - order + 1, 0))
    lengths = [len(hyp), len(ref)]
    return np.array(hits + written + lengths)


def bleu_of_counts(total: np.ndarray) -> float:
    """Return BLEU in percent from summed `bleu_counts`.

    It is the geometric mean of the precisions, times the brevity penalty.

    >>> round(bleu_of_counts(np.array([3, 2, 4, 3, 4, 4])), 1)
    70.7
    """
    hits, written = np.split(total[:-2], 2)  # (n,) by order, 1 … n
    n_hyp, n_ref = total[-2:]
    if hits.min() == 0:
        return 0.0  # one precision of 0 makes the mean 0: no smoothing
    # short texts pay, long ones do not
    brevity = min(1.0, np.exp(1 - n_ref / n_hyp))
    precision = np.exp(np.mean(np.log(hits / written)))
    return float(100 * brevity * precision)


def bleu(
    references: Sequence[str], sentences: Sequence[str], n: int = 4
) -> float:
    """Return corpus BLEU, in percent, with n-grams up to `n`.

    One reference per sentence, no smoothing (Papineni et al., 2002). Counts
    are summed over the corpus before dividing, so this is not a mean over
    sentences. `n=1` uses single words only. Raise DataError for unequal or
    empty input.

    >>> round(bleu(["the tent is light"], ["the tent is heavy"], n=2), 1)
    70.7
    """
    check_pairs(references, sentences)
    pairs = zip(references, sentences, strict=True)
    counts = [bleu_counts(ref, hyp, n) for ref, hyp in pairs]
    return bleu_of_counts(np.sum(counts, axis=0))


def check_pairs(references: Sequence, sentences: Sequence) -> None:
    """Raise DataError unless each sentence has its reference, at least one."""
    if len(references) != len(sentences) or len(sentences) == 0:
        found = f"{len(references)} references for {len(sentences)} sentences"
        raise DataError(f"{found}: pass one reference per sentence")


def _precision_recall_f1(
    hits: int, n_written: int, n_reference: int
) -> tuple[float, float, float]:
    """Return all three in percent; 0 where nothing matches."""
    if hits == 0:
        return 0.0, 0.0, 0.0
    precision = 100 * hits / n_written
    recall = 100 * hits / n_reference
    return precision, recall, 200 * hits / (n_written + n_reference)


def rouge_n(
    reference: str, sentence: str, n: int = 1
) -> tuple[float, float, float]:
    """Return ROUGE-n: precision, recall and F1 of n-grams, in percent.

    Of one sentence (Lin, 2004).

    >>> rouge_n("the tent is light", "the tent leaks water", n=1)
    (50.0, 50.0, 50.0)
    """
    ref = ngrams(split_words(reference), n)
    hyp = ngrams(split_words(sentence), n)
    return _precision_recall_f1(matches(ref, hyp), hyp.total(), ref.total())


def rouge_n_sets(
    reference: str, sentence: str, n: int = 1
) -> tuple[float, float, float]:
    """Return ROUGE-n with each n-gram counted once, however often it comes.

    So counts the published code of PETER and PEPLER. Report this only beside
    figures from those papers, and say so.

    >>> rouge_n_sets("so so good", "so good")[1]
    100.0
    >>> round(rouge_n("so so good", "so good")[1])
    67
    """
    # a set forgets how often an n-gram came
    ref = Counter(set(ngrams(split_words(reference), n)))
    hyp = Counter(set(ngrams(split_words(sentence), n)))
    return _precision_recall_f1(matches(ref, hyp), hyp.total(), ref.total())


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common subsequence of words.

    Their order is kept, gaps are allowed, and `<unk>` never matches.

    >>> longest_common("a b c d".split(), "a x c".split())
    2
    """
    best = [0] * (len(b) + 1)  # best[j]: of `a` so far and b's first j words
    for word in a:
        diagonal = 0  # best[j - 1] before this word
        for j, other in enumerate(b, start=1):
            if word == other != UNKNOWN:
                # both end in this word
                longer = diagonal + 1
            else:
                longer = max(best[j], best[j - 1])
            diagonal, best[j] = best[j], longer
    return best[-1]


def rouge_l(reference: str, sentence: str) -> tuple[float, float, float]:
    """Return ROUGE-L: as `rouge_n`, of the longest common subsequence.

    >>> rouge_l("the tent is light", "light is the tent")
    (50.0, 50.0, 50.0)
    """
    ref, hyp = split_words(reference), split_words(sentence)
    return _precision_recall_f1(longest_common(ref, hyp), len(hyp), len(ref))


def usr(sentences: Sequence[str]) -> float:
    """Return the unique sentence ratio: distinct sentences / sentences.

    In linear time. Raise DataError without a sentence.

    >>> usr(["it is light", "It is light", "it is warm", "it is warm"])
    0.5
    """
    if len(sentences) == 0:
        raise DataError("USR of no sentences: pass at least one")
    distinct = {tuple(split_words(text)) for text in sentences}
    return len(distinct) / len(sentences)


def terms_named(
    sentences: Sequence[str], terms: Collection[str]
) -> list[set[str]]:
    """Return which of the (one-word) `terms` stand in each sentence.

    >>> terms_named(["the tent is light"], {"tent", "zip"})
    [{'tent'}]
    """
    terms = set(terms)
    return [terms.intersection(split_words(text)) for text in sentences]


def fmr(named: Sequence[set[str]], wanted: Sequence[str]) -> float:
    """Return the feature matching ratio: sentences that name the wanted one.

    >>> fmr([{"tent"}, {"zip", "tent"}], ["zip", "zip"])
    0.5
    """
    check_pairs(wanted, named)
    n_matching = 0
    for term, found in zip(wanted, named, strict=True):
        n_matching += term in found
    return n_matching / len(named)


def fcr(named: Sequence[set[str]], terms: Collection[str]) -> float:
    """Return the feature coverage ratio: terms ever named / all terms.

    >>> fcr([{"tent"}, {"tent"}], {"tent", "zip"})
    0.5
    """
    if len(terms) == 0:
        raise DataError("FCR over no terms: pass those of the training set")
    ever_named = set().union(*named)
    return len(ever_named) / len(set(terms))


def div(named: Sequence[set[str]]) -> float:
    """Return the mean number of terms two sentences share: low is varied.

    A term named by c sentences is shared by c·(c − 1)/2 pairs, so no pair
    need be visited. A sentence that names nothing shares nothing: read DIV
    beside FMR and FCR. Raise DataError for fewer than two sentences.

    >>> div([{"tent"}, {"tent", "zip"}, {"zip"}])
    0.6666666666666666
    """
    if len(named) < 2:
        raise DataError("DIV compares pairs of sentences: pass at least two")
    counts = Counter()
    for found in named:
        counts.update(found)
    # pairs that share a term, over all pairs
    shared = sum(comb(count, 2) for count in counts.values())
    return shared / comb(len(named), 2)
