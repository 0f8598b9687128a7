"""How is one record created, read, changed, deleted, and upserted by an external id (salesforce.md 1.2)?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, key_of, version_of
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Ambiguous, Refused, no_such_column, no_such_key, not_found
from sandbox.salesforce.render import attributes, shown
from sandbox.twin.usage import Usage

CREATED_FROM = 46  # the API version from which an upsert's update answers 200 with a body
CHANGED_SINCE = "The record has been modified since the time of the If-Unmodified-Since header"


@dataclass
class Records:
    """The record resources of one org."""

    org: Org
    usage: Usage

    def routes(self) -> Routes:
        """Return the resources below a version."""
        record, keyed = "/sobjects/{name}/{key}", "/sobjects/{name}/{key}/{value:path}"
        return [
            ("/sobjects/{name}", ["POST"], self.create),
            (record, ["GET"], self.read),
            (record, ["PATCH"], self.change),
            (record, ["DELETE"], self.delete),
            (keyed, ["GET"], self.read),
            (keyed, ["PATCH"], self.change),
            (keyed, ["DELETE"], self.delete),
        ]

    async def create(self, request: Request) -> Response:
        """Answer `POST sobjects/X`."""
        owner = self.org.object(request.path_params["name"])
        wish = await body_of(request)
        with self.org.store.writing():
            record_id = self.org.create(owner, wish)
        self.usage.wrote(1)
        place = f"/services/data/v{version_of(request)}/sobjects/{owner.name}/{record_id}"
        return JSONResponse({"id": record_id, "success": True, "errors": []}, 201, {"Location": place})

    async def read(self, request: Request) -> Response:
        """Answer `GET sobjects/X/{id}`, `GET sobjects/X/{field}/{value}` and `GET sobjects/X/{id}/{parent or children}`."""
        owner = self.org.object(request.path_params["name"])
        try:
            owner, found = self._named(request, owner)
        except Ambiguous as several:
            return several.choices(version_of(request))
        if _is_older(request.headers.get("if-modified-since"), found):
            return Response(status_code=304)
        asked = request.query_params.get("fields")
        names = [name.strip() for name in asked.split(",")] if asked else list(owner.fields)
        record = {"attributes": attributes(owner, found["Id"], version_of(request))}
        return JSONResponse(record | _picked(owner, found, names))

    async def change(self, request: Request) -> Response:
        """Answer `PATCH sobjects/X/{id}`, and the upsert `PATCH sobjects/X/{field}/{value}`."""
        owner = self.org.object(request.path_params["name"])
        wish = await body_of(request)
        try:
            with self.org.store.writing():
                record_id, created = self._write(request, owner, wish)
        except Ambiguous as several:
            return several.choices(version_of(request))
        self.usage.wrote(1)
        return _upserted(record_id, created, float(version_of(request)), by_key="value" in request.path_params)

    def _write(self, request: Request, owner: SObject, wish: Mapping[str, Any]) -> tuple[str, bool]:
        key, value = key_of(request)
        if "value" not in request.path_params:
            self._refuse_changed(request, owner, value)
            self.org.change(owner, value, wish)
            return long_form(value) or value, False
        if any(name.lower() == key.lower() for name in wish):
            raise Refused("INVALID_FIELD", f"The {key} field should not be specified in the sobject data.")
        return self.org.upsert(owner, key, value, wish)

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE sobjects/X/{id}` and `DELETE sobjects/X/{field}/{value}`."""
        owner = self.org.object(request.path_params["name"])
        key, value = key_of(request)
        with self.org.store.writing():
            record_id = value if "value" not in request.path_params else self._by_key(owner, key, value)["Id"]
            self.org.delete(owner, record_id)
        self.usage.wrote(1)
        return Response(status_code=204)

    def _named(self, request: Request, owner: SObject) -> tuple[SObject, dict[str, Any]]:
        """Return the record that the path names, with its object."""
        key, value = key_of(request)
        if "value" not in request.path_params:
            return owner, self._by_id(owner, value)
        parent = owner.parents.get(value.lower())
        if long_form(key) and parent is not None:
            pointed = objects()[parent.to.lower()]
            return pointed, self._by_id(pointed, str(self._by_id(owner, long_form(key) or key)[parent.name] or ""))
        return owner, self._by_key(owner, key, value)

    def _by_id(self, owner: SObject, record_id: str) -> dict[str, Any]:
        if record_id and long_form(record_id) is None:
            raise no_such_key(record_id)
        found = self.org.store.get(owner, record_id, deleted=True)
        if found is None:
            raise not_found()
        if found["IsDeleted"] == "true":
            raise Refused("ENTITY_IS_DELETED", "entity is deleted", 404, [])
        return found

    def _by_key(self, owner: SObject, key: str, value: str) -> dict[str, Any]:
        known = owner.fields.get(key.lower())
        if known is None or not (known.has("external") or known.has("idlookup")):
            raise no_such_key(key)
        found = self.org.store.where(owner, known.name, value)
        if not found and "+" in value:  # simple-salesforce writes a space as + in a path (salesforce.md 1.2)
            found = self.org.store.where(owner, known.name, value.replace("+", " "))
        if not found:
            raise not_found()
        if len(found) > 1:
            raise Ambiguous(owner.name, [str(one["Id"]) for one in found])
        return found[0]

    def _refuse_changed(self, request: Request, owner: SObject, record_id: str) -> None:
        since = request.headers.get("if-unmodified-since")
        if since and not _is_older(since, self.org.existing(owner, record_id)):
            raise Refused("PRECONDITION_FAILED", CHANGED_SINCE, 412)


def _picked(owner: SObject, found: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    picked = {}
    for name in names:
        one = owner.fields.get(name.lower())
        if one is None:
            raise no_such_column(name, owner.name)
        picked[one.name] = shown(one, found, owner)
    return picked


def _is_older(since: str | None, found: Mapping[str, Any]) -> bool:
    """Tell whether a record has not been changed after an HTTP date."""
    try:
        changed = datetime.fromisoformat(str(found["LastModifiedDate"])).astimezone(UTC)
        return since is not None and parsedate_to_datetime(since) >= changed
    except (ValueError, TypeError):
        return False


def _upserted(record_id: str, created: bool, version: float, *, by_key: bool) -> Response:  # noqa: FBT001 — what happened, not a switch
    body = {"id": record_id, "success": True, "errors": []} | ({"created": created} if version >= CREATED_FROM else {})
    if created:
        return JSONResponse(body, 201)
    return JSONResponse(body, 200) if by_key and version >= CREATED_FROM else Response(status_code=204)
