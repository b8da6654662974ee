"""The service answers, says why, keeps what it is told, and says no politely."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi import BackgroundTasks
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError

from recx_lib.core import DataError, sum_case
from recx_lib.explain import Contest, occlusion, swap_by_sorting
from recx_lib.serve import (
    Bucket,
    Shelf,
    TimedExplainer,
    TruthAlarm,
    customer_of,
    erlang_c,
    mean_wait,
    messages,
    passes_removal,
    queue_waits,
    read_model,
    routes,
    stability_index,
    token_for,
    weights_hold,
)
from recx_lib.serve.app import Settings, make_app
from recx_lib.serve.frames import frame_sentence
from recx_lib.serve.meters import log_line
from recx_lib.serve.pages import docs_page
from recx_lib.serve.shelf import LABEL
from recx_lib.serve.store import Store
from tests.service_cases import (
    ANN,
    BOB,
    SECRET,
    asking,
    header,
    make_service,
    purchases,
    put_on_shelf,
    said,
    shop,
)

pytestmark = pytest.mark.slow  # a service is asked


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shelf with a model."""
    place = tmp_path_factory.mktemp("shelf")
    put_on_shelf(place)
    return place


@pytest.fixture
def service(folder):
    return make_service(folder)


@pytest.fixture
def client(service):
    with asking(service) as client:
        yield client


# what it answers


def test_a_list_is_the_model_s_and_every_reason_is_exact(client, service):
    told = client.get("/recommend?n=4", headers=header()).json()
    history = service.store.standing(ANN).history
    model = service.shelf.now
    assert [one["item"] for one in told["items"]] == model.best(history, 4)
    for one in told["items"]:
        why = client.get(
            "/explain", params={"item": one["item"]}, headers=header()
        ).json()
        total = sum(cited["weight"] for cited in why["because"])
        assert total == pytest.approx(
            model.score(history)[model.place[one["item"]]], abs=1e-6
        )
        assert {cited["item"] for cited in why["because"]} == set(history)
        assert one["how"] == "exact" and why["how"] == "cached"
        assert (
            why["sentence"] == one["sentence"]
            and why["because"][0]["title"] in one["sentence"]
        )


def test_what_is_not_for_them_does_not_come_again(client):
    first = client.get("/recommend", headers=header()).json()["items"][0][
        "item"
    ]
    client.post("/feedback", json=said(first, kind="down"), headers=header())
    assert first not in str(
        client.get("/recommend?n=10", headers=header()).json()
    )
    client.post("/feedback", json=said(first, "key-0002"), headers=header())
    assert first in str(client.get("/recommend?n=10", headers=header()).json())


def test_a_purchase_changes_the_next_list_and_what_was_cached_of_the_old(
    client,
):
    params = {
        "item": client.get("/recommend", headers=header()).json()["items"][1][
            "item"
        ]
    }
    before = client.get("/explain", params=params, headers=header()).json()
    other = client.get("/recommend", headers=header()).json()["items"][0][
        "item"
    ]
    client.post("/feedback", json=said(other, kind="bought"), headers=header())
    after = client.get("/explain", params=params, headers=header()).json()
    assert after["how"] == "exact"
    assert {c["item"] for c in after["because"]} - {
        c["item"] for c in before["because"]
    } == {other}


def test_without_what_it_names_the_other_item_stands_first(client):
    told = client.post("/what-if", json={}, headers=header()).json()
    assert told["swap"]["instead"] != told["items"][0]
    again = client.post(
        "/what-if", json={"without": told["swap"]["without"]}, headers=header()
    )
    listed = [item for item in again.json()["items"] if item in told["items"]]
    assert listed[0] == told["swap"]["instead"]


def test_a_newcomer_sees_what_is_popular_and_is_told_so(client, service):
    told = client.get("/recommend", headers=header("new")).json()["items"]
    assert {one["how"] for one in told} == {"popular"}
    assert (
        told[0]["item"]
        == service.shelf.now.items[int(service.shelf.now.popular.argmax())]
    )
    # popularity is a share of the most that any item was bought
    popular = service.shelf.now.popular
    wanted = popular / popular.max()
    assert service.shelf.now.score(()) == pytest.approx(wanted)
    told = client.post("/what-if", json={}, headers=header("new")).json()
    assert told["swap"] is None and len(told["items"]) == 10


