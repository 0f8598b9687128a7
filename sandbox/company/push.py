"""How does a company get into running twins? In chunks through their control APIs, both or neither."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

import requests
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.company.records import Company, Entry

CHUNK = 4000


class PushFault(Exception):
    """A twin did not take the company; what had been loaded was taken back."""


def push(company: Company, salesforce: str, netsuite: str, *, quiet: bool = False) -> dict[str, int]:
    """Load a company into both twins; returns how many records of each type were loaded."""
    loaded: Counter[str] = Counter()
    progress = Progress(
        TextColumn("{task.description:<20}"), BarColumn(), TextColumn("{task.completed:,} records"), TimeElapsedColumn(),
        console=Console(stderr=True), disable=quiet,
    )  # fmt: skip
    try:
        with progress:
            for name, url, entries in (
                ("NetSuite", netsuite, company.netsuite),
                ("Salesforce", salesforce, company.salesforce),
            ):
                bar = progress.add_task(f"Loading {name}", total=None)
                for chunk in _chunks(entries):
                    loaded.update(_send(url, chunk))
                    progress.advance(bar, len(chunk))
                progress.update(bar, total=progress.tasks[bar].completed or 1)
    except (PushFault, requests.RequestException) as fault:
        reset(salesforce, netsuite)
        raise PushFault(f"{fault}\nWhat had been loaded was taken back; both twins are empty.") from fault
    return dict(loaded)


def reset(*urls: str) -> None:
    """Empty twins; one that does not answer is left alone."""
    for url in urls:
        try:
            requests.post(f"{url}/_twin/reset", timeout=60)
        except requests.RequestException:
            continue


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    left = iter(entries)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _send(url: str, chunk: list[Entry]) -> dict[str, int]:
    lines = "\n".join(json.dumps({"type": kind, "record": record}) for kind, record in chunk)
    answer = requests.post(f"{url}/_twin/load", data=lines.encode(), timeout=300)
    if not answer.ok:
        refused = answer.json()
        kind, record = chunk[max(refused.get("line", 1) - 1, 0)]
        raise PushFault(
            f"{url} refused {kind} {record.get('Name') or record.get('itemId') or record.get('Id')}: {refused['error']}"
        )
    found: dict[str, int] = answer.json()["loaded"]
    return found
