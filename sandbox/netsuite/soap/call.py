"""What does every SOAP operation know of the call it answers? Who asks whom, in which version, and with which preferences."""

from dataclasses import dataclass, field

from lxml import etree

from sandbox.netsuite.account import Account
from sandbox.netsuite.effort import Effort
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.service import Service
from sandbox.netsuite.soap.faults import malformed
from sandbox.netsuite.soap.reading import child, local
from sandbox.netsuite.soap.tongue import Tongue

_TROUBLES = {
    "lock": Refused("RCRD_LOCKED_BY_WF", "This record has been locked by a user defined workflow."),
    "changed": Refused("RCRD_HAS_BEEN_CHANGED", "Record has been changed"),
    "closed_period": Refused(
        "TRAN_PERIOD_CLOSED",
        "The transaction date you specified is not within the date range of your accounting period.",
    ),
}
_TRUE = {"true", "1"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the headers `preferences` and `searchPreferences` ask for (netsuite.md 2.3); `page_size` None is the default."""

    ignore_read_only: bool = False
    warning_as_error: bool = False
    body_fields_only: bool = True
    return_columns: bool = True
    page_size: int | None = None


@dataclass(slots=True)
class Call:
    """One SOAP call; `home` is scheme and host as the caller sees them, `trouble` a fault armed for it."""

    service: Service
    tongue: Tongue
    request: etree._Element
    home: str = "http://localhost"
    preferences: Preferences = Preferences()
    trouble: str = ""
    effort: Effort = field(default_factory=Effort)

    @property
    def account(self) -> Account:
        """Give the account that is asked."""
        return self.service.account

    def text(self, name: str) -> str:
        """Give the text of the request's child of that name; empty when there is none."""
        found = child(self.request, name)
        return (found.text or "").strip() if found is not None else ""

    def number(self, name: str, otherwise: int = 1) -> int:
        """Give the whole number of the request's child of that name, or raise: it is none."""
        text = self.text(name)
        if text and not text.lstrip("-").isdecimal():
            raise malformed(f"Bad integer: {text} in {name}")
        return int(text) if text else otherwise

    def children(self, name: str) -> list[etree._Element]:
        """Give the request's children of that name."""
        return [one for one in self.request if local(one) == name]

    def needed(self, name: str) -> etree._Element:
        """Give the request's child of that name, or raise: the request is not what the contract allows."""
        found = child(self.request, name)
        if found is None:
            raise malformed(f"{name} is missing in {local(self.request)}")
        return found

    def unspoilt(self) -> None:
        """Raise what a fault on request has locked, changed or closed (netsuite.md 2.8)."""
        if self.trouble in _TROUBLES:
            raise _TROUBLES[self.trouble]


def preferences_of(header: etree._Element | None) -> Preferences:
    """Read both headers of preferences; what they do not say keeps its default."""
    found: dict[str, str] = {}
    for block in header if header is not None else ():
        if local(block) in {"preferences", "searchPreferences"}:
            found |= {local(one): (one.text or "").strip() for one in block}
    size = found.get("pageSize", "")
    return Preferences(
        found.get("ignoreReadOnlyFields", "") in _TRUE,
        found.get("warningAsError", "") in _TRUE,
        found.get("bodyFieldsOnly", "true") in _TRUE,
        found.get("returnSearchColumns", "true") in _TRUE,
        int(size) if size.lstrip("-").isdecimal() else None,
    )
