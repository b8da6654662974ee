"""Chapter 17: the service as a FastAPI application.

What is asked and answered stands in `routes`, limits in `guard`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from recx_lib.core import DataError, Evidence, Explanation
from recx_lib.explain import gradient_times_input, occlusion
from recx_lib.serve.budget import TimedExplainer
from recx_lib.serve.limits import Bucket, Gate
from recx_lib.serve.shelf import ServedModel, Shelf
from recx_lib.serve.watch import (
    TruthAlarm,
    names_hold,
    passes_removal,
    stability_index,
    weights_hold,
)
from recx_lib.write import choose_content

try:
    from fastapi import FastAPI

    from recx_lib.serve.guard import Inside, guard, no_with
    from recx_lib.serve.meters import Meters
    from recx_lib.serve.routes import router
    from recx_lib.serve.store import KeyTaken, Store, StoreBusy
except ModuleNotFoundError as missing:
    raise DataError(
        f"the service needs {missing.name}: pip install 'recx-lib[service]'"
    ) from None

# our own errors, as answers
REFUSED = {DataError: 404, KeyTaken: 409, StoreBusy: 503}
NUMBERS = ("exact", "cached")  # whose weights may be taken at their word
WATCHED = 500  # the answers that drift is measured on
THREADS = 40  # that work is done in, as FastAPI comes


@dataclass(frozen=True)
class Settings:
    """What one service allows itself and others.

    `secret` signs the customers' tokens. `rate` requests a second for each
    customer, or address without one, `burst` at once; `inside` requests at
    work at the same time, fewer than there are threads, so that those who
    watch find one free; `body` bytes of a request; `seconds` until a request
    is given up, of which `explaining` may go into one explanation. `audited`:
    the share of explanations that are put on trial, `passing` the share of
    those that pass on a good day. `watcher`: what whoever reads /metrics has
    to show; None asks for nothing.
    """

    secret: str
    rate: float = 20.0
    burst: int = 40
    inside: int = 32
    body: int = 16_384
    seconds: float = 2.0
    explaining: float = 0.02
    audited: float = 0.1
    passing: float = 0.97
    watcher: str | None = None

    def __post_init__(self):
        for what in (self.secret, self.watcher):
            if what is not None and len(what) < 16:
                raise DataError(
                    "a secret must have 16 characters or more: whoever "
                    "guesses it can sign for every customer, or watch; draw "
                    "one with secrets.token_hex()"
                )
        if self.inside >= THREADS:
            raise DataError(
                f"inside={self.inside} must be below {THREADS}, the threads "
                "that there are: /health needs one, too"
            )


@dataclass
class Service:
    """All that the routes share: files, limits, and those who watch.

    `catalogue`: every item's title, from elsewhere than the model's file, so
    that a sentence can be held to it; where there is none, the titles of the
    first model, which are then taken to be right.
    """

    shelf: Shelf
    store: Store
    settings: Settings
    explainer: TimedExplainer = None
    catalogue: dict[str, str] | None = None
    meters: Meters = field(default_factory=Meters)
    answered: int = 0

    def __post_init__(self):
        if self.explainer is None:
            self.explainer = TimedExplainer(occlusion, gradient_times_input)
        if self.catalogue is None:
            model = self.shelf.now
            named = zip(model.items, model.titles, strict=True)
            self.catalogue = dict(named)
        allowed = self.settings
        # two, so that many strangers push no customer's count out
        self.bucket = Bucket(allowed.rate, allowed.burst)
        self.strangers = Bucket(allowed.rate, allowed.burst)
        self.gate = Gate(allowed.inside)
        self.alarm = TruthAlarm(allowed.passing)
        self.first_scores: deque[float] = deque(maxlen=WATCHED)
        self.meters.serves(self.shelf.now.version)
        self._lock = Lock()  # requests are answered in many threads

    def model(self) -> ServedModel:
        """Return the model for one request, to its end."""
        before = self.shelf.now
        model = self.shelf.refresh()
        if model is not before:
            self.meters.serves(model.version)
        return model

    def look_back(
        self, model: ServedModel, name, history, told: Iterable
    ) -> None:
        """Do what is done when an answer has left: trials, and drift.

        In one piece: each piece waits for a thread of its own.
        """
        for why in told:
            self.audit(model, name, history, why)
        self.watch_drift(model, history)

    def audit(self, model: ServedModel, name, history, told) -> None:
        """Put what was said on trial, if its turn has come: one in
        1 / `audited`. Afterwards: the customer has the answer already.

        What is tried is the message as it went out (`told.because`), not what
        the explainer handed over: mistakes are made on the way, too.
        """
        # 1. Is it this answer's turn?
        with self._lock:
            self.answered += 1
            turn = self.answered
        share = self.settings.audited
        if int(turn * share) == int((turn - 1) * share) or not told.because:
            return
        # 2. Does it rest on what it cites, in number and in word?
        pieces = [Evidence("item", c.item, c.weight) for c in told.because]
        why = Explanation(name, told.item, told.how, tuple(pieces))
        case = model.case(name, history, told.item)
        passed = passes_removal(case, why, seed=turn)
        # two things are too few for removal, not for their numbers
        if passed is not False and told.how in NUMBERS:
            passed = weights_hold(case, why)
        if not self.says_so(told, why):
            passed = False
        # 3. Write it down; ring, where too many failed.
        self.meters.trials.labels(str(passed)).inc()
        with self._lock:
            self.alarm.add(passed)
            self.meters.true_share.set(self.alarm.share)
            self.meters.alarm.set(self.alarm.rings)

    def says_so(self, told, why: Explanation) -> bool:
        """Return whether the sentence names what the evidence cites.

        By the shop's own list of titles; an item that is not on it is new,
        and nothing is said against it.
        """
        cited = [message.name for message in choose_content(why)]
        names = [told.item, *cited]
        if not all(name in self.catalogue for name in names):
            return True
        meant = [self.catalogue[name] for name in names]
        return names_hold(told.sentence, meant, self.catalogue.values())

    def watch_drift(self, model: ServedModel, history) -> None:
        """Note a first place's score; now and then, compare with `usual`.

        Newcomers are left out: popularity is a score on another scale.
        """
        if not model.known(history) or not (first := model.best(history, 1)):
            return
        score = float(model.score(history)[model.place[first[0]]])
        with self._lock:
            # every fifty answers, against how it usually was
            self.first_scores.append(score)
            if len(self.first_scores) % 50 == 0:
                index = stability_index(model.usual, self.first_scores)
                self.meters.drift.set(index)


def make_app(service: Service) -> FastAPI:
    """Return the application: routes, limits, and a page for customers.

    It holds nothing but the service, so that a test can make one in a moment
    and throw it away. The pages load nothing from elsewhere: FastAPI's own
    page on the routes is replaced, since it does.
    """
    app = FastAPI(
        title="Why this? A shop that says why",
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.add_middleware(Inside)
    app.middleware("http")(guard)  # added last, so it stands outside
    app.include_router(router)
    for kind, status in REFUSED.items():
        app.add_exception_handler(kind, no_with(status))
    return app
