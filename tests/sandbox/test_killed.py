"""Does a twin that is killed in the middle of writes come back whole: no half call, no id twice, nothing acknowledged lost?"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.twin import credentials
from tests.sandbox import fault_doors
from tests.sandbox.netsuite_twin import ITEMS, Twin
from tests.sandbox.salesforce_api import OwnProcess

ROOT = Path(__file__).resolve().parent.parent.parent
SIZE, WRITERS = 4, 3
SERVE = ("--only", "netsuite", "--netsuite-port", "0", "--latency", "off", "--seed-credentials", "tests")


@contextmanager
def account(folder: Path) -> Iterator[tuple[Twin, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "sandbox", "serve", *SERVE, "--state", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            url = process.stdout.readline().split()[-1]
            yield Twin(url, credentials.netsuite("tests", folder), folder), process
        finally:
            process.kill()


def write_until_killed(
    write: Callable[[str], bool], kill: Callable[[], None], enough: int
) -> tuple[set[str], set[str]]:
    """Let several writers write under keys of their own until the twin is killed; returns keys tried and acknowledged."""
    tried: set[str] = set()
    done: set[str] = set()

    def writer(name: int) -> None:
        for number in range(10_000):
            key = f"W{name}-{number:05d}"
            tried.add(key)
            try:
                if not write(key):
                    return
            except requests.RequestException:
                return
            done.add(key)

    threads = [threading.Thread(target=writer, args=(name,)) for name in range(WRITERS)]
    for one in threads:
        one.start()
    until = time.monotonic() + 60
    while len(done) < enough:
        assert time.monotonic() < until
        threads[0].join(0.01)
    kill()
    for one in threads:
        one.join(30)
    return tried, done


def whole(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as state:
        assert state.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return state.execute(query).fetchall()


@pytest.mark.parametrize("enough", [3, 17])
def test_an_account_killed_while_lists_are_written(tmp_path: Path, enough: int) -> None:
    with account(tmp_path) as (twin, process):
        assert twin.load(ITEMS).ok
        tried, done = write_until_killed(
            lambda key: 'isSuccess="true"' in fault_doors.upsert_list(twin, key).text, process.kill, enough
        )
    file = tmp_path / "netsuite.sqlite"
    rows = whole(file, "SELECT id, external_id, name FROM ns_transaction WHERE type = 'salesOrder'")
    lists = Counter(external.rpartition("-")[0] for _, external, _ in rows)
    assert set(lists.values()) == {SIZE}
    assert done <= set(lists) <= tried
    with account(tmp_path) as (twin, _):
        for key in ("AFTER-1", "AFTER-2"):
            assert fault_doors.upsert_list(twin, key).text.count('isSuccess="true"') >= SIZE
        told = twin.control("GET", "totals/salesOrder")
        assert told["count"] == SIZE * (len(lists) + 2)
        assert told["totals"] == {"USD": f"{2.5 * told['count']:.2f}"}
    after = whole(file, "SELECT id, external_id, name FROM ns_transaction WHERE type = 'salesOrder'")
    before = {number for number, _, _ in rows}
    assert all(number > max(before) for number, external, _ in after if external.startswith("AFTER"))
    assert len({name for _, _, name in after}) == len(after)


def test_an_org_killed_while_collections_are_written(tmp_path: Path) -> None:
    own = OwnProcess(tmp_path)
    org = own.twin
    org.sign_in()
    tried, done = write_until_killed(lambda key: fault_doors.collection(org, key).status == 200, own.kill, 9)
    file = tmp_path / "salesforce.sqlite"
    query = "SELECT Id, Name FROM Account WHERE Name LIKE 'W%-%'"
    rows = whole(file, query)
    collections = Counter(name.rpartition("-")[0] for _, name in rows)
    assert set(collections.values()) == {SIZE}
    assert done <= set(collections) <= tried
    org = own.start()
    org.sign_in()
    assert fault_doors.collection(org, "W9-after").status == 200
    own.kill()
    after = whole(file, query)
    assert len(after) == len(rows) + SIZE
    assert {key for key, _ in rows} < {key for key, _ in after}
    told = whole(file, "SELECT count(*), count(DISTINCT record) FROM happening WHERE kind = 'CREATE'")
    assert told == [(len(after), len(after))]
