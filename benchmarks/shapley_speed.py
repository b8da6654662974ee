"""Seconds for sampled Shapley values at equal error, ours and shap's: `python -m benchmarks.shapley_speed`.

Both ask the same network the same kind of question: a row of zeros and ones, which of m pieces are there. The peer is
whichever of shap's explainers for black boxes needs the least time for the error it reaches.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch

from recx_lib.core import Case
from recx_lib.explain import MOST_PIECES, shapley_exact, shapley_sampled, shapley_samples

PEERS = ("permutation", "kernel", "sampling")
LONG_RUN = 5000  # permutations that stand for the truth where it cannot be enumerated: error under 5 % of ten's
Explainer = Callable[[int, int], np.ndarray]  # (budget in permutations, seed) → (m,)


def network_case(m: int, seed: int, width: int = 32) -> Case:
    """Return a case with m pieces whose score is a network of two hidden layers with random weights (ReLU, float64)."""
    draw = torch.Generator().manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(m, width), torch.nn.ReLU(), torch.nn.Linear(width, width), torch.nn.ReLU(),
        torch.nn.Linear(width, 1),
    ).double()  # fmt: skip
    for layer in net[::2]:
        torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=draw)

    def value(present: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return net(torch.as_tensor(present, dtype=torch.float64)).squeeze(1).numpy()

    return Case("ann", "tent", ["feature"] * m, [f"feature {j}" for j in range(m)], value, model="network")


def truth(case: Case) -> np.ndarray:
    """Return the Shapley values (m,), exact where they can be enumerated, else from a very long run."""
    if len(case) <= MOST_PIECES:
        return case.weights(shapley_exact(case))
    return shapley_samples(case, LONG_RUN, seed=987_654_321).mean(axis=0)


def ours(case: Case) -> Explainer:
    """Return our estimator, from the case to the explanation."""
    return lambda n, seed: case.weights(shapley_sampled(case, n, seed))


def shaps(case: Case, kind: str) -> Explainer:
    """Return one of shap's estimators, made ready beforehand: "permutation", "kernel" or "sampling".

    All may ask for as many scores as n permutations walked both ways take, n (2 m + 1). (shap_values(npermutations=n)
    of the first would walk half as many.)
    """
    import shap

    m = len(case)
    nothing, everything = np.zeros((1, m)), np.ones((1, m))
    if kind == "permutation":
        explainer = shap.PermutationExplainer(case.value, shap.maskers.Independent(nothing))
        estimate = lambda n: explainer(everything, max_evals=n, silent=True).values  # noqa: E731
    elif kind == "kernel":
        explainer = shap.KernelExplainer(case.value, nothing)
        estimate = lambda n: explainer.shap_values(everything, nsamples=n, l1_reg=False, silent=True)  # noqa: E731
    else:
        explainer = shap.SamplingExplainer(case.value, nothing)
        estimate = lambda n: explainer.shap_values(everything, nsamples=n, silent=True)  # noqa: E731

    def seeded(n: int, seed: int) -> np.ndarray:
        np.random.seed(seed % 2**32)  # the package draws from NumPy's global generator
        return np.asarray(estimate(n * (2 * m + 1))).reshape(m)

    return seeded


def measure(explainers: Sequence[Explainer], truths: Sequence[np.ndarray], n: int, seeds: range) -> tuple[float, float]:
    """Return CPU seconds per explanation and the RMS error, over all cases and seeds."""
    squares, seconds = [], 0.0
    for explain, exact in zip(explainers, truths, strict=True):
        for seed in seeds:
            begin = time.process_time()
            found = explain(n, seed)
            seconds += time.process_time() - begin
            squares.append(np.mean((found - exact) ** 2))
    return seconds / len(squares), float(np.sqrt(np.mean(squares)))


def ratio(m: int, budget: int = 10, runs: int = 5, n_cases: int = 5, n_seeds: int = 10) -> dict:
    """Return our seconds over shap's at equal error, m pieces: the median of `runs`, and what it was made of.

    shap gets `budget` permutations (its default is 10) or as many scores; each of its explainers is measured and the
    one with the smallest seconds × error² is the peer. We get as many permutations as bring our error down to the
    peer's, found in a run of its own; an error still above it is charged to us, by its square. One thread, CPU time.
    """
    torch.set_num_threads(1)
    cases = [network_case(m, seed) for seed in range(n_cases)]
    truths, recx = [truth(case) for case in cases], [ours(case) for case in cases]
    peers = {kind: [shaps(case, kind) for case in cases] for kind in PEERS}
    pilot = range(1_000_000, 1_000_000 + 4 * n_seeds)
    measure(recx, truths, budget, range(1))  # warm up, both
    first = {}
    for kind, explainers in peers.items():
        measure(explainers, truths, budget, range(1))
        first[kind] = measure(explainers, truths, budget, pilot)
    best = min(PEERS, key=lambda kind: first[kind][0] * first[kind][1] ** 2)
    n = int(np.ceil(budget * (measure(recx, truths, budget, pilot)[1] / first[best][1]) ** 2))
    pairs = []
    for run in range(runs):
        seeds = range(run * n_seeds, (run + 1) * n_seeds)
        pairs.append((*measure(recx, truths, n, seeds), *measure(peers[best], truths, budget, seeds)))
    return {"pieces": m, "peer": best, "n_permutations": n, "peer_budget": budget, **_summary(np.array(pairs)),
            "pilot": first}  # fmt: skip


def _summary(pairs: np.ndarray) -> dict:
    """Return the medians of (our seconds, our error, the peer's seconds, its error), one row per run, and the ratio."""
    names = ("recx_s", "recx_rms", "peer_s", "peer_rms")
    median = dict(zip(names, np.median(pairs, axis=0).tolist(), strict=True))
    charged = max(1.0, (median["recx_rms"] / median["peer_rms"]) ** 2)
    ratios = pairs[:, 0] / pairs[:, 2] * charged
    spread = {"low": float(ratios.min()), "high": float(ratios.max()), "n": len(ratios)}
    return {"ratio": float(np.median(ratios)), **spread, **median}


def main() -> None:
    """Print one line per number of pieces."""
    warnings.filterwarnings("ignore", module="shap")
    for m in (12, 40):
        for budget in (10, 100):
            f = ratio(m, budget)
            print(f"{m} pieces, budget {budget}: ours/shap {f['ratio']:.2f} ({f['low']:.2f} to {f['high']:.2f}, "
                  f"{f['n']} runs); ours {1e3 * f['recx_s']:.2f} ms, RMS {f['recx_rms']:.4f}, {f['n_permutations']} "
                  f"permutations; shap's {f['peer']} {1e3 * f['peer_s']:.2f} ms, RMS {f['peer_rms']:.4f}")  # fmt: skip
            for kind, (seconds, error) in f["pilot"].items():
                print(f"    shap's {kind}: {1e3 * seconds:.2f} ms, RMS {error:.4f}")


if __name__ == "__main__":
    main()
