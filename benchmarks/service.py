"""What the service of chapter 17 takes, and what a smaller network keeps.

`python -m benchmarks.service` loads a real server at growing rates, pulls its
plug, replaces its model, asks it ten thousand senseless questions, and makes
chapter 10's network smaller. Writes book/results/service.json. The load is
made on the same machine: one core serves, the others ask.
`python -m benchmarks.service load` measures the load alone (two minutes; on a
machine that does nothing else) and leaves all other rows as they stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from copy import copy, deepcopy
from functools import partial
from pathlib import Path
from time import perf_counter

import httpx
import numpy as np
import torch

from benchmarks.tidy import (
    over_folds,
    remembered,
    row,
    with_stored,
    write_rows,
)
from recx_lib.data import load_reviews, split_random
from recx_lib.explain import gradient_times_input, occlusion
from recx_lib.judge import comprehensiveness, rmse
from recx_lib.nets import prune_small, silence_head, stored_bytes, to_int8
from recx_lib.recommend import EASE, HistoryAttention, HistoryTraining
from recx_lib.serve import Shelf, queue_waits, save_model, token_for
from recx_lib.serve.app import Service, Settings, make_app
from recx_lib.serve.store import Store

SECRET = "only for this benchmark"
RATES = (10, 20, 40, 80, 120, 140)  # requests a second
SECONDS = 10.0  # for each rate
FUZZED = 2100  # requests for each route that takes something: five
SEEDS = (0, 1, 2)
SOURCES = ("recx_lib/serve/*.py", "recx_lib/nets/smaller.py")
SOURCES += ("benchmarks/service.py",)
BUSY = (0.5, 0.8, 0.9)  # of a core; the knee is at .8
PRICE = 0.04  # of a core for an hour, to name one
record = partial(row, "shop", "all")


def header(customer: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_for(customer, SECRET)}"}


def prepare(folder: Path, reg: float = 300.0) -> list[str]:
    """Put a model on the shelf, and the past into the base."""
    reviews = load_reviews("shop")
    titles = {item: reviews.title(item) for item in reviews.items.raw}
    save_model(folder, EASE(reg=reg).fit(reviews), titles)
    store = Store(f"sqlite:///{folder / 'shop.db'}")
    if not store.count():
        rows = reviews.frame[["user", "item"]].itertuples(index=False)
        store.fill(map(tuple, rows))
    return reviews.users.raw


@contextlib.contextmanager
def serving(folder: Path):
    """Serve a folder in a process of its own; yield it and its address."""
    command = [sys.executable, "-m", "benchmarks.service", "serve"]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, str(folder)], text=True, **quiet)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def serve(folder: Path) -> None:
    """Serve on one core, without a limit for each customer, so that the core
    is the limit.
    """
    import uvicorn

    from recx_lib.serve.__main__ import _door

    store = Store(f"sqlite:///{folder / 'shop.db'}")
    settings = Settings(SECRET, rate=1e6, burst=10**6)
    app = make_app(Service(Shelf(folder), store, settings))
    with _door("127.0.0.1", 0) as door, on_cores(0, 1):
        print(f"http://127.0.0.1:{door.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, access_log=False, log_level="error")
        uvicorn.Server(config).run(sockets=[door])


@contextlib.contextmanager
def on_cores(first: int, last: int | None):
    """Keep this process on some of the cores that it may use, as counted from
    0, where the system lets one choose and there are as many.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[first:last] or cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


async def load(address: str, rate: float, users: list[str]) -> np.ndarray:
    """Ask at random times, `rate` a second, whether or not answers have come;
    return (status, seconds) of each, (n, 2).
    """
    rng = np.random.default_rng(int(rate))
    times = rng.exponential(1 / rate, int(rate * SECONDS)).cumsum()
    tokens = [header(user) for user in users]
    found = []
    # shorter than the server's five seconds, so that both never let go at once
    limits = httpx.Limits(max_connections=200, keepalive_expiry=2)
    async with httpx.AsyncClient(
        base_url=address, timeout=20, limits=limits
    ) as client:
        start = perf_counter()

        async def ask(at: float, token: dict) -> None:
            await asyncio.sleep(max(0.0, start + at - perf_counter()))
            begun = start + at  # when it should have been asked
            try:
                answer = await client.get("/recommend", headers=token)
                status = answer.status_code
            except httpx.TransportError:
                status = 0  # no answer: a failure
            found.append((status, perf_counter() - begun))

        drawn = rng.integers(len(tokens), size=len(times))
        async with asyncio.TaskGroup() as group:
            for at, who in zip(times, drawn, strict=True):
                group.create_task(ask(at, tokens[who]))
    return np.array(found)


