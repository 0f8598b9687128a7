"""How are the rows of an upload written? 200 at a time, each for itself, every one exactly once (salesforce.md 2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.salesforce.bulk.model import Job, Outcome
from sandbox.salesforce.bulk.uploads import Record
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused


class Writing:
    """Writes the records of one job."""

    def __init__(self, org: Org, job: Job) -> None:
        self._org = org
        self._owner: SObject = objects()[job.object.lower()]
        self._operation = job.operation
        self._key = str(job.wish.get("externalIdFieldName") or "Id")

    def write(self, first: int, records: Sequence[Record]) -> list[Outcome]:
        """Write records, of which the first stands on a line; inside the caller's transaction."""
        keys = (
            Counter(_value(record, self._key) for record in records) if self._operation == "upsert" else Counter[str]()
        )
        return [self._one(first + at, record, keys) for at, record in enumerate(records)]

    def _one(self, line: int, record: Record, keys: Mapping[str, int]) -> Outcome:
        try:
            with self._org.store.attempting():
                record_id, created = self._write(record, keys)
                return Outcome(line, record_id, created, "")
        except Refused as refused:
            known = "" if self._operation == "insert" else _value(record, "Id")
            return Outcome(line, known, created=False, error=told(refused))

    def _write(self, record: Record, keys: Mapping[str, int]) -> tuple[str, bool]:
        if self._operation == "insert":
            return self._org.create(self._owner, record), True
        if self._operation == "upsert":
            return self._upsert(record, keys)
        record_id, rest = _value(record, "Id"), _without(record, "Id")
        if not record_id:
            verb = "update" if self._operation == "update" else "delete"
            raise Refused("MISSING_ARGUMENT", f"Id not specified in an {verb} call".replace("an d", "a d"), fields=[])
        if self._operation == "update":
            self._org.change(self._owner, record_id, rest)
        else:
            self._org.delete(self._owner, record_id)
            self._empty_bin(record_id)
        return long_form(record_id) or record_id, False

    def _empty_bin(self, record_id: str) -> None:
        """A hard deletion leaves nothing in the recycle bin."""
        if self._operation == "hardDelete":
            sql = f'DELETE FROM "{self._owner.name}" WHERE "Id" = ?'  # noqa: S608 — a name of the model's
            self._org.store.connection.execute(sql, (long_form(record_id),))

    def _upsert(self, record: Record, keys: Mapping[str, int]) -> tuple[str, bool]:
        value, rest = _value(record, self._key), _without(record, self._key)
        if not value and self._key.lower() == "id":
            return self._org.create(self._owner, rest), True
        if not value:
            raise Refused("MISSING_ARGUMENT", f"{self._key} not specified", fields=[])
        if keys[value] > 1:
            raise Refused("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=[self._key])
        return self._org.upsert(self._owner, self._key, value, rest)


def told(refused: Refused) -> str:
    """Return a refusal as bulk results tell it: `CODE:message:FIELDS --`."""
    return f"{refused.code}:{refused.message}:{' '.join([*(refused.fields or ()), '--'])}"


def _value(record: Mapping[str, Any], key: str) -> str:
    return next((str(found) for name, found in record.items() if name.lower() == key.lower() and found is not None), "")


def _without(record: Mapping[str, Any], key: str) -> Record:
    return {name: value for name, value in record.items() if name.lower() != key.lower()}
