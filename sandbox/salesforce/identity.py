"""Who is signed in, and how does a session end? Identity URL, userinfo, introspection, revocation (salesforce.md 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.salesforce.ids import SHORT
from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import SignInRefused
from sandbox.salesforce.sessions import ORGANIZATION
from sandbox.salesforce.signin import Door, form_of, home_of, token_of

FIRST_NAME, LAST_NAME = "Integration", "User"
FULL_NAME = f"{FIRST_NAME} {LAST_NAME}"
LANGUAGE = LOCALE = "en_US"
TIME_ZONE = "America/Los_Angeles"
UTC_OFFSET = -28_800_000  # milliseconds, as the real one tells it
CHANGED = "2026-01-01T00:00:00.000+0000"
URLS = {
    "enterprise": "/services/Soap/c/{version}/" + ORGANIZATION[:SHORT],
    "metadata": "/services/Soap/m/{version}/" + ORGANIZATION[:SHORT],
    "partner": "/services/Soap/u/{version}/" + ORGANIZATION[:SHORT],
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/",
    "recent": "/services/data/v{version}/recent/",
    "tooling_soap": "/services/Soap/T/{version}/" + ORGANIZATION[:SHORT],
    "tooling_rest": "/services/data/v{version}/tooling/",
    "profile": f"/{USER}",
    "custom_domain": "",
}


@dataclass
class Identity:
    """The resources around a session."""

    door: Door

    def routes(self) -> list[Route]:
        """Return the resources."""
        return [
            Route("/id/{organization}/{user}", self.identity, methods=["GET", "POST"]),
            Route("/services/oauth2/userinfo", self.userinfo, methods=["GET", "POST"]),
            Route("/services/oauth2/introspect", self.introspect, methods=["POST"]),
            Route("/services/oauth2/revoke", self.revoke, methods=["GET", "POST"]),
        ]

    async def identity(self, request: Request) -> Response:
        """Answer the identity URL of a token answer."""
        if refusal := self._refusal(request):
            return refusal
        parameters = request.path_params
        if parameters["organization"][:SHORT] != ORGANIZATION[:SHORT]:
            return PlainTextResponse("Wrong_Org", 403)
        if parameters["user"][:SHORT] != USER[:SHORT]:
            return PlainTextResponse("Bad_Id", 404)
        return JSONResponse(self._identity(home_of(request), request.query_params.get("version", "")))

    async def userinfo(self, request: Request) -> Response:
        """Answer `GET /services/oauth2/userinfo`."""
        refusal = self._refusal(request)
        return refusal or JSONResponse(self._userinfo(home_of(request)))

    async def introspect(self, request: Request) -> Response:
        """Answer whether a token is alive, and until when."""
        form = await form_of(request)
        try:
            self.door.check_client(form)
        except SignInRefused as refused:
            return JSONResponse({"error": refused.error, "error_description": str(refused)}, 401)
        return JSONResponse(self._introspected(form.get("token", "")))

    async def revoke(self, request: Request) -> Response:
        """End a session, or make a refresh token good for nothing."""
        token = (await form_of(request)).get("token", "")
        if self.door.sessions.end(token) or self.door.sessions.use_up(token):
            return Response()
        return SignInRefused("unsupported_token_type", "this token type is not supported").response()

    def _refusal(self, request: Request) -> Response | None:
        """Refuse a dead token in one word of plain text and with 403, unlike the REST API."""
        token = token_of(request)
        if not token:
            return PlainTextResponse("Missing_OAuth_Token", 403)
        return None if self.door.sessions.find(token) else PlainTextResponse("Bad_OAuth_Token", 403)

    def _introspected(self, token: str) -> dict[str, Any]:
        found, known = self.door.sessions.find(token), self.door.credentials
        client = {"client_id": known.client_id, "username": known.username, "scope": "refresh_token api id"}
        if found is None:
            refresh = self.door.sessions.is_refresh_token(token)
            return {"active": True, "token_type": "refresh_token"} | client if refresh else {"active": False}
        times = {"iat": int(found.issued), "nbf": int(found.issued), "exp": int(found.expires)}
        subject = f"https://login.salesforce.com/id/{ORGANIZATION}/{USER}"
        return {"active": True, "token_type": "access_token", "sub": subject} | client | times

    def _identity(self, base: str, version: str) -> dict[str, Any]:
        known = self.door.credentials
        names = {
            "username": known.username, "nick_name": known.username, "display_name": FULL_NAME,
            "email": known.username, "email_verified": True, "first_name": FIRST_NAME, "last_name": LAST_NAME,
            "timezone": TIME_ZONE,
        }  # fmt: skip
        identity = f"{base}/id/{ORGANIZATION}/{USER}"
        return {
            "id": identity, "asserted_user": True, "user_id": USER, "organization_id": ORGANIZATION, **names,
            "photos": _photos(base), **dict.fromkeys(_ADDRESS), "mobile_phone": None, "mobile_phone_verified": False,
            "is_lightning_login_user": False, "status": {"created_date": None, "body": None},
            "urls": _urls(base, version), "active": True, "user_type": "STANDARD", "language": LANGUAGE,
            "locale": LOCALE, "utcOffset": UTC_OFFSET, "last_modified_date": CHANGED, "is_app_installed": True,
        }  # fmt: skip

    def _userinfo(self, base: str) -> dict[str, Any]:
        known = self.door.credentials
        return {
            "sub": f"{base}/id/{ORGANIZATION}/{USER}", "user_id": USER, "organization_id": ORGANIZATION,
            "preferred_username": known.username, "nickname": known.username, "name": FULL_NAME,
            "email": known.username, "email_verified": True, "given_name": FIRST_NAME, "family_name": LAST_NAME,
            "zoneinfo": TIME_ZONE, "photos": _photos(base), "profile": f"{base}/{USER}",
            "picture": _photos(base)["picture"], "address": {}, "is_salesforce_integration_user": False,
            "urls": _urls(base, ""), "active": True, "user_type": "STANDARD", "language": LANGUAGE,
            "locale": LOCALE, "utcOffset": UTC_OFFSET, "updated_at": CHANGED,
        }  # fmt: skip


_ADDRESS = ("addr_street", "addr_city", "addr_state", "addr_country", "addr_zip")


def _photos(base: str) -> dict[str, str]:
    return {"picture": f"{base}/profilephoto/005/F", "thumbnail": f"{base}/profilephoto/005/T"}


def _urls(base: str, version: str) -> dict[str, str]:
    """Return the API's addresses; `{version}` stays in them until the caller asks for one."""
    wanted = "67.0" if version == "latest" else version or "{version}"
    return {name: base + path.replace("{version}", wanted) for name, path in URLS.items()}
