"""Chapter 21: through which doors a stranger's model can be questioned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recx_lib.audit.adapters import wrapped
from recx_lib.audit.asking import NoScore, asked
from recx_lib.core.case import Case
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.data.reviews import Reviews

NO_DOOR = (
    "it answers for its own users only, so no evidence can be taken away: "
    "give it score_history(items, ratings)"
)


@dataclass(frozen=True)
class Doors:
    """A model, and what may be asked of it; ids are those of `train`.

    `score` takes user indices (B,) and gives (B, n_items). The other doors
    may be missing (None): `score_history` takes items (h,) and their ratings
    (h,) and gives the scores (n_items,) that anyone with such a history would
    get; `open_case` takes a user and an item and gives a `Case`; `explain`
    takes a `Case` and gives the model's own `Explanation`. `note` says what
    is questioned where it is not the model itself, `in_stars` whether scores
    are ratings, `fitted_here` whether it learned from `train` and nothing
    else.

    >>> from recx_lib.data.load import load_shop
    >>> from recx_lib.recommend.ease import EASE
    >>> open_doors(EASE(), load_shop()).case(0, 5).model
    'EASE'
    """

    name: str
    train: Reviews
    score: Callable[[np.ndarray], np.ndarray]
    score_history: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    open_case: Callable[[int, int], Case] | None = None
    explain: Callable | None = None
    note: str = ""
    in_stars: bool = False
    fitted_here: bool = False

    @property
    def testable(self) -> bool:
        """Whether evidence can be taken away."""
        return bool(self.open_case or self.score_history)

    def history(self, user_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """Return one user's item indices and ratings in train, (h,), (h,)."""
        own = self.train.user_idx == user_idx
        return self.train.item_idx[own], self.train.rating[own]

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score.

        By the model's own `open_case`, else by its score for shortened
        histories, whose pieces are the user's items in order of their ids.
        Raise DataError where neither door is open.
        """
        if self.open_case is not None:
            case = self.open_case(user_idx, item_idx)
            return replace(case, model=self.name)
        if self.score_history is None:
            raise DataError(f"{self.name} cannot be tested: {NO_DOOR}")
        items, ratings = self.history(user_idx)
        order = np.argsort(items)  # by id: tells nothing of the time
        items, ratings = items[order], ratings[order]

        def value(present: np.ndarray) -> np.ndarray:
            found = np.zeros(len(present))
            for row, there in enumerate(present > 0.5):
                score = self.score_history(items[there], ratings[there])
                found[row] = score[item_idx]
            return found

        raw = self.train.items.raw
        names = [raw[item] for item in items]
        user = self.train.users.raw[user_idx]
        kinds = ["item"] * len(names)
        return Case(user, raw[item_idx], kinds, names, value, model=self.name)


def open_doors(model, train: Reviews, fit: bool = True) -> Doors:
    """Return a model's doors, whatever it is; fit it on `train` where it can.

    A model of this library; one of implicit, Surprise, cornac, LensKit or
    scikit-learn, wrapped (`recx_lib.audit.adapters`); or any object that has
    `score(user)` or `predict(pairs)`, raw ids both. Scores come as a mapping
    from items, or in the order of the object's `items`, or of the table's
    ids, sorted. Raise DataError where it has none of these, and where what
    it answers is not one finite score for each item.

    >>> from recx_lib.data.load import load_shop
    >>> def length_of_id(user, item): return len(item)
    >>> doors = open_doors(length_of_id, load_shop())
    >>> doors.score(np.array([0])).shape, doors.testable
    ((1, 200), False)
    """
    # 1. Any model, wrapped so that it can be asked; fitted here.
    model = wrapped(model, train)
    can_fit = fit and hasattr(model, "fit")
    if can_fit:
        asked(f"{_name(model)}.fit", model.fit, train)
    if hasattr(model, "ready"):
        model.ready()
    # 2. A model of ours speaks in numbers.
    if hasattr(model, "users_"):
        return _of_the_library(model, train, can_fit)
    name = _name(model)
    read = _Reader(getattr(model, "items", None), train, name)
    # 3. Another's speaks in its own ids: read, and checked.
    doors = Doors(name, train, read.scorer(model), fitted_here=can_fit)
    doors = replace(
        doors,
        score_history=read.history_door(model),
        open_case=_bound_case(model, train),
        explain=_bound_explain(model),
    )
    in_stars = bool(getattr(model, "in_stars", False))
    note = getattr(model, "note", "")
    return replace(doors, note=note, in_stars=in_stars)


def _name(model) -> str:
    """Return what a report calls a model: its name, or its class's."""
    name = getattr(model, "name", None) or getattr(model, "__name__", None)
    return str(name or type(model).__name__)


def _of_the_library(model, train: Reviews, fitted_here: bool) -> Doors:
    """Return the doors of a model of ours, which speaks in indices."""
    # 1. Its users and items are the table's.
    same = model.users_.raw == train.users.raw
    if not (same and model.items_.raw == train.items.raw):
        raise DataError(
            f"{_name(model)} was fitted on another table: let the audit fit "
            "it, or give it the table that it learned from"
        )
    # 2. What can be asked of it.
    doors = Doors(_name(model), train, model.score, fitted_here=fitted_here)
    doors = replace(doors, open_case=getattr(model, "case", None))
    if hasattr(model, "score_history"):
        ask = model.score_history
        doors = replace(doors, score_history=lambda items, _: ask(items))
    return replace(doors, in_stars=hasattr(model, "predict"))


