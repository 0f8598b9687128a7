"""How is a REST request served? Signed in, given a slot, carried out, answered as JSON."""

import logging
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.netsuite.documents import Document
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest import batch, later, problems
from sandbox.netsuite.rest.ask import Ask, as_seen, refusal
from sandbox.netsuite.rest.oauth import sign_in
from sandbox.netsuite.rest.problems import Problem, from_refused
from sandbox.netsuite.rest.routes import route
from sandbox.netsuite.service import Busy, Service, trouble_of

_LOG = logging.getLogger(__name__)
_LARGEST = 104 * 1024 * 1024  # bytes (netsuite.md 3.1)


@dataclass(frozen=True)
class RestEndpoint:
    """Serves everything under `/services/rest/`, as an ASGI app."""

    service: Service
    scope: str = field(default="rest_webservices")

    def __post_init__(self) -> None:
        """Take over the jobs of this channel, those of before a restart too."""
        self.service.jobs.serves(
            later.CHANNEL, later.worker(self.service.account, self.service.jobs, _kept, self.service.usage.wrote)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is refused has the one error body."""
        request = Request(scope, receive)
        answer = await answered(self, request)
        await answer(scope, receive, send)

    async def serve(self, request: Request) -> Response:
        """Let the caller in, do the work in a slot and take the time it takes."""
        service, seen, trouble = self.service, as_seen(request), trouble_of(request)
        if trouble == "expire":
            service.door.expire()
            raise problems.unwelcome(bearer=True, realm=service.door.keys.account)
        header = request.headers.get("authorization", "")
        sign_in(service.door, seen, header, self.scope)
        if trouble == "daily_limit":
            raise problems.used_up()
        body = await request.body()
        if len(body) > _LARGEST:
            raise Problem(413, "EXCEEDED_RQST_SIZE_LIMIT", "The request exceeds the size limit of 104 MB.")
        ask = Ask(
            account=service.account,
            jobs=service.jobs,
            seen=seen,
            query=dict(parse_qsl(seen.query, keep_blank_values=True)),
            headers=dict(request.headers),
            body=body,
            slots=service.slots,
            trouble=trouble,
        )
        async with service.slot(trouble):
            answer = later.taken_in(ask) if later.is_wanted(ask) else worked(ask)
            await service.pace(ask.effort)
        return answer


def worked(ask: Ask) -> Response:
    """Do what a call asks, now."""
    work, ask.path = route(ask.seen.method, ask.seen.path)
    return work(ask)


def _kept(ask: Ask, request: Document) -> Response:
    """Do what a kept call asks: one record of a batch, or any other call."""
    return batch.one(ask, request["batch"], request["torn"]) if "batch" in request else worked(ask)


async def answered(endpoint: Any, request: Request) -> Response:
    """Serve a request, refusals as error bodies."""
    try:
        answer: Response = await endpoint.serve(request)
    except Busy:
        return refusal(problems.busy())
    except Refused as refused:
        return refusal(from_refused(refused))
    except Problem as problem:
        return refusal(problem)
    except Exception:  # noqa: BLE001 — a fault of the twin's own is answered as the vendor answers his
        _LOG.exception("%s %s", request.method, request.url.path)
        return refusal(problems.unexpected())
    return answer
