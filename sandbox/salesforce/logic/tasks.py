"""What does a task know by itself? Whether it is done and urgent, and whose account it is about."""

from __future__ import annotations

from sandbox.salesforce.saving import Saving
from sandbox.salesforce.times import stamp

ACCOUNT = "001"


def derive(saving: Saving) -> None:
    """Fill what follows from status, priority and subject record."""
    done = saving.values.get("Status") == "Completed"
    saving.values["IsClosed"] = str(done).lower()
    saving.values["IsHighPriority"] = str(saving.values.get("Priority") == "High").lower()
    if not done:
        saving.values["CompletedDateTime"] = None
    elif not saving.values.get("CompletedDateTime"):
        saving.values["CompletedDateTime"] = stamp(saving.store.now())
    about = str(saving.values.get("WhatId") or "")
    saving.values["AccountId"] = about if about.startswith(ACCOUNT) else None
