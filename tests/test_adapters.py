"""Other packages' recommenders behind our doors.

Each package has a double here that is called exactly as the package is (its
names of arguments and no others, its shapes, its numbering): the adapters are
always tried. Where the package itself is installed, it is asked, too.
"""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from recx_lib.audit import AuditSettings, FeatureModel, audit, open_doors
from recx_lib.audit.adapters import wrapped
from recx_lib.core import DataError
from recx_lib.data import Ids, Reviews
from recx_lib.data.reviews import COLUMNS
from recx_lib.explain import occlusion

RNG = np.random.default_rng(0)
N_USERS, N_ITEMS = 24, 12
FEW = AuditSettings(sample=12, k=1, users=12)


def table() -> Reviews:
    """Two tastes: even users have even things, odd users odd ones."""
    rows = []
    for user in range(N_USERS):
        for day, step in enumerate(RNG.permutation(6)[:4]):
            item = 2 * step + (user + (day == 0)) % 2
            stars = float(RNG.integers(2, 6))
            rows.append((f"c{user:02}", f"t{item:02}", stars, day, ""))
    frame = pd.DataFrame(rows, columns=COLUMNS).rename_axis("review")
    return Reviews(frame, Ids(frame["user"]), Ids(frame["item"]))


TABLE = table()


def packages(monkeypatch, **modules):
    """Stand in for modules, so that an import inside a function finds them."""
    for name, holds in modules.items():
        module = ModuleType(name.replace("__", "."))
        for key, value in holds.items():
            setattr(module, key, value)
        monkeypatch.setitem(sys.modules, module.__name__, module)


def weights_of(doors, user=0):
    """What occlusion says of the user's first recommendation."""
    items, _ = doors.history(user)
    score = doors.score(np.array([user]))[0]
    score[items] = -np.inf
    case = doors.case(user, int(score.argmax()))
    return case, case.weights(occlusion(case))


# LightFM


class LightFM:
    """Factors and item biases, by the counts of who had what."""

    __module__ = "lightfm.lightfm"

    def fit(
        self,
        interactions,
        user_features=None,
        item_features=None,
        sample_weight=None,
        epochs=1,
        num_threads=1,
        verbose=False,
    ):
        assert interactions.format == "coo"
        X = interactions.toarray()
        u, s, v = np.linalg.svd(X, full_matrices=False)
        self.users, self.items = u[:, :4] * s[:4], v[:4].T
        self.biases = X.mean(axis=0).astype(np.float32)
        return self

    def predict(
        self,
        user_ids,
        item_ids,
        item_features=None,
        user_features=None,
        num_threads=1,
    ):
        if isinstance(user_ids, int):
            user_ids = np.repeat(np.int32(user_ids), len(item_ids))
        if len(user_ids) != len(item_ids):
            raise ValueError("as many users as items")
        both = (self.users[user_ids] * self.items[item_ids]).sum(axis=1)
        return both + self.biases[item_ids]

    def get_item_representations(self, features=None):
        return self.biases, self.items.astype(np.float32)


def test_lightfm_is_asked_through_a_stand_in():
    doors = open_doors(LightFM(), TABLE)
    assert doors.fitted_here and doors.testable and doors.note
    assert not doors.in_stars
    found = doors.score(np.array([3]))[0]
    model = LightFM().fit(wrapped(LightFM(), TABLE).matrix().tocoo())
    assert found == pytest.approx(model.predict(3, np.arange(N_ITEMS)))
    report = audit(TABLE, LightFM(), FEW)
    assert report["agreement"] > 0.9
    occluded = {row["method"]: row for row in report["truth"]}["occlusion"]
    assert occluded["truth"] > 0.9


# Surprise


class Trainset:
    """Surprise's numbering: in the order of appearance, not of the alphabet."""

    def __init__(self, rows):
        self._raw2inner_id_users, self._raw2inner_id_items = {}, {}
        self.ur = {}
        for user, item, stars in rows:
            users, items = self._raw2inner_id_users, self._raw2inner_id_items
            u = users.setdefault(user, len(users))
            i = items.setdefault(item, len(items))
            self.ur.setdefault(u, []).append((i, stars))
        self.global_mean = float(np.mean([stars for *_, stars in rows]))

    def to_inner_uid(self, raw):
        return self._raw2inner_id_users[raw]

    def to_inner_iid(self, raw):
        return self._raw2inner_id_items[raw]


