"""Seconds for sampled Shapley values at equal error, ours and shap's.

Run `python -m benchmarks.shapley_speed`. Both ask the same network the same
kind of question: a row of zeros and ones, which of m pieces are there. The
peer is whichever of shap's explainers for black boxes needs the least time for
the error it reaches.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from recx_lib.core import Case
from recx_lib.explain import (
    MOST_PIECES,
    shapley_exact,
    shapley_sampled,
    shapley_samples,
)

PEERS = ("permutation", "kernel", "sampling")
# permutations that stand for the truth where it cannot be enumerated: their
# error is under 5 % of ten's
LONG_RUN = 5000
# (budget in permutations, seed) → (m,)
Explainer = Callable[[int, int], np.ndarray]
FIGURES = ("recx_s", "recx_rms", "peer_s", "peer_rms")


def network_case(m: int, seed: int, width: int = 32) -> Case:
    """Return a case with m pieces whose score is a random network's.

    Of two hidden layers (ReLU, float64).
    """
    draw = torch.Generator().manual_seed(seed)
    first, second = nn.Linear(m, width), nn.Linear(width, width)
    third = nn.Linear(width, 1)
    layers = first, nn.ReLU(), second, nn.ReLU(), third
    net = nn.Sequential(*layers).double()
    for layer in (first, second, third):
        nn.init.kaiming_normal_(
            layer.weight, nonlinearity="relu", generator=draw
        )

    def value(present: np.ndarray) -> np.ndarray:
        x = torch.as_tensor(present, dtype=torch.float64)
        with torch.inference_mode():
            return net(x).squeeze(1).numpy()

    names = [f"feature {j}" for j in range(m)]
    kinds = ["feature"] * m
    return Case("ann", "tent", kinds, names, value, model="network")


def truth(case: Case) -> np.ndarray:
    """Return the Shapley values (m,): exact, or from a very long run."""
    if len(case) <= MOST_PIECES:
        return case.weights(shapley_exact(case))
    return shapley_samples(case, LONG_RUN, seed=987_654_321).mean(axis=0)


def ours(case: Case) -> Explainer:
    """Return our estimator, from the case to the explanation."""
    return lambda n, seed: case.weights(shapley_sampled(case, n, seed))


def shaps(case: Case, kind: str) -> Explainer:
    """Return one of shap's estimators, made ready beforehand.

    "permutation", "kernel" or "sampling". All may ask for as many scores as n
    permutations walked both ways take, n (2 m + 1).
    (shap_values(npermutations=n) of the first would walk half as many.)
    """
    m = len(case)
    ask = {"permutation": _permutation, "kernel": _kernel}
    estimate = ask.get(kind, _sampling)(case, np.zeros((1, m)))
    everything = np.ones((1, m))

    def seeded(n: int, seed: int) -> np.ndarray:
        # the package draws from NumPy's global generator
        np.random.seed(seed % 2**32)
        found = estimate(everything, n * (2 * m + 1))
        return np.asarray(found).reshape(m)

    return seeded


def _permutation(case: Case, nothing: np.ndarray) -> Callable:
    import shap

    masker = shap.maskers.Independent(nothing)
    explainer = shap.PermutationExplainer(case.value, masker)
    return lambda x, n: explainer(x, max_evals=n, silent=True).values


def _kernel(case: Case, nothing: np.ndarray) -> Callable:
    import shap

    explainer = shap.KernelExplainer(case.value, nothing)
    options = {"l1_reg": False, "silent": True}
    return lambda x, n: explainer.shap_values(x, nsamples=n, **options)


def _sampling(case: Case, nothing: np.ndarray) -> Callable:
    import shap

    explainer = shap.SamplingExplainer(case.value, nothing)
    return lambda x, n: explainer.shap_values(x, nsamples=n, silent=True)


def measure(
    explainers: Sequence[Explainer],
    truths: Sequence[np.ndarray],
    n: int,
    seeds: range,
) -> tuple[float, float]:
    """Return CPU seconds per explanation and the RMS error.

    Over all cases and seeds.
    """
    squares, seconds = [], 0.0
    for explain, exact in zip(explainers, truths, strict=True):
        for seed in seeds:
            begin = time.process_time()
            found = explain(n, seed)
            seconds += time.process_time() - begin
            squares.append(np.mean((found - exact) ** 2))
    return seconds / len(squares), float(np.sqrt(np.mean(squares)))


def ratio(
    m: int,
    budget: int = 10,
    runs: int = 5,
    n_cases: int = 5,
    n_seeds: int = 10,
) -> dict:
    """Return our seconds over shap's at equal error, m pieces.

    The median of `runs`, and what it was made of. shap gets `budget`
    permutations (its default is 10) or as many scores; each of its explainers
    is measured and the one with the smallest seconds × error² is the peer. We
    get as many permutations as bring our error down to the peer's, found in a
    run of its own; an error still above it is charged to us, by its square.
    One thread, CPU time.
    """
    torch.set_num_threads(1)
    cases = [network_case(m, seed) for seed in range(n_cases)]
    truths = [truth(case) for case in cases]
    recx = [ours(case) for case in cases]
    # 1. a pilot, after a warm-up: which of shap's is the peer?
    pilot = range(1_000_000, 1_000_000 + 4 * n_seeds)
    measure(recx, truths, budget, range(1))
    peers, first, price = {}, {}, {}
    for kind in PEERS:
        peers[kind] = [shaps(case, kind) for case in cases]
        measure(peers[kind], truths, budget, range(1))
        first[kind] = measure(peers[kind], truths, budget, pilot)
        price[kind] = first[kind][0] * first[kind][1] ** 2
    best = min(PEERS, key=price.get)
    # 2. how many permutations bring our error down to the peer's?
    _, our_error = measure(recx, truths, budget, pilot)
    n = int(np.ceil(budget * (our_error / first[best][1]) ** 2))
    # 3. both, on fresh seeds
    pairs = []
    for run in range(runs):
        seeds = range(run * n_seeds, (run + 1) * n_seeds)
        mine = measure(recx, truths, n, seeds)
        pairs.append((*mine, *measure(peers[best], truths, budget, seeds)))
    about = {"pieces": m, "peer": best, "n_permutations": n}
    found = _summary(np.array(pairs)) | {"pilot": first}
    return about | {"peer_budget": budget} | found


def _summary(pairs: np.ndarray) -> dict:
    """Return the medians of `FIGURES`, and the ratio of seconds.

    `pairs` has one row per run, one column per figure.
    """
    medians = np.median(pairs, axis=0).tolist()
    median = dict(zip(FIGURES, medians, strict=True))
    charged = max(1.0, (median["recx_rms"] / median["peer_rms"]) ** 2)
    ratios = pairs[:, 0] / pairs[:, 2] * charged
    low, high = float(ratios.min()), float(ratios.max())
    spread = {"low": low, "high": high, "n": len(ratios)}
    return {"ratio": float(np.median(ratios)), **spread, **median}


def main() -> None:
    """Print one line per number of pieces."""
    warnings.filterwarnings("ignore", module="shap")
    for m in (12, 40):
        for budget in (10, 100):
            print(read_aloud(ratio(m, budget)))


def read_aloud(found: dict) -> str:
    """Return the figures of one `ratio` as lines of text."""
    f = found
    head = f"{f['pieces']} pieces, budget {f['peer_budget']}"
    span = f"({f['low']:.2f} to {f['high']:.2f}, {f['n']} runs)"
    ours_ = f"ours {1e3 * f['recx_s']:.2f} ms, RMS {f['recx_rms']:.4f}"
    n = f"{f['n_permutations']} permutations"
    peer = f"shap's {f['peer']} {1e3 * f['peer_s']:.2f} ms"
    error = f"RMS {f['peer_rms']:.4f}"
    ratio_ = f"ours/shap {f['ratio']:.2f} {span}"
    lines = [f"{head}: {ratio_}; {ours_}, {n}; {peer}, {error}"]
    for kind, (seconds, error) in f["pilot"].items():
        ms = 1e3 * seconds
        lines.append(f"    shap's {kind}: {ms:.2f} ms, RMS {error:.4f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
