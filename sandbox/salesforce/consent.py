"""How does a person let an app in? The web server flow, with a person who always agrees (salesforce.md 1.1)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.salesforce.refusals import SignInRefused
from sandbox.twin.credentials import SalesforceCredentials

Form = Mapping[str, str]


@dataclass
class Consent:
    """Gives out codes that a client exchanges once for tokens; they need not outlive the process."""

    credentials: SalesforceCredentials
    codes: dict[str, Form] = field(default_factory=dict)

    def code(self, request: Request) -> Response:
        """Answer `GET /services/oauth2/authorize?response_type=code`: back to the client at once, with a code."""
        asked = dict(request.query_params)
        if asked.get("client_id") != self.credentials.client_id:
            return SignInRefused("invalid_client_id", "client identifier invalid").response()
        if not asked.get("redirect_uri"):
            return SignInRefused("redirect_uri_missing", "redirect_uri must be provided").response()
        if asked.get("response_type") != "code":
            return _back(
                asked, {"error": "unsupported_response_type", "error_description": "response type not supported"}
            )
        code = f"aPrx{secrets.token_urlsafe(48)}"
        self.codes[code] = asked
        return _back(asked, {"code": code})

    def exchange(self, form: Form) -> None:
        """Use a code up; refuse one that is spent, of another address, or without its verifier (PKCE)."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            raise SignInRefused("invalid_grant", "expired authorization code")
        if form.get("redirect_uri") != asked["redirect_uri"]:
            raise SignInRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
        challenge = asked.get("code_challenge")
        if challenge and _challenge(form.get("code_verifier", "")) != challenge:
            raise SignInRefused("invalid_grant", "invalid code verifier")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _back(asked: Form, told: Form) -> Response:
    state = {"state": asked["state"]} if "state" in asked else {}
    mark = "&" if "?" in asked["redirect_uri"] else "?"
    return RedirectResponse(f"{asked['redirect_uri']}{mark}{urlencode({**told, **state})}", 302)
