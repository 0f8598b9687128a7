"""Where do bulk jobs of both APIs come together? In one list of jobs, which one worker works through."""

from __future__ import annotations

from sandbox.salesforce.bulk.ingest2 import Ingest2
from sandbox.salesforce.bulk.jobs import Jobs
from sandbox.salesforce.bulk.jobs1 import Jobs1
from sandbox.salesforce.bulk.jobs2 import Jobs2
from sandbox.salesforce.bulk.query2 import Query2
from sandbox.salesforce.bulk.worker import Worker
from sandbox.salesforce.calls import Routes
from sandbox.salesforce.org import Org
from sandbox.twin.latency import Latency
from sandbox.twin.usage import Usage


class Bulk:
    """The bulk resources of one org."""

    def __init__(self, org: Org, usage: Usage, latency: Latency) -> None:
        self.jobs = Jobs(org.store)
        self.worker = Worker(org, self.jobs, usage, latency)
        self.jobs1 = Jobs1(org.store, self.jobs, self.worker)
        self._query = Query2(org.store, Jobs2(self.jobs, self.worker, "query"))
        self._ingest = Ingest2(Jobs2(self.jobs, self.worker, "ingest"))

    def routes(self) -> Routes:
        """Return the resources of Bulk API 2.0 below a version."""
        return [*self._query.routes(), *self._ingest.routes()]
