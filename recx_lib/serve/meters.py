"""Chapter 17: what a service tells those who run it, and no one else's name.

Prometheus metrics and one line of JSON for each request. Neither holds a
customer, an item or an address: what is not written down cannot be lost.
"""

from __future__ import annotations

import json

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

TOLD = ("request", "method", "path", "status", "ms", "model", "how", "error")
SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Meters:
    """The figures that the service is watched by, in a registry of its own.

    Prometheus fetches `text()` every few seconds and keeps the history.
    """

    def __init__(self):
        own = {"registry": CollectorRegistry()}
        self.registry = own["registry"]
        self.requests = Counter(
            "recx_requests", "answers given", ["path", "status"], **own
        )
        self.seconds = Histogram(
            "recx_seconds", "time to answer", ["path"], buckets=SECONDS, **own
        )
        self.explained = Counter(
            "recx_explained", "explanations, by how", ["how"], **own
        )
        self.inside = Gauge("recx_inside", "requests at work", **own)
        self.trials = Counter(
            "recx_trials", "explanations on trial", ["passed"], **own
        )
        self.true_share = Gauge(
            "recx_true_share", "of the last trials, passed; NaN: none", **own
        )
        self.alarm = Gauge("recx_truth_alarm", "1: reasons stopped", **own)
        self.dropped = Gauge(
            "recx_feedback_replaced", "words deleted: later ones count", **own
        )
        self.drift = Gauge("recx_drift_psi", "first places' scores", **own)
        # 0 would say: every reason false, no drift; before anything is known
        self.true_share.set(float("nan"))
        self.drift.set(float("nan"))
        self.model = Gauge("recx_model", "1: is served", ["version"], **own)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Note an answer; `path` is the route, never what was asked of it."""
        self.requests.labels(path, str(status)).inc()
        self.seconds.labels(path).observe(seconds)

    def serves(self, version: str) -> None:
        """Note which model answers."""
        self.model.clear()
        self.model.labels(version).set(1)

    def text(self) -> bytes:
        """Return all figures, as Prometheus reads them."""
        return generate_latest(self.registry)


def log_line(**told) -> str:
    """Return one line of JSON with what may be told, and nothing else.

    A field that is not on the list `TOLD` is left out, whoever adds it: a list
    of what is allowed fails safe, a list of what is forbidden does not.

    >>> log_line(path="/explain", status=200, customer="ann")
    '{"path": "/explain", "status": 200}'
    """
    return json.dumps({key: told[key] for key in TOLD if key in told})
