"""What else can be asked over REST? SuiteQL, the account's limits, and access tokens."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.netsuite.rest.endpoint import Ask, as_json, as_seen
from sandbox.netsuite.rest.problems import Problem, malformed
from sandbox.netsuite.signin import TOKEN_LIFE, Denied, Door
from sandbox.netsuite.suiteql.query import run
from sandbox.netsuite.suiteql.translate import BadQuery

_TOKEN_TYPE = "Bearer"  # noqa: S105 — the kind of the token, no token


def _page_link(ask: Ask, relation: str, limit: int, offset: int) -> dict[str, str]:
    return {"rel": relation, "href": f"{ask.seen.home}{ask.seen.path}?limit={limit}&offset={offset}"}


def _asked(ask: Ask) -> tuple[str, list[object]]:
    """Read a query and its parameters; the transient preference is required (netsuite.md 3.6)."""
    if "transient" not in ask.headers.get("prefer", ""):
        words = "The required request header 'Prefer' is missing or invalid: use transient."
        raise Problem(400, "INVALID_HEADER", words)
    body = ask.json()
    if not isinstance(body, dict) or not isinstance(body.get("q"), str):
        raise malformed("The property q is missing.", "q")
    return body["q"], [str(one) for one in body.get("params") or []]


def suiteql(ask: Ask) -> Response:
    """Answer a SuiteQL query by page."""
    (query, params), (limit, offset) = _asked(ask), ask.page()
    try:
        page = run(ask.account.store, query, params, limit, offset)
    except BadQuery as error:
        raise Problem(400, "USER_ERROR", f"Invalid search query. {error}") from error
    more = offset + len(page.items) < page.total
    links = [_page_link(ask, "self", limit, offset)]
    links += [_page_link(ask, "next", limit, offset + limit)] if more else []
    figures = {"count": len(page.items), "hasMore": more, "items": page.items, "offset": offset}
    return as_json({"links": links, **figures, "totalResults": page.total})


def governance_limits(ask: Ask) -> Response:
    """Tell the account's limit of concurrent calls."""
    limits = {"accountConcurrencyLimit": ask.slots, "accountUnallocatedConcurrencyLimit": ask.slots}
    return as_json({"links": [], **limits, "integrationConcurrencyLimit": ask.slots, "integrationLimitType": "ACCOUNT"})


async def token(door: Door, request: Request) -> Response:
    """Give an access token for a signed assertion; the audience is this very address (netsuite.md 3.7)."""
    seen = as_seen(request)
    pairs = dict(parse_qsl((await request.body()).decode("latin-1")))
    try:
        access = door.exchange(pairs, f"{seen.home}{seen.path}")
    except Denied:
        return JSONResponse({"error": "invalid_request"}, 400)
    return JSONResponse({"access_token": access, "expires_in": str(TOKEN_LIFE), "token_type": _TOKEN_TYPE})
