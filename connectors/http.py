"""How does a call leave the house, and what does a broken one mean?

What a vendor answered is judged by that vendor's own table; here stand only the calls that brought no answer at all.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from flows.errors import IsthmusError, Misconfigured, Transient, Unreachable, Unsettled

TIMEOUT = (5.0, 60.0)  # seconds to connect, and between two bytes of the answer
POOL = 20  # kept connections to a host; as many threads of a worker may call at once
HIDDEN = "[hidden]"

_SCHEME = re.compile(r"\b(Bearer|Basic|OAuth|NLAuth)\s+(?!realm\b)[\w.~+/=!-]{8,}", re.IGNORECASE)
_SECRETS = ("access_token", "refresh_token", "client_secret", "client_assertion", "assertion", "password")
_NAMES = "|".join((*_SECRETS, "sessionId", r"oauth_\w+", "signature"))
_PAIR = re.compile(rf"""\b({_NAMES})(["']?\s*[=:]\s*["']?)[^\s"'&,;<]+""", re.IGNORECASE)
_ELEMENT = re.compile(rf"(<(?:\w+:)?(?:{_NAMES})\b[^>]*>)[^<]+", re.IGNORECASE)
_NOT_AN_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)
_TORN = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)  # these also end a connection that was in use


class Patient(HTTPAdapter):
    """An adapter that waits only so long: `requests` alone would wait for ever. It repeats nothing by itself."""

    def __init__(self, timeout: tuple[float, float]) -> None:
        self._timeout = timeout
        super().__init__(pool_connections=POOL, pool_maxsize=POOL, max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send the request under its own timeout (connect, read) in seconds, or under ours."""
        kwargs["timeout"] = kwargs.get("timeout") or self._timeout
        return super().send(request, *args, **kwargs)


def session(timeout: tuple[float, float] = TIMEOUT, *, verify: bool | str = True) -> requests.Session:
    """Return a session for many threads; `verify` is True or the path of a CA bundle."""
    made = requests.Session()
    made.mount("https://", Patient(timeout))
    made.mount("http://", Patient(timeout))
    made.verify = verify
    made.headers["User-Agent"] = f"isthmus/{_release()}"
    return made


@contextmanager
def calling(system: str, *, write: bool) -> Iterator[None]:
    """Turn a call without a usable answer into what happens next; `system` names the other side for people.

    Not sent: Unreachable. Perhaps sent: Unsettled for a write, Transient for a read. The cause is dropped on purpose:
    its text holds addresses with queries, and its request holds the credentials.
    """
    try:
        yield
    except requests.RequestException as fault:
        raise broken(system, fault, write=write) from None


def broken(system: str, fault: requests.RequestException, *, write: bool) -> IsthmusError:
    """Return the error for one exception of `requests`."""
    name, kind = system.upper(), type(fault).__name__
    if isinstance(fault, _NOT_AN_ADDRESS):
        words = f"The {system} address cannot be used ({kind})."
        return Misconfigured(f"{name}_ADDRESS", words, hint="Correct its URL.")
    if _never_sent(fault):
        hint = "Check the address, the network and the certificate; work goes on by itself when the system is back."
        return Unreachable(f"{name}_UNREACHABLE", f"{system} cannot be reached: {_words(fault)}.", hint=hint)
    if write:
        return Unsettled(f"{name}_NO_ANSWER", f"{system} gave no usable answer to a write ({kind}).")
    return Transient(f"{name}_NO_ANSWER", f"{system} gave no usable answer ({kind}).")


def exact_json(response: requests.Response) -> Any:
    """Return the decoded answer with every fraction as Decimal; inside `calling`, broken JSON is a broken answer."""
    return response.json(parse_float=Decimal)


def exact_text(value: Any) -> str:
    """Return JSON text in which a Decimal keeps its digits; a float is refused, for it has lost them already."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{exact_text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(exact_text, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if value is None or isinstance(value, str | bool | int):
        return json.dumps(value)
    raise TypeError(f"{type(value).__name__} has no exact JSON form")


def redact(text: str) -> str:
    """Return the text without tokens, secrets and signatures, fit for logs and messages."""
    text = _SCHEME.sub(rf"\1 {HIDDEN}", text)
    return _ELEMENT.sub(rf"\1{HIDDEN}", _PAIR.sub(rf"\1\2{HIDDEN}", text))


def _never_sent(fault: requests.RequestException) -> bool:
    if isinstance(fault, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    if isinstance(fault, requests.exceptions.SSLError):
        return not any(isinstance(cause, _TORN) for cause in _causes(fault))
    return any(isinstance(cause, NewConnectionError) for cause in _causes(fault))


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """Yield the exception and what it wraps; urllib3 keeps causes in `reason` and in its arguments."""
    yield fault
    inner = fault.reason if isinstance(fault, MaxRetryError) else next(iter(fault.args), None)
    if isinstance(inner, BaseException):
        yield from _causes(inner)


def _words(fault: requests.RequestException) -> str:
    *_, last = _causes(fault)
    return redact(str(last).rsplit(": ", maxsplit=1)[-1] or type(last).__name__)


def _release() -> str:
    try:
        return version("isthmus")
    except PackageNotFoundError:
        return "0"
