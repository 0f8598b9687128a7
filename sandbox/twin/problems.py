"""How does the control API refuse? As JSON: what is wrong, and what to do."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Unsteered(Exception):
    """A wish to the control API that is not carried out."""

    def __init__(self, status: int, error: str, remedy: str, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, "remedy": remedy} | more


async def unsteered(_request: Request, refused: Exception) -> Response:
    """Answer a wish that is not carried out."""
    if not isinstance(refused, Unsteered):
        raise refused
    return JSONResponse(refused.body, refused.status)


async def no_route(request: Request, refused: Exception) -> Response:
    """Answer a path that is not there (404), or not with this method (405)."""
    if not isinstance(refused, HTTPException):
        raise refused
    words = f"{request.method} {request.url.path}"
    if refused.status_code == 405:  # noqa: PLR2004 — method not allowed
        allowed = (refused.headers or {}).get("Allow", "")
        body = {"error": f"{words}: this path takes {allowed}", "remedy": f"use {allowed}"}
    else:
        body = {
            "error": f"{words}: no such path",
            "remedy": "GET /_twin/health and /_twin/ are there; see docs/sandbox.md",
        }
    return JSONResponse(body, refused.status_code, refused.headers)
