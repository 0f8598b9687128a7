"""Is the record perhaps there already? The standard duplicate rules, off until somebody turns them on (salesforce.md 1.7).

`Store.set_switch("duplicates", ...)` turns them on, over `POST /_twin/switches {"duplicates": true}`; a client that sends
`Sforce-Duplicate-Rule-Header: allowSave=true` saves nevertheless.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import Saving

ALLOWED: ContextVar[bool] = ContextVar("ALLOWED", default=False)  # whether the request saves duplicates knowingly
SWITCH = "duplicates"
MATCHED = {"Account": ("Name",), "Contact": ("Email", "Name"), "Lead": ("Email", "Name")}
WORDS = "You're creating a duplicate record. We recommend you use an existing record instead."


def allow(header: str) -> None:
    """Take note of what the request's Sforce-Duplicate-Rule-Header says."""
    ALLOWED.set("allowsave=true" in header.replace(" ", "").lower())


def guard(saving: Saving) -> None:
    """Refuse a new record that looks like a known one."""
    names = MATCHED.get(saving.owner.name, ())
    if not names or not saving.creating or ALLOWED.get() or not saving.store.switch(SWITCH):
        return
    for name in names:
        value = saving.values.get(name)
        found = saving.store.where(saving.owner, name, value) if value else []
        if found:
            result = _result(saving.owner.name, [str(one["Id"]) for one in found])
            raise Refused("DUPLICATES_DETECTED", WORDS, extra={"duplicateResult": result})


def _result(kind: str, ids: list[str]) -> dict[str, Any]:
    records = [
        {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0,
         "record": {"attributes": {"type": kind}, "Id": one}}
        for one in ids
    ]  # fmt: skip
    match = {"entityType": kind, "errors": [], "matchEngine": "ExactMatchEngine", "matchRecords": records,
             "rule": f"Standard_{kind}_Match_Rule_v1_0", "size": len(ids), "success": True}  # fmt: skip
    rule = {"duplicateRule": f"Standard_{kind}_Duplicate_Rule", "duplicateRuleEntityType": kind}
    return {"allowSave": True, "errorMessage": WORDS, "matchResults": [match]} | rule
