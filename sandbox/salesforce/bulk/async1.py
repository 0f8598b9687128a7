"""How does Bulk API 1.0 meet the outside? Its own address, its own shape of refusals (salesforce.md 1.7, 2.4)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.bulk.format1 import refusal, wants_json
from sandbox.salesforce.bulk.jobs1 import Jobs1
from sandbox.salesforce.calls import NEWEST, OLDEST
from sandbox.salesforce.reception import Reception
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.table import Table

CODES = {
    "INVALID_SESSION_ID": ("InvalidSessionId", "Invalid session id"),
    "REQUEST_LIMIT_EXCEEDED": ("ExceededQuota", ""),
    "UNABLE_TO_LOCK_ROW": ("LockTimeout", ""),
    "NOT_FOUND": ("InvalidUrl", "Destination URL not reset. The URL returned from login must be set"),
    "METHOD_NOT_ALLOWED": ("InvalidUrl", ""),
}


class Async1:
    """The address `/services/async`."""

    def __init__(self, jobs: Jobs1, reception: Reception) -> None:
        self._table = Table(jobs.routes())
        self._reception = reception

    async def answer(self, request: Request) -> Response:
        """Answer one call, or its refusal."""
        try:
            _check_version(str(request.path_params["version"]))
            await self._reception.admit(request)
            return await self._table.answer(request)
        except Refused as refused:
            code, words = CODES.get(refused.code, (refused.code, ""))
            return refusal(Refused(code, words or refused.message), as_json=wants_json(request))


def _check_version(text: str) -> None:
    try:
        number = float(text.lstrip("v"))
    except ValueError:
        number = 0
    if not OLDEST <= number <= NEWEST:
        raise Refused("InvalidVersion", f"Api version not supported: {text}")
