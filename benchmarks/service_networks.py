"""What chapter 10's network keeps when it is made smaller (chapter 17).

`python -m benchmarks.service_networks` trains it three times on the shop,
makes each smaller, hands it to ONNX Runtime, and asks every copy for the
reasons of the same pairs: bytes, error, processor time of one explanation,
and whether the reasons are still those of the whole network. It replaces
these rows of book/results/service.json and leaves all others as they stand.
A minute of a core for each training.
"""

from __future__ import annotations

import tempfile
import warnings
from copy import copy, deepcopy
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import torch

from benchmarks.tidy import (
    over_folds,
    remembered,
    row,
    stored_without,
    write_rows,
)
from recx_lib.data import load_reviews, split_random
from recx_lib.explain import gradient_times_input, occlusion
from recx_lib.judge import comprehensiveness, rmse
from recx_lib.nets import prune_small, silence_head, stored_bytes, to_int8
from recx_lib.recommend import HistoryAttention, HistoryTraining

SEEDS = (0, 1, 2)
FLOOR = 100  # added to a seed, for a training that begins elsewhere
GIVEN = ["target", "items", "rest", "presence"]
SOURCES = ("recx_lib/nets/smaller.py", "benchmarks/service_networks.py")


class InOnnx:
    """A `HistoryNet` in ONNX Runtime, on one core; answers as torch's would.

    `rounded`: with weights of eight bits, by its own dynamic quantisation.
    """

    def __init__(self, net, folder: Path, rounded: bool = False):
        import onnxruntime

        self.out = net.out  # whose precision a score asks for
        self.path = Path(folder) / "net.onnx"
        write_onnx(net, self.path)
        if rounded:
            self.path = rounded_file(self.path)
        plan = onnxruntime.SessionOptions()
        plan.intra_op_num_threads = plan.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            self.path, plan, providers=["CPUExecutionProvider"]
        )

    def eval(self):
        """Return itself: it does nothing but answer."""
        return self

    def __call__(self, *rows: torch.Tensor) -> torch.Tensor:
        """Return stars above the item's mean, (B,)."""
        told = {}
        for name, value in zip(GIVEN, rows, strict=True):
            value = value.float() if value.is_floating_point() else value
            told[name] = value.contiguous().numpy()
        [stars] = self.session.run(None, told)
        return torch.from_numpy(stars).to(rows[-1].dtype)


