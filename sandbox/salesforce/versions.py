"""Which API versions and resources are there, and how much of the limits is left (salesforce.md 1.2)?"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import NEWEST, OLDEST, Routes, version_of
from sandbox.twin.usage import Usage


@dataclass
class Versions:
    """What an org tells about its API."""

    usage: Usage
    daily_limit: int = 100_000

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [("", ["GET"], self.resources), ("/limits", ["GET"], self.limits)]

    async def versions(self, _request: Request) -> Response:
        """Answer `GET /services/data/`."""
        names = [f"{number}.0" for number in range(OLDEST, NEWEST + 1)]
        return JSONResponse([{"label": name, "url": f"/services/data/v{name}", "version": name} for name in names])

    async def resources(self, request: Request) -> Response:
        """Answer `GET /services/data/vXX.X`."""
        base = f"/services/data/v{version_of(request)}"
        names = ("sobjects", "query", "queryAll", "limits", "composite", "jobs")
        return JSONResponse({name: f"{base}/{name}" for name in names})

    async def limits(self, _request: Request) -> Response:
        """Answer `GET limits`."""
        left = max(self.daily_limit - self.usage.calls, 0)
        plenty = ("DailyBulkApiBatches", "DailyBulkV2QueryJobs", "DailyBulkV2QueryFileStorageMB")
        found = {name: {"Max": 15_000, "Remaining": 15_000} for name in plenty}
        return JSONResponse(found | {"DailyApiRequests": {"Max": self.daily_limit, "Remaining": left}})
