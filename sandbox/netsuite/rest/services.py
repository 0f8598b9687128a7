"""What else can be asked over REST? SuiteQL, the account's limits, and access tokens."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.netsuite.rest.ask import COLLECTION, Ask, as_json, as_seen
from sandbox.netsuite.rest.listing import page_links
from sandbox.netsuite.rest.oauth import sign_in
from sandbox.netsuite.rest.problems import Problem, bad_header, malformed
from sandbox.netsuite.sessions import TOKEN_LIFE
from sandbox.netsuite.signin import Denied, Door
from sandbox.netsuite.suiteql.query import run
from sandbox.netsuite.suiteql.rewriting import BadQuery

_TOKEN_TYPE = "Bearer"  # noqa: S105 — the kind of the token, no token


def _asked(ask: Ask) -> tuple[str, list[object]]:
    """Read a query and its parameters; the transient preference is required (netsuite.md 3.6)."""
    if "transient" not in ask.headers.get("prefer", ""):
        words = "The required request header 'Prefer' is missing or invalid. Provide the header 'Prefer: transient'."
        raise bad_header("Prefer", words)
    body = ask.json()
    if not isinstance(body, dict) or not isinstance(body.get("q"), str):
        raise malformed("The property q is missing.", "q")
    return body["q"], list(body.get("params") or [])


def suiteql(ask: Ask) -> Response:
    """Answer a SuiteQL query by page."""
    (query, params), (limit, offset) = _asked(ask), ask.page()
    try:
        page = run(ask.account.store, query, params, limit, offset)
    except BadQuery as error:
        words = f"Invalid search query. Detailed unprocessed description follows. {error}"
        raise Problem(400, "INVALID_PARAMETER", words, "q", where="o:errorQueryParam") from error
    more = offset + len(page.items) < page.total
    figures = {"count": len(page.items), "hasMore": more, "items": page.items, "offset": offset}
    links = page_links(ask, limit, offset, page.total)
    return as_json({"links": links, **figures, "totalResults": page.total}, media=COLLECTION)


def governance_limits(ask: Ask) -> Response:
    """Tell the account's limit of concurrent calls."""
    limits = {"accountConcurrencyLimit": ask.slots, "accountUnallocatedConcurrencyLimit": ask.slots}
    return as_json({"links": [], **limits, "integrationConcurrencyLimit": ask.slots, "integrationLimitType": "ACCOUNT"})


async def data_center_urls(request: Request) -> Response:
    """Tell where an account lives: here, whichever it is; nobody has to sign in for this (netsuite.md 2.2)."""
    home = as_seen(request).home
    if not request.query_params.get("account"):
        words = "You need to provide a proper value for the required field: account."
        return JSONResponse({"error": {"code": "DATA_REQD", "message": words}}, 400)
    return JSONResponse({"restDomain": home, "webservicesDomain": home, "systemDomain": home})


async def token_info(door: Door, request: Request) -> Response:
    """Tell a token-based caller who it is (`/rest/tokeninfo`)."""
    try:
        sign_in(door, as_seen(request), request.headers.get("authorization", ""), "restlets")
    except Problem as problem:
        error = {"code": "INVALID_LOGIN_ATTEMPT", "message": "Invalid login attempt."}
        return JSONResponse({"error": error}, problem.status, problem.headers)
    role = {"roleName": "Integration", "roleId": 1000, "userId": 5, "userName": "Integration"}
    return JSONResponse({"companyName": "Isthmus", "companyId": door.keys.account, **role})


async def certify(door: Door, request: Request) -> Response:
    """Take in a certificate for OAuth 2.0, as an administrator uploads one; tells its id, which goes into `kid`."""
    try:
        return JSONResponse({"id": door.sessions.certify(await request.body())}, 201)
    except ValueError as error:
        return JSONResponse({"error": f"no certificate and no public key: {error}"}, 400)


async def token(door: Door, request: Request) -> Response:
    """Give an access token for a signed assertion; the audience is this very address (netsuite.md 3.7)."""
    seen = as_seen(request)
    pairs = dict(parse_qsl((await request.body()).decode("latin-1")))
    try:
        access = door.exchange(pairs, f"{seen.home}{seen.path}")
    except Denied as denied:
        error = str(denied)
        return JSONResponse({"error": error}, 401 if error == "invalid_client" else 400)
    return JSONResponse({"access_token": access, "expires_in": str(TOKEN_LIFE), "token_type": _TOKEN_TYPE})
