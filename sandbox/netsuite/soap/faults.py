"""How does the SOAP face refuse a whole call? By a fault element, a code and a text (netsuite.md 2.8)."""

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


def too_many(limit: int) -> Fault:
    """A list is longer than the operation takes."""
    words = f"The maximum number of records allowed for this operation has been exceeded: {limit}."
    return Fault("exceededRecordCountFault", "MAX_RCRDS_EXCEEDED", words)


def malformed(words: str) -> Fault:
    """The request is not what the contract allows."""
    return Fault("", "", f"org.xml.sax.SAXException: {words}")
