"""Does a SOAP caller's token passport hold? Reads the header and hands its claim to the door (netsuite.md 2.3)."""

from lxml import etree

from sandbox.netsuite.signin import Claim, Denied, Door, encoded
from sandbox.netsuite.soap.faults import ambiguous, unwelcome
from sandbox.netsuite.soap.reading import child, local

_PARTS = ("account", "consumerKey", "token", "nonce", "timestamp", "signature")


def claim_of(passport: etree._Element) -> Claim | None:
    """Read a passport, its parts in any order; None when one is absent."""
    found = {local(one): one for one in passport}
    if not all(name in found for name in _PARTS):
        return None
    account, consumer, token, nonce, stamp, signed = ((found[name].text or "").strip() for name in _PARTS)
    text = "&".join(encoded(part) for part in (account, consumer, token, nonce, stamp))
    # One client spells the algorithm with an underscore (clients.md); the account takes both.
    method = (found["signature"].get("algorithm") or "").replace("_", "-")
    return Claim(account, consumer, token, nonce, stamp, method, signed, text)


def sign_in(door: Door, header: etree._Element | None) -> None:
    """Let the caller in, or raise the one fault that every failure gets."""
    parts = list(header) if header is not None else []
    passports = [one for one in parts if local(one) == "tokenPassport"]
    if len(passports) > 1 or (passports and any(local(one) == "applicationInfo" for one in parts)):
        raise ambiguous()
    claim = claim_of(passports[0]) if passports else None
    try:
        if claim is None:
            door.refuse("SOAP", "MissingTokenPassportRequiredFields")
        else:
            door.token_based("SOAP", claim)
    except Denied as denied:
        raise unwelcome() from denied


def ignores_read_only(header: etree._Element | None) -> bool:
    """Say whether the caller's preferences ask to drop read-only fields in silence."""
    preferences = child(header, "preferences") if header is not None else None
    flag = child(preferences, "ignoreReadOnlyFields") if preferences is not None else None
    return flag is not None and (flag.text or "").strip() in {"true", "1"}
