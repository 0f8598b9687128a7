"""What is the front door handed? Who may knock, with which keys, and where asks are written down."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flows.ask import Reception

SHORT_ID = 15  # characters of a Salesforce id without its checksum; messages may carry either form


@dataclass(frozen=True, slots=True)
class Hook:
    """A sender of signed messages: its keys, of which each is good (two while one is being replaced), and its system."""

    keys: tuple[bytes, ...]
    system: str = "salesforce"


@dataclass(frozen=True, slots=True)
class Keys:
    """Who may knock: hooks by name, Outbound Messages by secret path and organization, services by bearer token."""

    hooks: Mapping[str, Hook] = field(default_factory=dict)
    outbound: tuple[bytes, ...] = ()
    organizations: tuple[str, ...] = ()
    tokens: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """What the door works with; `unwell` are the errors by which the ledger says that it does not answer."""

    reception: Reception
    keys: Keys
    unwell: tuple[type[Exception], ...] = (OSError,)  # a TimeoutError is one
    patience: float = 15.0  # seconds for the ledger; Salesforce waits 60 for an Ack (salesforce.md 3.1)


def among(given: bytes, known: Iterable[bytes]) -> bool:
    """Tell whether a secret is one of ours, in a time that tells nothing about them."""
    found = False
    for one in known:
        found |= hmac.compare_digest(given, one)
    return found


def our_organization(given: str, known: Iterable[str]) -> bool:
    """Tell whether an organization id, of 15 or 18 characters, is one of ours."""
    return among(given[:SHORT_ID].encode(), (one[:SHORT_ID].encode() for one in known)) and len(given) >= SHORT_ID
