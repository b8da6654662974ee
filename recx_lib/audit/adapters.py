"""Chapter 21: any recommender behind the same few doors.

What an audit needs of a model is `score(user)` or `predict(pairs)`, raw ids
both. What lets its reasons be tested is `score_history(items, ratings)`, or
features that can be taken away. The adapters here give that to a plain
function, to an estimator on features, to a service behind HTTP; those of
`libraries` to models of other packages.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

import numpy as np

from recx_lib.audit.asking import asked
from recx_lib.audit.libraries import of_library
from recx_lib.core.case import Case
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews

BACKGROUND = 20  # pairs whose features stand in for an absent one
Pairs = Sequence[tuple[str, str]]


class FunctionModel:
    """One to three plain functions as a model.

    `score(user)` gives all items' scores, `pair(user, item)` one, and
    `history(items, ratings)` all scores of anyone with such a history; with
    the last alone, a user's own history is asked about.

    >>> model = FunctionModel(pair=lambda user, item: len(item))
    >>> model.predict([("ann", "tent"), ("ann", "mat")])
    [4, 3]
    """

    def __init__(
        self,
        score: Callable | None = None,
        pair: Callable | None = None,
        history: Callable | None = None,
        name: str = "function",
    ):
        self.name, self.pair = name, pair
        if not (score or pair or history):
            raise DataError("give one of the functions score, pair, history")
        if history is not None:
            self.score_history = history
        if score is not None:
            self.score = score
        elif pair is None:
            self.score = self._of_own_history

    def fit(self, train: Reviews) -> FunctionModel:
        """Remember whose history is whose; nothing is learned."""
        self.train = train
        return self

    def predict(self, pairs: Pairs) -> list[float]:
        """Return the score of each pair."""
        return [self.pair(user, item) for user, item in pairs]

    def _of_own_history(self, user: str):
        own = self.train.frame[self.train.frame["user"] == user]
        ratings = own["rating"].tolist()
        return self.score_history(own["item"].tolist(), ratings)


class FeatureModel:
    """An estimator on features, such as a scikit-learn pipeline.

    `features(pairs)` gives a frame with one row for each (user, item), which
    `estimator.predict` turns into scores. A case cites its columns: one that
    is absent takes the values it has in `BACKGROUND` other pairs, and the
    scores are averaged (Lundberg and Lee, 2017, section 4, with a sample of
    the training pairs). Columns that go together are best dropped together:
    give `groups`, {name: columns}.

    >>> import pandas as pd
    >>> from recx_lib.data.load import load_shop
    >>> from sklearn.linear_model import LinearRegression
    >>> def features(pairs):
    ...     return pd.DataFrame({"length": [len(item) for _, item in pairs]})
    >>> model = FeatureModel(LinearRegression(), features).fit(load_shop())
    >>> model.case("u001", model.train.items.raw[0]).names
    ['length']
    """

    in_stars = True

    def __init__(self, estimator, features, groups=None, seed: int = 0):
        self.estimator, self.features = estimator, features
        self.groups, self.seed = groups, seed
        self.name = type(estimator).__name__

    def fit(self, train: Reviews) -> FeatureModel:
        """Learn the ratings from the pairs' features."""
        self.train = train
        pairs = list(
            zip(train.frame["user"], train.frame["item"], strict=True)
        )
        X = self.features(pairs)
        self.estimator.fit(X, train.rating)
        rows = np.random.default_rng(self.seed).permutation(len(X))
        self.background = X.iloc[rows[:BACKGROUND]]
        return self

    def predict(self, pairs: Pairs) -> np.ndarray:
        """Return the score of each pair."""
        return self.estimator.predict(self.features(pairs))

    def case(self, user: str, item: str) -> Case:
        """Return the case of one pair; its pieces are the features."""
        own = self.features([(user, item)])
        groups = self.groups or {name: [name] for name in own.columns}
        others = self.background

        def value(present: np.ndarray) -> np.ndarray:
            # each row of presence beside each pair of the background
            n, m = len(present), len(others)
            X = own.iloc[np.zeros(n * m, dtype=int)].reset_index(drop=True)
            rest = others.iloc[np.tile(np.arange(m), n)]
            rest = rest.reset_index(drop=True)
            is_there = np.repeat(present >= 0.5, m, axis=0)  # (n m, groups)
            for kept, names in zip(is_there.T, groups.values(), strict=True):
                for name in names:
                    X[name] = X[name].where(kept, rest[name])
            score = self.estimator.predict(X[own.columns])
            return np.reshape(score, (n, m)).mean(axis=1)

        kinds = ["feature"] * len(groups)
        return Case(user, item, kinds, list(groups), value, model=self.name)