def _bound_case(model, train: Reviews):
    """Return a model's own door to cases, by index; None without."""
    if getattr(model, "case", None) is None:
        return None
    users, items = train.users.raw, train.items.raw
    what = f"{_name(model)}.case"

    def open_case(user: int, item: int) -> Case:
        return asked(what, model.case, users[user], items[item])

    return open_case


def _bound_explain(model):
    """Return a model's own explainer, which answers for a case.

    `model.explain(user, item)` may give an Explanation, or {evidence: weight}.
    """
    ask = getattr(model, "explain", None)
    if ask is None:
        return None
    what = f"{_name(model)}.explain"

    def explain(case: Case) -> Explanation:
        found = asked(what, ask, case.user, case.item)
        return as_explanation(case, found, "own")

    return explain


def as_explanation(case: Case, found, method: str) -> Explanation:
    """Return what an explainer said about a case as an `Explanation`.

    `found` is one already, or maps evidence to weights; what it does not
    speak of weighs 0. Raise DataError for evidence that the case has not.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 2, ["mat", "saw"], [1, 2])
    >>> as_explanation(case, {"saw": 0.5}, "own").top(1)
    (Evidence(kind='item', name='saw', weight=0.5),)
    """
    if isinstance(found, Explanation):
        return case.explanation(method, case.weights(found))
    if not isinstance(found, Mapping):
        raise DataError(
            f"{method} explained {case.user!r} and {case.item!r} by a "
            f"{type(found).__name__}: return {{evidence: weight}}"
        )
    case.mask(found)  # refuses a name that the case does not have
    weights = [float(found.get(name, 0.0)) for name in case.names]
    return case.explanation(method, weights)


def _values(found) -> np.ndarray:
    """Return scores, or a mapping's, as numbers."""
    values = found.values() if isinstance(found, Mapping) else found
    return np.asarray(list(values), dtype=float)


def _floats(found) -> np.ndarray:
    return np.asarray(found, dtype=float)


@dataclass(frozen=True)
class _Reader:
    """Reads scores in whatever order a model gives them."""

    items: Sequence[str] | None
    train: Reviews
    name: str

    def scorer(self, model) -> Callable[[np.ndarray], np.ndarray]:
        """Return the function of user indices (B,) to scores (B, n_items)."""
        # one row of scores for each user, or made of pairs
        ask = getattr(model, "score", None)
        if ask is None and hasattr(model, "predict"):
            ask = self._by_pairs(model.predict)
        if ask is None:
            raise DataError(
                f"{self.name} has neither score(user) nor predict(pairs): "
                "give it one of them, or wrap it (recx_lib.audit.adapters)"
            )

        def score(user_idx: np.ndarray) -> np.ndarray:
            rows = []
            for user in np.atleast_1d(user_idx):
                raw = self.train.users.raw[user]
                about = f"user {raw!r}"
                found = asked(f"{self.name}, asked about {about},", ask, raw)
                rows.append(self.read(found, about))
            return np.stack(rows)

        return score

    def _by_pairs(self, predict):
        items = self.train.items.raw
        return lambda user: np.asarray(predict([(user, i) for i in items]))

    def history_door(self, model):
        """Return the function of item indices and ratings; None without."""
        ask = getattr(model, "score_history", None)
        if ask is None:
            return None
        raw = self.train.items.raw

        def score_history(items: np.ndarray, ratings: np.ndarray):
            names = [raw[item] for item in items]
            about = f"a history of {len(names)} items"
            what = f"{self.name}, asked about {about},"
            found = asked(what, ask, names, [float(r) for r in ratings])
            if not names and not np.isfinite(_values(found)).any():
                return np.zeros(len(raw))  # says nothing of nobody
            return self.read(found, about)

        return score_history

    def read(self, found, about: str) -> np.ndarray:
        """Return scores (n_items,) in the table's order."""
        items = self.train.items.raw
        if isinstance(found, Mapping):
            found = [found.get(item, np.nan) for item in items]
        elif self.items is not None and len(found) == len(self.items):
            place = dict(zip(self.items, found, strict=True))
            found = [place.get(item, np.nan) for item in items]
        score = asked(f"{self.name}, scores of {about},", _floats, found)
        if score.shape != (len(items),):
            raise DataError(
                f"{self.name} gave scores of shape {score.shape} for {about}:"
                f" one for each of {len(items)} items, or a mapping from items"
            )
        if np.isnan(score).all():
            raise NoScore(f"{self.name} gave no score for {about}")
        if np.isinf(score).any():
            item = items[np.flatnonzero(np.isinf(score))[0]]
            raise DataError(
                f"{self.name} gave an infinite score to {item!r} for {about}:"
                " give a number, or NaN where it has none"
            )
        # what a model has never seen stands last
        return np.where(np.isnan(score), np.nanmin(score) - 1.0, score)
