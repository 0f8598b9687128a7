"""What does a transaction show before it is saved? All that the account would add to it, and what it could pay for."""

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType, record_type
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.applying import PURSES, left_of
from sandbox.netsuite.transactions.draft import Draft
from sandbox.netsuite.transactions.kinds import transaction_kinds
from sandbox.netsuite.transactions.whole import TO_BE_GENERATED, complete


def previewed(store: Store, record: RecordType, doc: Document, today: str) -> Document:
    """Give a draft completed, without a number; one that could not be saved yet stays as it is."""
    kind = transaction_kinds()[record.name]
    whole = {**doc, "tranId": "?"}  # a number of its own, so that none is drawn
    if "item" in doc:
        whole["item"] = [{**row, "lineUniqueKey": "0"} for row in doc["item"]]
    draft = Draft(store, record, kind, whole, {}, {}, set(), today)
    try:
        complete(draft)
    except Refused:
        return doc
    whole["tranId"] = TO_BE_GENERATED
    if "item" in whole:
        part = record_type(record.by_name["item"].target)
        whole["item"] = [_known(part, {**row, "lineUniqueKey": None}) for row in whole["item"]]
    if kind.name in PURSES and "apply" in record.by_name:
        whole["apply"] = [*(whole.get("apply") or []), *_others(draft)]
    return _known(record, whole)


def _known(kind: RecordType, doc: Document) -> Document:
    """Leave out what the account keeps for itself alone."""
    return {
        name: value
        for name, value in doc.items()
        if value is not None and (name in kind.by_name or name.startswith("cust"))
    }


def _others(draft: Draft) -> list[Document]:
    """Give a row for everything else of the entity that is open in the same currency, not applied."""
    taken = {row["doc"] for row in draft.doc.get("apply") or ()}
    party = draft.party.id if draft.party else 0
    found = [one for kind in sorted(PURSES[draft.kind.name].targets) for one in draft.store.of_party(party, kind, "A")]
    alike = [one for one in found if one.doc.get("currency") == draft.doc.get("currency")]
    return [_row(one) for one in alike if one.id not in taken]


def _row(one: Stored) -> Document:
    due = left_of(one.doc, one.type)
    told = {"refNum": one.name, "applyDate": one.day, "due": due, "total": one.doc.get("total")}
    return {"apply": False, "doc": one.id, "line": 0, **told}
