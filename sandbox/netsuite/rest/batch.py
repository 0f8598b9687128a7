"""How are up to a hundred records of one type written in one call? As a job with a task for each (netsuite.md 3.4)."""

from typing import Any

from starlette.responses import Response

from sandbox.netsuite.documents import dump
from sandbox.netsuite.rest import later, records
from sandbox.netsuite.rest.ask import COLLECTION, Ask, as_json, refusal
from sandbox.netsuite.rest.problems import Problem, malformed, not_allowed

_UNKNOWN = "The request timed out while this record was being processed. Status unknown."
_SKIPPED = "The request timed out before this record was reached. Not processed."


def change_all(ask: Ask) -> Response:
    """Refuse to change many at once: only a job does."""
    return _refused(ask)


def upsert_all(ask: Ask) -> Response:
    """Refuse to upsert many at once: only a job does."""
    return _refused(ask)


def delete_all(ask: Ask) -> Response:
    """Refuse to delete many at once: only a job does."""
    records.kind_of(ask)
    if "ids" not in ask.query:
        raise not_allowed(["GET", "POST"])
    raise later.only_later()


def _refused(ask: Ask) -> Response:
    records.kind_of(ask)
    if not later.is_collection(ask):
        raise not_allowed(["GET", "POST"])
    raise later.only_later()


def one(ask: Ask, body: Any, torn: int) -> Response:
    """Write one record of a batch; `torn` 0 loses its outcome, above 0 never reaches it, -1 is the usual way."""
    if torn > 0:
        return refusal(Problem(500, "UNEXPECTED_ERROR", _SKIPPED))
    ask.path = {"type": ask.seen.path.rstrip("/").rpartition("/")[2]}
    ask.body = dump(body).encode()
    answer = _written(ask, body)
    return answer if torn else refusal(Problem(500, "UNEXPECTED_ERROR", _UNKNOWN))


def _written(ask: Ask, body: Any) -> Response:
    if not isinstance(body, dict):
        raise malformed("Provide a JSON object.")
    if ask.seen.method == "POST":
        return records.written(ask, "add", body, (None, None))
    number, name = body.get("id"), body.get("externalId")
    if ask.seen.method == "PUT":
        return records.written(ask, "upsert", body, (None, None if name is None else str(name)))
    kind = records.kind_of(ask)
    stored = ask.account.get(kind, None if number is None else str(number), None if name is None else str(name))
    return records.written(ask, "update", body, (str(stored.id), None))


def several(ask: Ask) -> Response:
    """Read the records named by `ids`: links alone, or in full under `expandRecords`."""
    kind = records.kind_of(ask)
    stored = [ask.account.get(kind, *records.keys_of(key)) for key in ask.named("ids")]
    view, full = records.view_of(ask), ask.flag("expandRecords")
    items = [view.record(kind, row) if full else view.reference(kind, row) for row in stored]
    figures = {"count": len(items), "hasMore": False, "items": items, "offset": 0, "totalResults": len(items)}
    link = {"rel": "self", "href": f"{ask.seen.home}{ask.seen.path}?{ask.seen.query}"}
    return as_json({"links": [link], **figures}, media=COLLECTION)
