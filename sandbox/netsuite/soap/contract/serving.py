"""Where can a client read the contract? At `/wsdl/v2025_2_0/netsuite.wsdl` and `/xsd/…`, any version, on its own host."""

import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.netsuite.service import seen_host
from sandbox.netsuite.soap.contract.names import is_version
from sandbox.netsuite.soap.contract.source import Contract

_PATH = re.compile(r"v(\d{4}_\d)_0")


def routes(contract: Callable[[], Contract]) -> list[Route]:
    """Serve a contract, which is read when it is first asked for."""

    async def wsdl(request: Request) -> Response:
        return _given(request, contract(), contract().wsdl)

    async def schema(request: Request) -> Response:
        place = request.path_params["group"], request.path_params["file"].removesuffix(".xsd")
        return _given(request, contract(), contract().schemas.get(place))

    return [
        Route("/wsdl/{version}/netsuite.wsdl", wsdl, methods=["GET", "HEAD"]),
        Route("/xsd/{group}/{version}/{file}", schema, methods=["GET", "HEAD"]),
    ]


def greeting(contract: Callable[[], Contract]) -> Callable[[Request], Awaitable[Response]]:
    """Answer whoever visits the service itself: with the WSDL when asked `?wsdl`, else with a few words."""

    async def visit(request: Request) -> Response:
        request.path_params["version"] = f"v{request.path_params['version']}_0"
        if "wsdl" in {name.lower() for name in request.query_params}:
            return _given(request, contract(), contract().wsdl)
        return HTMLResponse("<h1>NetSuitePort</h1><p>This is a SOAP service; its WSDL is at ?wsdl.</p>")

    return visit


def _given(request: Request, contract: Contract, text: str | None) -> Response:
    version = _PATH.fullmatch(request.path_params["version"])
    if text is None or version is None or not is_version(version.group(1)):
        return PlainTextResponse("Not Found", 404)
    home = "://".join(seen_host(request))
    return Response(contract.given(text, version.group(1), home), media_type="text/xml")
