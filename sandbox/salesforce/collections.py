"""How are many records written at once? sObject Collections: up to 200, one result each, in order (salesforce.md 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused

MOST = 200
ROLLED_BACK = Refused(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


class _Undo(Exception):
    """All records of the request are to be undone."""


class Many:
    """One collections request: create (POST), update (PATCH), or upsert by a field of the path."""

    def __init__(self, org: Org, method: str, parameters: Mapping[str, Any]) -> None:
        self._org = org
        self._method = method
        self._parameters = parameters

    def write(self, wish: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Write the records and return a result for each."""
        records = wish.get("records")
        if not isinstance(records, list) or not records:
            raise Refused("REQUIRED_FIELD_MISSING", "records is required")
        if len(records) > MOST:
            raise Refused("EXCEEDED_MAX_SIZE_REQUEST", f"record limit reached. cannot submit more than {MOST} records")
        return self._all(records, strict=wish.get("allOrNone") is True)

    def _all(self, records: list[dict[str, Any]], *, strict: bool) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        with suppress(_Undo), self._org.store.writing():
            results += [self._one(record) for record in records]
            if not strict or all(result["success"] for result in results):
                return results
            raise _Undo
        return [ROLLED_BACK.as_result() if result["success"] else result for result in results]

    def _one(self, record: dict[str, Any]) -> dict[str, Any]:
        try:
            with self._org.store.attempting():
                return {"success": True, "errors": []} | self._write(record)
        except Refused as refused:
            return refused.as_result()

    def _write(self, record: dict[str, Any]) -> dict[str, Any]:
        kind = self._parameters.get("name") or record.get("attributes", {}).get("type", "")
        owner = self._org.object(str(kind))
        fields = {name: value for name, value in record.items() if name.lower() not in {"attributes", "id"}}
        record_id = str(record.get("id") or record.get("Id") or "")
        if "key" in self._parameters:
            return self._upsert(owner.name, record, fields)
        if self._method == "POST":
            return {"id": self._org.create(owner, fields)}
        if not record_id:
            raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", fields=["Id"])
        self._org.change(owner, record_id, fields)
        return {"id": record_id}

    def _upsert(self, kind: str, record: Mapping[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        key = str(self._parameters["key"])
        value = next((str(found) for name, found in record.items() if name.lower() == key.lower() and found), "")
        owner = self._org.object(kind)
        rest = {name: found for name, found in fields.items() if name.lower() != key.lower()}
        if not value and key.lower() == "id":
            return {"id": self._org.create(owner, rest), "created": True}
        if not value:
            raise Refused("MISSING_ARGUMENT", f"{key} not specified", fields=[key])
        record_id, created = self._org.upsert(owner, key, value, rest)
        return {"id": record_id, "created": created}
