"""What do the account's RESTlets do? What neither API exposes, under `/app/site/hosting/restlet.nl` (netsuite.md 3.8)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.netsuite.documents import dump
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest import problems, records
from sandbox.netsuite.rest.ask import Ask, as_seen
from sandbox.netsuite.rest.oauth import sign_in
from sandbox.netsuite.rest.problems import Problem, from_refused
from sandbox.netsuite.rest.revenue import change_plan, read_plans
from sandbox.netsuite.service import Busy, Service, trouble_of

_SCOPE = "restlets"
_NO_SCRIPT = ("SSS_INVALID_SCRIPTLET_ID", "That Suitelet is invalid, disabled, or no longer exists.")
_BUSY = ("SSS_REQUEST_LIMIT_EXCEEDED", "The maximum number of concurrent requests was exceeded. Request blocked.")
_LARGEST = 10 * 1024 * 1024  # bytes in, as text (netsuite.md 3.8)

Script = Callable[[Ask], Any]


def _wanted(ask: Ask, given: dict[str, Any]) -> tuple[str | None, str | None]:
    """Read which record is meant: by `id`, or by `externalid`."""
    ask.path = {"type": str(given.get("recordtype") or given.get("type") or "")}
    number, name = given.get("id"), given.get("externalid") or given.get("externalId")
    return (None if number is None else str(number)), (None if name is None else str(name))


def _given(ask: Ask) -> dict[str, Any]:
    body = ask.json()
    if not isinstance(body, dict):
        raise Problem(400, "SSS_INVALID_REQUEST", "The body must be a JSON object.")
    return body


def _values(given: dict[str, Any]) -> Any:
    known = {"recordtype", "type", "id", "externalid", "record"}
    return given.get("record") or {name: value for name, value in given.items() if name not in known}


def get_record(ask: Ask) -> Any:
    """Give one record in full, whatever its type."""
    keys = _wanted(ask, ask.query)
    kind = records.kind_of(ask)
    ask.query = {**ask.query, "expandSubResources": "true"}
    return records.view_of(ask).record(kind, ask.account.get(kind, *keys))


def add_record(ask: Ask) -> Any:
    """Create a record of the type named in the body."""
    given = _given(ask)
    _, name = _wanted(ask, given)
    return _written(ask, "add", _values(given), (None, name))


def put_record(ask: Ask) -> Any:
    """Change a record by its id, or upsert it by its external id; lists become what is sent."""
    given = _given(ask)
    number, name = _wanted(ask, given)
    values = _values(given)
    lists = ",".join(one for one, value in values.items() if isinstance(value, dict) and "items" in value)
    ask.query = {"replace": lists}
    return _written(ask, "update" if number else "upsert", values, (number, None if number else name))


def _written(ask: Ask, verb: str, values: Any, keys: tuple[str | None, str | None]) -> Any:
    kind = records.kind_of(ask)
    answer = records.written(ask, verb, values, keys)
    return {"success": True, "recordtype": kind.name.lower(), "id": answer.headers["location"].rpartition("/")[2]}


def delete_record(ask: Ask) -> Any:
    """Remove a record."""
    keys = _wanted(ask, ask.query)
    with ask.account.store.call():
        gone = ask.account.delete(records.kind_of(ask), *keys)
    return {"success": True, "id": str(gone.id)}


def echo(ask: Ask) -> Any:
    """Say what was asked: for trying a client out."""
    return {"method": ask.seen.method, "parameters": ask.query, "body": ask.json() if ask.body else None}


# script: (its number, its deployment, what each method does)
SCRIPTS: dict[str, tuple[str, str, dict[str, Script]]] = {
    "customscript_isthmus_records": (
        "1",
        "customdeploy_isthmus_records",
        {"GET": get_record, "POST": add_record, "PUT": put_record, "DELETE": delete_record},
    ),
    "customscript_isthmus_revenue": ("2", "customdeploy_isthmus_revenue", {"GET": read_plans, "PUT": change_plan}),
    "customscript_isthmus_echo": (
        "3",
        "customdeploy_isthmus_echo",
        dict.fromkeys(("GET", "POST", "PUT", "DELETE"), echo),
    ),
}


def _script(ask: Ask) -> Script:
    asked, deployed = ask.query.pop("script", ""), ask.query.pop("deploy", "")
    for name, (number, deployment, works) in SCRIPTS.items():
        if asked in {name, number} and deployed in {"1", deployment}:
            if ask.seen.method not in works:
                words = "The requested method is not implemented by this script."
                raise Problem(405, "SSS_METHOD_NOT_IMPLEMENTED", words, headers={"Allow": ", ".join(works)})
            return works[ask.seen.method]
    raise Problem(404, *_NO_SCRIPT)


def _error(status: int, code: str, words: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": words}}, status, headers)


@dataclass(frozen=True)
class RestletEndpoint:
    """Serves the scripts as an ASGI app, out of the same slots as the other channels."""

    service: Service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = await self._answered(Request(scope, receive))
        await answer(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        try:
            return await self._serve(request)
        except Busy:
            return _error(400, *_BUSY)
        except Refused as refused:
            return _error(400, refused.code, from_refused(refused).detail)
        except Problem as problem:
            code = "INVALID_LOGIN_ATTEMPT" if problem.code == "INVALID_LOGIN" else problem.code
            return _error(problem.status, code, problem.detail, problem.headers)

    async def _serve(self, request: Request) -> Response:
        service, seen, trouble = self.service, as_seen(request), trouble_of(request)
        if trouble == "expire":
            service.door.expire()
            raise problems.unwelcome(bearer=True, realm=service.door.keys.account)
        sign_in(service.door, seen, request.headers.get("authorization", ""), _SCOPE)
        if trouble == "daily_limit":
            raise Problem(400, "SSS_USAGE_LIMIT_EXCEEDED", "Script Execution Usage Limit Exceeded")
        body = await request.body()
        if len(body) > _LARGEST:
            raise Problem(413, "SSS_REQUEST_LIMIT_EXCEEDED", "The request is larger than 10 MB.")
        query = dict(parse_qsl(seen.query, keep_blank_values=True))
        headers = dict(request.headers)
        ask = Ask(service.account, service.jobs, seen, query, headers, body, service.slots, trouble)
        async with service.slot(trouble):
            answer = _script(ask)(ask)
            await service.pace(ask.effort)
        return Response(dump(answer), media_type="application/json;charset=utf-8")
