"""What goes wrong around a service, done to it: nothing is lost that it said thank you for."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import httpx
import pytest
import schemathesis
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.serve import Gate, Shelf, TimedExplainer
from recx_lib.serve import __main__ as shop
from recx_lib.serve.app import make_app
from recx_lib.serve.shelf import LABEL
from recx_lib.serve.store import Store, StoreBusy
from tests.service_cases import (
    ANN,
    SECRET,
    asking,
    header,
    make_service,
    purchases,
    put_on_shelf,
    said,
)

pytestmark = pytest.mark.slow  # services are started and killed

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60  # seconds until a server that does not come is given up


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shelf with a model."""
    place = tmp_path_factory.mktemp("shelf")
    put_on_shelf(place)
    return place


@pytest.fixture
def base(tmp_path):
    return tmp_path / "shop.db"


# something inside breaks


class Broken:
    """An explainer that knows a secret and says it when it breaks."""

    def explain(self, case, key, seconds):
        raise RuntimeError(f"{case.user} has a secret")


def test_our_mistake_has_a_number_and_nothing_else(folder, caplog):
    with asking(make_service(folder, explainer=Broken())) as client:
        answer = client.get("/recommend", headers=header())
    assert (
        answer.status_code == 500
        and answer.headers["Cache-Control"] == "no-store"
    )
    detail = answer.json()["detail"]
    assert detail.startswith("our mistake; it has the number ")
    assert not any(
        word in answer.text
        for word in ("secret", ANN, "Error", "File", "recx_lib")
    )
    # inside, the number leads to the place; the message, which may hold somebody's data, is not kept
    number = detail.split()[-1]
    [told] = [
        r.message
        for r in caplog.records
        if r.levelno == logging.ERROR and r.name == "recx.service"
    ]
    assert number in told and "RuntimeError" in told and "in explain" in told
    assert "has a secret\n" not in told.replace(
        'raise RuntimeError(f"{case.user} has a secret")\n', ""
    )
    assert ANN not in caplog.text


def test_who_takes_too_long_is_told_before_the_work_is_done(folder):
    """Asked without a client: clients wait until everything has ended."""
    free, sent = threading.Event(), []

    def stuck(case):
        free.wait(PATIENCE)
        return case.explanation("late", [1] * len(case))

    service = make_service(
        folder, explainer=TimedExplainer(stuck, stuck), seconds=0.02
    )
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/recommend",
        "query_string": b"n=1",
    }
    scope["headers"] = [(b"authorization", header()["Authorization"].encode())]

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append((message, free.is_set()))
        if (
            not message.get("more_body")
            and message["type"] == "http.response.body"
        ):
            free.set()  # only now can the work go on

    asyncio.run(make_app(service)(scope, receive, send))
    (start, _), (body, was_free) = sent
    assert (
        start["status"] == 503 and (b"retry-after", b"1") in start["headers"]
    )
    assert b"too long" in body["body"] and not was_free
    assert service.gate.inside == 0


def test_a_full_shop_says_so_at_once_and_its_doctors_are_let_in(folder):
    inside, free = threading.Event(), threading.Event()

    def slow(case):
        inside.set()
        free.wait(PATIENCE)
        return case.explanation("late", [1] * len(case))

    service = make_service(
        folder,
        explainer=TimedExplainer(slow, slow),
        inside=1,
        seconds=PATIENCE,
    )
    with asking(service) as client, ThreadPoolExecutor(1) as other:
        first = other.submit(client.get, "/recommend?n=1", headers=header())
        try:
            assert inside.wait(PATIENCE)
            answer = client.get("/recommend", headers=header())
            assert (
                answer.status_code == 503
                and answer.headers["Retry-After"] == "1"
            )
            assert (
                client.get("/health").status_code
                == client.get("/metrics").status_code
                == 200
            )
        finally:
            free.set()
        assert first.result(PATIENCE).status_code == 200
        assert (
            client.get("/recommend?n=1", headers=header()).status_code == 200
        )


def test_a_gate_counts_those_inside():
    gate = Gate(2)
    assert [gate.enter() for _ in range(3)] == [True, True, False]
    gate.leave()
    assert gate.enter() and not gate.enter() and gate.inside == 2
    with pytest.raises(DataError, match="most=0"):
        Gate(0)


# the base is locked, full, away


