"""How many customers the service of chapter 17 can take: its load curve.

`python -m benchmarks.service_load` asks a real server at growing rates until
two of them lie beyond the knee: more than 5 of 100 answers take longer than
50 ms, or somebody is sent away. One worker on one core, while the other core
asks; then two workers on both cores, where whoever asks takes part of one.
How late the questions were sent, and how busy their sender was, stand beside
the answers: a sender at its own limit would hide the server's. It replaces
these rows of book/results/service.json, in six minutes, on a machine that
does nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from benchmarks.tidy import row, stored_without, write_rows
from recx_lib.data import load_reviews
from recx_lib.recommend import EASE
from recx_lib.serve import Shelf, save_model, token_for
from recx_lib.serve.__main__ import BEGINS, _door, settled
from recx_lib.serve.app import Service, Settings, make_app
from recx_lib.serve.store import Store

SECRET = "only for this benchmark"
RATES = (20, 80, 140, *range(200, 641, 40))  # requests a second
SECONDS = 10.0  # for each rate
IN_TIME = 50.0  # ms, within which 95 of 100 answers must come
WHERE = "RECX_BENCHMARK_FOLDER"  # tells new processes what to serve
SYSTEMS = {1: "recx:service", 2: "recx:service, two workers"}
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
def serving(folder: Path, workers: int = 1):
    """Serve a folder in a process of its own; yield it and its address."""
    command = [sys.executable, "-m", "benchmarks.service_load", str(folder)]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, str(workers)], text=True, **quiet)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        if workers > 1:
            process.terminate()  # it ends its workers, too
            process.wait(60)
        process.kill()
        process.wait()


def build():
    """Return the application without a limit for each customer, so that the
    core is the limit.
    """
    folder = Path(os.environ[WHERE])
    store = Store(f"sqlite:///{folder / 'shop.db'}")
    settings = Settings(SECRET, rate=1e6, burst=10**6)
    return settled(make_app(Service(Shelf(folder), store, settings)))


def serve(folder: str, workers: str) -> None:
    """Serve: one worker on one core, or several on all."""
    import uvicorn

    os.environ[WHERE] = folder
    quiet = {"access_log": False, "log_level": "error", "factory": True}
    last = 1 if workers == "1" else None
    with _door("127.0.0.1", 0) as door, on_cores(0, last):
        print(f"http://127.0.0.1:{door.getsockname()[1]}", flush=True)
        app = "benchmarks.service_load:build"
        if workers == "1":
            uvicorn.Server(uvicorn.Config(app, **quiet)).run(sockets=[door])
            return
        quiet["timeout_worker_healthcheck"] = BEGINS
        uvicorn.run(app, workers=int(workers), fd=door.fileno(), **quiet)


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


class Lines:
    """Connections that are kept open, and asked over by HTTP/1.1.

    Plain sockets: a full client takes longer to ask than the service to
    answer, and once it is late it is later every time.
    """

    def __init__(self, address: str):
        self.host, port = address.removeprefix("http://").split(":")
        self.port, self.idle = int(port), []

    async def status(self, token: dict) -> int:
        """Ask for a list; return the answer's status, 0 where none came."""
        told = {"Host": self.host, **token}
        lines = [f"{name}: {value}" for name, value in told.items()]
        text = "\r\n".join(["GET /recommend HTTP/1.1", *lines, "", ""])
        try:
            line = await self.free()
            line[1].write(text.encode())
            head = await line[0].readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2]
            await line[0].readexactly(int(length.partition(b"\r")[0]))
        except (OSError, EOFError):
            return 0
        self.idle.append((perf_counter(), line))
        return int(head[9:12])

    async def free(self) -> tuple:
        """Return a line that was used just now, or a new one."""
        while self.idle:
            used, line = self.idle.pop()
            # sooner than the server, so that both never let go at once
            if perf_counter() - used < 2:
                return line
            line[1].close()
        return await asyncio.open_connection(self.host, self.port)

    def close(self) -> None:
        """Let go of all lines."""
        for _, line in self.idle:
            line[1].close()


