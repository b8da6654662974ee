"""Small tables with a known truth, for the tests of the models."""

import numpy as np
import pandas as pd

from recx_lib.data import Ids, Reviews


def table(
    user_idx, item_idx, rating, n_users=None, n_items=None, scale=(1.0, 5.0)
):
    """Return Reviews whose integer indices are exactly the given ones (raw ids u0000 …, i0000 …)."""
    n_users, n_items = (
        n_users or max(user_idx) + 1,
        n_items or max(item_idx) + 1,
    )
    users, items = (
        [f"u{n:04d}" for n in range(n_users)],
        [f"i{n:04d}" for n in range(n_items)],
    )
    columns = {
        "user": [users[u] for u in user_idx],
        "item": [items[i] for i in item_idx],
    }
    frame = pd.DataFrame(
        columns
        | {"rating": np.asarray(rating, float), "timestamp": 0, "text": ""}
    )
    return Reviews(frame.rename_axis("review"), Ids(users), Ids(items), scale)


def low_rank(n_users=80, n_items=60, k=2, share=0.5, noise=0.1, seed=0):
    """Return (train, test, truth): mu + b_u + b_i + p·q + noise, split at random; truth is (n_users, n_items)."""
    rng = np.random.default_rng(seed)
    P, Q = rng.normal(0, 0.8, (n_users, k)), rng.normal(0, 0.8, (n_items, k))
    truth = (
        3
        + rng.normal(0, 0.4, (n_users, 1))
        + rng.normal(0, 0.4, n_items)
        + P @ Q.T
    )
    user_idx, item_idx = np.divmod(np.arange(truth.size), n_items)
    rating = truth.ravel() + rng.normal(0, noise, truth.size)
    reviews = table(user_idx, item_idx, rating, scale=(-20.0, 20.0))
    known = rng.random(truth.size) < share
    return reviews.subset(known), reviews.subset(~known), truth