def test_a_locked_base_is_no_thank_you_and_the_same_message_counts_once(
    folder, base
):
    service = make_service(folder, f"sqlite:///{base}")
    item = service.shelf.now.items[0]
    with (
        asking(service) as client,
        contextlib.closing(
            sqlite3.connect(base, isolation_level=None)
        ) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        answer = client.post("/feedback", json=said(item), headers=header())
        assert (
            answer.status_code == 503 and answer.headers["Retry-After"] == "1"
        )
        assert "locked" not in answer.text and "sqlite" not in answer.text
        # who only reads is not disturbed
        assert client.get("/recommend", headers=header()).status_code == 200
        other.execute("ROLLBACK")
        for new in (True, False):
            answer = client.post(
                "/feedback", json=said(item), headers=header()
            )
            assert (answer.status_code, answer.json()) == (201, {"new": new})
    assert service.store.count() == len(purchases()) + 1


def test_a_full_disk_is_no_thank_you_and_what_was_kept_is_kept(folder, base):
    service = make_service(folder, f"sqlite:///{base}")
    full = service.store.engine

    def filled(connection, _record):
        connection.execute(
            "PRAGMA max_page_count=1"
        )  # as large as it is, and no larger

    full.dispose()
    sa.event.listen(full, "connect", filled)
    item, codes = service.shelf.now.items[0], []
    with asking(service) as client:
        while len(codes) < 2000 and 503 not in codes:
            answer = client.post(
                "/feedback",
                json=said(item, f"key-{len(codes):05}"),
                headers=header(),
            )
            codes.append(answer.status_code)
        assert codes[-1] == 503 and set(codes[:-1]) <= {201}
        assert "full" not in answer.text
        assert client.get("/recommend", headers=header()).status_code == 200
    sa.event.remove(full, "connect", filled)
    full.dispose()
    assert Store(f"sqlite:///{base}").count() == len(
        purchases()
    ) + codes.count(201)


def test_a_base_that_is_no_base_is_busy_not_a_traceback(tmp_path):
    with pytest.raises(StoreBusy):
        Store(f"sqlite:///{tmp_path / 'no' / 'folder.db'}")


# the model is replaced


def test_a_model_is_swapped_while_it_answers_and_no_request_fails(
    folder, tmp_path
):
    versions = [put_on_shelf(tmp_path, reg) for reg in (100, 300)]
    service = make_service(tmp_path)
    stop, seen, bad = threading.Event(), set(), []

    def ask(client):
        while not stop.is_set():
            answer = client.get("/recommend?n=2", headers=header())
            if answer.status_code != 200:
                bad.append(answer.status_code)
                return
            seen.add(answer.json()["model"])

    with asking(service) as client, ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(ask, client) for _ in range(2)]
        try:
            late = monotonic() + PATIENCE
            for reg, version in (
                (100, versions[0]),
                (300, versions[1]),
                (100, versions[0]),
            ):
                seen.clear()
                put_on_shelf(tmp_path, reg)
                while version not in seen and not bad and monotonic() < late:
                    pass
        finally:
            stop.set()
        for one in asked:
            one.result(PATIENCE)
    assert bad == [] and service.shelf.now.version == versions[0]


@pytest.mark.parametrize(
    "fault",
    ["flipped", "truncated", "gone", "another label", "no label", "not json"],
)
def test_a_model_that_cannot_be_read_changes_nothing(tmp_path, fault):
    version = put_on_shelf(tmp_path, 100)
    service = make_service(tmp_path)
    other = put_on_shelf(tmp_path, 300)
    file, label = tmp_path / f"model-{other}.safetensors", tmp_path / LABEL
    whole = file.read_bytes()
    if fault == "flipped":
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif fault == "truncated":
        file.write_bytes(whole[:100])
    elif fault == "gone":
        file.unlink()
    elif fault == "another label":
        label.write_text(label.read_text().replace(other, version, 1))
    elif fault == "no label":
        label.unlink()
    else:
        label.write_text("{")
    with asking(service) as client:
        told = client.get("/health").json()
        assert told == {"status": "old model", "model": version}
        assert (
            client.get("/recommend", headers=header()).json()["model"]
            == version
        )
        put_on_shelf(tmp_path, 500)
        assert client.get("/health").json()["status"] == "ok"
    assert service.shelf.trouble == ""


def test_a_shelf_without_a_model_is_refused_at_the_start(tmp_path):
    with pytest.raises(
        ValueError, match="no model can be read .* save it again"
    ):
        Shelf(tmp_path)


