"""Chapter 16: which question to ask a new customer first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recx_lib.core.checks import as_idx, check_positive
from recx_lib.core.errors import DataError
from recx_lib.recommend.bayes import BayesianMF


@dataclass(frozen=True)
class Belief:
    """What is believed of a customer's stars for every item, and how firmly.

    Normal: `mean` (n_items,), `cov` (n_items, n_items), and `noise`, the
    standard deviation of a rating around what one likes, in stars.

    >>> two = Belief(np.zeros(2), np.array([[1.0, 0.5], [0.5, 1.0]]), noise=1)
    >>> two.after(0, stars=2.0).mean.tolist()
    [1.0, 0.5]
    """

    mean: np.ndarray
    cov: np.ndarray
    noise: float

    @classmethod
    def of(cls, model: BayesianMF) -> Belief:
        """Return what a fitted model believes of somebody it does not know.

        A stranger is like a customer drawn from all, by a draw from the
        model's samples: their mean and covariance.
        """
        total, square = 0.0, 0.0
        for U, V in model.samples_:
            match = U[:, 1:] @ V[:, 1:].T  # (n_users, n_items)
            likes = (U[:, :1] + V[:, 0] + match).astype(float)
            total = total + likes.sum(axis=0)
            square = square + likes.T @ likes
        n = len(model.users_) * len(model.samples_)
        mean = total / n
        cov = square / n - np.outer(mean, mean)
        noise = np.sqrt(np.mean(1 / np.array(model.alpha_)))
        return cls(model.mu_ + mean, cov, float(noise))

    @property
    def spread(self) -> np.ndarray:
        """How unsure each item's stars are: standard deviations (n_items,)."""
        return np.sqrt(np.diag(self.cov))

    def gains(self) -> np.ndarray:
        """Return by how much the variance of all items together would fall if
        an item were rated, (n_items,).

        Σᵢ cov[i, j]² / (cov[j, j] + noise²) for item j: a question is good
        whose answer says much about the others. It does not depend on what
        the answer is.
        """
        check_positive(noise=self.noise)
        answered = np.diag(self.cov) + self.noise**2
        return (self.cov**2).sum(axis=0) / answered

    def after(self, item: int, stars: float) -> Belief:
        """Return the belief once the item has been given so many stars.

        Raise DataError for an item that is unknown, or stars that are not
        finite.
        """
        check_positive(noise=self.noise)
        item = int(as_idx(item, len(self.mean), "item"))
        if not np.isfinite(stars):
            raise DataError(f"stars={stars} are no number: ask again")
        along = self.cov[:, item]
        pull = along / (along[item] + self.noise**2)  # (n_items,)
        mean = self.mean + pull * (stars - self.mean[item])
        cov = self.cov - np.outer(pull, along)
        return Belief(mean, cov, self.noise)
