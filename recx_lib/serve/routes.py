"""Chapter 17: the questions that the service answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Depends,
    HTTPException,
    Query,
    Request,
    Response,
)
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from recx_lib.core import DataError
from recx_lib.explain import Contest, swap_by_sorting
from recx_lib.serve import messages as say
from recx_lib.serve.frames import frame_sentence
from recx_lib.serve.limits import customer_of
from recx_lib.serve.pages import SCRIPT, SHOP, STYLE, docs_page
from recx_lib.serve.shelf import ServedModel

RIVALS = 9  # items that a first place is compared with
MOST_POPULAR = "Many customers have this; tell us what you have, and you will"
MOST_POPULAR += " see what suits you."
NO = {
    400: "this is no request",
    401: "who are you?",
    404: "there is no such thing",
    408: "the body did not come",
    409: "the key was used for another message",
    411: "how long is it?",
    413: "too large",
    422: "a field is wrong",
    429: "too often: see Retry-After",
    503: "not now: see Retry-After",
}
REFUSALS: dict = {}
for code, what in NO.items():
    REFUSALS[code] = {"model": say.Refused, "description": what}
router = APIRouter(responses=REFUSALS)
bearer = HTTPBearer(auto_error=False)


async def customer(
    request: Request,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> str:
    """Return who is asking, by the token in the header.

    Never by an id in the address: addresses are written down on their way.
    Without a thread: a signature takes microseconds.
    """
    secret = request.app.state.service.settings.secret
    try:
        return customer_of(token.credentials if token else "", secret)
    except DataError as error:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(401, str(error), challenge) from None


Customer = Annotated[str, Depends(customer)]


def explained(service, model: ServedModel, name, history, item) -> say.Why:
    """Return why `item` is for this customer, in the time there is."""
    about = {"model": model.version, "item": item, "title": model.title(item)}
    if not set(model.known(history)) - {item}:
        about |= {"sentence": MOST_POPULAR, "how": "popular", "because": []}
        return say.Why(**about)
    # 1. all that the answer depends on is in the key
    key = model.version, name, history, item
    case = model.case(name, history, item)
    seconds = service.settings.explaining
    why, how = service.explainer.explain(case, key, seconds)
    service.meters.explained.labels(how).inc()
    # 2. in words, and number by number
    about |= {"sentence": frame_sentence(why, model), "how": how}
    because = []
    for _kind, cited, weight in why.evidence:
        told = {"item": cited, "title": model.title(cited)}
        because.append(say.Cited(**told, weight=weight))
    return say.Why(**about, because=because)


@router.get("/recommend")
def recommend(
    request: Request,
    name: Customer,
    later: BackgroundTasks,
    n: Annotated[int, Query(ge=1, le=10)] = 3,
) -> say.Suggestions:
    """The best items for a customer, each with a sentence that says why."""
    service = request.app.state.service
    model = service.model()
    history, hidden = service.store.standing(name)
    items, told, short = [], [], set(say.Suggested.model_fields)
    for item in model.best(history, n, hidden):
        told.append(explained(service, model, name, history, item))
        shown = told[-1].model_dump(include=short)
        items.append(say.Suggested(**shown))
    later.add_task(service.look_back, model, name, history, told)
    return say.Suggestions(model=model.version, items=items)


@router.get("/explain")
def explain(
    request: Request, name: Customer, later: BackgroundTasks, item: say.Id
) -> say.Why:
    """Why an item is for this customer: sentence, evidence, and how."""
    service = request.app.state.service
    model = service.model()
    history, _ = service.store.standing(name)
    why = explained(service, model, name, history, item)
    later.add_task(service.audit, model, name, history, why)
    return why


@router.post("/what-if")
def what_if(
    request: Request, name: Customer, question: say.Without
) -> say.WhatIf:
    """The list without some of one's things, and what decides its first."""
    service = request.app.state.service
    model = service.model()
    history, hidden = service.store.standing(name)
    gone = set(question.without)
    if strangers := sorted(gone - set(history)):
        raise DataError(f"you do not have {strangers[0]!r}")
    kept = [item for item in history if item not in gone]
    items = model.best(kept, RIVALS + 1, {*hidden, *gone})
    swap = None
    if model.known(kept) and len(items) > 1:
        contest = Contest([model.case(name, kept, item) for item in items])
        swap = swap_by_sorting(contest)
    if swap is not None:
        told = {"without": list(swap.removed), "instead": swap.instead}
        swap = say.Swapped(**told)
    listed = {"items": items, "titles": [model.title(one) for one in items]}
    return say.WhatIf(model=model.version, **listed, swap=swap)


@router.post("/feedback", status_code=201)
def feedback(request: Request, name: Customer, said: say.Said) -> say.Kept:
    """Keep what a customer says; answered when it is on disk."""
    service = request.app.state.service
    service.model().title(said.item)  # 404 for an item that is not ours
    return say.Kept(
        new=service.store.add(name, said.item, said.kind, said.key)
    )


@router.delete("/me")
def forget(request: Request, name: Customer) -> say.Forgotten:
    """Delete all that the customer ever told us, on disk and in the memory of
    this process.
    """
    service = request.app.state.service
    rows = service.store.forget(name)
    service.explainer.forget()
    return say.Forgotten(rows=rows)


@router.get("/health")
def health(request: Request) -> say.Health:
    """Whether customers are served: 503 where the base is away.

    For those who watch. It asks what a customer's request asks.
    """
    service = request.app.state.service
    service.store.standing("")
    status, model = "ok", service.model().version
    if service.shelf.trouble:
        status = "old model"
    return say.Health(status=status, model=model)


@router.get("/alive", include_in_schema=False)
async def alive() -> Response:
    """Whether the process answers at all: it asks nobody, and no thread."""
    return Response("alive", media_type="text/plain")


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """The figures for Prometheus. For those who watch."""
    service = request.app.state.service
    service.meters.dropped.set(service.store.dropped)
    text = service.meters.text()
    return Response(text, media_type="text/plain; version=0.0.4")


def page(content: str, kind: str):
    """Return a route's function that answers with a fixed text."""
    return lambda: Response(content, media_type=kind)


PAGES = {"/": (SHOP, "text/html"), "/shop.css": (STYLE, "text/css")}
PAGES["/shop.js"] = SCRIPT, "text/javascript"
for path, told in PAGES.items():
    router.add_api_route(path, page(*told), include_in_schema=False)


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The questions, for people; /openapi.json is for programs."""
    return Response(docs_page(request.app.openapi()), media_type="text/html")