def measure_load() -> list[dict]:
    """Latency and refusals of /recommend (3 items) by rate."""
    rows = []
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        users = prepare(folder)
        # what asks takes nothing from what answers
        with serving(folder) as (_, address), on_cores(1, None):
            asyncio.run(load(address, 40, users))  # warm
            for rate in RATES:
                found = asyncio.run(load(address, rate, users))
                good = found[found[:, 0] == 200, 1]
                place = {"setting": f"{rate} a second", "n": len(found)}
                what = partial(record, "recx:service", **place)
                for q in (50, 95, 99):
                    ms = 1000 * np.percentile(good, q)
                    rows.append(what(f"p{q}_ms", ms))
                refused = np.isin(found[:, 0], (429, 503)).mean()
                failed = 1 - len(good) / len(found) - refused
                rows.append(what("refused", refused))
                rows.append(what("failed", max(0.0, failed)))
                print(rate, [round(r["value"], 3) for r in rows[-5:]])
    return rows


def cores_used(pid: int) -> dict[str, int]:
    """Nanoseconds on a core of each thread of a process, as Linux counts."""
    found = {}
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            found[path.parent.name] = int(path.read_text().split()[0])
    return found


def work_of(pid: int, ask) -> float:
    """Processor seconds that a server spends on one request, to the end of
    all that it does about it.
    """
    before = now = cores_used(pid)
    ask()
    while now != (now := cores_used(pid)) or now == before:
        time.sleep(0.005)
    return sum(ns - before.get(one, 0) for one, ns in now.items()) / 1e9


def measure_work(n: int = 300) -> list[dict]:
    """Processor time of /recommend in a real server, one request at a time;
    what a million reasons cost at that; and how long people would wait if the
    server had a core of its own, by chapter 17's simulation.
    """
    found: dict[str, list[float]] = {"first time": [], "cached": []}
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        users = prepare(folder)
        with (
            serving(folder) as (process, address),
            httpx.Client(base_url=address, timeout=60) as client,
        ):
            for user in users[-20:]:
                client.get("/recommend", headers=header(user))
            for works in found.values():
                for user in users[:n]:
                    how = {"headers": header(user)}
                    ask = partial(client.get, "/recommend", **how)
                    works.append(work_of(process.pid, ask))
    rows = []
    for setting, works in found.items():
        what = partial(record, "recx:service", setting=setting, n=n)
        ms = 1000 * float(np.mean(works))
        rows.append(what("cpu_ms", ms))
        rows.append(what("cpu_p95_ms", 1000 * np.percentile(works, 95)))
        hours = 1e6 / 3 * ms / 1000 / 3600
        rows.append(what("core_hours_million", hours))
        rows.append(what("price_million", hours * PRICE / 0.6))
    return rows + on_its_own(np.array(found["first time"]))


def on_its_own(works: np.ndarray, n: int = 50_000) -> list[dict]:
    """Latency by rate of one core that does nothing else: arrivals at random,
    each with the measured work of one drawn request, one after another.
    """
    rng, rows = np.random.default_rng(0), []
    for busy in BUSY:
        rate = busy / works.mean()
        arrivals = rng.exponential(1 / rate, n).cumsum()
        work = rng.choice(works, n)
        ms = 1000 * (queue_waits(arrivals, work) + work)
        place = {"setting": f"busy {busy:.0%}", "n": n}
        what = partial(record, "recx:one core, simulated", **place)
        rows.append(what("rate", rate))
        for q in (50, 95, 99):
            rows.append(what(f"p{q}_alone_ms", np.percentile(ms, q)))
    return rows


def measure_kill(times: int = 3) -> list[dict]:
    """Pull the plug while two customers speak; count what was lost."""
    thanked = lost = 0
    for _ in range(times):
        with tempfile.TemporaryDirectory() as room:
            folder = Path(room)
            users = prepare(folder)
            item = load_reviews("shop").items.raw[0]
            keys: set[str] = set()
            with (
                serving(folder) as (process, address),
                ThreadPoolExecutor(2) as pool,
            ):
                enough = threading.Event()
                tell = partial(speak, address, item, keys, enough)
                said = [pool.submit(tell, user) for user in users[:2]]
                enough.wait(60)
                process.kill()
                for one in said:
                    one.result()
            with contextlib.closing(
                sqlite3.connect(folder / "shop.db")
            ) as base:
                asked = base.execute("SELECT key FROM feedback")
                kept = {key for [key] in asked}
            thanked, lost = thanked + len(keys), lost + len(keys - kept)
    what = partial(record, "recx:service", setting="kill -9", n=times)
    return [what("thanked", thanked), what("lost", lost)]


def speak(address, item, keys, enough, user) -> None:
    """Send feedback until nobody answers; note the keys thanked for."""
    with httpx.Client(base_url=address, timeout=60) as client:
        for n in range(100_000):
            key = f"{user}-{n:08}"
            said = {"item": item, "kind": "up", "key": key}
            try:
                answer = client.post(
                    "/feedback", json=said, headers=header(user)
                )
            except httpx.HTTPError:
                return
            if answer.status_code == 201:
                keys.add(key)
            if len(keys) >= 200:
                enough.set()


