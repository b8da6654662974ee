"""Chapter 6: how near a written sentence is to what the person wrote, how
varied the sentences are, what they name.

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


UNK = "<unk>"


def words(sentence: str, limit: int = MAX_WORDS) -> list[str]:
    """Return the words that count: lower case, cut at spaces, the first
    `limit`.

    >>> words("This Tent is great", limit=3)
    ['this', 'tent', 'is']
    """
    return sentence.lower().split()[:limit]


def ngrams(tokens: Sequence[str], n: int) -> Counter:
    """Count the runs of `n` neighbouring words.

    >>> ngrams("so so good".split(), 1)
    Counter({('so',): 2, ('good',): 1})
    """
    return Counter(
        tuple(tokens[start : start + n])
        for start in range(len(tokens) - n + 1)
    )


def matches(reference: Counter, written: Counter) -> int:
    """Count the n-grams in both, each at most as often as the reference has it
    (clipping); `<unk>` never matches.

    >>> matches(ngrams("so good".split(), 1), ngrams("so so so".split(), 1))
    1
    """
    return sum(
        count
        for gram, count in (reference & written).items()
        if UNK not in gram
    )


def bleu_counts(reference: str, sentence: str, n: int = 4) -> np.ndarray:
    """Return what one sentence adds to corpus BLEU, (2n + 2,): matches of
    order 1 … n, n-grams written, both lengths.

    >>> bleu_counts("the tent is light", "the tent is heavy", n=2).tolist()
    [3, 2, 4, 3, 4, 4]
    """
    ref, hyp = words(reference), words(sentence)
    hits = [
        matches(ngrams(ref, order), ngrams(hyp, order))
        for order in range(1, n + 1)
    ]
    written = [max(len(hyp) - order + 1, 0) for order in range(1, n + 1)]
    return np.array([*hits, *written, len(hyp), len(ref)])


def bleu_of_counts(total: np.ndarray) -> float:
    """Return BLEU in percent from summed `bleu_counts`: geometric mean of the
    precisions, times the brevity penalty.

    >>> round(bleu_of_counts(np.array([3, 2, 4, 3, 4, 4])), 1)
    70.7
    """
    hits, written, n_hyp, n_ref = (
        *np.split(total[:-2], 2),
        total[-2],
        total[-1],
    )
    if hits.min() == 0:
        return (
            0.0  # one precision of 0 makes the geometric mean 0: no smoothing
        )
    brevity = min(1.0, np.exp(1 - n_ref / n_hyp))
    return float(100 * brevity * np.exp(np.mean(np.log(hits / written))))


def bleu(
    references: Sequence[str], sentences: Sequence[str], n: int = 4
) -> float:
    """Return corpus BLEU with n-grams up to `n`, in percent (Papineni et al.,
    2002).

    One reference per sentence, no smoothing. Counts are summed over the corpus
    before dividing, so this is not a mean over sentences. `n=1` uses single
    words only. Raise DataError for unequal or empty input.

    >>> round(bleu(["the tent is light"], ["the tent is heavy"], n=2), 1)
    70.7
    """
    check_pairs(references, sentences)
    pairs = zip(references, sentences, strict=True)
    return bleu_of_counts(
        np.sum([bleu_counts(ref, hyp, n) for ref, hyp in pairs], axis=0)
    )


def check_pairs(references: Sequence, sentences: Sequence) -> None:
    """Raise DataError unless there is one reference per sentence, and at least
    one.
    """
    if len(references) != len(sentences) or len(sentences) == 0:
        raise DataError(
            f"{len(references)} references for {len(sentences)} sentences: pass one reference per sentence"
        )


def _prf(
    hits: int, n_written: int, n_reference: int
) -> tuple[float, float, float]:
    """Return precision, recall and F1 in percent; all 0 where nothing
    matches.
    """
    if hits == 0:
        return 0.0, 0.0, 0.0
    return (
        100 * hits / n_written,
        100 * hits / n_reference,
        200 * hits / (n_written + n_reference),
    )


def rouge_n(
    reference: str, sentence: str, n: int = 1
) -> tuple[float, float, float]:
    """Return ROUGE-n of one sentence: precision, recall and F1 of its n-grams,
    in percent (Lin, 2004).

    >>> rouge_n("the tent is light", "the tent leaks water", n=1)
    (50.0, 50.0, 50.0)
    """
    ref, hyp = ngrams(words(reference), n), ngrams(words(sentence), n)
    return _prf(matches(ref, hyp), hyp.total(), ref.total())


def rouge_n_sets(
    reference: str, sentence: str, n: int = 1
) -> tuple[float, float, float]:
    """Return ROUGE-n as the published PETER and PEPLER code counts it: a
    repeated n-gram counts once.

    Report this only beside figures from those papers, and say so.

    >>> rouge_n_sets("so so good", "so good")[1], round(rouge_n("so so good", "so good")[1])
    (100.0, 67)
    """
    ref, hyp = (
        Counter(set(ngrams(words(reference), n))),
        Counter(set(ngrams(words(sentence), n))),
    )
    return _prf(matches(ref, hyp), hyp.total(), ref.total())


def longest_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common subsequence (order kept, gaps
    allowed); `<unk>` never matches.

    >>> longest_common("a b c d".split(), "a x c".split())
    2
    """
    best = [0] * (
        len(b) + 1
    )  # best[j]: for the words of `a` so far and the first j words of `b`
    for word in a:
        diagonal = 0
        for j, other in enumerate(b, start=1):
            longer = (
                diagonal + 1
                if word == other != UNK
                else max(best[j], best[j - 1])
            )
            diagonal, best[j] = best[j], longer
    return best[-1]


