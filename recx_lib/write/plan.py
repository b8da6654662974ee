"""Chapter 6: which aspect to speak about. Predicted for a user and an item,
among what the item's reviews support.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.judge.claims import ItemFacts
from recx_lib.judge.overlap import features_named
from recx_lib.write.retrieve import Retriever, softmax

SIGNALS = ("popularity", "item", "user", "neighbours")


class AspectPlanner:
    """Predict which aspect a review of this item by this user speaks about: a
    softmax over four readable signals.

    For every aspect: its log share in all reviews, and three lifts, log(share
    here / share everywhere), where "here" is the item's sentences, the user's
    sentences, and the retriever's weighted neighbours (similar people about
    similar items). Shares are shrunken by `prior` imaginary sentences that
    speak like everybody. One weight per signal, fitted by maximum likelihood
    with an L2 penalty `reg`; each training record's signals are counted
    without that record. Learned: `aspects_` (names), `weights_` (4,), `facts_`
    (what the reviews of each item support).
    """

    def __init__(
        self, retriever: Retriever, prior: float = 10.0, reg: float = 1e-4
    ):
        self.retriever, self.prior, self.reg = retriever, prior, reg

    def fit(self, records: pd.DataFrame) -> AspectPlanner:
        """Count, and fit the four weights; `records` must be those the
        retriever was fitted on, in that order.
        """
        if list(records["sentence"]) != list(
            self.retriever.records_["sentence"]
        ):
            raise DataError(
                "the retriever was fitted on other records: fit both on the same training split"
            )
        self.facts_ = ItemFacts(records)
        self.aspects_ = sorted(self.facts_.features)
        code = {aspect: k for k, aspect in enumerate(self.aspects_)}
        self.label_ = records["feature"].map(code).to_numpy()  # (n,)
        named = features_named(list(records["sentence"]), self.aspects_)
        self.named_ = np.array(
            [[aspect in found for aspect in self.aspects_] for found in named],
            dtype=np.float32,
        )
        self.counts_ = {
            side: _sums(self.named_, records[side])
            for side in ("user", "item")
        }
        pairs = zip(records["user"], records["item"], strict=True)
        signals = np.stack(
            [
                self.signals(user, item, leave_out=row)
                for row, (user, item) in enumerate(pairs)
            ]
        )
        self.weights_ = fit_softmax(signals, self.label_, self.reg)
        return self

    def signals(
        self, user: str, item: str, leave_out: int | None = None
    ) -> np.ndarray:
        """Return the four signals of every aspect, (n_aspects, 4); `leave_out`
        forgets one training record.
        """
        keep = np.ones(len(self.label_))
        keep[[] if leave_out is None else leave_out] = 0
        n = len(self.aspects_)
        share = (np.bincount(self.label_, keep, n) + 0.5) / (
            keep.sum() + 0.5 * n
        )
        near = np.bincount(
            self.label_,
            softmax(self.retriever.log_weights(user, item, leave_out)),
            n,
        )
        own = np.zeros(n) if leave_out is None else self.named_[leave_out]
        counts = (
            self.counts_[side].get(name, own) - own
            for side, name in (("item", item), ("user", user))
        )
        lifts = (_lift(here, share, self.prior) for here in counts)
        return np.stack(
            [np.log(share), *lifts, np.log((near + 0.002) / (share + 0.002))],
            axis=-1,
        )

    def probabilities(self, user: str, item: str) -> np.ndarray:
        """Return how likely each aspect is to be the one spoken about,
        supported by a review or not, (n_aspects,).
        """
        return softmax(self.signals(user, item) @ self.weights_)

    def plan(self, user: str, item: str, n: int = 1) -> Explanation:
        """Return the `n` likeliest aspects that the item's reviews support, as
        an `Explanation`.

        The weight is the probability, negative where the item's reviews only
        blame the aspect. An item without reviews supports nothing: no
        evidence.
        """
        probability = self.probabilities(user, item)
        ranked = [
            self.aspects_[k] for k in np.argsort(-probability, kind="stable")
        ]
        judged = {
            name for name, side in self.facts_.known.get(item, ()) if side
        }
        chosen = [aspect for aspect in ranked if aspect in judged][:n]
        evidence = (
            self._evidence(item, aspect, probability) for aspect in chosen
        )
        return Explanation(user, item, "planner", tuple(evidence))

    def about(self, user: str, item: str, aspect: str) -> Explanation:
        """Return the plan to speak about a given aspect, whether or not the
        item's reviews support it.
        """
        return Explanation(
            user,
            item,
            "given",
            (self._evidence(item, aspect, self.probabilities(user, item)),),
        )

    def _evidence(
        self, item: str, aspect: str, probability: np.ndarray
    ) -> Evidence:
        """Take the only side that the item's reviews take; where both or none,
        the good one.
        """
        sides = {
            side
            for name, side in self.facts_.known.get(item, ())
            if name == aspect and side
        }
        side = sides.pop() if len(sides) == 1 else 1
        weight = (
            probability[self.aspects_.index(aspect)]
            if aspect in self.facts_.features
            else 1.0
        )
        return Evidence("aspect", aspect, side * float(weight))

    def why(self, user: str, item: str, aspect: str) -> Explanation:
        """Return what each signal adds to the aspect's score (log odds, up to
        one constant): the sum is exact.
        """
        if aspect not in self.aspects_:
            raise DataError(
                f"unknown aspect {aspect!r}: not among the {len(self.aspects_)} of the training split"
            )
        terms = (
            self.signals(user, item)[self.aspects_.index(aspect)]
            * self.weights_
        )
        evidence = (
            Evidence("feature", name, float(term))
            for name, term in zip(SIGNALS, terms, strict=True)
        )
        return Explanation(user, item, "planner", tuple(evidence))


def fit_softmax(
    signals: np.ndarray, label: np.ndarray, reg: float
) -> np.ndarray:
    """Return the weights w that make softmax(signals @ w) give the labels most
    probability.

    `signals` is (n, n_choices, n_signals), `label` (n,). L-BFGS on the mean
    negative log-likelihood + reg·|w|².
    """
    X, y = torch.tensor(signals, dtype=torch.float64), torch.tensor(label)
    w = torch.zeros(X.shape[-1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w], max_iter=100, line_search_fn="strong_wolfe"
    )

    def loss():
        optimizer.zero_grad()
        value = (
            torch.nn.functional.cross_entropy(X @ w, y) + reg * (w**2).sum()
        )
        value.backward()
        return value

    optimizer.step(loss)
    return w.detach().numpy()


def hit_at_k(ranked: list[list[str]], wanted: list[str], k: int) -> float:
    """Return the share of records whose own feature is among the first `k`
    planned.

    >>> hit_at_k([["zip", "tent"], ["zip"]], ["tent", "tent"], k=2)
    0.5
    """
    return float(
        np.mean(
            [
                feature in names[:k]
                for names, feature in zip(ranked, wanted, strict=True)
            ]
        )
    )


def _lift(counts: np.ndarray, share: np.ndarray, prior: float) -> np.ndarray:
    """Return log(share here / share everywhere), the counts shrunken by
    `prior` imaginary mentions.
    """
    return np.log((counts + prior * share) / (counts.sum() + prior) / share)


def _sums(rows: np.ndarray, names: pd.Series) -> Mapping[str, np.ndarray]:
    places = pd.Series(np.arange(len(names))).groupby(names.to_numpy())
    return {
        name: rows[where].sum(axis=0) for name, where in places.indices.items()
    }
