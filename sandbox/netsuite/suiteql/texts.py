"""How do SuiteQL's functions on texts and names work? Oracle's rules: NULL is the empty text, places count from 1."""

import re
import sqlite3
from collections.abc import Callable
from decimal import Decimal

from sandbox.netsuite.enumerations import in_words
from sandbox.netsuite.fields import record_types
from sandbox.netsuite.naming import display_name
from sandbox.netsuite.store import Store
from sandbox.netsuite.suiteql.functions import plain
from sandbox.netsuite.suiteql.tables import target_family
from sandbox.netsuite.transactions.kinds import status_in_words, transaction_kinds

# The codes of item types; a type not named here has its own name in the vendor's short form.
ITEM_CODES = {
    "inventoryItem": "InvtPart", "lotNumberedInventoryItem": "InvtPart", "serializedInventoryItem": "InvtPart",
    "assemblyItem": "Assembly", "kitItem": "Kit", "itemGroup": "Group", "discountItem": "Discount",
    "markupItem": "Markup", "subtotalItem": "Subtotal", "descriptionItem": "Description", "paymentItem": "Payment",
    "downloadItem": "DwnLdItem", "giftCertificateItem": "GiftCert", "subscriptionPlan": "SubscriPlan",
}  # fmt: skip
_ENTITY_CODES = {"customer": "CustJob", "contact": "Contact", "employee": "Employee", "vendor": "Vendor"}


def item_code(kind: str) -> str:
    """Give the code of an item type.

    >>> item_code("nonInventoryResaleItem")
    'NonInvtPart'
    """
    if kind in ITEM_CODES:
        return ITEM_CODES[kind]
    families = (("nonInventory", "NonInvtPart"), ("service", "Service"), ("otherCharge", "OthCharge"))
    return next((code for start, code in families if kind.startswith(start)), kind)


def label(kind: str) -> str:
    """Say a record type in words."""
    known = record_types().get(kind.lower())
    return known.label if known else kind


def status_words(kind: str, status: str | None) -> str | None:
    """Say a transaction's status as its display name does (`Sales Order : Pending Approval`)."""
    return None if status is None else f"{label(kind)} : {status_in_words(kind, status)}"


def code(kind: str) -> str:
    """Give SuiteQL's code of a transaction type.

    >>> code("invoice")
    'CustInvc'
    """
    known = transaction_kinds().get(kind)
    return known.code if known else kind


def posts(kind: str) -> str:
    """Tell T or F whether a transaction type posts to the ledger."""
    known = transaction_kinds().get(kind)
    return "T" if known and known.posts else "F"


def concat(*values: object) -> str | None:
    """Join texts; NULLs are empty, and nothing but NULLs is NULL."""
    parts = [plain(one) for one in values if one is not None]
    return "".join(parts) if parts else None


def pad(value: object, size: int, fill: str | None, left: int) -> str | None:
    """Fill a text up to a length, or cut it."""
    if value is None:
        return None
    text, filling = plain(value), fill or " "
    missing = (filling * max(int(size) - len(text), 0))[: max(int(size) - len(text), 0)]
    return (missing + text if left else text + missing)[: int(size)]


def instr(value: object, part: object, start: int = 1, occurrence: int = 1) -> int | None:
    """Give the place of a part in a text, from 1; 0 when it is not there."""
    if value is None or part is None:
        return None
    text, found, at = plain(value), plain(part), int(start) - 1
    for _ in range(int(occurrence)):
        at = text.find(found, at) + 1
        if not at:
            return 0
    return at


def substr(value: object, start: int, size: int | None = None) -> str | None:
    """Cut a part out of a text: from 1, or from the end when negative."""
    if value is None or start is None:
        return None
    text, at = plain(value), int(start)
    first = max(at - 1, 0) if at >= 0 else max(len(text) + at, 0)
    return (text[first:] if size is None else text[first : first + max(int(size), 0)]) or None


def regexp_substr(value: object, pattern: str, *_more: object) -> str | None:
    """Give the first part of a text that matches."""
    found = re.search(pattern, str(value)) if value is not None else None
    return found.group() if found else None


def regexp_replace(value: object, pattern: str, new: str = "", *_more: object) -> str | None:
    """Replace what matches; NULL is empty."""
    return None if value is None else re.sub(pattern, new or "", str(value))


def mod(one: object, other: object) -> float | int | None:
    """Give the rest of a division, with the sign of the first."""
    if one is None or other is None:
        return None
    left, right = Decimal(str(one)), Decimal(str(other))
    rest = left if right == 0 else left % right
    return int(rest) if rest == rest.to_integral_value() else float(rest)


class Listed:
    """LISTAGG: the values of a group, ordered by a key, joined by a separator."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, object]] = []
        self._separator, self._falls = "", 0

    def step(self, value: object, separator: object, key: object, falls: int) -> None:
        """Take one value in; NULLs are left out."""
        self._separator, self._falls = str(separator or ""), falls
        if value is not None:
            self._rows.append((key, value))

    def finalize(self) -> str | None:
        """Join what was taken in."""
        if not self._rows:
            return None
        numbers = all(isinstance(key, int | float) for key, _ in self._rows)
        rows = sorted(self._rows, key=lambda row: row[0] if numbers else str(row[0]), reverse=bool(self._falls))  # type: ignore[arg-type,return-value]  # all numbers, or texts
        return self._separator.join(plain(value) for _, value in rows)


def words(name: str, value: str | None) -> str | None:
    """Say a choice as people read it."""
    return None if value is None else in_words(name, value)


def displaying(store: Store) -> Callable[[str, object], str | None]:
    """Make the display function of one account: the name of what a reference of a type means."""

    def named(target: str, value: object) -> str | None:
        if value is None:
            return None
        family = target_family(target)
        found = store.by_id(family, str(value)) if family else None
        return display_name(found) if found else plain(value)

    return named


def prepare(store: Store) -> None:
    """Give the account's connection the functions of texts and names."""
    connection: sqlite3.Connection = store.connection

    def item_type(number: object) -> str | None:
        found = store.by_id("item", str(number)) if number is not None else None
        return item_code(found.type) if found else None

    every: list[tuple[str, int, Callable[..., object]]] = [
        ("ns_concat", -1, concat), ("ns_pad", 4, pad), ("ns_instr", -1, instr), ("ns_substr", -1, substr),
        ("ns_regexp_substr", -1, regexp_substr), ("ns_regexp_replace", -1, regexp_replace), ("ns_mod", 2, mod),
        ("ns_initcap", 1, lambda text: None if text is None else str(text).title()),
        ("ns_code", 1, code), ("ns_typename", 1, label),
        ("ns_status", 2, status_words), ("ns_posts", 1, posts),
        ("ns_entitytype", 1, lambda kind: _ENTITY_CODES.get(kind, label(kind))), ("ns_itemtype", 1, item_type),
        ("ns_df", 2, displaying(store)), ("ns_words", 2, words),
    ]  # fmt: skip
    for name, count, function in every:
        connection.create_function(name, count, function, deterministic=name not in {"ns_df", "ns_itemtype"})  # type: ignore[arg-type]  # the stubs want SQLite's own values
    connection.create_aggregate("ns_listagg", 4, Listed)  # type: ignore[arg-type]  # the same