class HttpModel:
    """A service that is asked by POST with JSON.

    {"user": u} is answered by {"scores": {item: number}}; and so is
    {"history": [{"item": i, "rating": r}, …]} where `history` is true. Raises
    DataError where the service does not answer so.
    """

    def __init__(self, url: str, history: bool = True, timeout: float = 30.0):
        self.url, self.timeout, self.name = url, timeout, url
        if history:
            self.score_history = self._score_history

    def score(self, user: str) -> dict[str, float]:
        """Return the scores by item for one of the service's users."""
        return self._ask({"user": user})

    def _score_history(self, items, ratings) -> dict[str, float]:
        rows = []
        for item, rating in zip(items, ratings, strict=True):
            rows.append({"item": item, "rating": rating})
        return self._ask({"history": rows})

    def _ask(self, question: dict) -> dict[str, float]:
        import requests

        try:
            answer = requests.post(
                self.url, json=question, timeout=self.timeout
            )
            answer.raise_for_status()
            return answer.json()["scores"]
        except (requests.RequestException, ValueError, KeyError) as error:
            what = f"{self.url} did not answer {list(question)} with scores"
            raise DataError(
                f"{what}: {type(error).__name__} {error}"
            ) from None


def wrapped(model, train: Reviews):
    """Return a model with the doors of `Doors`, whatever it was.

    A class is called without arguments, a function with an argument `train`
    with the training table, and what they return is taken instead; a function
    of (user, item) or (user) is a model; a text is the address of a service.
    Raise DataError for an estimator without features.
    """
    # 1. An address, a class, a function.
    if isinstance(model, str):
        return HttpModel(model)
    if isinstance(model, type):
        return wrapped(asked(f"{model.__name__}()", model), train)
    if inspect.isroutine(model):
        return _of_function(model, train)
    # 2. A model of ours, or one that answers as ours do.
    packages = {base.__module__.partition(".")[0] for base in _bases(model)}
    if "recx_lib" in packages or hasattr(model, "score_history"):
        return model
    if "sklearn" in packages:
        name = type(model).__name__
        raise DataError(
            f"{name} knows no users: wrap it, FeatureModel({name}(), features)"
            ", where features(pairs) gives one row for each (user, item)"
        )
    # 3. A library's model, known by its package; else as it is.
    return of_library(model, train) or model


def _bases(model) -> tuple[type, ...]:
    return type(model).__mro__


def _of_function(function: Callable, train: Reviews):
    """Return what a function stands for, by the names of its arguments."""
    # what it takes says what it is
    names = list(inspect.signature(function).parameters)
    name = function.__name__
    if names == ["train"]:
        return wrapped(asked(f"{name}(train)", function, train), train)
    if names[:2] == ["items", "ratings"]:
        return FunctionModel(history=function, name=name)
    if len(names) == 2:
        return FunctionModel(pair=function, name=name)
    if len(names) == 1:
        return FunctionModel(score=function, name=name)
    raise DataError(
        f"{name}({', '.join(names)}) is no model: take (user), (user, item), "
        "(items, ratings), or (train) and return a model"
    )
