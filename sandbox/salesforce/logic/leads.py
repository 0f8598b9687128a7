"""What does a lead know by itself? Whether it was read and converted."""

from __future__ import annotations

from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import Saving


def derive(saving: Saving) -> None:
    """Refuse to touch a converted lead."""
    if saving.before.get("IsConverted") == "true" and saving.given:
        raise Refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
