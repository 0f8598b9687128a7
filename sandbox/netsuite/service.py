"""What do the SOAP and the REST face share? The account, its door, one pool of slots, the pace and the counters."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

from sandbox.netsuite.account import Account
from sandbox.netsuite.effort import Effort
from sandbox.netsuite.jobs import Jobs
from sandbox.netsuite.searches import Searches
from sandbox.netsuite.signin import Door
from sandbox.twin.latency import Latency
from sandbox.twin.seen import seen
from sandbox.twin.usage import Usage


class Busy(Exception):
    """All of the account's slots are taken (netsuite.md 2.9)."""


@dataclass
class Service:
    """One account at work; `slots` is its limit of concurrent calls over all channels."""

    account: Account
    door: Door
    latency: Latency
    usage: Usage
    jobs: Jobs
    searches: Searches
    slots: int = 5
    taken: int = 0
    peak: int = 0

    @asynccontextmanager
    async def slot(self, trouble: str) -> AsyncIterator[None]:
        """Hold one slot for a call; raise `Busy` at once when there is none, for the account never queues."""
        if self.taken >= self.slots or trouble == "busy":
            self.usage.refused += 1
            raise Busy
        self.taken += 1
        self.peak = max(self.peak, self.taken)
        try:
            yield
        finally:
            self.taken -= 1

    def gauges(self) -> Mapping[str, int]:
        """Tell how many slots there are, are taken, and were taken at most."""
        return {"slots": self.slots, "slots_taken": self.taken, "slots_peak": self.peak}

    async def pace(self, effort: Effort) -> None:
        """Count what was written and take as long as the real system would; the caller still holds its slot."""
        if effort.written:
            self.usage.wrote(effort.written)
        if wait := self.latency.call(effort.orders, effort.lines, effort.others):
            await asyncio.sleep(wait)


def trouble_of(request: Request) -> str:
    """Say which fault strikes this request; empty when none does."""
    fault = request.scope.get("fault")
    return fault.kind if fault else ""


def seen_host(request: Request) -> tuple[str, str]:
    """Give scheme and host as the caller sees them, behind a TLS end or not."""
    return seen(request)