def rouge_l(reference: str, sentence: str) -> tuple[float, float, float]:
    """Return ROUGE-L of one sentence: precision, recall and F1 of the longest
    common subsequence, in percent.

    >>> rouge_l("the tent is light", "light is the tent")
    (50.0, 50.0, 50.0)
    """
    ref, hyp = words(reference), words(sentence)
    return _prf(longest_common(ref, hyp), len(hyp), len(ref))


def usr(sentences: Sequence[str]) -> float:
    """Return the unique sentence ratio, distinct sentences / sentences, in
    linear time.

    >>> usr(["it is light", "It is light", "it is warm", "it is warm"])
    0.5
    """
    return len({tuple(words(text)) for text in sentences}) / len(sentences)


def features_named(
    sentences: Sequence[str], features: Collection[str]
) -> list[set[str]]:
    """Return, for each sentence, which of the (one-word) `features` stand in
    it.

    >>> features_named(["the tent is light"], {"tent", "zip"})
    [{'tent'}]
    """
    features = set(features)
    return [features.intersection(words(text)) for text in sentences]


def fmr(named: Sequence[set[str]], wanted: Sequence[str]) -> float:
    """Return the feature matching ratio: the share of sentences that name
    their record's own feature.

    >>> fmr([{"tent"}, {"zip", "tent"}], ["zip", "zip"])
    0.5
    """
    check_pairs(wanted, named)
    return sum(
        feature in found for feature, found in zip(wanted, named, strict=True)
    ) / len(named)


def fcr(named: Sequence[set[str]], features: Collection[str]) -> float:
    """Return the feature coverage ratio: distinct features named anywhere /
    all features.

    >>> fcr([{"tent"}, {"tent"}], {"tent", "zip"})
    0.5
    """
    return len(set().union(*named)) / len(set(features))


def div(named: Sequence[set[str]]) -> float:
    """Return the mean number of features that two sentences share (lower is
    more varied), in linear time.

    A feature named by c sentences is shared by c·(c − 1)/2 pairs, so no pair
    need be visited. A sentence that names nothing shares nothing: read DIV
    beside FMR and FCR. Raise DataError for fewer than two sentences.

    >>> div([{"tent"}, {"tent", "zip"}, {"zip"}])
    0.6666666666666666
    """
    if len(named) < 2:
        raise DataError("DIV compares pairs of sentences: pass at least two")
    counts = Counter(feature for found in named for feature in found)
    return sum(comb(count, 2) for count in counts.values()) / comb(
        len(named), 2
    )
