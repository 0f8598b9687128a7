"""What stands behind an item group on a transaction? Its members, each at its own price, and the line that ends it.

A group's own line has a quantity and no money; whoever removes it removes what is inside, whoever changes its quantity
changes theirs (followingnetsuite.com, "Item Groups"; incumbents.md 3.1).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store
from sandbox.netsuite.transactions.amounts import ZERO, number
from sandbox.netsuite.transactions.draft import Draft

GROUP = "itemGroup"
_BEGIN, _END = {"id": "Group", "refName": "Item Group"}, {"id": "EndGroup", "refName": "End of Group"}
_AT = "at"  # where a line stood before, while lists are merged
Pair = tuple[Document, Document]


def ends_group(row: Document) -> bool:
    """Say whether a line ends a group; it has no item."""
    return _type(row) == _END["id"]


def begins_group(row: Document) -> bool:
    """Say whether a saved line is a group's own."""
    return _type(row) == _BEGIN["id"]


def _type(row: Document) -> str:
    told = row.get("itemType")
    return str(told.get("id", "") if isinstance(told, dict) else told or "")


def is_group(store: Store, row: Document) -> bool:
    """Say whether a line is a group's own."""
    item = store.by_id("item", (row.get("item") or {}).get("id", ""))
    return item is not None and item.type == GROUP


def placed(kept: Sequence[Document]) -> list[Document]:
    """Give kept lines with their places, so that each is known again after a merge."""
    return [{**row, _AT: place} for place, row in enumerate(kept)]


def unfolded(draft: Draft, kept: Sequence[Document], pairs: list[Pair]) -> list[Pair]:
    """Put behind each group what is inside it: as it was kept and changed, or as the item says when it is new."""
    by_place = {row.pop(_AT): (row, change) for row, change in pairs if _AT in row}
    places = {id(row): place for place, (row, _) in by_place.items()}
    done: set[int] = set()
    whole: list[Pair] = []
    for row, change in pairs:
        place = places.get(id(row))
        if place in done or ends_group({**row, **change}):
            continue
        whole.append((row, change))
        if not is_group(draft.store, {**row, **change}):
            continue
        inside = [] if place is None or change.get("item", row.get("item")) != row.get("item") else _inside(kept, place)
        if not inside:
            whole += _members(draft, {**row, **change})
            continue
        done.update(inside)
        whole += _as_kept(kept, inside, by_place, _factor(row, change))
    return whole


def _inside(kept: Sequence[Document], place: int) -> list[int]:
    """Give the places of what is inside a kept group, its end included."""
    end = next((at for at in range(place + 1, len(kept)) if ends_group(kept[at])), None)
    return list(range(place + 1, end + 1)) if end is not None else []


def _as_kept(
    kept: Sequence[Document], inside: list[int], by_place: dict[int, Pair], factor: tuple[Decimal, Decimal] | None
) -> list[Pair]:
    """Give the lines inside a group; where the caller names some of them, the others are gone."""
    named = any(by_place[at][1] for at in inside if at in by_place) and any(at not in by_place for at in inside[:-1])
    rows = []
    for at in inside:
        if at not in by_place and named and at != inside[-1]:
            continue
        row, change = by_place.get(at) or (dict(kept[at]), {})
        if factor is not None and "quantity" not in change and row.get("quantity") is not None:
            change = {**change, "quantity": row["quantity"] * factor[0] / factor[1]}
        rows.append((row, change))
    return rows


def _factor(row: Document, change: Document) -> tuple[Decimal, Decimal] | None:
    """Give a group's new quantity and its old one, when it changes."""
    if change.get("quantity") is None or not row.get("quantity"):
        return None
    wanted = number(change["quantity"], "quantity", "item.quantity")
    return (wanted, row["quantity"]) if wanted != row["quantity"] else None


def _members(draft: Draft, row: Document) -> list[Pair]:
    item = draft.store.by_id("item", row["item"]["id"])
    count = number(row.get("quantity", 1), "quantity", "item.quantity")
    rows: list[Pair] = []
    for member in (item.doc.get("member") or ()) if item else ():
        own: dict[str, Any] = {
            "item": {"id": member["item"]["id"]},
            "quantity": count * Decimal(member.get("quantity") or 1),
        }
        rows.append(({}, own))
    return [*rows, ({"itemType": _END, "description": _END["refName"]}, {})]


def complete_group(row: Document, path: str) -> None:
    """Write a group's own line: how many, and no money."""
    row["quantity"] = number(row.get("quantity", 1), "quantity", f"{path}.quantity")
    row["itemType"] = _BEGIN
    for name in ("rate", "amount", "price"):
        row.pop(name, None)


def sum_of_last(before: Sequence[Document]) -> Decimal:
    """Give the amount above a discount: that of the line, or of the whole group that has just ended."""
    if not before or not ends_group(before[-1]):
        return before[-1].get("amount") or ZERO if before else ZERO
    total = ZERO
    for row in reversed(before[:-1]):
        if begins_group(row):
            break
        total += row.get("amount") or ZERO
    return total


def without_empty(rows: list[Document]) -> list[Document]:
    """Leave out groups that nothing is left of."""
    kept: list[Document] = []
    for row in rows:
        if ends_group(row) and kept and begins_group(kept[-1]):
            kept.pop()
        else:
            kept.append(row)
    return kept
