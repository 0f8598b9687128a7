"""How are many records written or read at once? sObject Collections: up to 200, one result each, in order (salesforce.md 1.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.composite.inner import Inner, Sub
from sandbox.salesforce.composite.undo import done_or_undone
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused, no_such_type
from sandbox.twin.usage import Usage

MOST, MOST_READ, MOST_CHUNKS = 200, 2000, 10
NOT_FOUND = 404
ROLLED_BACK = Refused(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
Result = dict[str, Any]


@dataclass
class Collections:
    """The collection resources of one org."""

    org: Org
    usage: Usage
    inner: Inner

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/composite/sobjects", ["POST"], self.create),
            ("/composite/sobjects", ["PATCH"], self.update),
            ("/composite/sobjects", ["DELETE"], self.delete),
            ("/composite/sobjects/{name}", ["GET", "POST"], self.read),
            ("/composite/sobjects/{name}/{key}", ["PATCH"], self.upsert),
        ]

    async def create(self, request: Request) -> Response:
        """Answer `POST composite/sobjects`."""
        wish = await body_of(request)
        return self._write(_records(wish), self._create, strict=_strict(wish))

    async def update(self, request: Request) -> Response:
        """Answer `PATCH composite/sobjects`; each record names its id."""
        wish = await body_of(request)
        return self._write(_records(wish), self._update, strict=_strict(wish))

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE composite/sobjects?ids=`."""
        ids = [one for one in request.query_params.get("ids", "").split(",") if one]
        _check_size(ids, "ids", MOST)
        strict = request.query_params.get("allOrNone", "").lower() == "true"
        return self._write(ids, self._delete, strict=strict)

    async def upsert(self, request: Request) -> Response:
        """Answer `PATCH composite/sobjects/X/Field`: by the external id that each record holds."""
        wish = await body_of(request)
        records, key = _records(wish), str(request.path_params["key"])
        owner = self.org.object(request.path_params["name"])
        counted = Counter(_value(record, key) for record in records)
        return self._write(records, lambda record: self._upsert(owner, key, record, counted), strict=_strict(wish))

    async def read(self, request: Request) -> Response:
        """Answer records by their ids, null for each that is not there."""
        if request.method == "POST":
            wish = await body_of(request)
        else:
            wish = {name: request.query_params.get(name, "").split(",") for name in ("ids", "fields")}
        ids, fields = (list(filter(None, wish.get(name) or [])) for name in ("ids", "fields"))
        _check_size(ids, "ids", MOST_READ)
        if not fields:
            raise Refused("REQUIRED_FIELD_MISSING", "fields is required")
        base = f"/services/data/v{version_of(request)}/sobjects/{request.path_params['name']}"
        return JSONResponse([self._read(f"{base}/{one}?fields={','.join(fields)}", request) for one in ids])

    def _read(self, url: str, outer: Request) -> Any:
        answer = self.inner.answer(Sub("GET", url), outer)
        if answer.failed and answer.status != NOT_FOUND:
            first = answer.body[0]
            raise Refused(first["errorCode"], first["message"], answer.status)
        return None if answer.failed else answer.body

    def _write(self, rows: list[Any], write: Callable[[Any], Result], *, strict: bool) -> Response:
        results: list[Result] = []

        def work() -> bool:
            results.extend(self._one(row, write) for row in rows)
            return not strict or all(result["success"] for result in results)

        if not done_or_undone(self.org.store, work):
            results = [ROLLED_BACK.as_result() if result["success"] else result for result in results]
        self.usage.wrote(sum(result["success"] for result in results))
        return JSONResponse(results)

    def _one(self, row: Any, write: Callable[[Any], Result]) -> Result:
        try:
            with self.org.store.attempting():
                return write(row)
        except Refused as refused:
            return refused.as_result()

    def _create(self, record: dict[str, Any]) -> Result:
        published = self.org.publishes(_type(record), record)
        return published or _done(self.org.create(_owner(record), _fields(record)))

    def _update(self, record: dict[str, Any]) -> Result:
        record_id = _value(record, "Id")
        if not record_id:
            raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", fields=["Id"])
        self.org.change(_owner(record), record_id, _fields(record))
        return _done(record_id)

    def _delete(self, record_id: str) -> Result:
        owner = next((one for one in objects().values() if one.prefix == record_id[:3]), None)
        if owner is None:
            raise Refused("MALFORMED_ID", f"malformed id {record_id}")
        self.org.delete(owner, record_id)
        return _done(record_id)

    def _upsert(self, owner: SObject, key: str, record: dict[str, Any], counted: Mapping[str, int]) -> Result:
        value, rest = _value(record, key), _fields(record, key)
        if not value and key.lower() == "id":
            return _done(self.org.create(owner, rest)) | {"created": True}
        if not value:
            raise Refused("MISSING_ARGUMENT", f"{key} not specified", fields=[key])
        if counted[value] > 1:
            raise Refused("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=[key])
        record_id, created = self.org.upsert(owner, key, value, rest)
        return _done(record_id) | {"created": created}


def _done(record_id: str) -> Result:
    return {"id": long_form(record_id) or record_id, "success": True, "errors": []}


def _strict(wish: Mapping[str, Any]) -> bool:
    return str(wish.get("allOrNone", "")).lower() == "true"


def _records(wish: Mapping[str, Any]) -> list[dict[str, Any]]:
    records = wish.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Refused("REQUIRED_FIELD_MISSING", "records is required")
    _check_size(records, "records", MOST)
    chunks = sum(1 for _ in groupby(_type(record).lower() for record in records))
    if chunks > MOST_CHUNKS:
        words = (
            f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. "
            "Please rearrange the data to reduce chunking."
        )
        raise Refused("LIMIT_EXCEEDED", words)
    return records


def _check_size(rows: list[Any], name: str, most: int) -> None:
    if not rows:
        raise Refused("REQUIRED_FIELD_MISSING", f"{name} is required")
    if len(rows) > most:
        raise Refused("EXCEEDED_MAX_SIZE_REQUEST", f"record limit reached. cannot submit more than {most} records")


def _type(record: Mapping[str, Any]) -> str:
    named = record.get("attributes")
    return str(named.get("type", "")) if isinstance(named, dict) else ""


def _owner(record: Mapping[str, Any]) -> SObject:
    owner = objects().get(_type(record).lower())
    if owner is None:
        raise no_such_type(_type(record))
    return owner


def _value(record: Mapping[str, Any], key: str) -> str:
    return next((str(found) for name, found in record.items() if name.lower() == key.lower() and found is not None), "")


def _fields(record: Mapping[str, Any], key: str = "Id") -> dict[str, Any]:
    left_out = {"attributes", "id", key.lower()}
    return {name: value for name, value in record.items() if name.lower() not in left_out}