# the plug is pulled


@contextlib.contextmanager
def serving(folder: Path, *more_words: str):
    """A real server in a process of its own; yields it and what it said."""
    command = [
        sys.executable,
        "-m",
        "recx_lib.serve",
        "--folder",
        str(folder),
        "--port",
        "0",
        *more_words,
    ]
    more = {"RECX_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    pipes = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
        "text": True,
    }
    process = subprocess.Popen(
        command, env=os.environ | more, cwd=folder, **pipes
    )
    try:
        said = process.stdout.readline()  # printed when its door is open
        assert "http://127.0.0.1:" in said, said
        yield process, said
    finally:
        process.terminate()  # a supervisor ends its workers, too
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def test_kill_9_loses_nothing_that_was_thanked_for(folder, tmp_path):
    put_on_shelf(tmp_path)
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    Store(url).fill(purchases())
    item = Shelf(tmp_path).now.items[0]
    thanked, enough = set(), threading.Event()
    with serving(tmp_path) as (process, printed):
        # a log is kept: no customer and no token that outlives this process
        assert "#" not in printed and ANN not in printed
        address = printed.split()[-1]

        def speak(name):
            with httpx.Client(base_url=address, timeout=PATIENCE) as client:
                for n in range(10_000):
                    key = f"{name}-{n:06}"
                    try:
                        answer = client.post(
                            "/feedback", json=said(item, key), headers=header()
                        )
                    except httpx.HTTPError:
                        return
                    if answer.status_code == 201:
                        thanked.add(key)
                    if len(thanked) >= 40:
                        enough.set()

        with ThreadPoolExecutor(2) as pool:
            speakers = [pool.submit(speak, name) for name in ("one", "two")]
            assert enough.wait(PATIENCE)
            os.kill(process.pid, signal.SIGKILL)
            for one in speakers:
                one.result(PATIENCE)
    with contextlib.closing(
        sqlite3.connect(tmp_path / "shop.db")
    ) as connection:
        kept = {
            key for [key] in connection.execute("SELECT key FROM feedback")
        }
    assert len(thanked) >= 40 and thanked <= kept
    more = {key for key in kept - thanked if not key.startswith("past")}
    assert len(more) <= 2  # that were on their way


# a worker dies

PLAIN = ssl.create_default_context()  # once: each of its own takes long


