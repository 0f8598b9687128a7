"""How does a product speak where the twin answers in its place? Each product gives its own voice."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response
from starlette.types import Scope

SIGN_IN = "sign-in"
calling: ContextVar[str] = ContextVar("calling", default="")  # the client's call under way, for a record's history
SOAP_OPERATION = re.compile(rb"<(?:[\w.-]+:)?Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)")


@dataclass(frozen=True, slots=True)
class Called:
    """What a request is: its channel (SOAP, REST, …), its operation for the counters, and its SOAP operation if any.

    `form` is what its answers depend on: the SOAP version of its address, or xml where a channel has two languages.
    """

    channel: str
    operation: str
    soap: str = ""
    form: str = ""


class Voice(Protocol):
    """One product's names for its requests, and its words for the faults that strike before or behind its own work."""

    def called(self, scope: Scope, body: bytes) -> Called:
        """Name a request."""

    def carries(self, kind: str, scope: Scope, called: Called) -> bool:
        """Tell whether a kind of fault means anything on a request; one that does not passes it by."""

    def status(self, status: int, called: Called) -> Response:
        """Answer with a status, in the channel's own shape."""

    def maintenance(self, called: Called) -> Response:
        """Answer with the product's maintenance page."""


def soap_operation(body: bytes) -> str:
    """Name the operation of a SOAP body; empty where there is none."""
    found = SOAP_OPERATION.search(body)
    return found.group(1).decode() if found else ""