class Dataset:
    @classmethod
    def load_from_df(cls, df, reader):
        assert reader.rating_scale == (1.0, 5.0)
        rows = list(df.itertuples(index=False, name=None))
        build = lambda: Trainset(rows)  # noqa: E731
        return SimpleNamespace(build_full_trainset=build)


class Reader:
    def __init__(self, name=None, rating_scale=(1, 5)):
        self.rating_scale = rating_scale


class KNN:
    """Item neighbours: stars of the user's things, weighed by likeness."""

    __module__ = "surprise.prediction_algorithms.knns"
    sim_options = {"user_based": False}

    def fit(self, trainset):
        self.trainset = trainset
        n = len(trainset._raw2inner_id_items)
        self.sim = np.random.default_rng(1).random((n, n))
        return self

    def predict(self, uid, iid, r_ui=None, clip=True, verbose=False):
        own = self.trainset.ur[self.trainset.to_inner_uid(uid)]
        i = self.trainset.to_inner_iid(iid)
        est = sum(self.sim[i, j] * stars for j, stars in own)
        return SimpleNamespace(est=min(est, 5.0) if clip else est)


@pytest.fixture
def surprise(monkeypatch):
    packages(monkeypatch, surprise={"Dataset": Dataset, "Reader": Reader})


def test_surprise_s_item_neighbours_are_asked_as_they_are(surprise):
    doors = open_doors(KNN(), TABLE)
    assert doors.in_stars and not doors.note
    case, weights = weights_of(doors)
    items, stars = doors.history(0)
    own = dict(zip(np.take(TABLE.items.raw, items), stars, strict=True))
    model = KNN().fit(Trainset(_rows()))
    inner = model.trainset.to_inner_iid
    by_hand = []
    for name in case.names:
        by_hand.append(model.sim[inner(case.item), inner(name)] * own[name])
    assert weights == pytest.approx(by_hand)
    # the model is as it was: nothing that was taken away is missing
    assert doors.case(0, 1).whole() == pytest.approx(
        doors.score(np.array([0]))[0][1]
    )


def _rows():
    rows = TABLE.frame[["user", "item", "rating"]]
    return list(rows.itertuples(index=False, name=None))


def test_surprise_s_user_neighbours_have_no_door(surprise):
    class ByUsers(KNN):
        sim_options = {"user_based": True}

    doors = open_doors(ByUsers(), TABLE)
    assert not doors.testable and "users are its neighbours" in doors.note
    with pytest.raises(DataError, match="cannot be tested"):
        doors.case(0, 1)


# LensKit


class ItemList:
    def __init__(self, *, item_ids, rating=None, scores=None):
        self._ids, self.rating, self._scores = item_ids, rating, scores

    def ids(self):
        return np.array(self._ids, dtype=object)

    def scores(self):
        return np.array(self._scores)


class RecQuery:
    def __init__(self, *, history_items):
        self.history_items = history_items


class Pipeline:
    """Scores what is asked for, in an order of its own; NaN for strangers."""

    def __init__(self, scorer):
        self.scorer = scorer

    def train(self, data):
        self.known = sorted(set(data["item_id"]))
        self.mean = data.groupby("item_id")["rating"].mean()

    def run(self, node, *, query, items):
        assert node == "scorer"
        own = dict(
            zip(
                query.history_items.ids(),
                query.history_items.rating,
                strict=True,
            )
        )
        names = list(items.ids())[::-1]
        score = [self.scorer.score(own, self.mean, name) for name in names]
        return ItemList(item_ids=names, scores=score)


class Scorer:
    __module__ = "lenskit.knn.item"

    def score(self, own, mean, name):
        near = [s for one, s in own.items() if one[-1] in "02468"]
        return mean[name] + sum(near) / 10


