"""Serve the shop: python -m recx_lib.serve [--help]. Plumbing.

Needs the extra `service`. RECX_SECRET signs the customers' tokens; without it
a new secret is drawn at each start, and the tokens of the last are void. Only
then is a customer's link printed: it dies with the process, while what a log
has kept of a lasting secret's token would be good for ever. RECX_WATCHER is
what whoever reads /metrics has to show; without it nobody can.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import secrets
import socket
from pathlib import Path

from recx_lib.core import DataError
from recx_lib.data import load_reviews
from recx_lib.recommend import EASE
from recx_lib.serve.app import Service, Settings, Store, make_app
from recx_lib.serve.limits import token_for
from recx_lib.serve.shelf import LABEL, Shelf, save_model

FOLDER = Path("_build", "shop")
TOLD = "RECX_SERVICE"  # the variable that tells new processes what to serve
BEGINS = 120  # seconds until a process that says nothing is ended


def asked() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m recx_lib.serve",
        epilog="RECX_SECRET signs customers' tokens, RECX_WATCHER opens "
        "/metrics; 16 characters or more each. deploy/README.md says how to "
        "make a customer's token, replace the model and hear the alarm.",
    )
    add = parser.add_argument
    add("--folder", type=Path, default=FOLDER, help="model and base")
    where = "a SQLAlchemy URL, e.g. postgresql+psycopg://shop:…@base/shop "
    add("--url", help=where + "(default: SQLite in the folder)")
    add("--data", default="shop", help="what to learn from, where no model is")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8000, help="0: any that is free")
    add(
        "--workers",
        type=int,
        default=1,
        help="processes; one that dies "
        "is replaced; each has limits, cache and figures of its own",
    )
    return parser.parse_args()


def _secret(name: str, given: str | None) -> str:
    """Return the secret that a variable gives, else a drawn one."""
    try:
        return Settings(given or secrets.token_hex()).secret
    except DataError as error:
        raise SystemExit(f"{name}: {error}") from None


def prepare(folder: Path, store: Store, data: str) -> tuple[str, dict]:
    """Learn a model and fill the base where there is none; return the id of a
    customer who has something, and every item's title.
    """
    try:
        reviews = load_reviews(data)
    except DataError as error:
        raise SystemExit(f"--data {data}: {error}") from None
    titles = {item: reviews.title(item) for item in reviews.items.raw}
    if not (folder / LABEL).is_file():
        save_model(folder, EASE().fit(reviews), titles)
    if not store.count():
        rows = reviews.frame[["user", "item"]].itertuples(index=False)
        store.fill(map(tuple, rows))
    return reviews.users.raw[0], titles


def build(told: dict | None = None):
    """Return the application, made anew in each process; `told` comes from
    the environment where none is given.
    """
    told = told or json.loads(os.environ[TOLD])
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    folder, store = Path(told["folder"]), Store(told["url"])
    titles = prepare(folder, store, told["data"])[1]
    settings = Settings(told["secret"], watcher=told["watcher"])
    service = Service(Shelf(folder), store, settings, catalogue=titles)
    return settled(make_app(service))


def settled(app):
    """Return an application whose start no later search for rubbish visits.

    Python looks through all that lives now and then, imports included: a
    quarter of a second in which nobody is answered.
    """
    gc.collect()
    gc.freeze()
    return app


def _door(host: str, port: int) -> socket.socket:
    """Return a socket that listens, and whose answers are sent at once.

    An answer goes out in two pieces, head and body; by default the second
    waits until the first is acknowledged, which may take forty milliseconds.
    """
    try:
        door = socket.create_server((host, port))
    except OSError as why:
        raise SystemExit(
            f"nothing can be served at {host}:{port} ({why.strerror}): end "
            "what listens there, or name another door with --host and --port"
        ) from None
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def _hear_deaths() -> None:
    """Let a supervisor see at once that a worker died while it was asked.

    uvicorn keeps the worker's end of the line open, too, and would wait for
    an answer of the dead until the time for one is up.
    """
    from uvicorn.supervisors import multiprocess

    begin = multiprocess.Process.start

    def start(self) -> None:
        begin(self)
        self.child_conn.close()

    multiprocess.Process.start = start


def main() -> None:
    """Say where the shop is, and serve it until it is ended."""
    import uvicorn

    args = asked()
    args.folder.mkdir(parents=True, exist_ok=True)
    url = args.url or f"sqlite:///{args.folder / 'shop.db'}"
    lasting = os.environ.get("RECX_SECRET")
    secret = _secret("RECX_SECRET", lasting)
    watcher = _secret("RECX_WATCHER", os.environ.get("RECX_WATCHER"))
    someone, _ = prepare(args.folder, Store(url), args.data)
    told = {"folder": str(args.folder), "url": url, "data": args.data}
    told |= {"secret": secret, "watcher": watcher}
    with _door(args.host, args.port) as door:
        address = f"http://{args.host}:{door.getsockname()[1]}/"
        if not lasting:
            address += f"#{token_for(someone, secret)}"
        print(f"The shop: {address}", flush=True)
        # an address that the sender wrote into a header is nobody's address
        quiet = {"access_log": False, "log_level": "warning"}
        quiet |= {"proxy_headers": False}
        if args.workers == 1:
            config = uvicorn.Config(build(told), **quiet)
            uvicorn.Server(config).run(sockets=[door])
            return
        # processes that are begun anew know what their environment says
        os.environ[TOLD] = json.dumps(told)
        app = "recx_lib.serve.__main__:build"
        more = {"workers": args.workers, "factory": True, "fd": door.fileno()}
        # at its start it says nothing until all is imported: on a busy machine
        # longer than uvicorn's five seconds, and it would be ended for ever
        more["timeout_worker_healthcheck"] = BEGINS
        _hear_deaths()
        uvicorn.run(app, **more, **quiet)


if __name__ == "__main__":
    main()
