"""What has been changed and deleted in a span of time, and how many records are there (salesforce.md 1.2)?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.times import read_datetime, stamp

UPDATED_DAYS, DELETED_DAYS = 30, 15
MOST_IDS = 600_000
BIN_DAYS = 15
INVALID = "INVALID_REPLICATION_DATE"


@dataclass
class Replication:
    """The resources by which a client keeps a copy up to date."""

    org: Org

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/sobjects/{name}/updated", ["GET"], self.updated),
            ("/sobjects/{name}/deleted", ["GET"], self.deleted),
            ("/limits/recordCount", ["GET"], self.count),
        ]

    async def updated(self, request: Request) -> Response:
        """Answer `GET sobjects/X/updated?start=&end=`: the ids, by SystemModstamp; seconds do not count."""
        owner = self._replicated(request)
        start, end = self._span(request, UPDATED_DAYS)
        found = self.org.store.touched(owner, stamp(start), stamp(end), deleted=False)
        if len(found) > MOST_IDS:
            raise Refused("EXCEEDED_ID_LIMIT", f"more than {MOST_IDS} ids have been updated: ask for a shorter span")
        return JSONResponse({"ids": [one for one, _ in found], "latestDateCovered": self._covered(end)})

    async def deleted(self, request: Request) -> Response:
        """Answer `GET sobjects/X/deleted?start=&end=`: ids and when, and how far the log reaches back."""
        owner = self._replicated(request)
        start, end = self._span(request, DELETED_DAYS)
        found = self.org.store.touched(owner, stamp(start), stamp(end), deleted=True)
        if len(found) > MOST_IDS:
            raise Refused("EXCEEDED_ID_LIMIT", f"more than {MOST_IDS} ids have been deleted: ask for a shorter span")
        told: dict[str, Any] = {"deletedRecords": [{"id": one, "deletedDate": when} for one, when in found]}
        earliest = self.org.store.now() - timedelta(days=BIN_DAYS)
        return JSONResponse(told | {"earliestDateAvailable": stamp(earliest), "latestDateCovered": self._covered(end)})

    async def count(self, request: Request) -> Response:
        """Answer `GET limits/recordCount?sObjects=A,B`: what the org has none of is left out, as recorded."""
        asked = request.query_params.get("sObjects") or request.query_params.get("sobjects") or ""
        names = asked.split(",") if asked else list(objects())
        wanted = [owner for owner in (objects().get(name.strip().lower()) for name in names) if owner is not None]
        counted = [{"count": self._count(owner), "name": owner.name} for owner in wanted]
        return JSONResponse({"sObjects": [one for one in counted if one["count"]]})

    def _count(self, owner: SObject) -> int:
        counted = f'SELECT COUNT(*) FROM "{owner.name}" WHERE "IsDeleted" = \'false\''  # noqa: S608 — a name of the model's
        (number,) = self.org.store.connection.execute(counted).fetchone()
        return int(number)

    def _replicated(self, request: Request) -> SObject:
        owner = self.org.object(request.path_params["name"])
        if "replicateable" in owner.without:
            raise Refused("INVALID_TYPE_FOR_OPERATION", f"object type {owner.name} is not replicateable")
        return owner

    def _span(self, request: Request, days: int) -> tuple[datetime, datetime]:
        start, end = (_minute(request, name) for name in ("start", "end"))
        if start < self.org.store.now() - timedelta(days=days, minutes=1):
            raise Refused(INVALID, "startDate before org replication enabled date")
        if start >= end:
            raise Refused(INVALID, "startDate must be at least one minute greater than endDate")
        return start, end

    def _covered(self, end: datetime) -> str:
        """Return until when an answer is complete: the minute that is running may still change."""
        return stamp(min(end, self.org.store.now().replace(second=0, microsecond=0)))


def _minute(request: Request, name: str) -> datetime:
    text = request.query_params.get(name)
    if not text:
        raise Refused("MISSING_ARGUMENT", f"{name} parameter is required")
    try:
        moment = datetime.fromisoformat(read_datetime(text.replace(" ", "+")))
    except (Refused, ValueError) as error:
        raise Refused("MALFORMED_QUERY", f"{name} is not a valid date: {text}") from error
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
