"""Write what "Ask the shop why" calculates with: python -m tools.ask

Six customers of the shop, what each reviewed, what each of these products is
worth to every other product in chapter 0's model, and the true reasons. The
page adds up; a test compares its sums with the library's.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recx_lib.data import Reviews, load_reviews, load_shop_truth
from recx_lib.judge import top_k
from recx_lib.recommend import EASE

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "book/ask.json"
UNIT = 1e-7  # worths are whole numbers of this
NAMES = ("Ada", "Bruno", "Chidi", "Dana", "Emil", "Fatima")
LENGTHS = (8, 14)  # of a history that fits on a phone


def chosen_users(train: Reviews, model: EASE) -> list[int]:
    """Return customers with histories of a readable length, whose first
    recommendations are of as many kinds as possible: the first such of each
    kind, in the order of the table.
    """
    found: dict[str, int] = {}
    for user in range(train.n_users):
        history, _ = model.history(user)
        if not LENGTHS[0] <= len(history) <= LENGTHS[1]:
            continue
        [first] = top_k(model.score(user), history, 1)
        kind = train.tags[train.items.raw[first]][0]
        found.setdefault(kind, user)
    return list(found.values())[: len(NAMES)]


def true_reasons(user: str, items: list[str]) -> list[list]:
    """Return [aspect, stars] of the largest term of taste times quality, for
    each item; the customer's first taste.
    """
    truth = load_shop_truth()
    tastes = truth.tastes.sort_values("from_timestamp")
    tastes = tastes.drop_duplicates(["user", "aspect"])
    taste = tastes[tastes["user"] == user].set_index("aspect")["taste"]
    quality = truth.qualities.pivot(
        index="item", columns="aspect", values="quality"
    )
    terms = quality.loc[items] * taste[quality.columns]
    largest = terms.abs().idxmax(axis=1)
    return [
        [aspect, round(float(terms.loc[item, aspect]), 3)]
        for item, aspect in largest.items()
    ]


def payload() -> dict:
    """Return all that the page needs; worths in units of `UNIT`."""
    train = load_reviews("shop")
    model = EASE(reg=200).fit(train)
    raw = list(train.items.raw)
    chose = np.zeros((train.n_users, train.n_items), dtype=int)
    chose[train.user_idx, train.item_idx] = 1
    people = []
    for name, user in zip(NAMES, chosen_users(train, model), strict=True):
        history, _ = model.history(user)
        worth = np.round(model.B_[history] / UNIT).astype(int)
        people.append(
            {
                "name": name,
                "user": str(train.users.raw[user]),
                "history": history.tolist(),
                "worth": worth.tolist(),  # (n_history, n_items)
                # paths product, customer, product: who chose both
                "together": (chose[:, history].T @ chose).tolist(),
                "true": true_reasons(train.users.raw[user], raw),
            }
        )
    seen = np.bincount(train.item_idx, minlength=train.n_items)
    return {
        "unit": UNIT,
        "titles": [train.title(item) for item in raw],
        "kinds": [train.tags[item][0] for item in raw],
        "reviews": seen.tolist(),
        "people": people,
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(payload(), separators=(",", ":")) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8", newline="\n")
    print(
        f"wrote {FILE.relative_to(ROOT)}, {FILE.stat().st_size / 1000:.0f} KB"
    )
