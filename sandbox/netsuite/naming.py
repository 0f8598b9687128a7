"""What do people call a record? Its number and company, its item name, its own name."""

from sandbox.netsuite.fields import record_type
from sandbox.netsuite.store import Stored

FIELDS = {"item": "itemId", "entity": "entityId", "transaction": "tranId", "taxItem": "itemId"}
LABELS = {"itemId": "Item Name/Number", "entityId": "Entity ID", "name": "Name"}
_OTHER = {
    "accountingPeriod": "periodName", "account": "acctName", "customRecord": "name", "revRecSchedule": "name",
    "promotionCode": "code", "supportCase": "title", "message": "subject", "note": "title",
    "phoneCall": "title", "task": "title", "customRecordType": "recordName",
}  # fmt: skip


def field_of(family: str) -> str:
    """Name the field that names a record of a group."""
    return FIELDS.get(family) or _OTHER.get(family, "name")


def display_name(record: Stored) -> str:
    """Say what people call a record: number and company, item name, `Sales Order #SO10001`."""
    if record.type == "customer":
        person = f"{record.doc.get('firstName', '')} {record.doc.get('lastName', '')}".strip()
        return f"{record.name} {record.doc.get('companyName') or person}"
    if record.family == "transaction":
        return f"{record_type(record.type).label} #{record.name}"
    return record.name
