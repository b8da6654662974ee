"""What the service promises, to those who try it: strangers, threads, lost answers and files that come late."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from recx_lib.core import DataError, Evidence, Explanation, sum_case
from recx_lib.explain import occlusion
from recx_lib.serve import Shelf, TimedExplainer, names_hold, read_model
from recx_lib.serve.__main__ import _door
from recx_lib.serve.app import Settings, make_app
from recx_lib.serve.frames import frame_sentence
from recx_lib.serve.routes import explained
from recx_lib.serve.shelf import LABEL
from recx_lib.serve.store import Store, StoreBusy
from tests.service_cases import (
    ANN,
    BOB,
    asking,
    header,
    make_service,
    put_on_shelf,
    said,
    shop,
)

pytestmark = pytest.mark.slow  # a service is asked

PATIENCE = 60  # seconds until something that does not come is given up


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shelf with a model."""
    place = tmp_path_factory.mktemp("shelf")
    put_on_shelf(place)
    return place


def scope_of(path, name=None, method="GET", **more):
    """What a server hands to an application."""
    query = b"n=1" if path == "/recommend" else b""
    head = dict(more)
    if name:
        head["authorization"] = header(name)["Authorization"]
    heads = [(key.encode(), value.encode()) for key, value in head.items()]
    told = {"type": "http", "method": method, "path": path, "headers": heads}
    return told | {"query_string": query, "client": ("stranger", 1)}


async def status_of(app, scope, receive=None):
    """Ask an application itself; return the status."""
    found = []

    async def nothing():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            found.append(message["status"])

    await app(scope, receive or nothing, send)
    return found[0]


# feedback


def test_a_key_that_was_used_for_another_message_is_not_thanked_for(folder):
    service = make_service(folder)
    tent, mat = service.shelf.now.items[:2]
    with asking(service) as client:
        tell = {"headers": header()}
        codes = [
            client.post("/feedback", json=told, **tell).status_code
            for told in (
                said(tent, kind="up"),
                said(tent, kind="up"),
                said(tent, kind="down"),
                said(mat, kind="up"),
            )
        ]
        assert codes == [201, 201, 409, 409]
        again = said(tent, "key-0002", "down")
        assert client.post("/feedback", json=again, **tell).json()["new"]
    assert service.store.standing(ANN).hidden == {tent}


def test_no_customer_s_key_is_one_of_the_past():
    store = Store("sqlite://")
    assert store.fill([(ANN, "tent"), (BOB, "mat")])
    assert store.add(ANN, "mug", "bought", "past-0000")
    assert store.add(ANN, "mat", "bought", "past-0")
    assert store.standing(ANN).history == ("tent", "mug", "mat")
    # another copy of the service fills the same base at its start
    assert not store.fill([(ANN, "tent"), (BOB, "mat")])
    assert store.count() == 4


# strangers


def test_half_a_body_takes_no_place_inside(folder):
    service = make_service(folder, inside=2, seconds=0.5)
    app = make_app(service)

    async def never():
        await asyncio.get_running_loop().create_future()

    async def crowd():
        long = {"content-length": "100"}
        customers = [scope_of("/feedback", BOB, "POST", **long)] * 3
        strangers = [scope_of("/feedback", None, "POST", **long)] * 3
        asked = []
        for scope in (*customers, *strangers):
            asked.append(asyncio.create_task(status_of(app, scope, never)))
        await asyncio.sleep(0)
        served = await status_of(app, scope_of("/recommend", ANN))
        return served, await asyncio.gather(*asked)

    served, others = asyncio.run(crowd())
    assert served == 200
    # who is no customer is told so at once, body or no body
    assert others == [408] * 3 + [401] * 3
    assert service.gate.inside == 0


def test_those_who_watch_are_counted_and_strangers_push_nobody_out(folder):
    service = make_service(folder, rate=0.001, burst=3)
    service.strangers.most = service.bucket.most = 2
    app = make_app(service)

    async def ask():
        codes = {"health": [], "before": [], "after": []}
        for _ in range(4):
            code = await status_of(app, scope_of("/health"))
            codes["health"].append(code)
            code = await status_of(app, scope_of("/recommend", ANN))
            codes["before"].append(code)
        for n in range(5):
            stranger = scope_of("/recommend") | {"client": (f"place {n}", 1)}
            assert await status_of(app, stranger) == 401
        code = await status_of(app, scope_of("/recommend", ANN))
        codes["after"].append(code)
        return codes

    codes = asyncio.run(ask())
    assert codes["health"] == codes["before"] == [200, 200, 200, 429]
    assert codes["after"] == [429]