def workers_of(process) -> set[int]:
    """The processes that a supervisor has begun and that serve."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    found = set()
    for pid in path.read_text().split():
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(int(pid))
    return found


def wait_for(true, what: str, process) -> None:
    """Go on when something is true; it must be in time."""
    late = monotonic() + PATIENCE
    while not true():
        assert monotonic() < late, what
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(
                0.05
            )  # it does not end: this is how long we look away


def test_a_worker_may_take_its_time_to_begin(tmp_path, monkeypatch):
    """One that is ended after five seconds never begins on a busy machine."""
    put_on_shelf(tmp_path)
    Store(f"sqlite:///{tmp_path / 'shop.db'}").fill(purchases())
    asked = {}
    monkeypatch.setattr("uvicorn.run", lambda _, **how: asked.update(how))
    words = ["shop", "--folder", str(tmp_path), "--port=0", "--workers=2"]
    monkeypatch.setattr("sys.argv", words)
    monkeypatch.setenv("RECX_SERVICE", "")  # put back at the end
    shop.main()
    limit = asked["timeout_worker_healthcheck"]
    assert asked["workers"] == 2 and limit >= PATIENCE


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("RECX_SECRET", [], "RECX_SECRET: .*16 characters"),
        ("RECX_WATCHER", [], "RECX_WATCHER: .*16 characters"),
        ("UNREAD", ["--data", "nowhere.csv"], "--data nowhere.csv: "),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_is_made(
    tmp_path, monkeypatch, name, words, said
):
    folder = ["--folder", str(tmp_path), "--port=0"]
    monkeypatch.setattr("sys.argv", ["shop", *folder, *words])
    monkeypatch.setenv(name, "too short")
    with pytest.raises(SystemExit, match=said):
        shop.main()
    assert not (tmp_path / "model.json").exists()


def test_a_door_that_is_taken_is_named_with_the_remedy():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f":{port} .*--port"):
            shop._door("127.0.0.1", port)


def test_no_search_for_rubbish_visits_what_the_start_has_made(tmp_path):
    """It takes a quarter of a second: nobody is answered as long as it does."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    put_on_shelf(tmp_path)
    told = {"folder": str(tmp_path), "url": url, "data": "shop"}
    gc.unfreeze()
    shop.build(told | {"secret": SECRET, "watcher": None})
    left_out = gc.get_freeze_count()
    gc.unfreeze()
    assert left_out > 100_000  # what was imported, and the shop


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="reads /proc of Linux"
)
def test_a_worker_that_dies_is_replaced_and_nothing_thanked_for_is_lost(
    tmp_path,
):
    put_on_shelf(tmp_path)
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    Store(url).fill(purchases())
    item = Shelf(tmp_path).now.items[0]
    thanked, broken, refused = [], [], []
    with serving(tmp_path, "--workers", "2") as (supervisor, printed):
        address = printed.split()[-1]

        def say(key) -> None:
            """Send until thanked for, as a customer's program would."""
            late = monotonic() + PATIENCE
            while monotonic() < late:
                # a connection of its own: either worker may get it
                try:
                    answer = httpx.post(
                        f"{address}feedback",
                        json=said(item, key),
                        headers=header(),
                        timeout=PATIENCE,
                        verify=PLAIN,
                    )
                except httpx.TimeoutException:
                    continue
                except httpx.TransportError:
                    broken.append(key)
                    continue
                if answer.status_code == 201:
                    thanked.append(key)
                    return
                refused.append(answer.status_code)
            raise AssertionError(f"nobody thanked for {key}: {refused}")

        # one that dies before it can answer is replaced, too, and soon
        wait_for(
            lambda: len(workers_of(supervisor)) == 2, "two begun", supervisor
        )
        early = max(workers_of(supervisor))
        os.kill(early, signal.SIGKILL)
        wait_for(
            lambda: len(workers_of(supervisor) - {early}) == 2,
            "another for the one that never began",
            supervisor,
        )
        say("before-01")
        first = workers_of(supervisor)
        assert len(first) == 2
        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        for n in range(3):  # while one is away the other answers
            say(f"after-{n:02}")
        wait_for(
            lambda: len(workers_of(supervisor) - {victim}) == 2,
            "another in its place",
            supervisor,
        )
        assert len(workers_of(supervisor) & first) == 1
        told = httpx.get(
            f"{address}recommend", headers=header(), timeout=PATIENCE
        )
        assert told.status_code == 200
    with contextlib.closing(
        sqlite3.connect(tmp_path / "shop.db")
    ) as connection:
        asked = connection.execute("SELECT key FROM feedback")
        kept = [key for [key] in asked if not key.startswith("past")]
    assert sorted(kept) == sorted(thanked) and len(thanked) == 4
    # at most what was on its way when a worker died had to be sent again
    assert len(broken) <= 2 and set(refused) <= {503}


# requests that nobody would think of


schemathesis.checks.load_all_checks()
CONFORM = schemathesis.checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "response_schema_conformance",
        "content_type_conformance",
    ]
)


def test_no_request_from_the_schema_breaks_it(folder):
    """Every route, with what its schema allows: the answer is one that the schema names."""
    app = make_app(make_service(folder))
    asked = set()
    for found in schemathesis.openapi.from_asgi(
        "/openapi.json", app
    ).get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(operation.as_strategy())
        def ask(case):
            case.headers = {**(case.headers or {}), **header()}
            answer = case.call()
            asked.add(answer.status_code)
            case.validate_response(answer, checks=CONFORM)

        ask()
    assert {200, 404} <= asked and not [
        status for status in asked if status >= 500
    ]


TEXT = st.text(max_size=30) | st.binary(max_size=30).map(
    lambda b: b.decode("latin-1")
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda v: st.lists(v) | st.dictionaries(TEXT, v),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def bare(folder):
    with asking(make_service(folder)) as client:
        yield client


@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(
    st.sampled_from(
        ["/feedback", "/what-if", "/recommend", "/explain", "/me", "/nope"]
    ),
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    VALUES,
    TEXT,
)
def test_no_nonsense_breaks_it(bare, path, method, body, word):
    params = {"item": word, "n": word[:5]}
    answer = bare.request(
        method, path, params=params, json=body, headers=header()
    )
    assert answer.status_code < 500, (path, method, body)
    assert "Traceback" not in answer.text
