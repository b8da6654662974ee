"""Chapter 6: all scores of a set of written sentences, with intervals."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from recx_lib.judge.bootstrap import bootstrap_counts, bootstrap_interval
from recx_lib.judge.claims import ItemFacts, is_supported
from recx_lib.judge.overlap import (
    bleu_counts,
    bleu_of_counts,
    check_pairs,
    div,
    fcr,
    rouge_l,
    rouge_n,
    rouge_n_sets,
    split_words,
    terms_named,
    usr,
)
from recx_lib.judge.wording import commonest_word, repeats, share_holding


class Judge:
    """All that is needed to judge sentences about items.

    `train` is the training split (columns user, item, term, opinion,
    polarity, sentence), the only source of opinion words and of what counts as
    true. `terms` are those that FCR divides by (all terms of a data set,
    where published figures are to be met); default: those of `train`.
    """

    def __init__(
        self, train: pd.DataFrame, terms: Collection[str] | None = None
    ):
        self.facts = ItemFacts(train, terms)
        self.terms = self.facts.terms

    def each(
        self, records: pd.DataFrame, sentences: Sequence[str]
    ) -> pd.DataFrame:
        """Return one row per sentence: rouge*, fmr, n_words, repeat, and two.

        factual and heard are NaN where the sentence names no aspect; fmr
        tells whether it names its record's, as one of the judge's terms.
        """
        check_pairs(records, sentences)
        columns = records["item"], records["term"], records["sentence"]
        rows = []
        # a row for each sentence, its terms heard by the same ear
        for item, term, ref, text in zip(*columns, sentences, strict=True):
            (named,) = terms_named([text], self.terms)
            row = {
                "fmr": term in named,
                "n_words": len(split_words(text)),
                "repeat": repeats(text),
            }
            rows.append(row | self._truth(item, text) | _rouge(ref, text))
        return pd.DataFrame(rows, index=records.index).astype(float)

    def _truth(self, item: str, text: str) -> dict[str, float]:
        """Return whether its claims are supported, and a judgement heard."""
        said = self.facts.claims(text)
        # who claims nothing is neither right nor wrong
        if not said:
            return {"factual": np.nan, "heard": np.nan}
        is_true = is_supported(said, self.facts.known, item)
        is_heard = any(side != 0 for _, side in said)
        return {"factual": is_true, "heard": is_heard}

    def summary(
        self, records: pd.DataFrame, sentences: Sequence[str]
    ) -> dict[str, float]:
        """Return every metric of the sentences written for `records`.

        One sentence per record, in the records' order. bleu1, bleu4,
        rouge1/2/l_p/r/f and rouge1/2_f_sets in percent; usr, fmr, fcr, div;
        factual, the share of the sentences that name an aspect whose every
        claim is supported; heard, the share of them in which a judgement was
        heard at all (the check knows only the reviewers' opinion words);
        named, the share that name one; n_words, the mean length (15 at most);
        repeat, the share that say a content word twice; commonest, the share
        that hold the content word which most of them hold, and commonest_ref,
        the share of the references that hold this word.
        """
        each = self.each(records, sentences)
        named = terms_named(sentences, self.terms)
        # 1. BLEU of the corpus, means over sentences
        scores = {}
        for n in (1, 4):
            counts = _bleu_counts(records, sentences, n)
            scores[f"bleu{n}"] = bleu_of_counts(counts.sum(axis=0))
        scores |= each.mean().to_dict()
        n_named = sum(len(found) > 0 for found in named)
        scores["named"] = n_named / len(named)
        if np.isnan(scores["factual"]):
            # nothing was claimed, so nothing was measured
            del scores["factual"], scores["heard"]
        # 2. what needs all sentences together
        scores["usr"] = usr(sentences)
        scores["fcr"] = fcr(named, self.terms)
        scores["div"] = div(named)
        favourite = commonest_word(sentences)
        scores["commonest"] = share_holding(favourite, sentences)
        references = list(records["sentence"])
        scores["commonest_ref"] = share_holding(favourite, references)
        return scores

    def intervals(
        self,
        records: pd.DataFrame,
        sentences: Sequence[str],
        seed: int = 0,
        groups=None,
    ) -> dict[str, tuple[float, float, float]]:
        """Return (value, low, high), 95 %, for the averages and for BLEU.

        By bootstrap over sentences, or over `groups`, (n,), such as the users
        for whom they were written. USR, FCR and DIV have none: drawing with
        replacement repeats sentences, which is what they count.
        """
        each = self.each(records, sentences)
        whose = np.arange(len(each)) if groups is None else np.array(groups)
        intervals = {}
        # means: of the sentences that have the mark at all
        for name in each:
            found = each[name].to_numpy()
            there = ~np.isnan(found)
            if there.any():
                drawn = {"seed": seed, "groups": whose[there]}
                intervals[name] = bootstrap_interval(found[there], **drawn)
        # BLEU: a score of summed counts
        drawn = {"seed": seed, "groups": whose}
        for n in (1, 4):
            counts = _bleu_counts(records, sentences, n)
            span = bootstrap_counts(counts, bleu_of_counts, **drawn)
            intervals[f"bleu{n}"] = span
        return intervals


def _rouge(reference: str, text: str) -> dict[str, float]:
    """Return rouge1/2/l_p/r/f and rouge1/2_f_sets of one sentence."""
    # precision, recall and F1 of each
    found = {
        "rouge1": rouge_n(reference, text, 1),
        "rouge2": rouge_n(reference, text, 2),
        "rougel": rouge_l(reference, text),
    }
    scores = {}
    for name, (precision, recall, f1) in found.items():
        scores[f"{name}_p"] = precision
        scores[f"{name}_r"] = recall
        scores[f"{name}_f"] = f1
    # as sets of n-grams, each counted once
    for n in (1, 2):
        scores[f"rouge{n}_f_sets"] = rouge_n_sets(reference, text, n)[2]
    return scores


def _bleu_counts(
    records: pd.DataFrame, sentences: Sequence[str], n: int
) -> np.ndarray:
    """Return `bleu_counts` of all sentences, (n_sentences, 2n + 2)."""
    pairs = zip(records["sentence"], sentences, strict=True)
    return np.array([bleu_counts(ref, text, n) for ref, text in pairs])
