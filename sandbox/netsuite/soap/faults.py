"""How does the SOAP face refuse a whole call? By a fault element, a code and a text (netsuite.md 2.8).

Only codes of the contract's own list of fault codes stand here; what Axis refuses before the account sees it has none.
"""

import secrets
from dataclasses import dataclass


@dataclass
class Fault(Exception):
    """The whole call is refused; `element` names the fault in the detail, empty for a plain server error."""

    element: str
    code: str
    message: str


def busy() -> Fault:
    """Too many calls of this account are in flight."""
    words = "SuiteTalk concurrent request limit exceeded. Request blocked."
    return Fault("exceededConcurrentRequestLimitFault", "WS_REQUEST_BLOCKED", words)


def unwelcome() -> Fault:
    """Sign-in failed, for whatever reason."""
    return Fault("invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS", "Invalid login attempt.")


def ambiguous() -> Fault:
    """Two ways of signing in at once."""
    return Fault("invalidCredentialsFault", "USER_ERROR", "Ambiguous authentication")


def timed_out() -> Fault:
    """The caller's token has ended."""
    return Fault("invalidSessionFault", "SESSION_TIMED_OUT", "Your connection has timed out. Please log in again.")


def used_up() -> Fault:
    """The day's share of calls is used; the contract names no code of its own for it."""
    return Fault("exceededUsageLimitFault", "WS_REQUEST_BLOCKED", "The daily usage limit of this account is exceeded.")


def too_many(limit: int) -> Fault:
    """A list is longer than the operation takes."""
    words = f"The maximum number of records allowed for this operation has been exceeded: {limit}."
    return Fault("exceededRecordCountFault", "MAX_RCRDS_EXCEEDED", words)


def too_large(limit: int) -> Fault:
    """A request's body is larger than the service takes; the contract names no code of its own for it."""
    words = f"The request is larger than the maximum of {limit // 2**20} MB."
    return Fault("exceededRequestSizeFault", "USER_ERROR", words)


def wrong_version(version: str) -> Fault:
    """There never was such an endpoint."""
    return Fault("invalidVersionFault", "INVALID_WS_VERSION", f"Invalid SOAP web services version: {version}.")


def no_job() -> Fault:
    """No such asynchronous job, or its result was fetched too often or too late (netsuite.md 2.5)."""
    return Fault("asyncFault", "INVALID_JOB_ID", "The specified job ID is invalid or does not exist.")


def not_complete() -> Fault:
    """The result of a job that is still at work was asked for."""
    return Fault("asyncFault", "JOB_NOT_COMPLETE", "The job has not completed yet.")


def bad_page() -> Fault:
    """A page of a result that has no such page."""
    return Fault("asyncFault", "INVALID_PAGE_INDEX", "The specified page index is invalid.")


def forbidden(what: str) -> Fault:
    """The role may not do this."""
    words = f"You do not have permission to {what}. Contact your account administrator."
    return Fault("insufficientPermissionFault", "INSUFFICIENT_PERMISSION", words)


def unexpected() -> Fault:
    """Something broke inside."""
    words = f"An unexpected error occurred. Error ID: {secrets.token_hex(8)}"
    return Fault("unexpectedErrorFault", "UNEXPECTED_ERROR", words)


def malformed(words: str) -> Fault:
    """The request cannot be read: refused before the account sees it."""
    return Fault("", "", f"org.xml.sax.SAXException: {words}")


def unknown_element(name: str, namespace: str, kind: str) -> Fault:
    """An element that its type has not; the words are the vendor's."""
    where = f"{{{namespace}}}{kind}"
    return Fault("", "", f"com.netledger.common.schemabean.NLSchemaBeanException: <<{name}>> not found on {where}")