def test_a_refusal_counts_for_the_rate(folder):
    with asking(make_service(folder, rate=0.001, burst=2, body=9)) as client:
        asked = {"content": b"x" * 10, "headers": header()}
        codes = [client.post("/feedback", **asked).status_code for _ in "123"]
    assert codes == [413, 413, 429]


# work that goes on


def test_who_was_given_up_still_holds_a_place_and_a_thread(folder):
    free = threading.Event()

    def stuck(case):
        free.wait(PATIENCE)
        return case.explanation("late", [1] * len(case))

    explainer = TimedExplainer(stuck, stuck)
    service = make_service(folder, explainer=explainer, inside=2, seconds=0.3)
    app = make_app(service)

    async def ask():
        told = [asyncio.Queue() for _ in range(2)]
        asked = []

        async def first(queue):
            async def nothing():
                return {"type": "http.request", "body": b""}

            async def send(message):
                await queue.put(message)

            await app(scope_of("/recommend", ANN), nothing, send)

        for queue in told:
            asked.append(asyncio.create_task(first(queue)))
        codes = [(await queue.get())["status"] for queue in told]
        inside = service.gate.inside
        try:
            codes.append(await status_of(app, scope_of("/recommend", ANN)))
            watch = [await status_of(app, scope_of("/alive"))]
            watch.append(await status_of(app, scope_of("/health")))
            watch.append(await status_of(app, scope_of("/metrics")))
        finally:
            free.set()
        await asyncio.gather(*asked)
        return codes, inside, watch

    codes, inside, watch = asyncio.run(ask())
    assert codes == [503] * 3 and inside == 2 and watch == [200] * 3
    assert service.gate.inside == 0  # when the work has ended, not before


def test_a_gate_as_wide_as_the_threads_is_refused():
    with pytest.raises(DataError, match="inside=40 must be below 40"):
        Settings("a secret of some length", inside=40)


def test_what_breaks_after_the_answer_leaves_no_name_in_any_log(
    folder, caplog
):
    service = make_service(folder)

    def breaks(*_):
        raise RuntimeError(f"{ANN} has a secret")

    service.audit = breaks
    with asking(service) as client:
        answer = client.get("/recommend", headers=header())
        assert answer.status_code == 200
    errors = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert [r.name for r in errors] == ["recx.service"]
    assert "RuntimeError" in errors[0].message and ANN not in caplog.text
    assert service.gate.inside == 0


def test_what_breaks_after_the_answer_stays_inside(folder):
    service = make_service(folder)

    def breaks(*_):
        raise RuntimeError("this would be printed by the server")

    service.audit = breaks
    code = asyncio.run(
        status_of(make_app(service), scope_of("/recommend", ANN))
    )
    assert code == 200


# threads


