"""A small shop, its service and somebody to ask it: what the tests of the service share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from recx_lib.data import load_shop
from recx_lib.recommend import EASE
from recx_lib.serve import Shelf, save_model, token_for
from recx_lib.serve.app import Service, Settings, make_app
from recx_lib.serve.store import Store

SECRET = "only for the tests of this"
ANN, BOB = "u001", "u002"


def shop():
    """A few hundred reviews."""
    return load_shop().subset(range(1200))


def put_on_shelf(
    folder: Path, reg: float = 300.0, titles: dict | None = None
) -> str:
    """Learn a model and save it; return its version."""
    reviews = shop()
    named = {item: reviews.title(item) for item in reviews.items.raw}
    return save_model(
        folder, EASE(reg=reg).fit(reviews), named | (titles or {})
    )


def purchases() -> list[tuple[str, str]]:
    """Who bought what: enough for two customers."""
    items = shop().items.raw
    return [(ANN, item) for item in items[:8]] + [
        (BOB, item) for item in items[5:9]
    ]


def make_service(
    folder: Path, url: str = "sqlite://", explainer=None, **allowed
) -> Service:
    """A service on the model in a folder, without limits unless they are named."""
    store = Store(url, patience=0.05)
    store.fill(purchases())
    settings = Settings(
        SECRET, **{"rate": 1e6, "burst": 10**6, "explaining": 1.0} | allowed
    )
    return Service(Shelf(folder), store, settings, explainer)


@contextmanager
def asking(service: Service) -> Iterator[TestClient]:
    """Ask a service, which may fail without failing the test."""
    with TestClient(
        make_app(service), raise_server_exceptions=False
    ) as client:
        yield client


def header(customer: str = ANN) -> dict:
    """What proves who is asking."""
    return {"Authorization": f"Bearer {token_for(customer, SECRET)}"}


def said(item: str, key: str = "key-0001", kind: str = "up") -> dict:
    """One piece of feedback."""
    return {"item": item, "kind": kind, "key": key}
