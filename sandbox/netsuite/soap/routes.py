"""Which addresses belong to the SOAP face? The service at any version, its contract, and what was seen of its traffic."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.netsuite.service import Service
from sandbox.netsuite.soap.contract import serving
from sandbox.netsuite.soap.contract.source import NoContract
from sandbox.netsuite.soap.endpoint import SoapEndpoint
from sandbox.netsuite.soap.operations import later
from sandbox.netsuite.soap.watch import Watch


def routes(service: Service, watch: Watch) -> list[Route]:
    """Make the routes of one account's SOAP face, and take in its asynchronous jobs."""
    service.jobs.serves(later.CHANNEL, later.worker(service))
    endpoint = SoapEndpoint(service, watch)
    return [
        Route("/services/NetSuitePort_{version}", endpoint.__call__, methods=["POST"]),
        Route("/services/NetSuitePort_{version}", serving.greeting(watch.contract), methods=["GET"]),
        *serving.routes(watch.contract),
        *_watched(watch),
    ]


def _watched(watch: Watch) -> list[Route]:
    """Make the routes that tell of the traffic; POST names the contract that it is held to."""

    async def deviations(_request: Request) -> Response:
        return JSONResponse(watch.told())

    async def violations(_request: Request) -> Response:
        return JSONResponse(list(watch.violations))

    async def check(request: Request) -> Response:
        try:
            watch.check_by(Path(str((await request.json())["by"])))
        except (NoContract, ValueError, KeyError, TypeError) as refused:
            return JSONResponse({"error": f"expected {{by: a folder with a WSDL}}: {refused}"}, 400)
        return JSONResponse({"by": str(watch.checked_by)})

    async def clear(_request: Request) -> Response:
        watch.clear()
        return JSONResponse({})

    told = [("deviations", deviations), ("violations", violations)]
    return [
        Route("/_twin/violations", check, methods=["POST"]),
        *(Route(f"/_twin/{name}", show, methods=["GET"]) for name, show in told),
        *(Route(f"/_twin/{name}", clear, methods=["DELETE"]) for name, _ in told),
    ]
