"""How does the REST face refuse? One error body, nearly all business errors under USER_ERROR (netsuite.md 3.5)."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox.netsuite.refusals import Refused

MEDIA_TYPE = "application/vnd.oracle.resource+json; type=error"
_TITLES = {
    400: ("Bad Request", "15.5.1"),
    401: ("Unauthorized", "15.5.2"),
    403: ("Forbidden", "15.5.4"),
    404: ("Not Found", "15.5.5"),
    405: ("Method Not Allowed", "15.5.6"),
    406: ("Not Acceptable", "15.5.7"),
    413: ("Content Too Large", "15.5.14"),
    415: ("Unsupported Media Type", "15.5.16"),
    429: ("Too Many Requests", "15.5"),
    500: ("Internal Server Error", "15.6.1"),
    503: ("Service Unavailable", "15.6.4"),
}
NO_RECORD = "RCRD_DSNT_EXIST"
_LOGIN = (
    "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI "
    "at Setup > Users/Roles > User Management > View Login Audit Trail."
)


@dataclass
class Problem(Exception):
    """The whole call is refused with an HTTP status, a code and a text; `where` names what `path` leads through."""

    status: int
    code: str
    detail: str
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    where: str = "o:errorPath"
    title: str = ""

    def body(self) -> dict[str, Any]:
        """Give the error body."""
        title, section = _TITLES.get(self.status, ("Error", "15.5"))
        detail = {"detail": self.detail}
        if self.path:
            detail[self.where] = self.path
        return {
            "type": f"https://www.rfc-editor.org/rfc/rfc9110.html#section-{section}",
            "title": self.title or title,
            "status": self.status,
            "o:errorDetails": [{**detail, "o:errorCode": self.code}],
            **({"o:errorCode": "USER_ERROR"} if self.code == "CONCURRENCY_LIMIT_EXCEEDED" else {}),
        }


class AfterSave(Problem):
    """The call is refused, and what it wrote stays: a script failed behind the save (netsuite.md 2.6)."""


def from_refused(refused: Refused) -> Problem:
    """Say a record's refusal in REST's words."""
    if refused.code == NO_RECORD:
        return Problem(404, "NONEXISTENT_ID", "The record instance does not exist. Provide a valid record instance ID.")
    if refused.code == "INSUFFICIENT_PERMISSION" and not refused.path:
        return Problem(403, "INSUFFICIENT_PERMISSION", refused.message)
    words = refused.message
    if refused.code == "INVALID_KEY_OR_REF":
        name = refused.path.rpartition(".")[2]
        words = f"You have entered an Invalid Field Value {refused.value} for the following field: {name}."
    return Problem(400, "USER_ERROR", f"Error while accessing a resource. {words}", refused.path)


def busy() -> Problem:
    """Too many calls of this account are in flight; no Retry-After, as documented."""
    return Problem(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.")


def used_up() -> Problem:
    """The account's allowance of requests is used up for now."""
    words = "The maximum number of requests allowed for this account was exceeded. Request blocked."
    return Problem(429, "SSS_REQUEST_LIMIT_EXCEEDED", words)


def unexpected() -> Problem:
    """Something went wrong that is nobody's refusal."""
    return Problem(500, "UNEXPECTED_ERROR", f"An unexpected error occurred. Error ID: {uuid.uuid4().hex[:21]}")


def unwelcome(*, bearer: bool, realm: str) -> Problem:
    """Sign-in failed, for whatever reason."""
    kind = f'Bearer realm="{realm}", error="invalid_token"' if bearer else f'OAuth realm="{realm}"'
    return Problem(401, "INVALID_LOGIN", _LOGIN, headers={"WWW-Authenticate": kind})


def out_of_scope(wanted: str, realm: str) -> Problem:
    """A valid token does not reach this service (RFC 6750, 3.1)."""
    kind = f'Bearer realm="{realm}", error="insufficient_scope", scope="{wanted}"'
    words = "Your current role does not have permission to perform this action."
    return Problem(403, "INSUFFICIENT_PERMISSION", words, headers={"WWW-Authenticate": kind})


def malformed(words: str, path: str = "") -> Problem:
    """The body is not what the record takes."""
    return Problem(400, "INVALID_CONTENT", f"Invalid content in the request body. {words}", path)


def bad_parameter(name: str, words: str) -> Problem:
    """A query parameter is not what the service takes."""
    return Problem(400, "INVALID_PARAMETER", words, name, where="o:errorQueryParam")


def bad_header(name: str, words: str) -> Problem:
    """A header is missing or not what the service takes."""
    return Problem(400, "INVALID_HEADER", words, name, where="o:errorHeader")


def nowhere(path: str, words: str = "Invalid URL. Provide a valid URL.", code: str = "INVALID_URL") -> Problem:
    """Nothing is served at this address."""
    return Problem(404, code, words, path, where="o:errorUrl")


def not_allowed(methods: list[str]) -> Problem:
    """The address does not take this method; `methods` are those it takes."""
    words = "The HTTP method is not allowed for this resource. Provide an allowed method."
    return Problem(405, "UNSUPPORTED_METHOD", words, headers={"Allow": ", ".join(methods)})
