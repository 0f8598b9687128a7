"""How is one record created, read, changed, deleted, and upserted by an external id (salesforce.md 1.2)?"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, key_of, version_of
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import not_found
from sandbox.salesforce.render import attributes, value_of
from sandbox.twin.usage import Usage

CREATED_FROM = 46  # the API version from which an upsert's update answers 200 with a body


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
        """Answer `GET sobjects/X/{id}` and `GET sobjects/X/{field}/{value}`."""
        owner = self.org.object(request.path_params["name"])
        key, value = key_of(request)
        found = self.org.store.where(owner, owner.fields.get(key.lower(), owner.fields["id"]).name, value)
        if not found:
            raise not_found()
        asked = request.query_params.get("fields")
        names = asked.split(",") if asked else [one.name for one in owner.fields.values()]
        shown = {name: value_of(owner.fields[name.lower()].type, found[0][name]) for name in names}
        return JSONResponse({"attributes": attributes(owner, found[0]["Id"], version_of(request))} | shown)

    async def change(self, request: Request) -> Response:
        """Answer `PATCH sobjects/X/{id}`, and the upsert `PATCH sobjects/X/{field}/{value}`."""
        owner = self.org.object(request.path_params["name"])
        wish = await body_of(request)
        key, value = key_of(request)
        with self.org.store.writing():
            if key == "Id":
                self.org.change(owner, value, wish)
                record_id, created = value, False
            else:
                record_id, created = self.org.upsert(owner, key, value, wish)
        self.usage.wrote(1)
        return _upserted(record_id, created, float(version_of(request)), by_key=key != "Id")

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE sobjects/X/{id}`."""
        owner = self.org.object(request.path_params["name"])
        with self.org.store.writing():
            self.org.delete(owner, key_of(request)[1])
        self.usage.wrote(1)
        return Response(status_code=204)


def _upserted(record_id: str, created: bool, version: float, *, by_key: bool) -> Response:  # noqa: FBT001 — what happened, not a switch
    body = {"id": record_id, "success": True, "errors": []} | ({"created": created} if version >= CREATED_FROM else {})
    if created:
        return JSONResponse(body, 201)
    return JSONResponse(body, 200) if by_key and version >= CREATED_FROM else Response(status_code=204)
