"""How does a company get into running twins? In chunks through their control APIs, both or neither."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import Event
from types import FrameType

import requests
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sandbox.company.records import Company, Entry

CHUNK = 4000
PATIENCE = 600  # seconds; a snapshot of a million orders is a gigabyte to copy
GONE = "\nWhat had been loaded was taken back; both twins are as they were."


class PushFault(Exception):
    """A twin did not take the company; the message says why, and what became of what had been loaded."""


_broken_off = Event()


def break_off(_signal: int, _frame: FrameType | None) -> None:
    """Break a load off, as a signal's handler; an interrupt that falls into a finalizer is lost, so it is noted too."""
    _broken_off.set()
    raise KeyboardInterrupt


def push(company: Company, salesforce: str, netsuite: str, *, quiet: bool = False) -> dict[str, int]:
    """Load a company into both twins; returns how many records of each type were loaded.

    A load that fails, or is broken off by Ctrl-C, is undone: both twins are put back to what they were before it.
    """
    twins = (netsuite, salesforce)
    name = f"before-load-{uuid.uuid4().hex[:12]}"
    try:
        for url in twins:
            _steer("POST", f"{url}/_twin/snapshots", {"name": name})
        loaded = _load(company, salesforce, netsuite, quiet=quiet)
    except (PushFault, requests.RequestException) as fault:
        raise PushFault(f"{fault}{_undo(twins, name)}") from fault
    except KeyboardInterrupt as stopped:
        raise PushFault(f"It was broken off.{_undo(twins, name)}") from stopped
    _forget(twins, name)
    return loaded


def _load(company: Company, salesforce: str, netsuite: str, *, quiet: bool) -> dict[str, int]:
    loaded: Counter[str] = Counter()
    with _progress(quiet=quiet) as progress:
        for name, url, entries in (
            ("NetSuite", netsuite, company.netsuite),
            ("Salesforce", salesforce, company.salesforce),
        ):
            bar = progress.add_task(f"Loading {name}", total=company.opportunities or None, count="")
            for chunk in _chunks(entries):
                if _broken_off.is_set():
                    raise KeyboardInterrupt
                loaded.update(_send(url, chunk))
                told = f"{sum(loaded.values()):,} records"
                progress.update(bar, completed=loaded["Opportunity"], count=told)
            progress.update(bar, completed=company.opportunities or 1, total=company.opportunities or 1)
    return dict(loaded)


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:<20}"), BarColumn(), TextColumn("{task.fields[count]}"), TimeElapsedColumn(),
        TimeRemainingColumn(), console=Console(stderr=True), disable=quiet,
    )  # fmt: skip


def reset(*urls: str) -> list[str]:
    """Empty twins; returns the addresses of those that did not answer."""
    silent = []
    for url in urls:
        try:
            _steer("POST", f"{url}/_twin/reset")
        except (PushFault, requests.RequestException):
            silent.append(url)
    return silent


def _undo(twins: Iterable[str], name: str) -> str:
    """Put the twins back; say so, or say which of them is half loaded now."""
    kept = []
    for url in twins:
        try:
            _steer("POST", f"{url}/_twin/snapshots/{name}/restore")
        except (PushFault, requests.RequestException):
            kept.append(url)
    _forget(twins, name)
    return f"\nNot put back, perhaps half loaded: {', '.join(kept)}. Reset it, and load again." if kept else GONE


def _forget(twins: Iterable[str], name: str) -> None:
    for url in twins:
        try:
            _steer("DELETE", f"{url}/_twin/snapshots/{name}")
        except (PushFault, requests.RequestException):
            continue


def _steer(method: str, url: str, body: object = None) -> None:
    answer = requests.request(method, url, json=body, timeout=PATIENCE)
    if not answer.ok:
        raise PushFault(f"{url} answered {answer.status_code}: {answer.text[:200]}")


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _send(url: str, chunk: list[Entry]) -> dict[str, int]:
    lines = "\n".join(json.dumps({"type": kind, "record": record}) for kind, record in chunk)
    answer = requests.post(f"{url}/_twin/load", data=lines.encode(), timeout=PATIENCE)
    if not answer.ok:
        refused = answer.json()
        kind, record = chunk[max(refused.get("line", 1) - 1, 0)]
        raise PushFault(
            f"{url} refused {kind} {record.get('Name') or record.get('itemId') or record.get('Id')}: {refused['error']}"
        )
    found: dict[str, int] = answer.json()["loaded"]
    return found
