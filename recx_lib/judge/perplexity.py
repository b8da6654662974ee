"""Chapter 6: how surprised a language model is by sentences.

The model is a stranger to the writers: it has read neither their training
sentences nor their plans. Low is fluent, up to a point: nothing is easier to
foresee than a word said again, so perplexity is read beside `repeats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.judge.bootstrap import bootstrap_counts


class Reader(Protocol):
    """A language model, from the outside."""

    def log_probs(self, text: str) -> np.ndarray:
        """Return log P(token | those before) of each token, (n,), in nats."""
        ...


def surprises(texts: Sequence[str], reader: Reader) -> np.ndarray:
    """Return the nats lost on each text and its number of tokens, (n, 2).

    Raise DataError for no texts, a text without a token, or a probability
    that is none.
    """
    if len(texts) == 0:
        raise DataError("the perplexity of no sentences: pass at least one")
    rows = []
    for number, text in enumerate(texts):
        found = np.asarray(reader.log_probs(text), dtype=float)
        if found.size == 0:
            what = f"sentence {number} ({text!r}) has no token to be read"
            raise DataError(f"{what}: leave it out")
        if not np.all(found <= 0):  # NaN, too, is no log-probability
            what = f"sentence {number}: log-probabilities must be 0 at most"
            raise DataError(f"{what}, the reader gave {found.max()}")
        rows.append((-found.sum(), found.size))
    return np.array(rows)


def perplexity(texts: Sequence[str], reader: Reader) -> float:
    """Return exp(mean nats a token), over the tokens of all texts.

    1 at least: the number of tokens that the reader hesitates between, were
    they equally likely. Every token counts the same, so long texts count more.
    Source: Jelinek, Mercer, Bahl & Baker (1977). Raise DataError as
    `surprises`.

    >>> class Coin:
    ...     def log_probs(self, text):
    ...         return np.log([0.5] * len(text.split()))
    >>> round(perplexity(["a great tent", "it leaks"], Coin()), 6)
    2.0
    """
    return of_sums(surprises(texts, reader).sum(axis=0))


def perplexity_interval(
    texts: Sequence[str], reader: Reader, seed: int = 0, groups=None
) -> tuple[float, float, float]:
    """Return (perplexity, low, high), 95 %, by bootstrap over texts.

    `groups`, (n,), names whose each text is: whole groups are drawn then.
    """
    read = surprises(texts, reader)
    return bootstrap_counts(read, of_sums, seed=seed, groups=groups)


def of_sums(sums: np.ndarray) -> float:
    """Return the perplexity of summed nats and tokens, (2,)."""
    nats, n_tokens = sums
    return float(np.exp(nats / n_tokens))
