"""Chapter 17: what every request passes on its way in and out."""

from __future__ import annotations

import asyncio
import logging
from math import ceil
from time import perf_counter
from traceback import format_tb
from uuid import uuid4

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from recx_lib.core import DataError
from recx_lib.serve.limits import customer_of
from recx_lib.serve.meters import log_line

LOG = logging.getLogger("recx.service")
ALWAYS = ("/health", "/metrics")  # those who watch are never sent away
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


async def guard(request: Request, go_on) -> Response:
    """Let a request in, or say why not; write down how it went."""
    service = request.app.state.service
    number, start = uuid4().hex[:12], perf_counter()
    response = no_entry(service, request)
    if response is None:
        response = await inside(service, request, go_on, number)
    response.headers.update(HEADERS)
    seconds = perf_counter() - start
    path = getattr(request.scope.get("route"), "path", "other")
    service.meters.answered(path, response.status_code, seconds)
    told = {"request": number, "method": request.method, "path": path}
    told |= {"status": response.status_code, "ms": round(1000 * seconds, 1)}
    LOG.info(log_line(model=service.shelf.now.version, **told))
    return response


def no_entry(service, request: Request) -> JSONResponse | None:
    """Return why a request may not come in; None if it may."""
    # 1. how large? a body of unknown length is not read to find out
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers:
        return refuse(411, "say how long the body is (Content-Length)")
    if not length.isdecimal() or int(length) > service.settings.body:
        return refuse(413, f"at most {service.settings.body} bytes, please")
    # 2. how often?
    watching = request.url.path in ALWAYS
    wait = 0.0 if watching else service.bucket.take(who(service, request))
    return refuse(429, "too many requests", retry=wait) if wait else None


async def inside(service, request: Request, go_on, number: str) -> Response:
    """Return the answer, or a refusal: no room, no time, our mistake."""
    counted = request.url.path not in ALWAYS
    if counted and not service.gate.enter():
        return refuse(503, "the shop is full for a moment", retry=1)
    service.meters.inside.inc()
    try:
        return await asyncio.wait_for(go_on(request), service.settings.seconds)
    except TimeoutError:
        return refuse(503, "this took too long", retry=1)
    except Exception as error:  # whatever it is, it stays inside
        # where, and of what kind: its message may hold somebody's data
        frames = "".join(format_tb(error.__traceback__))
        LOG.error("%s %s\n%s", number, type(error).__name__, frames)
        return refuse(500, f"our mistake; it has the number {number}")
    finally:
        service.meters.inside.dec()
        if counted:
            service.gate.leave()


def refuse(status: int, why: str, retry: float | None = None) -> JSONResponse:
    """Return an answer that says no, why, and when to try again."""
    headers = {}
    if retry is not None:
        headers["Retry-After"] = str(max(1, ceil(retry)))
    return JSONResponse({"detail": why}, status, headers)


def no_with(status: int):
    """Return a handler that answers one of our errors with a status.

    DataErrors speak to the customer; what a base complains of does not.
    """

    async def handler(_request: Request, error: Exception) -> JSONResponse:
        if status == 503:
            return refuse(503, "nothing was kept: try again", retry=1)
        return refuse(status, str(error))

    return handler


def who(service, request: Request) -> str:
    """Return whose bucket it is: a customer's, else an address's."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        return "customer " + customer_of(token, service.settings.secret)
    except DataError:
        place = request.client.host if request.client else "nowhere"
        return f"address {place}"
