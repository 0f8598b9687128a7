"""How does a list that was sent meet the list that is kept? By its key, or as a whole (netsuite.md 2.6, 3.3)."""

from collections.abc import Callable, Sequence

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType

# The key of each keyed sublist; on a derived transaction a line may be named by the line it came from.
KEYS: dict[str, tuple[str, ...]] = {
    "item": ("line", "orderLine"),
    "apply": ("doc", "line"),
    "credit": ("doc",),
    "deposit": ("doc",),
    "addressBook": ("internalId", "id", "addressId"),
    "currencyList": ("currency",),
    "milestone": ("milestoneId",),
    "recurrence": ("recurrenceId",),
    "salesTeam": ("employee",),
    "partners": ("partner",),
    "line": ("line",),
    "expense": ("line",),
}


def _same(kept: Document, sent: Document, keys: Sequence[str]) -> bool:
    named = [key for key in keys if sent.get(key) is not None]
    return bool(named) and all(str(kept.get(key)) == str(sent[key]) for key in named)


def merged(
    kept: list[Document], sent: list[Document], keys: Sequence[str], *, replace: bool
) -> list[tuple[Document, Document]]:
    """Pair each row of the new list with what was sent for it: kept rows first, in their order, then the added ones."""
    changes: dict[int, Document] = {}
    added: list[tuple[Document, Document]] = []
    for row in sent:
        place = next((at for at, old in enumerate(kept) if at not in changes and _same(old, row, keys)), None)
        if place is None:
            added.append(({}, row))
        else:
            changes[place] = row
    staying = [(dict(old), changes.get(at, {})) for at, old in enumerate(kept) if not replace or at in changes]
    return staying + added


def merge_lists(
    kind: RecordType, doc: Document, change: Document, replaced: set[str], skip: Callable[[str], bool]
) -> None:
    """Bring every list of the change but the skipped ones into the document."""
    for name, sent in change.items():
        field = kind.by_name.get(name)
        if field is None or field.kind != "l" or skip(name):
            continue
        if sent is None:
            doc[name] = []
            continue
        replace = name in replaced
        pairs = merged(doc.get(name) or [], sent, KEYS.get(name, ()), replace=replace)
        doc[name] = [{**row, **new} for row, new in pairs]


def plain(kind: RecordType, change: Document) -> Document:
    """Give the part of a change that is no list."""
    return {name: value for name, value in change.items() if (f := kind.by_name.get(name)) is None or f.kind != "l"}
