"""How is a transaction voided? By a person on its page, which no web service does; here by the control API."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.netsuite.account import Account
from sandbox.netsuite.fields import record_types
from sandbox.netsuite.refusals import Refused
from sandbox.twin import asked
from sandbox.twin.problems import Unsteered

EXAMPLE = '{"type": "invoice", "id": "123"} or {"type": "invoice", "externalId": "INV-1"}'


async def void(account: Account, request: Request) -> Response:
    """Answer `POST /_twin/void`; what depends on the transaction must be deleted or voided first."""
    wish = await asked.wish(request, EXAMPLE)
    kind = record_types().get(str(wish.get("type", "")).lower())
    keys = [str(wish[name]) if wish.get(name) is not None else None for name in ("id", "externalId")]
    if kind is None or kind.family != "transaction" or not any(keys):
        raise Unsteered(400, "a void needs a type of transaction and its id or externalId", f"send {EXAMPLE}")
    try:
        with account.store.call():
            gone = account.void(kind, *keys)
    except Refused as refused:
        raise Unsteered(400, f"{refused.code}: {refused.message}", "void what can be voided") from refused
    return JSONResponse({"id": str(gone.id), "number": gone.name, "status": "V"})
