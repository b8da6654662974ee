"""Chapter 17: what every request passes on its way in and out."""

from __future__ import annotations

import asyncio
import hmac
import logging
from math import ceil
from time import perf_counter
from traceback import format_tb
from uuid import uuid4

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from recx_lib.core import DataError
from recx_lib.serve.limits import customer_of
from recx_lib.serve.meters import log_line
from recx_lib.serve.routes import router

LOG = logging.getLogger("recx.service")
ALWAYS = ("/alive", "/health", "/metrics")  # for those who watch: no gate
OPEN = ("/", "/shop.css", "/shop.js", "/docs", "/openapi.json", *ALWAYS)
# a commit may have reached the disk although its answer did not reach us
UNSURE = "not now: we cannot say that it was kept; send the same again"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
FOREIGN = "this token was not signed by this shop"
NO_TOKEN = "no token: open your own link, or send Authorization: Bearer …"


async def guard(request: Request, go_on) -> Response:
    """Let a request in, or say why not; write down how it went."""
    service = request.app.state.service
    number, start = uuid4().hex[:12], perf_counter()
    request.state.number = number
    path = path_of(request)
    response = no_entry(service, request, path)
    if response is None:
        response = await in_time(request, go_on, service.settings.seconds)
    response.headers.update(HEADERS)
    seconds = perf_counter() - start
    service.meters.answered(path, response.status_code, seconds)
    told = {"request": number, "method": request.method, "path": path}
    told |= {"status": response.status_code, "ms": round(1000 * seconds, 1)}
    LOG.info(log_line(model=service.shelf.now.version, **told))
    return response


def path_of(request: Request) -> str:
    """Return the route that is asked for, "other" for none: never an id."""
    paths = {"/openapi.json", *(route.path for route in router.routes)}
    return request.url.path if request.url.path in paths else "other"


def no_entry(service, request: Request, path: str) -> JSONResponse | None:
    """Return why a request may not come in; None if it may.

    All of this is decided by its head, before any of its body is read.
    """
    # 1. how often? a stranger counts by address, and those who watch by theirs
    name = who(service, request)
    if name is not None and path not in ALWAYS:
        wait = service.bucket.take(name)
    else:
        host = request.client.host if request.client else "nowhere"
        wait = service.strangers.take(f"{path in ALWAYS} {host}")
    if wait:
        return refuse(429, "too many requests", retry=wait)
    # 2. who? strangers may see the pages and no more
    if name is None and path not in (*OPEN, "other"):
        shown = request.headers.get("authorization", "").partition(" ")[2]
        return refuse(401, FOREIGN if shown.strip() else NO_TOKEN)
    if path == "/metrics" and not watches(service, request):
        return refuse(401, "this is for those who watch the shop")
    # 3. how large? a body of unknown length is not read to find out
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers:
        return refuse(411, "say how long the body is (Content-Length)")
    if not length.isdecimal() or int(length) > service.settings.body:
        return refuse(413, f"at most {service.settings.body} bytes, please")
    return None


async def in_time(request: Request, go_on, seconds: float) -> Response:
    """Return the answer, or a refusal after so many seconds.

    The body is waited for out here: half a body must take no place inside.
    """
    try:
        await asyncio.wait_for(request.body(), seconds)
    except (TimeoutError, ClientDisconnect):
        return refuse(408, "the body did not come")
    try:
        return await asyncio.wait_for(go_on(request), seconds)
    except TimeoutError:
        return refuse(503, "this took too long", retry=1)


def our_mistake(error: Exception, number: str) -> JSONResponse:
    """Write down where and of what kind, not its message: it may hold
    somebody's data; return an answer with the number to find it by.
    """
    frames = "".join(format_tb(error.__traceback__))
    LOG.error("%s %s\n%s", number, type(error).__name__, frames)
    return refuse(500, f"our mistake; it has the number {number}")


class Inside:
    """A place inside, from the first step to the end of all work.

    Not to the answer: who was given up, or has the answer and is on trial,
    still holds a thread. And whatever goes wrong in here stays in here: a
    number leads to the place in the log; the message of an error, which may
    hold somebody's data, is not kept.
    """

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        """Let one request through, if there is room."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        service = scope["app"].state.service
        counted = scope["path"] not in ALWAYS
        if counted and not service.gate.enter():
            full = refuse(503, "the shop is full for a moment", retry=1)
            return await full(scope, receive, send)
        service.meters.inside.inc()
        begun = []

        async def sends(message):
            begun.append(message["type"])
            await send(message)

        try:
            await self.app(scope, receive, sends)
        except Exception as error:
            answer = our_mistake(error, scope["state"]["number"])
            if not begun:
                await answer(scope, receive, send)
        finally:
            service.meters.inside.dec()
            if counted:
                service.gate.leave()


def refuse(status: int, why: str, retry: float | None = None) -> JSONResponse:
    """Return an answer that says no, why, and when to try again."""
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if retry is not None:
        headers["Retry-After"] = str(max(1, ceil(retry)))
    return JSONResponse({"detail": why}, status, headers)


def no_with(status: int):
    """Return a handler that answers one of our errors with a status.

    DataErrors speak to the customer; what a base complains of does not.
    """

    async def handler(_request: Request, error: Exception) -> JSONResponse:
        if status == 503:
            return refuse(503, UNSURE, retry=1)
        return refuse(status, str(error))

    return handler


def watches(service, request: Request) -> bool:
    """Return whether somebody may read the figures."""
    if service.settings.watcher is None:
        return True
    told = request.headers.get("authorization", "")
    ours = f"Bearer {service.settings.watcher}"
    return hmac.compare_digest(told.encode(), ours.encode())


def who(service, request: Request) -> str | None:
    """Return which customer is asking; None for a stranger."""
    told = request.headers.get("authorization", "")
    scheme, _, token = told.partition(" ")
    try:
        name = customer_of(token, service.settings.secret)
    except DataError:
        return None
    return name if scheme.lower() == "bearer" else None
