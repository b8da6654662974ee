"""Audits of other projects' recommenders on public data, as `recx audit` makes
them: python -m benchmarks.audits (RECX_DATA names the data; make peers first).

Default settings of each package but for what stands here; every audit tries
150 of the model's own recommendations. Nothing is tuned: which explanations
are true of a model as it is, not how good it could be.
"""

from __future__ import annotations

import time
from functools import partial

from benchmarks.tidy import remembered, row, run_sets
from recx_lib.audit import AuditSettings, audit
from recx_lib.data import load_reviews
from recx_lib.recommend import EASE

NAME, DATA = "audits", ("ml-100k", "musical_instruments")
SOURCES = ("recx_lib/audit/*.py", "benchmarks/audits.py")
SETTINGS = AuditSettings(sample=150, users=300, seed=0)
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


SYSTEMS = {
    "peer:implicit-als": implicit_als,
    "peer:implicit-cosine": implicit_knn,
    "peer:surprise-svd": surprise_svd,
    "peer:surprise-slope-one": surprise_slope_one,
    "peer:cornac-ease": cornac_ease,
    "peer:cornac-bpr": cornac_bpr,
    "recx:ease": EASE,
}


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
    found = audit(load_reviews(data), make(), SETTINGS)
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
    reviews, start = load_reviews(data), time.process_time()
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
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
