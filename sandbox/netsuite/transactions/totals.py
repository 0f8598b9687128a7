"""What does a transaction add up to? Lines, header discount, shipping, handling and tax (netsuite.md 6)."""

from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.amounts import ZERO, money, number, per_cent
from sandbox.netsuite.transactions.draft import Draft
from sandbox.netsuite.transactions.lines import is_subtotal

_HUNDRED = Decimal(100)


def complete_totals(draft: Draft) -> None:
    """Write subtotal, discountTotal, taxTotal and total."""
    doc, places = draft.doc, draft.precision
    rows = [row for row in doc.get("item") or () if not is_subtotal(draft, row)]
    rows += _expenses(draft)
    subtotal = sum((row.get("amount") or ZERO for row in rows), money(ZERO, places))
    discount = _discount(draft, subtotal)
    extras = [_extra(doc, name, places) for name in ("shippingCost", "handlingCost")]
    tax = sum((_line_tax(draft, row) for row in rows), ZERO) + _header_tax(draft, rows, discount)
    tax = money(tax, places)
    doc.update(subtotal=subtotal, discountTotal=discount, taxTotal=tax)
    doc["total"] = subtotal + discount + tax + sum(extras, ZERO)


def _expenses(draft: Draft) -> list[Document]:
    """Give a bill's or a report's lines that name an account instead of an item."""
    field = draft.record.by_name.get("expense")
    rows: list[Document] = draft.doc.get("expense") or [] if field is not None and field.kind == "l" else []
    for place, row in enumerate(rows, 1):
        row.setdefault("line", place)
        value = row.get("amount") if row.get("amount") is not None else ZERO
        row["amount"] = money(number(value, "amount", "expense.amount"), draft.precision)
    return rows


def complete_expenses(draft: Draft) -> None:
    """Write the total of a transaction that has expenses alone."""
    rows = _expenses(draft)
    if rows or "expense" in draft.record.by_name:
        draft.doc["total"] = sum((row["amount"] for row in rows), money(ZERO, draft.precision))


def check_balance(draft: Draft) -> None:
    """Refuse a journal whose debits are not its credits."""
    if draft.kind.name != "journalEntry":
        return
    sides = [_side(draft, name) for name in ("debit", "credit")]
    if sides[0] != sides[1] or not draft.doc.get("line"):
        raise refusals.unbalanced()


def _side(draft: Draft, name: str) -> Decimal:
    values = (row.get(name) for row in draft.doc.get("line") or ())
    return sum((number(value, name, f"line.{name}") for value in values if value is not None), ZERO)


def _extra(doc: Document, name: str, places: int) -> Decimal:
    value = doc.get(name)
    return ZERO if value is None else money(number(value, name, name), places)


def _discount(draft: Draft, subtotal: Decimal) -> Decimal:
    """Give the header's discount: a rate of the discount item or of the order itself, in per cent or as an amount."""
    rate, item = draft.doc.get("discountRate"), draft.doc.get("discountItem")
    if rate is None and item:
        found = draft.store.by_id("item", item["id"])
        rate = draft.doc["discountRate"] = found.doc.get("rate") if found else None
    if rate in {None, ""}:
        return money(ZERO, draft.precision)
    factor = per_cent(rate, "discountRate", "discountRate")
    value = subtotal * factor if factor is not None else number(rate, "discountRate", "discountRate")
    return money(value, draft.precision)


def tax_rate(store: Store, reference: Document | None) -> Decimal | None:
    """Give a tax code's or a tax group's rate in per cent; None without one."""
    found = store.by_id("taxItem", reference["id"]) if reference else None
    if found is None:
        return None
    if found.type == "taxGroup":
        parts = (row.get("taxName") for row in found.doc.get("taxItem") or ())
        return sum((tax_rate(store, part) or ZERO for part in parts), ZERO) or _rate(found)
    return _rate(found)


def _rate(found: Stored) -> Decimal:
    text = str(found.doc.get("rate") or found.doc.get("unitprice1") or 0)
    return number(text.rstrip("%"), "rate", "rate")


def _line_tax(draft: Draft, row: Document) -> Decimal:
    rate = tax_rate(draft.store, row.get("taxCode"))
    if rate is None:
        return ZERO
    tax = money((row.get("amount") or ZERO) * rate / _HUNDRED, draft.precision)
    row.update(taxRate1=rate, tax1Amt=tax, grossAmt=(row.get("amount") or ZERO) + tax)
    return tax


def _header_tax(draft: Draft, rows: list[Document], discount: Decimal) -> Decimal:
    """Tax the taxable lines, less the discount, at the header's rate."""
    doc = draft.doc
    rate = tax_rate(draft.store, doc.get("taxItem"))
    if rate is None or doc.get("isTaxable") is False:
        return ZERO
    doc["taxRate"] = rate
    taxable = sum((row.get("amount") or ZERO for row in rows if row.get("isTaxable")), ZERO)
    return (taxable + discount) * rate / _HUNDRED if taxable else ZERO
