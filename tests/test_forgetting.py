"""A customer leaves the models exactly, and whatever was written."""

import gzip
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recx_lib.core import DataError, Explanation, Rationale
from recx_lib.data.reviews import COLUMNS, Ids, Reviews
from recx_lib.people import (
    AuditLog,
    ForgetfulALS,
    ForgetfulEASE,
    Ledger,
    Policy,
    downdate,
    traces,
)
from recx_lib.recommend import EASE


def drawn(seed=0, n_users=40, n_items=12):
    """A table of ratings; u7 is one of its users."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        for item in rng.permutation(n_items)[: 3 + user % 6]:
            stars = float(rng.integers(1, 6))
            rows.append([f"u{user}", f"p{item}", stars, len(rows), ""])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return Reviews(frame, Ids(frame["user"]), Ids(frame["item"]))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_a_downdate_is_the_inverse_without_the_row(seed, n):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (6, n)).astype(float)
    A = X.T @ X + 2 * np.eye(n)
    left = downdate(np.linalg.inv(A), X[0])
    assert np.allclose(left, np.linalg.inv(A - np.outer(X[0], X[0])))


def test_a_row_that_was_never_there_is_refused():
    with pytest.raises(DataError, match="fit again"):
        downdate(np.eye(2), np.array([1.0, 0.0]))


def test_ease_forgets_one_and_then_another_as_if_never_seen():
    reviews = drawn()
    model = ForgetfulEASE(reg=5.0).fit(reviews)
    before = model.B_.copy()
    left = model.forget(7).forget(11)
    assert left.forget(7).users_.raw == left.users_.raw  # twice is once
    rest = reviews.subset(~np.isin(reviews.user_idx, [7, 11]))
    fitted = EASE(reg=5.0).fit(rest)
    assert np.abs(left.B_ - fitted.B_).max() < 1e-8
    assert (left.W_ != fitted.W_).nnz == 0
    assert np.abs(before - fitted.B_).max() > 1e-4  # there was something
    assert (before == model.B_).all() and len(model.history(7)[0])


def test_the_others_keep_their_numbers_and_the_name_is_gone():
    reviews = drawn()
    left = ForgetfulEASE().fit(reviews).forget(7)
    name = reviews.users.raw[7]
    assert name not in left.users_.raw and len(left.users_) == 40
    assert left.users_.idx("u1") == reviews.users.idx("u1")
    with pytest.raises(DataError, match="unknown id"):
        left.users_.idx(name)
    with pytest.raises(DataError, match="empty history"):
        left.explain(7, 0)


def test_als_forgets_as_if_never_seen_once_it_rests():
    reviews = drawn()
    others = np.delete(np.arange(40), 7)
    rest = reviews.subset(reviews.user_idx != 7)
    model = ForgetfulALS(reg=3.0).fit(reviews)
    fitted = ForgetfulALS(reg=3.0).fit(rest)
    left = model.forget(reviews, 7)
    assert model.moved_ <= model.tol and left.moved_ <= left.tol
    far = np.abs(left.score(others) - fitted.score(others)).max()
    assert far < 1e-8
    there = np.abs(model.score(others) - fitted.score(others)).max()
    assert there > 1e-3
    # their own factor and bias are gone with their rows
    assert not left.P_[7].any() and left.b_u_[7] == 0
    early = model.set_params(sweeps=1).forget(reviews, 7)
    assert np.abs(early.score(others) - fitted.score(others)).max() > 1e-8


def test_als_with_factors_to_spare_has_one_place_of_rest():
    reviews = drawn()
    others = np.delete(np.arange(40), 7)
    rest = reviews.subset(reviews.user_idx != 7)
    left = ForgetfulALS(k=12, reg=3.0).fit(reviews).forget(reviews, 7)
    assert np.linalg.matrix_rank(left.P_ @ left.Q_.T, tol=1e-6) < 12
    for seed in (1, 2):  # a refit from any start
        fitted = ForgetfulALS(k=12, reg=3.0, seed=seed).fit(rest)
        assert np.abs(left.score(others) - fitted.score(others)).max() < 1e-8
    # with few factors there are several such places, far apart
    few = [ForgetfulALS(reg=3.0, seed=seed).fit(rest) for seed in (0, 2)]
    assert all(model.moved_ <= model.tol for model in few)
    apart = [model.score(others) for model in few]
    assert np.abs(apart[0] - apart[1]).max() > 1


def test_half_a_sweep_of_als_is_downdated_exactly():
    reviews = drawn()
    model = ForgetfulALS(reg=3.0).fit(reviews)
    item = int(reviews.item_idx[reviews.user_idx == 7][0])
    raters = reviews.user_idx[reviews.item_idx == item]
    X = np.column_stack([np.ones(len(raters)), model.P_[raters]])
    ridge = np.diag([model.reg_bias, 3.0, 3.0])
    mine = raters == 7
    left = downdate(np.linalg.inv(X.T @ X + ridge), X[mine][0])
    anew = np.linalg.inv(X[~mine].T @ X[~mine] + ridge)
    assert np.abs(left - anew).max() < 1e-8


@pytest.mark.parametrize("user", [40, -1])
def test_an_unknown_customer_cannot_be_forgotten(user):
    reviews = drawn()
    with pytest.raises(DataError, match="outside"):
        ForgetfulEASE().fit(reviews).forget(user)
    with pytest.raises(DataError, match="outside"):
        ForgetfulALS(sweeps=1).fit(reviews).forget(reviews, user)


def said(user, item, text):
    return Rationale(text, (), Explanation(user, item, "quoting", ()))


def test_a_ledger_forgets_what_was_said_to_and_what_rests_on_somebody(
    tmp_path,
):
    ledger = Ledger(tmp_path / "said.jsonl")
    assert ledger.forget("u7") == []  # nothing was written yet
    ledger.write(said("u7", "p1", "A stove."))
    ledger.write(said("u77", "p1", "“Zoë’s words.”"), ["u7", "u8"])
    ledger.write(said("u77", "p2", "Another."), ["u8"])
    assert ledger.forget("u7") == [("u77", "p1")]
    assert [line["text"] for line in ledger] == ["Another."]
    assert [file.name for file in tmp_path.iterdir()] == ["said.jsonl"]


def test_a_spoilt_ledger_names_its_line(tmp_path):
    path = tmp_path / "said.jsonl"
    path.write_text('{"user": "a", "rests_on": []}\n{"user": "b"}\n')
    with pytest.raises(DataError, match="said.jsonl, line 2"):
        list(Ledger(path))
    path.write_text('{"user": "a", "rests_on": []}\n{"user"\n')
    with pytest.raises(DataError, match="said.jsonl, line 2"):
        Ledger(path).forget("a")
    assert path.read_text().count("\n") == 2  # nothing was lost


def write_everywhere(folder, user, words):
    """Everything a service might write of a customer, in one folder."""
    (folder / "lists").mkdir()
    (folder / "lists" / f"{user}.txt").write_text("p1 p2")
    (folder / "cache.json").write_text(json.dumps({"said": words}))
    packed = gzip.compress(f"seen {user} at noon".encode())
    (folder / "log.gz").write_bytes(packed)
    with zipfile.ZipFile(folder / "model.zip", "w") as model:
        model.writestr("users.json", json.dumps([user]))
    (folder / "latin.txt").write_text(words, encoding="utf-8")
    np.savez(folder / "arrays.npz", **{user: np.zeros(2)})


def test_the_search_finds_whatever_was_written_and_nobody_else(tmp_path):
    write_everywhere(tmp_path, "u7", "a tent for Zoë")
    found = {f.name for f, needle in traces(tmp_path, ["u7"])}
    assert found == {"u7.txt", "log.gz", "model.zip", "arrays.npz"}
    found = {f.name for f, _ in traces(tmp_path, ["a tent for Zoë"])}
    assert found == {"cache.json", "latin.txt"}
    assert traces(tmp_path, ["u", "u77"]) == []
    # a folder for each user, and texts as numpy stores them
    (tmp_path / "u9").mkdir()
    (tmp_path / "u9" / "list.txt").write_text("p1")
    np.savez(tmp_path / "users.npz", users=np.array(["u8", "u9"]))
    found = {f.name for f, _ in traces(tmp_path, ["u9"])}
    assert found == {"list.txt", "users.npz"}
    with pytest.raises(DataError, match="empty text"):
        traces(tmp_path, [""])


def test_nothing_is_left_of_a_customer_in_anything_that_was_written(tmp_path):
    """Model, ledger, audit log and lists, written, forgotten and searched."""
    reviews, user, words = drawn(), "u7", "my own words of the zip"
    number = reviews.users.idx(user)
    model = ForgetfulEASE().fit(reviews)
    ledger = Ledger(tmp_path / "said.jsonl")
    log = AuditLog(tmp_path / "audit.jsonl")
    policy = Policy.load()
    for to, rests_on in ((user, []), ("u1", [user]), ("u2", ["u3"])):
        text = words if user in rests_on else "The seams are dry."
        ledger.write(said(to, "p1", text), rests_on)
        log.write("p1", policy.check(text))

    def save(model):
        names = json.dumps(model.users_.raw)
        (tmp_path / "users.json").write_text(names)
        lists = {
            name: model.score(n).round(3).tolist()
            for n, name in enumerate(model.users_.raw)
            if name
        }
        text = json.dumps(lists).encode()
        (tmp_path / "lists.json.gz").write_bytes(gzip.compress(text))

    save(model)
    assert len({file for file, _ in traces(tmp_path, [user, words])}) == 3
    assert ledger.forget(user) == [("u1", "p1")]
    save(model.forget(number))
    assert traces(tmp_path, [user, words]) == []
    assert log.broken() is None and len(list(ledger)) == 1