def test_lenskit_is_asked_about_histories(monkeypatch):
    def from_interactions_df(df, *, user_col=None, item_col=None):
        assert {"user_id", "item_id", "rating"} <= set(df.columns)
        assert df["item_id"].dtype == object
        return df

    packages(
        monkeypatch,
        lenskit={},
        lenskit__data={
            "from_interactions_df": from_interactions_df,
            "ItemList": ItemList,
            "RecQuery": RecQuery,
        },
        lenskit__pipeline={"topn_pipeline": Pipeline},
    )
    doors = open_doors(Scorer(), TABLE)
    assert doors.fitted_here and doors.testable and not doors.note
    case, weights = weights_of(doors)
    items, stars = doors.history(0)
    own = dict(zip(np.take(TABLE.items.raw, items), stars, strict=True))
    even = [own[n] / 10 if n[-1] in "02468" else 0.0 for n in case.names]
    assert weights == pytest.approx(even)
    said = doors.score(np.array([0]))[0]
    assert said[TABLE.items.idx(case.item)] == pytest.approx(case.whole())
    # a pipeline that was trained elsewhere is asked as it came
    trained = doors_of_trained(doors)
    assert trained.score(np.array([2])) == pytest.approx(
        doors.score(np.array([2]))
    )


def doors_of_trained(doors):
    rows = TABLE.frame.rename(columns={"user": "user_id", "item": "item_id"})
    pipeline = Pipeline(Scorer())
    pipeline.train(rows)
    Pipeline.__module__ = "lenskit.pipeline"
    return open_doors(pipeline, TABLE, fit=False)


# implicit and cornac


class Cosines:
    """Item neighbours of implicit: a sparse matrix of likeness."""

    __module__ = "implicit.nearest_neighbours"

    def fit(self, user_items, show_progress=True, callback=None):
        both = (user_items.T @ user_items).toarray()
        self.similarity = both / np.sqrt(np.outer(both.diagonal(), 1.0) + 1)


class Weights:
    """Item weights of cornac, which numbers things as they appear."""

    __module__ = "cornac.models.ease.recom_ease"
    name = "EASEᴿ"

    def fit(self, train_set, val_set=None):
        self.uid_map, self.iid_map = train_set.uid_map, train_set.iid_map
        n = len(self.iid_map)
        self.B = np.random.default_rng(2).normal(size=(n, n))
        self.U = np.zeros((len(self.uid_map), n))
        for user, item, stars in train_set.rows:
            self.U[self.uid_map[user], self.iid_map[item]] = stars

    def score(self, user_idx, item_idx=None):
        return self.U[user_idx] @ self.B


def from_uir(data, seed=None):
    users = dict.fromkeys(user for user, *_ in data)
    items = dict.fromkeys(item for _, item, _ in data)
    uid = {name: n for n, name in enumerate(users)}
    iid = {name: n for n, name in enumerate(items)}
    return SimpleNamespace(rows=data, uid_map=uid, iid_map=iid)


def test_implicit_s_neighbours_are_a_sum():
    doors = open_doors(Cosines(), TABLE)
    case, weights = weights_of(doors)
    assert case.empty() == 0 and (weights > 0).any()
    assert case.whole() == pytest.approx(weights.sum())
    said = doors.score(np.array([0]))[0]
    assert said[TABLE.items.idx(case.item)] == pytest.approx(case.whole())


class Factors:
    """Item factors of implicit's ALS; a user's are a ridge regression."""

    __module__ = "implicit.als"

    def fit(self, user_items, show_progress=True, callback=None):
        _, s, v = np.linalg.svd(user_items.toarray(), full_matrices=False)
        self.item_factors = v[:4].T * np.sqrt(s[:4])
        self.user_factors = self._solved(user_items.toarray())

    def _solved(self, X):
        Q = self.item_factors
        return np.linalg.solve(Q.T @ Q + 0.1 * np.eye(4), Q.T @ X.T).T

    def recalculate_user(self, userid, user_items):
        assert user_items.shape == (1, N_ITEMS)
        return self._solved(user_items.toarray())


class Ordered(Factors):
    """Factors of implicit's BPR, which solves for no user."""

    __module__ = "implicit.cpu.bpr"

    def recalculate_user(self, userid, user_items):
        raise NotImplementedError