def write_onnx(net, path: Path) -> None:
    """Write a `HistoryNet` as an ONNX file that takes any number of rows."""
    example = (
        torch.arange(3),
        torch.zeros(3, 4, dtype=torch.int64),
        torch.zeros(3, 4),
        torch.ones(3, 4),
    )
    free = {name: {0: "n", 1: "m"} for name in GIVEN[1:]}
    free |= {"target": {0: "n"}, "stars": {0: "n"}}
    names = {"input_names": GIVEN, "output_names": ["stars"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather use dynamo
        torch.onnx.export(
            net.eval(),
            example,
            path,
            dynamo=False,
            opset_version=17,
            dynamic_axes=free,
            **names,
        )


def rounded_file(path: Path) -> Path:
    """Return the file that dynamic quantisation makes of another."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = path.with_name("int8.onnx")
    how = {"per_channel": True, "weight_type": QuantType.QInt8}
    quantize_dynamic(path, small, **how)
    return small


def copies(net, other, folder: Path) -> dict:
    """The network, and smaller ones; two of them in another runtime."""
    alone = deepcopy(net)
    torch.nn.init.zeros_(alone.out.weight)
    rounded = InOnnx(net, folder, rounded=True)
    return {
        "recx:float32": net,
        "recx:in ONNX Runtime": InOnnx(net, folder),
        "recx:in ONNX Runtime, int8": rounded,
        "recx:int8": to_int8(net),
        "recx:half": prune_small(net, 0.5),
        "recx:half, int8": to_int8(prune_small(net, 0.5)),
        "recx:a fifth": prune_small(net, 0.8),
        "recx:a tenth": prune_small(net, 0.9),
        "recx:without head 0": silence_head(net, 0, 0),
        "recx:without head 1": silence_head(net, 0, 1),
        "floor:another seed": other,
        "floor:means alone": alone,
    }


def measure_smaller(seed: int) -> list[dict]:
    """Size, error and reasons of smaller networks, one training."""
    reviews = load_reviews("shop")
    train, test = split_random(reviews, 0.2, seed=seed)
    training = HistoryTraining(epochs=12)
    whole, other = (
        HistoryAttention(training=training, seed=one).fit(train, quiet=True)
        for one in (seed, seed + FLOOR)
    )
    for model in (whole, other):  # as it would be served
        model.net_ = model.net_.float()
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(test), 150, replace=False)
    pairs = list(zip(test.user_idx[drawn], test.item_idx[drawn], strict=True))
    pairs = [p for p in pairs if len(whole.histories_.past(*p)) > 3]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        nets = copies(whole.net_, other.net_, Path(folder))
        models = {name: using(whole, net) for name, net in nets.items()}
        took = times_of(models, pairs)
        old = stars_of(whole, test)
        first = [occlusion(whole.case(*pair)) for pair in pairs]
        for name, model in models.items():
            found[name] = kept(model, pairs, first, test, old) | took[name]
    return [
        row("shop", f"seed {seed}", system, metric, value, n=len(pairs))
        for system, figures in found.items()
        for metric, value in figures.items()
    ] + in_time(whole, pairs, seed)


def using(whole, net):
    """Return the recommender with another network."""
    model = copy(whole)
    model.net_ = net
    return model


def stars_of(model, test) -> np.ndarray:
    """Return the stars of a table's rows, (n,), from weights of float32."""
    net = model.net_
    if not isinstance(net, InOnnx):
        net = deepcopy(net).double()  # the weights as they are
    return using(model, net).predict(test.user_idx, test.item_idx)


def times_of(models: dict, pairs) -> dict[str, dict[str, float]]:
    """Processor time of one explanation, by turns: the median, and as a share
    of the whole network's.
    """
    took = {name: [] for name in models}
    for pair in pairs[:10]:  # what a first call does besides
        for model in models.values():
            occlusion(model.case(*pair))
    for pair in pairs:
        for name, model in models.items():
            start = process_time()
            occlusion(model.case(*pair))
            took[name].append(1000 * (process_time() - start))
    half = {name: float(np.median(each)) for name, each in took.items()}
    whole = half["recx:float32"]
    return {
        name: {"explain_cpu_p50_ms": ms, "p50_of_whole": ms / whole}
        for name, ms in half.items()
    }


def n_bytes(net) -> int:
    """Return how many bytes a network takes, in memory or in its file."""
    if isinstance(net, InOnnx):
        return net.path.stat().st_size
    return stored_bytes(net)


def kept(model, pairs, old, test, scores) -> dict[str, float]:
    """What a smaller network weighs, errs, and still says; `old` and `scores`
    are the whole network's reasons, and its stars for the test part.
    """
    cases = [model.case(*pair) for pair in pairs]
    now = [occlusion(case) for case in cases]
    both = list(zip(now, old, strict=True))
    same = [a.top(1)[0].name == b.top(1)[0].name for a, b in both]
    shared = [shared_of(a, b) for a, b in both]
    falls = {"own_reasons": now, "old_reasons": old}
    said = stars_of(model, test)
    found = {"kb": n_bytes(model.net_) / 1024}
    found["rmse"] = rmse(test.rating, said)
    found["largest gap"] = float(np.abs(said - scores).max())
    found["same_first"], found["same_three"] = np.mean(same), np.mean(shared)
    for name, reasons in falls.items():
        moved = [
            comprehensiveness(case, why, 3, "either")
            for case, why in zip(cases, reasons, strict=True)
        ]
        found[name] = float(np.mean(moved))
    return found


def shared_of(a, b) -> float:
    """The share of three strongest reasons that two explanations share."""
    first = {piece.name for piece in a.top(3)}
    return len(first & {piece.name for piece in b.top(3)}) / 3


def in_time(model, pairs, seed: int) -> list[dict]:
    """What the exact and the cheap method take, and how far they agree."""
    cases = [model.case(*pair) for pair in pairs]
    rows, found = [], {}
    for name, method in (
        ("exact", occlusion),
        ("cheap", gradient_times_input),
    ):
        start = perf_counter()
        found[name] = [method(case) for case in cases]
        ms = 1000 * (perf_counter() - start) / len(cases)
        what = partial(row, "shop", f"seed {seed}", f"recx:{name}")
        rows.append(what("explain_ms", ms, n=len(cases)))
        both = zip(found[name], found["exact"], strict=True)
        shared = [shared_of(a, b) for a, b in both]
        rows.append(what("same_three", np.mean(shared), n=len(cases)))
    return rows


def together(trainings: list[list[dict]]) -> list[dict]:
    """Return the rows of several trainings as means, with their spread."""
    found: dict[tuple[str, str], list[float]] = {}
    for rows in trainings:
        for one in rows:
            key = one["system"], one["metric"]
            found.setdefault(key, []).append(one["value"])
    split = f"{len(trainings)} training" + "s" * (len(trainings) > 1)
    made = []
    for (system, metric), values in found.items():
        fold = over_folds(values)
        made.append(row("shop", split, system, metric, **fold))
    return made


def measure_again() -> list[dict]:
    """Measure every training once; return the rows of all together."""
    trainings = []
    for seed in SEEDS:
        ask = partial(measure_smaller, seed)
        told = "service-networks", str(seed), ask, SOURCES
        trainings.append(remembered(*told))
        print(f"training {seed} measured", flush=True)
    return together(trainings)


if __name__ == "__main__":
    torch.set_num_threads(1)
    old = stored_without("service", lambda one: "training" in one["split"])
    print(f"written: {write_rows('service', old + measure_again()).name}")
