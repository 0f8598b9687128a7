"""Which of the org's settings can be switched while it runs? Routes under `/_twin/switches`."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce import duplicates
from sandbox.salesforce.model import SINGLE
from sandbox.salesforce.store import Store

STILL = "still_refresh_tokens"  # a refresh token is good for many uses, as where an org has not turned rotation on
ONE_CURRENCY = "single_currency"  # the org has no objects and fields for others
KNOWN = (duplicates.SWITCH, STILL, ONE_CURRENCY)


@dataclass
class Switches:
    """The switches of one org, kept in its state."""

    store: Store

    def routes(self) -> list[Route]:
        """Return the switches' part of the control API."""
        return [
            Route("/_twin/switches", self.show, methods=["GET"]),
            Route("/_twin/switches", self.turn, methods=["POST"]),
        ]

    def heed(self, request: Request) -> None:
        """Let the switches, and what the request says of duplicates, hold for this request."""
        duplicates.allow(request.headers.get("sforce-duplicate-rule-header", ""))
        SINGLE.set(self.store.switch(ONE_CURRENCY))

    async def show(self, _request: Request) -> Response:
        """Tell how each switch stands."""
        return JSONResponse({name: self.store.switch(name) for name in KNOWN})

    async def turn(self, request: Request) -> Response:
        """Turn switches by `{name: true or false}`; unknown ones are refused."""
        wish = await request.json()
        if not isinstance(wish, dict) or set(wish) - set(KNOWN):
            return JSONResponse({"error": f"known switches: {', '.join(KNOWN)}"}, 400)
        for name, on in wish.items():
            self.store.set_switch(name, on=bool(on))
        return await self.show(request)
