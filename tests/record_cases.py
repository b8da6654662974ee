"""A small table of explanation records, for the tests of the writers."""

import pandas as pd


def make_records(n_items: int = 6, n_users: int = 8) -> pd.DataFrame:
    """Every user reviews every second item; item 0, 2, … has good zips, the others poor straps."""
    rows = []
    for u in range(n_users):
        for i in range(u % 2, n_items, 2):
            term, opinion, side = (
                ("zip", "great", 1) if i % 2 == 0 else ("strap", "poor", -1)
            )
            text = f"the {term} of number {i} is {'really ' * (u % 3)}{opinion} says user {u}"
            rows.append(
                (f"u{u}", f"i{i}", 3.0 + side, term, opinion, side, text)
            )
    return pd.DataFrame(
        rows,
        columns=[
            "user",
            "item",
            "rating",
            "term",
            "opinion",
            "polarity",
            "sentence",
        ],
    )