def test_who_is_forgotten_is_in_no_base_and_in_no_cache(client, service):
    client.get("/recommend", headers=header())
    assert any(ANN in str(key) for key in service.explainer._found)
    rows = client.delete("/me", headers=header()).json()["rows"]
    assert rows == 8 and service.store.standing(ANN).history == ()
    assert not service.explainer._found
    assert service.store.standing(BOB).history != ()


# the same questions, put to the functions themselves: what they leave for later


def at(service) -> SimpleNamespace:
    """What a route's function reads of a request: its application's state."""
    app = SimpleNamespace(state=SimpleNamespace(service=service))
    return SimpleNamespace(app=app)


def test_a_list_is_looked_back_on_when_it_has_left(service):
    later, history = BackgroundTasks(), service.store.standing(ANN).history
    told = routes.recommend(at(service), ANN, later, n=2)
    best = service.shelf.now.best(history, 2)
    assert [one.item for one in told.items] == best
    [task] = later.tasks
    assert (service.answered, len(service.first_scores)) == (0, 0)
    task.func(*task.args)  # both reasons are counted, and one first place
    assert (service.answered, len(service.first_scores)) == (2, 1)


def test_a_reason_is_tried_when_it_has_left(folder):
    service, later = make_service(folder, audited=1.0), BackgroundTasks()
    [item] = service.shelf.now.best(service.store.standing(ANN).history, 1)
    why = routes.explain(at(service), ANN, later, item)
    assert (why.item, why.how) == (item, "exact")
    [task] = later.tasks
    task.func(*task.args)
    assert list(service.alarm._last) == [True]
    # cited on its head, it is not true
    turned = [c.model_copy(update={"weight": -c.weight}) for c in why.because]
    history = service.store.standing(ANN).history
    wrong = why.model_copy(update={"because": turned})
    service.audit(service.shelf.now, ANN, history, wrong)
    assert list(service.alarm._last) == [True, False]


def test_what_hangs_on_what_is_found_by_sorting(service):
    model, history = service.shelf.now, service.store.standing(ANN).history
    told = routes.what_if(at(service), ANN, messages.Without())
    assert told.items == model.best(history, 10)
    cases = [model.case(ANN, history, item) for item in told.items]
    swap = swap_by_sorting(Contest(cases))
    assert (told.swap.without, told.swap.instead) == (
        list(swap.removed),
        swap.instead,
    )
    # nothing hangs on the things of somebody who has none
    told = routes.what_if(at(service), "new", messages.Without())
    assert told.swap is None and len(told.items) == 10
    question = messages.Without(without=["p999"])
    with pytest.raises(DataError, match="you do not have 'p999'"):
        routes.what_if(at(service), ANN, question)


def test_what_is_said_is_kept_once_and_forgotten_when_asked(service):
    [item] = service.shelf.now.best(service.store.standing(ANN).history, 1)
    word = messages.Said(item=item, kind="down", key="key-0001")
    kept = [routes.feedback(at(service), ANN, word).new for _ in range(2)]
    assert kept == [True, False]
    assert service.store.standing(ANN).hidden == {item}
    unknown = word.model_copy(update={"item": "p999"})
    with pytest.raises(DataError, match="no item 'p999'"):
        routes.feedback(at(service), ANN, unknown)
    routes.explain(at(service), ANN, BackgroundTasks(), item)
    assert service.explainer._found
    # the eight things of the past and the word, and nobody else's
    assert routes.forget(at(service), ANN).rows == 9
    assert service.store.count() == len(service.store.standing(BOB).history)
    assert not service.explainer._found


def test_health_tells_an_old_model_and_figures_the_one_in_use(tmp_path):
    first = put_on_shelf(tmp_path, 100)
    service = make_service(tmp_path)
    health = routes.health(at(service))
    assert (health.status, health.model) == ("ok", first)
    second = put_on_shelf(tmp_path, 300)
    assert f'"{first}"' in service.meters.text().decode()
    assert service.model().version == second
    text = service.meters.text().decode()
    assert f'"{second}"' in text and first not in text
    (tmp_path / LABEL).write_text("{")
    health = routes.health(at(service))
    assert (health.status, health.model) == ("old model", second)


