"""Audits of other projects' recommenders on public data, as `recx audit` makes
them: python -m benchmarks.audits (RECX_DATA names the data; make peers first).

Default settings of each package but for what stands here; every audit tries
150 of the model's own recommendations. Nothing is tuned: which explanations
are true of a model as it is, not how good it could be. The pages and figures
of the SHOWN go to book/_static/audits, under neutral names: of the public
tables nothing but ratings is read, and no id, title or text is written.
python -m benchmarks.audits pages makes the pages anew from their figures.
LensKit 2025.8 asks pip for pandas 2 and runs with pandas 3: install it with
--no-deps, and what it imports.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.tidy import ROOT, remembered, row, run_sets
from recx_lib.audit import AuditSettings, FeatureModel, audit, audit_page
from recx_lib.data import Ids, Reviews, load_reviews
from recx_lib.recommend import EASE

NAME, DATA = "audits", ("ml-100k", "musical_instruments")
SOURCES = ("recx_lib/audit/*.py", "benchmarks/audits.py")
SETTINGS = AuditSettings(sample=150, users=300, seed=0)
PAGES = ROOT / "book" / "_static" / "audits"
THINGS = {"ml-100k": "film", "musical_instruments": "instrument"}
SOURCE = {
    "ml-100k": "MovieLens 100K, under neutral names",
    "musical_instruments": "reviews of musical instruments, neutral names",
}
TIMED = AuditSettings(sample=1000, users=300, seed=0)


def implicit_als():
    """Alternating least squares of implicit."""
    from implicit.als import AlternatingLeastSquares

    return AlternatingLeastSquares(factors=32, random_state=0, num_threads=1)


def implicit_knn():
    """Cosine neighbours of implicit."""
    from implicit.nearest_neighbours import CosineRecommender

    return CosineRecommender(K=100, num_threads=1)


def surprise_svd():
    """Matrix factorization of Surprise, by stochastic gradient descent."""
    from surprise import SVD

    return SVD(n_factors=32, random_state=0)


def surprise_slope_one():
    """Slope one of Surprise: a model without a door."""
    from surprise import SlopeOne

    return SlopeOne()


def cornac_ease():
    """EASE of cornac, which drops negative weights and uses the stars."""
    from cornac.models import EASE

    return EASE(verbose=False)


def cornac_bpr():
    """Bayesian personalised ranking of cornac."""
    from cornac.models import BPR

    return BPR(k=32, max_iter=200, seed=0, verbose=False)


def lenskit_als():
    """Implicit matrix factorization of LensKit, asked about histories."""
    from lenskit.als import ImplicitMFScorer

    return ImplicitMFScorer(embedding_size=32)


def sklearn_pipeline(train: Reviews):
    """A pipeline of scikit-learn, a ridge on three features of a pair."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    by_user = train.frame.groupby("user")["rating"].mean()
    by_item = train.frame.groupby("item")["rating"].agg(["mean", "size"])

    def features(pairs) -> pd.DataFrame:
        users, items = zip(*pairs, strict=True)
        usual = by_user.reindex(users).fillna(by_user.mean())
        item = by_item.reindex(items).fillna(by_item.mean())
        found = {"usual stars": usual.to_numpy()}
        found["stars of the thing"] = item["mean"].to_numpy()
        found["times rated"] = item["size"].to_numpy()
        return pd.DataFrame(found)

    return FeatureModel(make_pipeline(StandardScaler(), Ridge()), features)


SYSTEMS = {
    "peer:implicit-als": implicit_als,
    "peer:implicit-cosine": implicit_knn,
    "peer:surprise-svd": surprise_svd,
    "peer:surprise-slope-one": surprise_slope_one,
    "peer:cornac-ease": cornac_ease,
    "peer:cornac-bpr": cornac_bpr,
    "peer:lenskit-als": lenskit_als,
    "peer:scikit-learn-pipeline": sklearn_pipeline,
    "recx:ease": EASE,
}
SHOWN = (  # one of each package and kind: their pages stand in the book
    "peer:implicit-als",
    "peer:surprise-svd",
    "peer:cornac-ease",
    "peer:cornac-bpr",
    "peer:lenskit-als",
    "peer:scikit-learn-pipeline",
)
NEEDS_TABLE = ("peer:scikit-learn-pipeline",)


