"""Does a SOAP caller's token passport hold? Reads the header and hands its claim to the door (netsuite.md 2.3).

One client (clients.md) spells the algorithm with an underscore, sends its passport's parts in an order of its own, and
signs once for its whole life: the same nonce, timestamp and signature on every call. Unless strict, exactly that is
tolerated: a passport that was let in before, and that spells its algorithm with an underscore, is let in again when it
comes from the same host, unchanged to its last character. Any other repeated nonce is refused.
"""

from dataclasses import dataclass

from lxml import etree

from sandbox.netsuite.signin import Claim, Denied, Door, encoded
from sandbox.netsuite.soap.faults import ambiguous, unwelcome
from sandbox.netsuite.soap.reading import child, local

_PARTS = ("account", "consumerKey", "token", "nonce", "timestamp", "signature")
_UNDERSCORED = "HMAC_SHA256"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a caller comes from, and whether it must keep to the contract's letter."""

    host: str
    strict: bool


def claim_of(passport: etree._Element, algorithm: str) -> Claim | None:
    """Read a passport, its parts in any order; None when one is absent."""
    found = {local(one): one for one in passport}
    if not all(name in found for name in _PARTS):
        return None
    account, consumer, token, nonce, stamp, signed = ((found[name].text or "").strip() for name in _PARTS)
    text = "&".join(encoded(part) for part in (account, consumer, token, nonce, stamp))
    return Claim(account, consumer, token, nonce, stamp, algorithm, signed, text)


def sign_in(door: Door, header: etree._Element | None, visitor: Visitor) -> list[str]:
    """Let the caller in and tell what was tolerated of it, or raise the one fault that every failure gets."""
    parts = list(header) if header is not None else []
    ways = [one for one in parts if local(one) in {"tokenPassport", "passport", "ssoPassport"}]
    passports = [one for one in ways if local(one) == "tokenPassport"]
    if len(ways) > 1 or (passports and any(local(one) == "applicationInfo" for one in parts)):
        raise ambiguous()
    try:
        if not passports:
            door.refuse("SOAP", "MissingTokenPassportRequiredFields")
            return []
        return _let_in(door, passports[0], visitor)
    except Denied as denied:
        raise unwelcome() from denied


def _let_in(door: Door, passport: etree._Element, visitor: Visitor) -> list[str]:
    spelt = _algorithm(passport)
    underscored = spelt == _UNDERSCORED and not visitor.strict
    claim = claim_of(passport, "HMAC-SHA256" if underscored else spelt)
    if claim is None:
        door.refuse("SOAP", "MissingTokenPassportRequiredFields")
        return []
    again = door.token_based("SOAP", claim, lifelong=visitor.host if underscored else "")
    told = [f"algorithm {spelt}"] if underscored else []
    told += ["the same nonce again"] if again else []
    order = [local(one) for one in passport]
    return told + ([f"passport in the order {' '.join(order)}"] if order != list(_PARTS) else [])


def _algorithm(passport: etree._Element) -> str:
    signed = child(passport, "signature")
    return (signed.get("algorithm") or "") if signed is not None else ""