def test_implicit_s_als_solves_its_users_anew_itself():
    doors = open_doors(Factors(), TABLE)
    assert doors.fitted_here and doors.testable and not doors.note
    case, _ = weights_of(doors)
    at = TABLE.items.idx(case.item)
    said = doors.score(np.array([0]))[0]
    assert case.whole() == pytest.approx(said[at])
    assert case.empty() == 0
    # by hand: the user's factors without one thing
    model = Factors()
    model.fit(wrapped(Factors(), TABLE).matrix())
    X = np.zeros((1, N_ITEMS))
    X[0, TABLE.items.idx(list(case.names[1:]))] = 1
    left = model.item_factors[at] @ model._solved(X)[0]
    assert case.without(case.names[:1]) == pytest.approx(left)


def test_implicit_s_bpr_is_asked_through_a_stand_in():
    doors = open_doors(Ordered(), TABLE)
    assert doors.testable and "stand-in" in doors.note
    user = 3
    wholes = [doors.case(user, item).whole() for item in range(N_ITEMS)]
    said = doors.score(np.array([user]))[0]
    assert np.corrcoef(wholes, said)[0, 1] > 0.9
    # without a history there are no factors, and nobody is preferred
    assert doors.case(user, 0).empty() == 0


def test_cornac_s_item_weights_are_a_sum(monkeypatch):
    dataset = SimpleNamespace(from_uir=from_uir)
    packages(monkeypatch, cornac={}, cornac__data={"Dataset": dataset})
    doors = open_doors(Weights(), TABLE)
    case, weights = weights_of(doors, user=5)
    assert case.whole() == pytest.approx(weights.sum())
    found = doors.score(np.array([5]))[0][TABLE.items.idx(case.item)]
    assert case.whole() == pytest.approx(found)


# scikit-learn


def test_a_pipeline_is_asked_about_its_features():
    def features(pairs):
        users, items = zip(*pairs, strict=True)
        even = [item[-1] in "02468" for item in items]
        odd = [user[-1] in "13579" for user in users]
        return pd.DataFrame({"even": even, "odd": odd, "kind": list(items)})

    words = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["kind"]),
        remainder="passthrough",
    )
    model = FeatureModel(make_pipeline(words, Ridge(1.0)), features)
    doors = open_doors(model, TABLE)
    assert doors.in_stars and doors.fitted_here
    case = doors.case(1, 3)
    assert case.names == ["even", "odd", "kind"]
    found = doors.score(np.array([1]))[0][3]
    assert case.whole() == pytest.approx(found)
    # by hand: one feature from each pair of the background
    own = features([("c01", "t03")])
    rows = pd.concat([own] * len(model.background), ignore_index=True)
    rows["kind"] = model.background["kind"].to_numpy()
    by_hand = model.estimator.predict(rows).mean()
    assert case.without(["kind"]) == pytest.approx(by_hand)


# the packages themselves


def _true_models():
    """Each package's model, by its name; made only where it is installed."""

    def lightfm():
        from lightfm import LightFM as True_

        return True_(no_components=4, random_state=0)

    def surprise():
        from surprise import KNNBasic

        options = {"user_based": False}
        return KNNBasic(k=5, sim_options=options, verbose=False)

    def lenskit():
        from lenskit.knn import ItemKNNScorer

        return ItemKNNScorer(max_nbrs=5)

    def implicit():
        from implicit.als import AlternatingLeastSquares

        return AlternatingLeastSquares(
            factors=4, random_state=0, num_threads=1
        )

    def cornac():
        from cornac.models import EASE

        return EASE(verbose=False)

    return [lightfm, surprise, lenskit, implicit, cornac]


@pytest.mark.parametrize("make", _true_models(), ids=lambda f: f.__name__)
def test_the_package_itself_is_asked(make):
    pytest.importorskip(make.__name__)
    report = audit(TABLE, make(), FEW)
    assert report["model"]["fitted_here"] and report["model"]["testable"]
    assert report["agreement"] is not None
    worth = {row["method"]: row["truth"] for row in report["truth"]}
    assert worth["occlusion"] > worth["random"]