def test_the_page_of_questions_is_a_page(service):
    page = routes.docs(SimpleNamespace(app=make_app(service)))
    assert page.media_type == "text/html" and b"/recommend" in page.body


# whom, and how often


@pytest.mark.parametrize(
    "token",
    [
        "",
        "Bearer ",
        f"Bearer {ANN}",
        f"Bearer {ANN}.00",
        f"Basic {token_for(ANN, SECRET)}",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/recommend"), ("GET", "/explain?item=p001"), ("DELETE", "/me")],
)
def test_nobody_is_taken_for_another(client, service, token, method, path):
    answer = client.request(method, path, headers={"Authorization": token})
    assert (
        answer.status_code == 401
        and answer.headers["WWW-Authenticate"] == "Bearer"
    )
    said = "no token" if token in ("", "Bearer ") else "not signed"
    assert said in answer.json()["detail"]
    assert service.store.standing(ANN).history


def test_a_token_is_good_for_one_name_and_one_secret():
    token = token_for("ann.lee", SECRET)
    assert customer_of(token, SECRET) == "ann.lee"
    for other in (
        token.replace("ann", "bob"),
        token[:-1],
        token + "0",
        "é" + token,
    ):
        with pytest.raises(DataError, match="not signed"):
            customer_of(other, SECRET)
    with pytest.raises(DataError, match="not signed"):
        customer_of(token, SECRET + "!")
    with pytest.raises(DataError, match="16 characters"):
        Settings("short")


def test_too_large_too_long_too_often(folder):
    service = make_service(folder, rate=0.001, burst=6, body=200)
    with asking(service) as client:
        codes = [
            client.post(
                "/feedback", content=b"x" * 201, headers=header()
            ).status_code,
            client.post(
                "/feedback", content=iter([b"{", b"}"]), headers=header()
            ).status_code,
            client.post(
                "/feedback", content=b"{", headers=header()
            ).status_code,
            client.get("/recommend?n=11", headers=header()).status_code,
            client.post(
                "/what-if",
                json={"without": ["no such thing"]},
                headers=header(),
            ).status_code,
            client.get("/explain?item=nothing", headers=header()).status_code,
        ]
        assert codes == [413, 411, 422, 422, 404, 404]
        for _ in range(2):
            client.get("/recommend", headers=header())
        late = client.get("/recommend", headers=header())
        assert (
            late.status_code == 429
            and 900 < int(late.headers["Retry-After"]) <= 1000
        )
        assert client.get("/recommend", headers=header(BOB)).status_code == 200
        assert client.get("/health").status_code == 200


def test_a_bucket_gives_its_rate_and_no_more():
    now = [0.0]
    bucket = Bucket(rate=2, size=3, clock=lambda: now[0], most=2)
    taken = []
    for tick in range(100):
        now[0] = tick / 10
        taken.append(bucket.take("ann") == 0)
    assert sum(taken[:3]) == 3 and sum(taken) == 3 + 19
    wait = bucket.take("ann")
    now[0] += wait + 1e-9
    assert bucket.take("ann") == 0
    for key in ("bob", "cid", "dan"):
        bucket.take(key)
    assert list(bucket._left) == ["cid", "dan"]
    with pytest.raises(DataError, match="size=0"):
        Bucket(rate=2, size=0)
    with pytest.raises(DataError, match="most=0"):
        Bucket(rate=2, size=3, most=0)


# what leaves


def test_an_answer_holds_the_fields_that_are_named_and_no_other(client):
    told = client.get("/recommend", headers=header()).json()
    assert set(told) == {"model", "items"}
    assert set(told["items"][0]) == {"item", "title", "sentence", "how"}
    assert set(client.get("/health").json()) == {"status", "model"}
    with pytest.raises(ValidationError, match="Extra inputs"):
        messages.Suggestions(model="m", items=[], customer=ANN)
    answer = client.get("/recommend", headers=header())
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_what_is_written_down_names_nobody(client, caplog):
    caplog.set_level(logging.INFO, "recx.service")
    item = client.get("/recommend", headers=header()).json()["items"][0][
        "item"
    ]
    client.get("/explain", params={"item": item}, headers=header())
    client.get(f"/{ANN}")
    lines = [
        json.loads(r.message)
        for r in caplog.records
        if r.name == "recx.service"
    ]
    assert [line["path"] for line in lines] == [
        "/recommend",
        "/explain",
        "other",
    ]
    assert all(line["ms"] == round(line["ms"], 1) for line in lines)
    metrics = client.get("/metrics").text
    for text in (caplog.text, metrics):
        assert not any(
            private in text for private in (ANN, item, "testclient")
        )
    assert log_line(status=200, item="tent", token="x") == '{"status": 200}'


def test_before_the_first_trial_no_share_is_claimed(client):
    """0 would ring at whoever watches for a share that is too small."""
    answer = client.get("/metrics")
    # the form that Prometheus knows by its number
    kind = answer.headers["content-type"]
    assert kind.startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "recx_true_share NaN" in lines and "recx_drift_psi NaN" in lines
    assert "recx_truth_alarm 0.0" in lines


def test_metrics_say_how_many_how_fast_and_how_explained(client):
    for _ in range(3):
        client.get("/recommend?n=2", headers=header())
    client.get("/recommend")
    found = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.values()))] = (
                sample.value
            )
    assert found["recx_requests_total", ("/recommend", "200")] == 3
    assert found["recx_requests_total", ("/recommend", "401")] == 1
    assert found["recx_explained_total", ("exact",)] == 2
    assert found["recx_explained_total", ("cached",)] == 4
    assert found["recx_seconds_count", ("/recommend",)] == 4


