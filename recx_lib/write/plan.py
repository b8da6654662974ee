"""Chapter 6: which aspect to speak about, predicted for a user and an item.

Only aspects that the item's reviews support are planned.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.judge.claims import ItemFacts
from recx_lib.judge.overlap import terms_named
from recx_lib.write.retrieve import Retriever, softmax

SIGNALS = ("popularity", "item", "user", "neighbours")
NEAR = 0.002  # added to two shares, so that no logarithm is taken of 0


class AspectPlanner:
    """Predict which aspect a review of this item by this user speaks about.

    A softmax over four readable signals of each aspect: its log share in all
    reviews, and three lifts, log(share here / share everywhere), where "here"
    is the item's sentences, the user's sentences, and the retriever's weighted
    neighbours (similar people about similar items). Shares are shrunken by
    `prior` imaginary sentences that speak like everybody. One weight per
    signal, fitted by maximum likelihood with an L2 penalty `reg`; each
    training record's signals are counted without that record. Learned:
    `aspects_` (names), `weights_` (4,), `facts_` (what the reviews of each
    item support).
    """

    def __init__(
        self, retriever: Retriever, prior: float = 10.0, reg: float = 1e-4
    ):
        self.retriever, self.prior, self.reg = retriever, prior, reg

    def fit(self, records: pd.DataFrame) -> AspectPlanner:
        """Count, and fit the four weights; return self.

        `records` must be those the retriever was fitted on, in that order.
        """
        sentences = list(records["sentence"])
        if sentences != list(self.retriever.records_["sentence"]):
            raise DataError(
                "the retriever was fitted on other records: "
                "fit both on the same training split"
            )
        # 1. which aspect each record is about, and which its sentence names
        self.facts_ = ItemFacts(records)
        self.aspects_ = sorted(self.facts_.terms)
        code = {aspect: k for k, aspect in enumerate(self.aspects_)}
        self.label_ = records["term"].map(code).to_numpy()  # (n,)
        self.named_ = _named(sentences, code)  # (n, n_aspects)
        # 2. how often each user's and each item's sentences name each aspect
        self.user_counts_ = _sums(self.named_, records["user"])
        self.item_counts_ = _sums(self.named_, records["item"])
        # 3. the weights of the signals, each record's counted without itself
        pairs = zip(records["user"], records["item"], strict=True)
        signals = []
        for row, (user, item) in enumerate(pairs):
            signals.append(self.signals(user, item, leave_out=row))
        stacked = np.stack(signals)  # (n, n_aspects, 4)
        self.weights_ = fit_softmax(stacked, self.label_, self.reg)
        return self

    def signals(
        self, user: str, item: str, leave_out: int | None = None
    ) -> np.ndarray:
        """Return the four signals of every aspect, (n_aspects, 4).

        `leave_out` (a row number) forgets one training record.
        """
        n = len(self.aspects_)
        counted = np.ones(len(self.label_))  # (n_records,)
        own = np.zeros(n)
        if leave_out is not None:  # as if this record had never been seen
            counted[leave_out] = 0
            own = self.named_[leave_out]
        of_item = self.item_counts_.get(item, own) - own
        of_user = self.user_counts_.get(user, own) - own
        # 1. everywhere: the share of each aspect
        labels = np.bincount(self.label_, counted, n)
        share = (labels + 0.5) / (counted.sum() + 0.5 * n)
        # 2. among the neighbours, each with its weight
        logs = self.retriever.log_weights(user, item, leave_out)
        near = np.bincount(self.label_, softmax(logs), n)
        # 3. all as logarithms, three of them beside the share everywhere
        lifts = [_lift(here, share, self.prior) for here in (of_item, of_user)]
        neighbours = np.log((near + NEAR) / (share + NEAR))
        return np.stack([np.log(share), *lifts, neighbours], axis=-1)

    def probabilities(self, user: str, item: str) -> np.ndarray:
        """Return how likely each aspect is to be spoken about, (n_aspects,).

        Whether or not a review of the item supports it.
        """
        return softmax(self.signals(user, item) @ self.weights_)

    def lift(self, user: str, item: str) -> np.ndarray:
        """Return log(probability / share in all reviews), (n_aspects,)."""
        signals = self.signals(user, item)
        log_share = signals[:, SIGNALS.index("popularity")]
        return np.log(softmax(signals @ self.weights_)) - log_share

    def plan(self, user: str, item: str, n: int = 1) -> Explanation:
        """Return the `n` likeliest aspects that the item's reviews support.

        The weight is the probability, negative where the item's reviews only
        blame the aspect. An item without reviews supports nothing: no
        evidence.
        """
        # 1. all aspects, the likeliest first
        probability = self.probabilities(user, item)  # (n_aspects,)
        ranked = np.argsort(-probability, kind="stable")
        likely = [self.aspects_[code] for code in ranked]
        # 2. the first of them on which some review of the item takes a side
        known = self.facts_.known.get(item, ())
        judged = {name for name, side in known if side}
        chosen = [aspect for aspect in likely if aspect in judged][:n]
        evidence = [self._evidence(item, one, probability) for one in chosen]
        return Explanation(user, item, "planner", tuple(evidence))

    def about(self, user: str, item: str, aspect: str) -> Explanation:
        """Return the plan to speak about a given aspect, supported or not."""
        probability = self.probabilities(user, item)  # (n_aspects,)
        evidence = self._evidence(item, aspect, probability)
        return Explanation(user, item, "given", (evidence,))

    def _evidence(
        self, item: str, aspect: str, probability: np.ndarray
    ) -> Evidence:
        """Take the item's reviews' only side; where both or none, the good."""
        known = self.facts_.known.get(item, ())
        sides = {side for name, side in known if name == aspect and side}
        side = sides.pop() if len(sides) == 1 else 1
        if aspect not in self.facts_.terms:  # never planned, no probability
            return Evidence("aspect", aspect, float(side))
        weight = float(probability[self.aspects_.index(aspect)])
        return Evidence("aspect", aspect, side * weight)

    def why(self, user: str, item: str, aspect: str) -> Explanation:
        """Return what each signal adds to an aspect's score; the sum is exact.

        Log odds, up to one constant. Raise DataError for an unknown aspect.
        """
        if aspect not in self.aspects_:
            known = f"the {len(self.aspects_)} of the training split"
            raise DataError(f"unknown aspect {aspect!r}: not among {known}")
        signals = self.signals(user, item)[self.aspects_.index(aspect)]
        terms = zip(SIGNALS, signals * self.weights_, strict=True)
        evidence = [Evidence("feature", name, float(t)) for name, t in terms]
        return Explanation(user, item, "planner", tuple(evidence))


def fit_softmax(
    signals: np.ndarray, label: np.ndarray, reg: float
) -> np.ndarray:
    """Return the weights w under which softmax(signals @ w) fits the labels.

    `signals` is (n, n_choices, n_signals), `label` (n,). L-BFGS on the mean
    negative log-likelihood + reg·|w|².
    """
    X = torch.tensor(signals, dtype=torch.float64)  # (n, n_choices, n_signals)
    y = torch.tensor(label)  # (n,)
    w = torch.zeros(X.shape[-1], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w], max_iter=100, line_search_fn="strong_wolfe"
    )

    def loss():
        optimizer.zero_grad()
        misfit = torch.nn.functional.cross_entropy(X @ w, y)
        value = misfit + reg * (w**2).sum()
        value.backward()  # fills w.grad
        return value

    optimizer.step(loss)
    return w.detach().numpy()


def _named(sentences: list[str], code: Mapping[str, int]) -> np.ndarray:
    """Return which aspects each sentence names as 0 or 1, (n, n_aspects)."""
    named = np.zeros((len(sentences), len(code)), dtype=np.float32)
    for row, found in enumerate(terms_named(sentences, code)):
        named[row, [code[aspect] for aspect in found]] = 1
    return named


def _lift(counts: np.ndarray, share: np.ndarray, prior: float) -> np.ndarray:
    """Return log(share here / share everywhere), shrunken by `prior`."""
    here = (counts + prior * share) / (counts.sum() + prior)  # (n_aspects,)
    return np.log(here / share)


def _sums(rows: np.ndarray, names: pd.Series) -> dict[str, np.ndarray]:
    """Return {name: the sum of its rows}."""
    places = names.groupby(names.to_numpy()).indices
    return {name: rows[where].sum(axis=0) for name, where in places.items()}
