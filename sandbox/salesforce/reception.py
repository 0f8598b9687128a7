"""What does every REST call pass? Version, token, daily limit and latency; and the way refusals are told."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce import troubles
from sandbox.salesforce.calls import Endpoint, version_of
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.signin import Door, token_of
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.versions import Versions
from sandbox.twin.latency import Latency

LARGEST_PRETTY = 16_384  # bytes


class Reception:
    """Stands before the endpoints of the REST API."""

    def __init__(self, door: Door, versions: Versions, switches: Switches, latency: Latency) -> None:
        self._door = door
        self._versions = versions
        self._switches = switches
        self._latency = latency

    def around(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint as the outside meets it."""

        async def received(request: Request) -> Response:
            try:
                response = await self._admit(endpoint, request)
            except Refused as refused:
                response = refused.response()
                if refused.status == HTTPStatus.UNAUTHORIZED:
                    response.headers["WWW-Authenticate"] = "Token"
            response.headers["Sforce-Limit-Info"] = self._versions.used
            return _pretty(response) if request.headers.get("x-prettyprint") == "1" else response

        return received

    async def _admit(self, endpoint: Endpoint, request: Request) -> Response:
        version_of(request)
        if request.method == "OPTIONS":
            return Response(headers={"Allow": "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS"})
        await self.admit(request)
        return await endpoint(request)

    async def admit(self, request: Request) -> None:
        """Refuse who is not signed in or over the limit, and take the time that a call takes."""
        kind = troubles.kind_of(request)
        if kind == "expire":
            self._door.sessions.end(token_of(request))
        self._door.recognise(request)
        troubles.meet("daily_limit" if self._versions.is_used_up else kind, request)
        self._switches.heed(request)
        await asyncio.sleep(self._latency.call())


def _pretty(response: Response) -> Response:
    """Indent a small JSON answer; a large one is left as it is, for indenting it would take longer than finding it."""
    if response.media_type != "application/json" or not 0 < len(response.body) < LARGEST_PRETTY:
        return response
    text = json.dumps(json.loads(bytes(response.body)), indent=2, separators=(",", " : "), ensure_ascii=False)
    response.body = text.encode()
    response.headers["Content-Length"] = str(len(response.body))
    return response