def test_names_from_data_stay_text(tmp_path):
    first = shop().items.raw[0]
    put_on_shelf(tmp_path, titles={first: "<b>Place1</b> & Place2"})
    with asking(make_service(tmp_path)) as client:
        told = client.get(
            "/explain", params={"item": first}, headers=header(BOB)
        ).json()
        assert (
            told["title"] == "<b>Place1</b> & Place2"
            and told["title"] in told["sentence"]
        )
        answer = client.get(
            "/explain", params={"item": "<b>"}, headers=header()
        )
        assert answer.headers["content-type"] == "application/json"
        assert "innerHTML" not in client.get("/shop.js").text
    page = docs_page(
        {
            "info": {"title": "<i>"},
            "paths": {"/<x>": {"get": {"description": "<y>"}}},
        }
    )
    assert "&lt;i&gt;" in page and "&lt;x&gt;" in page and "<y>" not in page
    assert page.count("<td>–</td>") == 1  # it asks for no field
    fields = {"get": {"parameters": [{"name": "n"}, {"name": "item"}]}}
    page = docs_page({"info": {"title": "t"}, "paths": {"/x": fields}})
    assert "<td>n, item</td>" in page


def test_pages_load_nothing_from_elsewhere(client):
    for path, kind in (
        ("/", "html"),
        ("/docs", "html"),
        ("/shop.js", "javascript"),
        ("/shop.css", "css"),
    ):
        answer = client.get(path)
        assert (
            answer.status_code == 200
            and kind in answer.headers["content-type"]
        )
        assert "//" not in answer.text.replace("// ", "")
    assert client.get("/openapi.json").json()["paths"].keys() == {
        "/recommend",
        "/explain",
        "/what-if",
        "/feedback",
        "/me",
        "/health",
    }


# in time


def test_exact_while_there_is_time_cached_when_known_cheap_when_not():
    now = [0.0]
    case = sum_case("ann", "tent", ["item"] * 3, ["a", "b", "c"], [1, 2, 3])

    def exact(case):
        now[0] += 0.4
        return occlusion(case)

    explainer = TimedExplainer(
        exact,
        lambda case: case.explanation("cheap", [0, 0, 0]),
        clock=lambda: now[0],
        most=2,
    )
    assert (
        explainer.explain(case, "a", 0.01).how == "exact"
    )  # the pace is not known yet
    assert explainer.pace == pytest.approx(0.1)
    assert explainer.explain(case, "b", 0.39).how == "cheap"
    assert explainer.explain(case, "b", 0.41).how == "exact"
    assert explainer.explain(case, "b", 0.0) == (occlusion(case), "cached")
    assert explainer.explain(case, "c", 1.0).how == "exact"
    assert (
        explainer.explain(case, "a", 0.0).how == "cheap"
    )  # the oldest had to go


