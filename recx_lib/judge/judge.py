"""Chapter 6: judge a set of written sentences: near the reference, varied, on
the aspect, true of the item.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.judge.bootstrap import bootstrap_interval
from recx_lib.judge.claims import ItemFacts, is_supported
from recx_lib.judge.overlap import (
    bleu_counts,
    bleu_of_counts,
    check_pairs,
    div,
    fcr,
    features_named,
    fmr,
    rouge_l,
    rouge_n,
    rouge_n_sets,
    usr,
    words,
)


class Judge:
    """Everything needed to judge sentences about items: the features, the
    opinion words, and what reviews said.

    `train` is the training split (columns user, item, feature, opinion,
    polarity, sentence), the only source of opinion words and of what counts as
    true. `features` are those that FCR divides by (all features of a data set,
    where published figures are to be met); default: those of `train`.
    """

    def __init__(
        self, train: pd.DataFrame, features: Collection[str] | None = None
    ):
        self.facts = ItemFacts(train, features)
        self.features = self.facts.features

    def each(
        self, records: pd.DataFrame, sentences: Sequence[str]
    ) -> pd.DataFrame:
        """Return scores, one row per sentence: rouge*, fmr, n_words; factual,
        heard (NaN where it names no aspect).
        """
        check_pairs(records, sentences)
        columns = (
            records[column] for column in ("item", "feature", "sentence")
        )
        rows = [
            self._one(*record, text)
            for *record, text in zip(*columns, sentences, strict=True)
        ]
        return pd.DataFrame(rows, index=records.index).astype(float)

    def _one(
        self, item: str, feature: str, ref: str, text: str
    ) -> dict[str, float]:
        said, row = (
            self.facts.claims(text),
            {"fmr": feature in words(text), "n_words": len(words(text))},
        )
        row["factual"] = (
            float(is_supported(said, self.facts.known, item))
            if said
            else np.nan
        )
        row["heard"] = float(any(side for _, side in said)) if said else np.nan
        for name, score in (
            ("1", rouge_n(ref, text, 1)),
            ("2", rouge_n(ref, text, 2)),
            ("l", rouge_l(ref, text)),
        ):
            row |= {
                f"rouge{name}_{part}": value
                for part, value in zip("prf", score, strict=True)
            }
        return row | {
            f"rouge{n}_f_sets": rouge_n_sets(ref, text, n)[2] for n in (1, 2)
        }

    def summary(
        self, records: pd.DataFrame, sentences: Sequence[str]
    ) -> dict[str, float]:
        """Return every metric of the sentences written for `records`, one per
        record, in the records' order.

        bleu1, bleu4, rouge1/2/l_p/r/f and rouge1/2_f_sets in percent; usr,
        fmr, fcr, div; factual, the share of the sentences that name an aspect
        whose every claim is supported; heard, the share of them in which a
        judgement was heard at all (the check knows only the reviewers' opinion
        words); named, the share that name one; n_words.
        """
        each = self.each(records, sentences)
        named = features_named(sentences, self.features)
        scores = {
            f"bleu{n}": bleu_of_counts(
                _counts(records, sentences, n).sum(axis=0)
            )
            for n in (1, 4)
        }
        scores |= each.mean().to_dict() | {
            "named": float(np.mean([len(found) > 0 for found in named]))
        }
        if np.isnan(scores["factual"]):
            del (
                scores["factual"],
                scores["heard"],
            )  # nothing was claimed, so nothing was measured
        return scores | {
            "usr": usr(sentences),
            "fmr": fmr(named, list(records["feature"])),
            "fcr": fcr(named, self.features),
            "div": div(named),
        }

    def intervals(
        self, records: pd.DataFrame, sentences: Sequence[str], seed: int = 0
    ) -> dict[str, tuple]:
        """Return (value, low, high), 95 %, by bootstrap over sentences, for
        the metrics that are averages, and BLEU.

        USR, FCR and DIV have none: drawing with replacement repeats sentences,
        which is what they count.
        """
        each = self.each(records, sentences)
        intervals = {
            name: bootstrap_interval(each[name].dropna(), seed=seed)
            for name in each
            if each[name].notna().any()
        }
        for n in (1, 4):
            intervals[f"bleu{n}"] = bootstrap_counts(
                _counts(records, sentences, n), bleu_of_counts, seed=seed
            )
        return intervals


def _counts(
    records: pd.DataFrame, sentences: Sequence[str], n: int
) -> np.ndarray:
    return np.array(
        [
            bleu_counts(ref, text, n)
            for ref, text in zip(records["sentence"], sentences, strict=True)
        ]
    )


def bootstrap_counts(
    counts: np.ndarray,
    score: Callable[[np.ndarray], float],
    level: float = 0.95,
    n_resamples: int = 500,
    seed: int = 0,
) -> tuple[float, float, float]:
    """Return (value, low, high) of a corpus score computed from summed counts,
    resampling the sentences.

    `counts` is (n_sentences, …); `score` takes their sum. Raise DataError on
    empty counts.

    >>> bootstrap_counts(np.array([[1, 2], [1, 2]]), lambda total: total[0] / total[1])
    (0.5, 0.5, 0.5)
    """
    if len(counts) == 0:
        raise DataError("no sentences to resample")
    rng, n = np.random.default_rng(seed), len(counts)
    draws = rng.multinomial(
        n, np.full(n, 1 / n), size=n_resamples
    )  # how often each sentence is drawn
    scores = [score(total) for total in draws @ counts]
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(score(counts.sum(axis=0))), float(low), float(high)
