"""Another base than SQLite: PostgreSQL, started here on a free port by a user without rights, and what it keeps."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from recx_lib.serve import Shelf
from recx_lib.serve.store import TABLES, KeyTaken, Store, StoreBusy
from tests.service_cases import (
    ANN,
    BOB,
    asking,
    header,
    make_service,
    purchases,
    put_on_shelf,
    said,
)

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PATH = os.pathsep.join([*map(str, PLACES), os.environ.get("PATH", "")])
INITDB, PG_CTL = (shutil.which(it, path=PATH) for it in ("initdb", "pg_ctl"))
NOBODY = "nobody"  # PostgreSQL refuses to be started by root


def as_nobody() -> dict:
    """How to start a program that must not be root's."""
    if os.name == "nt" or os.getuid():
        return {}
    about = pwd.getpwnam(NOBODY)
    return {"user": about.pw_uid, "group": about.pw_gid, "extra_groups": []}


class Cluster:
    """A PostgreSQL of our own, in a temporary folder, without flushing."""

    def __init__(self, folder: Path):
        self.folder, self.data = folder, folder / "data"
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = door.getsockname()[1]
        self.url = f"postgresql+psycopg://shop@127.0.0.1:{self.port}/postgres"
        make = [INITDB, "--username=shop", "--auth=trust", "--no-sync"]
        self.run(*make, "--encoding=UTF8", "--locale=C", self.data)

    def run(self, *command) -> None:
        """Run one of its programs, which must succeed."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            **as_nobody(),
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Begin, and wait until it answers."""
        how = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -F"
        log = self.folder / "log"
        self.run(PG_CTL, "start", "-w", "-D", self.data, "-o", how, "-l", log)

    def stop(self, how: str = "fast") -> None:
        """End: fast, or as if the plug were pulled (immediate)."""
        self.run(PG_CTL, "stop", "-w", "-D", self.data, "-m", how)


@pytest.fixture(scope="module")
def cluster():
    """PostgreSQL, where it and its driver are installed; ended afterwards."""
    if not (INITDB and PG_CTL):
        assert not os.environ.get("RECX_NEEDS_POSTGRES"), "initdb is missing"
        pytest.skip("initdb is not installed (Debian: postgresql)")
    pytest.importorskip("psycopg")
    # short: the path of a socket may have about a hundred letters
    with tempfile.TemporaryDirectory(prefix="pg") as room:
        folder = Path(room)
        if who := as_nobody():
            os.chown(folder, who["user"], who["group"])
        mine = Cluster(folder)
        mine.start()
        try:
            yield mine
        finally:
            with contextlib.suppress(AssertionError):
                mine.stop()


@pytest.fixture
def url(cluster):
    """The cluster's URL; its table is emptied first."""
    store = Store(cluster.url)
    for customer in (ANN, BOB):
        store.forget(customer)
    assert store.count() == 0
    store.engine.dispose()
    return cluster.url


def test_postgres_keeps_each_message_once_and_the_last_word(url):
    store = Store(url, most=4)
    assert store.add(ANN, "tent", "bought", "1")
    assert not store.add(ANN, "tent", "bought", "1")
    with pytest.raises(KeyTaken):
        store.add(ANN, "tent", "up", "1")
    assert store.add(BOB, "tent", "bought", "1")
    store.add(ANN, "mat", "bought", "2")
    store.add(ANN, "tent", "returned", "3")
    store.add(ANN, "mug", "down", "4")
    assert store.standing(ANN) == (("mat",), {"mug"})
    store.add(ANN, "mug", "up", "5")  # the fifth: one that counts no more goes
    assert store.standing(ANN) == (("mat",), frozenset())
    assert (store.dropped, store.count()) == (1, 5)
    assert store.forget(ANN) == 4 and store.count() == 1


def test_postgres_takes_one_of_many_that_come_at_once(url):
    store = Store(url)
    with ThreadPoolExecutor(6) as pool:
        kept = list(
            pool.map(lambda _: store.add(ANN, "tent", "up", "k"), range(24))
        )
    assert kept.count(True) == 1 and store.count() == 1
    # and the past is put there once, whoever comes first
    with ThreadPoolExecutor(2) as pool:
        filled = list(pool.map(lambda _: Store(url).fill(purchases()), "ab"))
    assert sorted(filled) == [False, True]
    assert store.count() == 1 + len(purchases())


def test_copies_that_begin_at_once_on_an_empty_base_all_begin(url):
    """As two do in a cluster: each looks for the table, and makes it."""
    empty = sa.create_engine(url)
    for _ in range(3):
        TABLES.drop_all(empty)
        with ThreadPoolExecutor(4) as pool:
            begun = list(pool.map(lambda _: Store(url), range(4)))
        assert [store.count() for store in begun] == [0] * 4
        for store in begun:
            store.engine.dispose()
    empty.dispose()


def test_a_service_on_postgres_loses_nothing_when_its_base_is_killed(
    cluster, url, tmp_path
):
    put_on_shelf(tmp_path)
    item = Shelf(tmp_path).now.items[0]
    service = make_service(tmp_path, url)
    with asking(service) as client:
        assert client.get("/recommend", headers=header()).status_code == 200
        thanks = client.post("/feedback", json=said(item), headers=header())
        assert thanks.status_code == 201
        cluster.stop("immediate")
        try:
            for method, path in (("POST", "/feedback"), ("GET", "/recommend")):
                more = (
                    {"json": said(item, "key-0002")} if path[1] == "f" else {}
                )
                busy = client.request(method, path, headers=header(), **more)
                assert (busy.status_code, busy.headers["Retry-After"]) == (
                    503,
                    "1",
                )
                assert "psycopg" not in busy.text and "shop@" not in busy.text
            assert client.get("/health").status_code == 503
            assert client.get("/alive").status_code == 200
            with pytest.raises(StoreBusy):
                service.store.count()
        finally:
            cluster.start()
        # it is back: what was thanked for is there, what was not is sent again
        for key, new in (("key-0001", False), ("key-0002", True)):
            again = client.post(
                "/feedback", json=said(item, key), headers=header()
            )
            assert (again.status_code, again.json()) == (201, {"new": new})
        assert client.get("/health").status_code == 200
    assert service.store.count() == len(purchases()) + 2