def test_one_slow_moment_is_not_held_against_the_exact_method_for_ever():
    now, slow = [0.0], [1.0]
    case = sum_case("ann", "tent", ["item"] * 3, ["a", "b", "c"], [1, 2, 3])

    def exact(case):
        now[0] += slow.pop() if slow else 0.001
        return occlusion(case)

    explainer = TimedExplainer(exact, occlusion, clock=lambda: now[0])
    found = [explainer.explain(case, n, 0.1).how for n in range(60)]
    back = found.index("exact", 1)
    assert (
        found[0] == "exact"
        and set(found[1:back]) == {"cheap"}
        and 10 < back < 40
    )
    assert set(found[back + 20 :]) == {"exact"}


def test_a_sentence_from_a_frame_names_what_the_grammar_would(folder, service):
    model = service.shelf.now
    history = service.store.standing(ANN).history
    sentences = set()
    for item in model.best(history, 10):
        why = occlusion(model.case(ANN, history, item))
        text = frame_sentence(why, model)
        for name in (item, *(piece.name for piece in why.top(2))):
            assert model.title(name) in text
        assert "Place" not in text and text == frame_sentence(why, model)
        sentences.add(text.replace(model.title(item), "").split()[0])
    assert len(sentences) > 1
    # a little against it is against it: said as if it were much
    item = model.best(history, 1)[0]
    case = model.case(ANN, history, item)
    little, much = np.full((2, len(case)), [[-0.01], [-9.0]])
    told = [
        frame_sentence(case.explanation("x", size), model)
        for size in (little, much)
    ]
    assert told[0] == told[1]


# does it watch


def off_by_one(case):
    weights = case.weights(occlusion(case))
    return case.explanation("off by one", np.roll(weights, 1))


@pytest.mark.parametrize(
    ("explainer", "rings"), [(occlusion, 0), (off_by_one, 1)]
)
def test_the_service_rings_when_its_reasons_stop_being_true(
    folder, explainer, rings
):
    service = make_service(
        folder, explainer=TimedExplainer(explainer, explainer), audited=1.0
    )
    with asking(service) as client:
        for _ in range(3):
            client.get("/recommend?n=10", headers=header())
        told = client.get("/metrics").text
    assert f"recx_truth_alarm {float(rings)}" in told
    assert service.alarm.rings == bool(rings) and service.answered == 30
    share = service.alarm.share
    assert share < 0.9 if rings else share == 1.0


def test_of_two_things_the_numbers_are_tried(folder):
    both = TimedExplainer(off_by_one, off_by_one)
    service = make_service(folder, explainer=both, audited=1.0)
    for n, (_, item) in enumerate(purchases()[:2]):
        service.store.add("cid", item, "bought", f"key-{n:04}")
    with asking(service) as client:
        client.get("/recommend?n=10", headers=header("cid"))
    assert service.answered == 10 and service.alarm.share == 0  # not NaN


def test_one_in_ten_is_tried(folder):
    service = make_service(folder)
    with asking(service) as client:
        for _ in range(5):
            client.get("/recommend?n=10", headers=header())
    assert service.answered == 50 and len(service.alarm._last) == 5


def test_the_trial_of_removal_and_of_numbers():
    names = [f"thing {n}" for n in range(8)]
    worth = [5.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.2, 0.1]
    case = sum_case("ann", "tent", ["item"] * 8, names, worth)
    good, swapped = (
        occlusion(case),
        case.explanation("x", [4.0, 5.0, *worth[2:]]),
    )
    wrong = case.explanation("x", worth[::-1])
    assert passes_removal(case, good) and weights_hold(case, good)
    # a sentence names two things: what the third is worth is not tried
    assert weights_hold(case, case.explanation("x", [5.0, 4.0, *worth[:1:-1]]))
    assert passes_removal(case, swapped) and not weights_hold(case, swapped)
    assert passes_removal(case, wrong) is False and not weights_hold(
        case, wrong
    )
    small = sum_case("ann", "tent", ["item"] * 2, names[:2], worth[:2])
    assert passes_removal(small, occlusion(small)) is None


