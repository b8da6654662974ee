"""Serve the shop: python -m recx_lib.serve [--help]. Plumbing.

Needs the extra `service`. RECX_SECRET signs the customers' tokens; without it
a new secret is drawn at each start, and the tokens of the last are void. Only
then is a customer's link printed: it dies with the process, while what a log
has kept of a lasting secret's token would be good for ever.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import socket
from pathlib import Path

from recx_lib.data import load_reviews
from recx_lib.recommend import EASE
from recx_lib.serve.app import Service, Settings, Store, make_app
from recx_lib.serve.limits import token_for
from recx_lib.serve.shelf import LABEL, Shelf, save_model

FOLDER = Path("_build", "shop")


def asked() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m recx_lib.serve")
    add = parser.add_argument
    add("--folder", type=Path, default=FOLDER, help="model and base")
    add("--url", help="a SQLAlchemy URL (default: SQLite in the folder)")
    add("--data", default="shop", help="what to learn from, where no model is")
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8000, help="0: any that is free")
    return parser.parse_args()


def prepare(folder: Path, store: Store, data: str) -> str:
    """Learn a model and fill the base where there is none; return the id of a
    customer who has something.
    """
    reviews = load_reviews(data)
    if not (folder / LABEL).is_file():
        titles = {item: reviews.title(item) for item in reviews.items.raw}
        save_model(folder, EASE().fit(reviews), titles)
    if not store.count():
        rows = reviews.frame[["user", "item"]].itertuples(index=False)
        store.fill(map(tuple, rows))
    return reviews.users.raw[0]


def main() -> None:
    """Say where the shop is, and serve it until it is ended."""
    import uvicorn

    args = asked()
    args.folder.mkdir(parents=True, exist_ok=True)
    store = Store(args.url or f"sqlite:///{args.folder / 'shop.db'}")
    someone = prepare(args.folder, store, args.data)
    lasting = os.environ.get("RECX_SECRET")
    secret = lasting or secrets.token_hex()
    service = Service(Shelf(args.folder), store, Settings(secret))
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with socket.create_server((args.host, args.port)) as door:
        address = f"http://{args.host}:{door.getsockname()[1]}/"
        if not lasting:
            address += f"#{token_for(someone, secret)}"
        print(f"The shop: {address}", flush=True)
        quiet = {"access_log": False, "log_level": "warning"}
        # an address that the sender wrote into a header is nobody's address
        config = uvicorn.Config(
            make_app(service), proxy_headers=False, **quiet
        )
        uvicorn.Server(config).run(sockets=[door])


if __name__ == "__main__":
    main()
