"""What is one record as it is kept? Its keys, its moments and its document."""

from dataclasses import dataclass
from typing import Any

from sandbox.netsuite.documents import Document, load

COLUMNS = "id, type, external_id, name, created, modified, doc, party, day, status"


@dataclass(slots=True)
class Stored:
    """One record as it is kept; `created` and `modified` are UTC, `YYYY-MM-DD HH:MM:SS`."""

    family: str
    type: str
    id: int
    external_id: str | None
    name: str
    created: str
    modified: str
    doc: Document
    party: int | None = None
    day: str | None = None
    status: str | None = None


def stored(family: str, row: tuple[Any, ...]) -> Stored:
    """Make a record of a row of `COLUMNS`."""
    number, kind, external_id, name, created, modified, doc, party, day, status = row
    return Stored(family, kind, number, external_id, name, created, modified, load(doc), party, day, status)
