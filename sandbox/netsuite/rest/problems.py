"""How does the REST face refuse? One error body, nearly all business errors under USER_ERROR (netsuite.md 3.5)."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.netsuite.refusals import Refused

MEDIA_TYPE = "application/vnd.oracle.resource+json; type=error"
_TITLES = {
    400: ("Bad Request", "6.5.1"),
    401: ("Unauthorized", "6.5.2"),
    403: ("Forbidden", "6.5.3"),
    404: ("Not Found", "6.5.4"),
    405: ("Method Not Allowed", "6.5.5"),
    429: ("Too Many Requests", "6.5.1"),
    500: ("Internal Server Error", "6.6.1"),
    503: ("Service Unavailable", "6.6.4"),
}
NO_RECORD = "RCRD_DSNT_EXIST"


@dataclass
class Problem(Exception):
    """The whole call is refused with an HTTP status, a code and a text."""

    status: int
    code: str
    detail: str
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Give the error body."""
        title, section = _TITLES.get(self.status, ("Error", "6.5"))
        detail = {"detail": self.detail, "o:errorCode": self.code}
        if self.path:
            detail["o:errorPath"] = self.path
        return {
            "type": f"https://www.rfc-editor.org/rfc/rfc7231#section-{section}",
            "title": title,
            "status": self.status,
            "o:errorDetails": [detail],
        }


def from_refused(refused: Refused) -> Problem:
    """Say a record's refusal in REST's words."""
    if refused.code == NO_RECORD:
        return Problem(404, "NONEXISTENT_ID", "Record does not exist.")
    words = refused.message
    if refused.code == "INVALID_KEY_OR_REF":
        name = refused.path.rpartition(".")[2]
        words = f"You have entered an Invalid Field Value {refused.value} for the following field: {name}."
    return Problem(400, "USER_ERROR", f"Error while accessing a resource. {words}", refused.path)


def busy() -> Problem:
    """Too many calls of this account are in flight; no Retry-After, as documented."""
    return Problem(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")


def unwelcome(*, bearer: bool, realm: str) -> Problem:
    """Sign-in failed, for whatever reason."""
    words = (
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI "
        "at Setup > Users/Roles > User Management > View Login Audit Trail."
    )
    kind = f'Bearer realm="{realm}", error="invalid_token"' if bearer else f'OAuth realm="{realm}"'
    return Problem(401, "INVALID_LOGIN", words, headers={"WWW-Authenticate": kind})


def malformed(words: str, path: str = "") -> Problem:
    """The body is not what the record takes."""
    return Problem(400, "INVALID_CONTENT", f"Invalid content in the request body. {words}", path)
