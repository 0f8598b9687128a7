"""Which REST resources take many records at once: query jobs (salesforce.md 2.1)?"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.bulk import Jobs
from sandbox.salesforce.calls import Routes, body_of, version_of


@dataclass
class Rest:
    """The resources for many records of one org."""

    jobs: Jobs

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/jobs/query", ["POST"], self.create_job),
            ("/jobs/query/{id}", ["GET", "PATCH", "DELETE"], self.job),
            ("/jobs/query/{id}/results", ["GET"], self.job_results),
        ]

    async def create_job(self, request: Request) -> Response:
        """Answer `POST jobs/query`."""
        return self.jobs.create(await body_of(request), version_of(request))

    async def job(self, request: Request) -> Response:
        """Answer `GET`, `PATCH` and `DELETE jobs/query/{id}`."""
        job_id = request.path_params["id"]
        match request.method:
            case "PATCH":
                return self.jobs.abort(job_id)
            case "DELETE":
                return self.jobs.delete(job_id)
            case _:
                return self.jobs.poll(job_id)

    async def job_results(self, request: Request) -> Response:
        """Answer `GET jobs/query/{id}/results`."""
        return self.jobs.results(request.path_params["id"], request)
