"""What the service of chapter 17 takes, and what a smaller network keeps.

`python -m benchmarks.service` loads a real server at growing rates, pulls its
plug, replaces its model, asks it ten thousand senseless questions, and makes
chapter 10's network smaller (`benchmarks.service_networks`). Writes
book/results/service.json. The load is made on the same machine: one core
serves, the others ask (`benchmarks.service_load`). Both also run alone, and
leave all other rows as they stand.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

import httpx
import numpy as np
import torch

from benchmarks.service_load import (
    SECRET,
    SYSTEMS,
    header,
    measure_load,
    prepare,
    serving,
)
from benchmarks.service_networks import SEEDS, measure_smaller, together
from benchmarks.tidy import remembered, row, write_rows
from recx_lib.data import load_reviews
from recx_lib.serve import Shelf, queue_waits
from recx_lib.serve.app import Service, Settings, make_app
from recx_lib.serve.store import Store

FUZZED = 2100  # requests for each route that takes something: five
SOURCES = ("recx_lib/serve/*.py", "recx_lib/nets/smaller.py")
SOURCES += ("benchmarks/service.py", "benchmarks/service_*.py")
BUSY = (0.5, 0.8, 0.9)  # of a core; the knee is at .8
PRICE = 0.04  # of a core for an hour, to name one
record = partial(row, "shop", "all")


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


def main() -> None:
    """Measure everything, each piece once; write the file."""
    torch.set_num_threads(1)
    pieces = {f"load {n}": partial(measure_load, n) for n in SYSTEMS}
    pieces["work"] = measure_work
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
    main()