def measure_swap(times: int = 10) -> list[dict]:
    """Replace the model while two ask; count requests and failures."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        users = prepare(folder)
        stop, codes, versions = threading.Event(), [], set()

        def ask(user: str, address: str) -> None:
            with httpx.Client(base_url=address, timeout=60) as client:
                while not stop.is_set():
                    answer = client.get("/recommend", headers=header(user))
                    codes.append(answer.status_code)
                    versions.add(answer.json()["model"])

        with serving(folder) as (_, address), ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(ask, user, address) for user in users[:2]]
            for n in range(times):
                prepare(folder, reg=100.0 + n)
            stop.set()
            for one in asked:
                one.result()
    what = partial(record, "recx:service", setting="model replaced", n=times)
    failed = sum(code != 200 for code in codes)
    return [
        what("requests", len(codes)),
        what("failed", failed),
        what("models_seen", len(versions)),
    ]


def measure_fuzz() -> list[dict]:
    """Requests drawn from the OpenAPI schema, and how they were answered."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings

    counts: dict[str, int] = {}
    allowed = settings(
        max_examples=FUZZED,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    with tempfile.TemporaryDirectory() as room:
        users = prepare(Path(room))
        store = Store(f"sqlite:///{room}/fuzz.db")
        # a minute each: what is asked is on trial here, not the machine
        rules = Settings(SECRET, rate=1e6, burst=10**6, seconds=60.0)
        app = make_app(Service(Shelf(room), store, rules))
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        for found in schema.get_all_operations():

            @allowed
            @given(found.ok().as_strategy())
            def ask(case):
                case.headers = {**(case.headers or {}), **header(users[0])}
                answer = case.call()
                code = answer.status_code
                status = str(code) if code >= 500 else f"{code // 100}xx"
                counts[status] = counts.get(status, 0) + 1
                if code >= 500:  # told in full, so that it can be mended
                    print(code, case.as_curl_command(), answer.text)

            ask()
    what = partial(record, "recx:service", setting="fuzzed")
    rows = [what("requests", sum(counts.values()))]
    for status in ("2xx", "4xx", "500", "503"):
        rows.append(what(f"answers_{status}", counts.get(status, 0)))
    return rows


def copies(net) -> dict:
    """The network, and smaller ones."""
    alone = deepcopy(net)
    torch.nn.init.zeros_(alone.out.weight)
    return {
        "recx:float32": net,
        "recx:int8": to_int8(net),
        "recx:half": prune_small(net, 0.5),
        "recx:half, int8": to_int8(prune_small(net, 0.5)),
        "recx:a fifth": prune_small(net, 0.8),
        "recx:a tenth": prune_small(net, 0.9),
        "recx:without head 0": silence_head(net, 0, 0),
        "recx:without head 1": silence_head(net, 0, 1),
        "floor:means alone": alone,
    }


def measure_smaller(seed: int) -> list[dict]:
    """Size, error and reasons of smaller networks, one training."""
    reviews = load_reviews("shop")
    train, test = split_random(reviews, 0.2, seed=seed)
    training = HistoryTraining(epochs=12)
    whole = HistoryAttention(training=training, seed=seed)
    whole = whole.fit(train, quiet=True)
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(test), 150, replace=False)
    pairs = list(zip(test.user_idx[drawn], test.item_idx[drawn], strict=True))
    pairs = [p for p in pairs if len(whole.histories_.past(*p)) > 3]
    old = [occlusion(whole.case(*pair)) for pair in pairs]
    rows = []
    for system, net in copies(whole.net_).items():
        model = copy(whole)
        model.net_ = net
        what = partial(row, "shop", f"seed {seed}", system, n=len(pairs))
        for metric, value in kept(model, pairs, old, test).items():
            rows.append(what(metric, value))
    return rows + in_time(whole, pairs, seed)


def kept(model, pairs, old, test) -> dict[str, float]:
    """What a smaller network weighs, errs, and still says."""
    cases = [model.case(*pair) for pair in pairs]
    start = perf_counter()
    now = [occlusion(case) for case in cases]
    ms = 1000 * (perf_counter() - start) / len(cases)
    both = list(zip(now, old, strict=True))
    same = [a.top(1)[0].name == b.top(1)[0].name for a, b in both]
    shared = [shared_of(a, b) for a, b in both]
    falls = {"own_reasons": now, "old_reasons": old}
    found = {"kb": stored_bytes(model.net_) / 1024, "explain_ms": ms}
    found["rmse"] = rmse(
        test.rating, model.predict(test.user_idx, test.item_idx)
    )
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


def main() -> None:
    """Measure everything, each piece once; write the file."""
    torch.set_num_threads(1)
    pieces = {"load": measure_load, "work": measure_work}
    pieces |= {"kill": measure_kill, "swap": measure_swap}
    for seed in SEEDS:
        pieces[f"smaller {seed}"] = partial(measure_smaller, seed)
    pieces["fuzz"] = measure_fuzz
    rows, trainings = [], []
    for name, measure in pieces.items():
        start = perf_counter()
        found = remembered("service", name, measure, SOURCES)
        if name.startswith("smaller"):
            trainings.append(found)
        else:
            rows += found
        print(f"{name}: {perf_counter() - start:.0f} s", flush=True)
    rows += together(trainings)
    print(f"written: {write_rows('service', rows).name}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]))
    elif sys.argv[1:] == ["load"]:
        write_rows("service", with_stored("service", measure_load()))
    else:
        main()