def neutral(reviews: Reviews, thing: str, seed: int = 16) -> Reviews:
    """Return a table with the same ratings and times, and without a public
    id, title or text: customers and things are numbered by lot.
    """
    rng = np.random.default_rng(seed)
    users = _numbered("customer", reviews.n_users, rng)
    items = _numbered(thing, reviews.n_items, rng)
    frame = reviews.frame.assign(text="")
    frame["user"] = np.take(users, reviews.user_idx)
    frame["item"] = np.take(items, reviews.item_idx)
    about = {"scale": reviews.scale, "thing": thing, "log": reviews.log}
    return Reviews(frame, Ids(users), Ids(items), **about)


def _numbered(word: str, n: int, rng: np.random.Generator) -> list[str]:
    wide = len(str(n))
    return [f"{word} {number + 1:0{wide}d}" for number in rng.permutation(n)]


def write_page(name: str, report: dict, source: str) -> None:
    """Write a report's figures, and the page that is made of them."""
    PAGES.mkdir(parents=True, exist_ok=True)
    figures = {"source": source, "report": report}
    told = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    (PAGES / f"{name}.json").write_text(told, encoding="utf-8")
    page = audit_page(report, source)
    (PAGES / f"{name}.html").write_text(page, encoding="utf-8")


def pages_anew() -> None:
    """Make every page from the figures beside it."""
    for path in sorted(PAGES.glob("*.json")):
        figures = json.loads(path.read_text(encoding="utf-8"))
        write_page(path.stem, figures["report"], figures["source"])


def page_name(data: str, system: str) -> str:
    """Return the name of an audit's page, without its suffix.

    >>> page_name("ml-100k", "peer:implicit-als")
    'ml-100k-implicit-als'
    """
    return f"{data}-{system.partition(':')[2]}".replace("_", "-")


def measure(data: str) -> list[dict]:
    """Return one data set's rows, each audit remembered."""
    rows = []
    for system, make in SYSTEMS.items():
        one = partial(audited, data, system, make)
        rows += remembered(NAME, f"{data} {system}", one, SOURCES)
        print(f"{data} {system}: done", flush=True)
    if data == "ml-100k":
        rows += remembered(
            NAME, f"{data} timed", partial(timed, data), SOURCES
        )
    return rows


def audited(data: str, system: str, make) -> list[dict]:
    """Return the figures of one audit as tidy rows."""
    table = neutral(load_reviews(data), THINGS[data])
    model = make if system in NEEDS_TABLE else make()
    found = audit(table, model, SETTINGS)
    if system in SHOWN:
        write_page(page_name(data, system), found, SOURCE[data])
    tell = partial(row, data, "leave-last-out")
    rows = [tell(system, "tried", found["tried"])]
    for q in found["quality"]:
        name = system if q["system"] == "this model" else q["system"]
        name = name.replace("floor: ", "floor:")
        span = {key: q[key] for key in ("low", "high", "n")}
        if name == system or system == "recx:ease":
            rows.append(tell(name, q["metric"], q["value"], **span))
    for t in found["truth"]:
        span = {"low": t["low"], "high": t["high"], "n": t["n"]}
        about = {"setting": t["method"], "verdict": t["verdict"]}
        rows.append(tell(system, "truth", t["truth"], **about, **span))
        if t["sign"] is not None:
            about = {"setting": t["method"], "n": t["n"]}
            rows.append(tell(system, "sign", t["sign"], **about))
    if found.get("agreement") is not None:
        rows.append(tell(system, "agreement", found["agreement"]))
    for warning in found["warnings"]:
        print(f"  {warning['kind']}: {warning['text']}", flush=True)
    return rows


def timed(data: str) -> list[dict]:
    """Return the CPU seconds of an audit of 1,000 recommendations of EASE."""
    reviews = neutral(load_reviews(data), THINGS[data])
    start = time.process_time()
    found = audit(reviews, EASE(), TIMED)
    seconds = time.process_time() - start
    print(f"  {found['tried']} pairs of EASE: {seconds:.1f} CPU s", flush=True)
    about = {"setting": "1,000 pairs", "n": found["tried"]}
    return [
        row(
            data,
            "leave-last-out",
            "recx:ease",
            "audit_cpu_s",
            seconds,
            **about,
        )
    ]


def main() -> None:
    """Measure, write the results, print the table; or the pages alone."""
    if sys.argv[1:] == ["pages"]:
        pages_anew()
        return
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
