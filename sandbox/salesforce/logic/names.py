"""How is a person's name put together, and what is a record called that was given no name?"""

from __future__ import annotations

from sandbox.salesforce.saving import Saving


def compose(saving: Saving) -> None:
    """Fill Name from the first and last name."""
    parts = (saving.values.get("FirstName"), saving.values.get("LastName"))
    saving.values["Name"] = " ".join(part for part in parts if part) or saving.values.get("Name")


def call_by_id(saving: Saving) -> None:
    """A record of one of the org's own objects that has no name is called by its id."""
    if saving.owner.custom and not saving.values.get("Name"):
        saving.values["Name"] = saving.values["Id"]
