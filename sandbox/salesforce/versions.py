"""Which API versions and resources are there, and how much of the limits is left (salesforce.md 1.2, 1.8)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import NEWEST, OLDEST, Routes, version_of
from sandbox.salesforce.org import USER
from sandbox.salesforce.sessions import ORGANIZATION
from sandbox.salesforce.signin import home_of
from sandbox.twin.usage import Usage

RESOURCES = (
    "sobjects", "query", "queryAll", "search", "limits", "composite", "jobs", "recent", "tooling", "analytics",
    "process", "quickActions", "theme", "actions", "appMenu", "parameterizedSearch", "compactLayouts", "support",
)  # fmt: skip
# name: Max, as an Enterprise org has them (salesforce.md 1.8, 2.3); calls, batches and query jobs are counted down
LIMITS = {
    "ActiveScratchOrgs": 3, "AnalyticsExternalDataSizeMB": 40_960, "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20, "DailyAnalyticsDataflowJobExecutions": 60, "DailyAsyncApexExecutions": 250_000,
    "DailyBulkApiBatches": 15_000, "DailyBulkV2QueryFileStorageMB": 976_562, "DailyBulkV2QueryJobs": 10_000,
    "DailyDeliveredPlatformEvents": 25_000, "DailyDurableGenericStreamingApiEvents": 100_000,
    "DailyDurableStreamingApiEvents": 100_000, "DailyGenericStreamingApiEvents": 10_000,
    "DailyStandardVolumePlatformEvents": 25_000, "DailyStreamingApiEvents": 100_000, "DailyWorkflowEmails": 1_000,
    "DataStorageMB": 10_240, "DurableStreamingApiConcurrentClients": 1_000, "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200, "HourlyDashboardRefreshes": 200, "HourlyDashboardResults": 5_000,
    "HourlyLongTermIdMapping": 100_000, "HourlyODataCallout": 20_000, "HourlyPublishedPlatformEvents": 250_000,
    "HourlyPublishedStandardVolumePlatformEvents": 100_000, "HourlyShortTermIdMapping": 100_000,
    "HourlySyncReportRuns": 500, "HourlyTimeBasedWorkflow": 1_000, "MassEmail": 5_000,
    "MonthlyPlatformEventsUsageEntitlement": 0, "PermissionSets": 1_500, "SingleEmail": 5_000,
    "StreamingApiConcurrentClients": 1_000,
}  # fmt: skip


@dataclass
class Versions:
    """What an org tells about its API."""

    usage: Usage
    daily_limit: int = 100_000
    spent: Callable[[], Mapping[str, int]] = dict

    @property
    def used(self) -> str:
        """Return how much of the daily limit is used up, in the words of Sforce-Limit-Info; this call counts."""
        return f"api-usage={self.usage.calls + 1}/{self.daily_limit}"

    @property
    def is_used_up(self) -> bool:
        """Tell whether the daily limit is reached."""
        return self.usage.calls >= self.daily_limit

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [("", ["GET"], self.resources), ("/limits", ["GET"], self.limits)]

    async def versions(self, _request: Request) -> Response:
        """Answer `GET /services/data/`, without a token."""
        names = [f"{number}.0" for number in range(OLDEST, NEWEST + 1)]
        found = [{"label": label(name), "url": f"/services/data/v{name}", "version": name} for name in names]
        return JSONResponse(found)

    async def resources(self, request: Request) -> Response:
        """Answer `GET /services/data/vXX.X`."""
        base = f"/services/data/v{version_of(request)}"
        identity = f"{home_of(request)}/id/{ORGANIZATION}/{USER}"
        return JSONResponse({name: f"{base}/{name}" for name in RESOURCES} | {"identity": identity})

    async def limits(self, _request: Request) -> Response:
        """Answer `GET limits`."""
        left, spent = max(self.daily_limit - self.usage.calls, 0), self.spent()
        found: dict[str, Any] = {
            name: {"Max": most, "Remaining": max(most - spent.get(name, 0), 0)} for name, most in LIMITS.items()
        }
        return JSONResponse(found | {"DailyApiRequests": {"Max": self.daily_limit, "Remaining": left}})


def label(version: str) -> str:
    """Return a release's name: three a year, Spring, Summer, Winter (of the year to come).

    >>> label("62.0"), label("66.0"), label("67.0")
    ("Winter '25", "Spring '26", "Summer '26")
    """
    year, season = divmod(int(float(version)) - 31, 3)
    return f"{('Summer', 'Winter', 'Spring')[season]} '{14 + year + (season > 0)}"