def hurried():
    """Threads that change places as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    return before


def test_threads_that_explain_and_forget_do_not_disturb_each_other():
    case = sum_case("ann", "tent", ["item"] * 2, ["a", "b"], [1, 2])
    found = case.explanation("fixed", [1, 2])
    explainer = TimedExplainer(
        lambda _: found, lambda _: found, clock=lambda: 0.0, most=1
    )

    def ask(key):
        for _ in range(15_000):
            assert explainer.explain(case, key, 1.0).explanation is found

    def forget():
        for _ in range(15_000):
            explainer.forget()

    before = hurried()
    try:
        with ThreadPoolExecutor(3) as pool:
            asked = [pool.submit(ask, "a"), pool.submit(ask, "b")]
            asked.append(pool.submit(forget))
            for one in asked:
                one.result(PATIENCE)
    finally:
        sys.setswitchinterval(before)
    assert len(explainer._found) <= 1


def test_what_was_being_found_while_somebody_was_forgotten_is_not_kept():
    case = sum_case("ann", "tent", ["item"] * 2, ["a", "b"], [1, 2])

    def exact(case):
        explainer.forget()  # in the middle of it
        return occlusion(case)

    explainer = TimedExplainer(exact, occlusion)
    assert explainer.explain(case, "ann's", 1.0).how == "exact"
    assert not explainer._found


def test_every_answer_counts_when_many_threads_are_tried(folder):
    service = make_service(folder, audited=1.0)
    model = service.shelf.now
    history = service.store.standing(ANN).history
    [item] = model.best(history, 1)
    told = explained(service, model, ANN, history, item)

    def work():
        for _ in range(60):
            service.audit(model, ANN, history, told)
            service.watch_drift(model, history)

    before = hurried()
    try:
        with ThreadPoolExecutor(3) as pool:
            for one in [pool.submit(work) for _ in range(3)]:
                one.result(PATIENCE)
    finally:
        sys.setswitchinterval(before)
    assert service.answered == 180 and len(service.first_scores) == 180


# health, files, drift


def test_health_is_what_customers_have(folder):
    service = make_service(folder)

    def away(_customer):
        raise StoreBusy("no base")

    service.store.standing = away
    with asking(service) as client:
        answer = client.get("/health")
        assert client.get("/recommend", headers=header()).status_code == 503
        assert answer.status_code == 503 and "no base" not in answer.text
        assert client.get("/alive").status_code == 200


def test_a_file_that_comes_late_is_found(tmp_path):
    put_on_shelf(tmp_path, 100)
    shelf = Shelf(tmp_path, patience=0.0)
    other = put_on_shelf(tmp_path, 300)
    file = tmp_path / f"model-{other}.safetensors"
    whole = file.read_bytes()
    file.unlink()
    assert shelf.refresh().version != other and shelf.trouble
    file.write_bytes(whole)
    assert shelf.refresh().version == other and not shelf.trouble
    # and a patient one does not read a bad file at each request
    patient = Shelf(tmp_path, patience=3600.0)
    put_on_shelf(tmp_path, 500)
    (tmp_path / LABEL).write_text("{")
    patient.refresh()
    trouble, patient.trouble = patient.trouble, ""
    patient.refresh()
    assert trouble and patient.trouble == ""


def test_a_label_s_version_is_its_file_s(tmp_path):
    version = put_on_shelf(tmp_path)
    label = tmp_path / LABEL
    told = json.loads(label.read_text())
    label.write_text(json.dumps(told | {"version": "0" * 12}))
    with pytest.raises(DataError, match=f"{version}…, another"):
        read_model(tmp_path)


def test_an_answer_is_one_model_s_from_its_first_byte_to_its_last(
    folder, tmp_path
):
    put_on_shelf(tmp_path, 1.0)
    models = read_model(folder), read_model(tmp_path)
    service = make_service(folder, seconds=PATIENCE)
    history = service.store.standing(ANN).history
    lists = [model.best(history, 10) for model in models]
    assert lists[0] != lists[1]
    real, swaps = service.explainer.explain, []

    def swap(case, key, seconds):
        swaps.append(key)
        service.shelf.now = models[len(swaps) % 2]  # in the middle of it
        return real(case, key, seconds)

    service.explainer.explain = swap
    with asking(service) as client:
        for model, best in zip(models, lists, strict=True):
            service.shelf.now = model
            told = client.get("/recommend?n=10", headers=header()).json()
            assert told["model"] == model.version
            assert [one["item"] for one in told["items"]] == best
    assert len(swaps) == 20


def test_drift_is_watched_on_first_places_of_those_who_have_something(folder):
    service = make_service(folder)
    model, first = service.shelf.now, []
    for _, items in shop().frame.groupby("user")["item"]:
        history = tuple(items)
        service.watch_drift(model, history)
        [best] = model.best(history, 1)  # none that they have already
        first.append(model.score(history)[model.place[best]])
    assert list(service.first_scores) == pytest.approx(first)
    assert sorted(model.usual) == pytest.approx(sorted(first), abs=1e-4)
    service.watch_drift(model, ())  # popularity is on another scale
    assert len(service.first_scores) == len(first)


# who watches, how much is kept, and what a sentence says


def test_the_figures_are_for_those_who_watch(folder):
    service = make_service(folder, watcher="the watcher's own")
    with asking(service) as client:
        for shown in ({}, header(), {"Authorization": "Bearer nobody's"}):
            answer = client.get("/metrics", headers=shown)
            assert answer.status_code == 401 and "recx_" not in answer.text
        mine = {"Authorization": "Bearer the watcher's own"}
        assert "recx_seconds" in client.get("/metrics", headers=mine).text
        # whoever watches is no customer
        assert client.get("/recommend", headers=mine).status_code == 401
    with pytest.raises(DataError, match="16 characters"):
        Settings("only for the tests of this", watcher="short")


def test_a_customer_who_goes_on_talking_fills_no_disk(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'shop.db'}", most=20)
    free = Store("sqlite://", most=10**6)
    rng = random.Random(0)
    for n in range(300):
        item = rng.choice(["tent", "mat", "mug"])
        word = rng.choice(["bought", "returned", "up", "down"])
        assert store.add(ANN, item, word, f"key-{n:04}")
        free.add(ANN, item, word, f"key-{n:04}")
        ours, theirs = store.standing(ANN), free.standing(ANN)
        assert ours == theirs  # the order of the history, too
    # the newest ten, and at most one word on each of six things before
    assert store.count() <= 20 and store.dropped == 300 - store.count()
    # what was said just now is known
    assert not store.add(ANN, item, word, "key-0299")
    # nobody else's words are touched, nor a word that still counts
    for n in range(30):
        store.add(BOB, f"thing {n}", "bought", f"{n}")
    assert len(store.standing(BOB).history) == 30


def test_what_was_deleted_is_counted_for_those_who_watch(folder):
    service = make_service(folder)
    service.store.most = 4
    item = service.shelf.now.items[0]
    with asking(service) as client:
        for n in range(9):
            client.post(
                "/feedback",
                json=said(item, f"key-{n:04}", "down"),
                headers=header("u777"),
            )
        told = client.get("/metrics").text
    assert "recx_feedback_replaced 6.0" in told


def test_every_sentence_names_what_its_evidence_cites(folder):
    service = make_service(folder)
    model, seen = service.shelf.now, 0
    for customer, items in shop().frame.groupby("user")["item"]:
        for item in model.best(tuple(items), 2):
            told = explained(service, model, customer, tuple(items), item)
            if told.because:
                pieces = [
                    Evidence("item", c.item, c.weight) for c in told.because
                ]
                why = Explanation(customer, item, told.how, tuple(pieces))
                assert service.says_so(told, why), told.sentence
                seen += 1
    assert seen > 50


@pytest.mark.parametrize("fault", [None, "titles", "another's sentence"])
def test_the_alarm_reads_the_sentence(folder, fault, monkeypatch):
    service = make_service(folder, audited=1.0)
    true = service.shelf.now
    if fault == "titles":
        moved = (*true.titles[1:], true.titles[0])
        service.shelf.now = replace(true, titles=moved)
    if fault == "another's sentence":
        first = []

        def once(why, model):
            first.append(frame_sentence(why, model))
            return first[0]

        monkeypatch.setattr("recx_lib.serve.routes.frame_sentence", once)
    with asking(service) as client:
        for _ in range(3):
            client.get("/recommend?n=10", headers=header())
    assert service.alarm.rings == bool(fault)
    assert (service.alarm.share > 0.9) == (fault is None)


def test_a_title_within_a_title_is_not_named_by_it():
    shop = ["Tent", "Tent peg", "<b>Mat</b>", "Mat"]
    assert names_hold("A tent peg's friend.", ["Tent peg"], shop)
    assert not names_hold("A tent peg.", ["Tent", "Tent peg"], shop)
    assert names_hold("<b>Mat</b> and TENT", ["<b>Mat</b>", "Tent"], shop)
    assert not names_hold("Contents: matter", ["Tent"], shop)
    assert names_hold("nothing", [], shop)


def test_an_answer_is_sent_at_once():
    """Nothing waits for the other side to say that it heard the head."""
    with (
        _door("127.0.0.1", 0) as door,
        socket.create_connection(door.getsockname()),
    ):
        answering, _ = door.accept()
        with answering:
            asked = socket.IPPROTO_TCP, socket.TCP_NODELAY
            assert answering.getsockopt(*asked) != 0