async def load(address: str, rate: float, users: list[str]) -> np.ndarray:
    """Ask at random times, `rate` a second, whether or not answers have come;
    return status, seconds to the answer, and seconds that it was asked too
    late of each, (n, 3).
    """
    rng = np.random.default_rng(int(rate))
    times = rng.exponential(1 / rate, int(rate * SECONDS)).cumsum()
    tokens = [header(user) for user in users]
    drawn = rng.integers(len(tokens), size=len(times))
    found, lines, start = [], Lines(address), perf_counter()

    async def ask(begun: float, token: dict) -> None:
        late = perf_counter() - begun
        status = await lines.status(token)
        found.append((status, perf_counter() - begun, late))

    async with asyncio.TaskGroup() as group:
        for at, who in zip(times, drawn, strict=True):
            begun = start + at  # when it should be asked
            await asyncio.sleep(max(0.0, begun - perf_counter()))
            group.create_task(ask(begun, tokens[who]))
    lines.close()
    return np.array(found)


def worked(pid: int) -> float:
    """Return the processor seconds of a process and of those it began."""
    home = Path(f"/proc/{pid}")
    ticks = map(
        int, (home / "stat").read_text().rpartition(")")[2].split()[11:13]
    )
    own = sum(ticks) / os.sysconf("SC_CLK_TCK")
    begun = (home / "task" / str(pid) / "children").read_text().split()
    return own + sum(map(worked, map(int, begun)))


def at_rate(address: str, rate: int, users: list[str], pid: int) -> dict:
    """Return what came of one rate: waits, refusals, and of both sides' work."""
    start, asked, served = perf_counter(), process_time(), worked(pid)
    found = asyncio.run(load(address, rate, users))
    took = perf_counter() - start
    busy = {"asker_busy": (process_time() - asked) / took}
    busy["server_busy"] = (worked(pid) - served) / took
    status, waited, late = found.T
    good = 1000 * waited[status == 200]
    waits = zip((50, 95, 99), np.percentile(good, (50, 95, 99)), strict=True)
    told = {f"p{q}_ms": ms for q, ms in waits}
    told["refused"] = np.isin(status, (429, 503)).mean()
    told["failed"] = (~np.isin(status, (200, 429, 503))).mean()
    told["answered"] = len(good) / took
    told["late_p95_ms"] = 1000 * np.percentile(late, 95)
    return told | busy | {"rate": rate, "n": len(found)}


def measure_load(workers: int = 1) -> list[dict]:
    """Latency and refusals of /recommend (3 items) by rate."""
    rows, beyond = [], 0
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        users = prepare(folder)
        # what asks takes nothing from one worker; of two it cannot but
        first = 1 if workers == 1 else 0
        with (
            serving(folder, workers) as (server, address),
            on_cores(first, None),
        ):
            asyncio.run(load(address, 40, users))  # warm
            for rate in RATES:
                told = at_rate(address, rate, users, server.pid)
                place = {"setting": f"{rate} a second", "n": told.pop("n")}
                what = partial(record, SYSTEMS[workers], **place)
                rows += [what(name, value) for name, value in told.items()]
                print(
                    workers,
                    rate,
                    {k: round(float(v), 2) for k, v in told.items()},
                )
                out = told["refused"] + told["failed"] > 0
                beyond += bool(told["p95_ms"] > IN_TIME or out)
                if beyond == 2:
                    break
    return rows


def main() -> None:
    """Measure one worker and two; replace their rows."""
    rows = [one for n in SYSTEMS for one in measure_load(n)]
    old = stored_without("service", lambda one: " a second" in one["setting"])
    print(f"written: {write_rows('service', old + rows).name}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        serve(*sys.argv[1:])
    else:
        main()