def test_the_alarm_waits_for_evidence_and_forgets_the_past():
    alarm = TruthAlarm(usual=0.9, window=30)
    assert np.isnan(alarm.share) and not alarm.rings
    alarm.add(False)
    alarm.add(None)
    assert alarm.share == 0 and not alarm.rings  # one is no evidence
    for _ in range(10):
        alarm.add(False)
    assert alarm.rings
    for _ in range(30):
        alarm.add(True)
    assert alarm.share == 1 and not alarm.rings
    # of a hundred, unless told
    alarm = TruthAlarm(usual=0.9)
    for passed in [False, *[True] * 100]:
        alarm.add(passed)
    assert alarm.share == 1
    for usual in (0, 1, 1.2):
        with pytest.raises(DataError, match="usual"):
            TruthAlarm(usual)


def test_the_index_of_stability_is_a_sum_over_bins():
    usual = np.repeat([0, 1, 2, 3], 1000)
    now = np.repeat([0, 1, 2, 3], [400, 800, 1200, 1600])
    p, q = np.full(4, 0.25), np.array([0.1, 0.2, 0.3, 0.4])
    assert stability_index(usual, now, bins=4) == pytest.approx(
        np.sum((q - p) * np.log(q / p)), rel=0.02
    )
    assert stability_index(usual, usual) == 0
    assert np.isfinite(stability_index([1, 2, 3, 4], [99.0]))
    with pytest.raises(DataError, match=r"now\[0\] is nan"):
        stability_index([1.0, 2.0], [np.nan])


# how long people wait


def test_erlang_by_hand_and_by_simulation():
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(3, 2.0) == pytest.approx(4 / 9)
    assert erlang_c(2, 2.0) == 1.0 and mean_wait(2, 200, 0.01) == np.inf
    rng = np.random.default_rng(1)
    arrivals = rng.exponential(1 / 150, 60_000).cumsum()
    waits = queue_waits(arrivals, rng.exponential(0.01, 60_000), 2)
    assert waits.mean() == pytest.approx(mean_wait(2, 150, 0.01), rel=0.1)
    assert (waits > 0).mean() == pytest.approx(erlang_c(2, 1.5), rel=0.05)


def test_whoever_comes_first_is_served_first():
    assert queue_waits([0, 0, 0, 1], [4, 2, 1, 1], 2).tolist() == [0, 0, 2, 2]
    for arrivals, work in (([1, 0], [1, 1]), ([0, 1], [1])):
        with pytest.raises(DataError, match="ascend"):
            queue_waits(arrivals, work)
    for arrivals, work in (([0, np.nan], [1, 1]), ([0, 1], [1, np.nan]),
                           ([0, 1], [1, -1])):  # fmt: skip
        with pytest.raises(DataError, match=r"\[1\] is"):
            queue_waits(arrivals, work)


# the shelf and the store


def test_a_model_read_is_the_model_saved(folder):
    reviews, model = shop(), read_model(folder)
    assert model.items == tuple(reviews.items.raw)
    assert (
        put_on_shelf(folder) == model.version
    )  # the same content, the same name
    with pytest.raises(DataError, match="no item"):
        model.case(ANN, model.items[:2], "nothing")
    with pytest.raises(DataError, match="nothing can be cited"):
        model.case(ANN, ["unheard of"], model.items[0])
    assert model.best(["unheard of"], 1) == model.best([], 1)


def test_the_store_keeps_each_message_once_and_the_last_word(tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    store = Store(url)
    assert store.add(ANN, "tent", "bought", "1") and not store.add(
        ANN, "tent", "bought", "1"
    )
    assert store.add(BOB, "tent", "bought", "1")  # a key is somebody's own
    store.add(ANN, "mat", "bought", "2")
    store.add(ANN, "tent", "returned", "3")
    store.add(ANN, "mug", "down", "4")
    assert store.standing(ANN) == (("mat",), {"mug"}) and store.count() == 5
    assert Store(url).standing(ANN) == (("mat",), {"mug"})
    # the order is that of the last words
    store.add(ANN, "pot", "bought", "5")
    store.add(ANN, "mat", "bought", "6")
    assert store.standing(ANN).history == ("pot", "mat")
    with store.engine.connect() as connection:
        asked = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        ]
    assert asked == ["wal", 2]  # 2 is FULL


def test_an_old_file_is_kept_for_the_way_back(tmp_path):
    versions = [put_on_shelf(tmp_path, reg) for reg in (100, 200, 300)]
    kept = {path.stem.partition("-")[2] for path in tmp_path.glob("model-*")}
    assert (
        kept == set(versions[1:])
        and Shelf(tmp_path).now.version == versions[2]
    )
