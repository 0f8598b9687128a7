"""How is a client told what objects there are? The list, one object, its describe and its layouts (salesforce.md 1.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce import describe
from sandbox.salesforce.calls import Routes, base_of, version_of
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.render import attributes

CUSTOMISED = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)  # when the org's objects were last changed
RECENT = 5


@dataclass
class Describing:
    """The describe resources of one org."""

    org: Org

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/sobjects", ["GET"], self.everything),
            ("/sobjects/{name}", ["GET"], self.basics),
            ("/sobjects/{name}/describe", ["GET"], self.one),
            ("/sobjects/{name}/describe/layouts", ["GET"], self.layouts),
            ("/sobjects/{name}/describe/layouts/{type}", ["GET"], self.layouts),
            *(
                (f"/sobjects/{{name}}/describe/{view}", ["GET"], self.nothing)
                for view in ("compactLayouts", "approvalLayouts")
            ),
            *((f"/sobjects/{{name}}/{view}", ["GET"], self.nothing) for view in ("listviews", "quickActions")),
            ("/recent", ["GET"], self.recent),
        ]

    async def everything(self, request: Request) -> Response:
        """Answer `GET sobjects`."""
        return _unless_known(request, describe.everything(version_of(request)))

    async def one(self, request: Request) -> Response:
        """Answer `GET sobjects/X/describe`."""
        owner = self.org.object(request.path_params["name"])
        return _unless_known(request, describe.one(owner.name, version_of(request), base_of(request)))

    async def basics(self, request: Request) -> Response:
        """Answer `GET sobjects/X`: the object in brief, and the records that were touched last."""
        owner, version = self.org.object(request.path_params["name"]), version_of(request)
        recent = [
            {"attributes": attributes(owner, found["Id"], version), "Id": found["Id"], owner.name_field: found[owner.name_field]}
            for found in self.org.store.newest(owner, RECENT)
        ]  # fmt: skip
        return JSONResponse({"objectDescribe": describe.brief(owner, version), "recentItems": recent})

    async def layouts(self, request: Request) -> Response:
        """Answer `GET sobjects/X/describe/layouts`: no page is laid out here, the record type says so."""
        self.org.object(request.path_params["name"])
        always = dict.fromkeys(("available", "defaultRecordTypeMapping", "master"), True)
        named = {"name": "Master", "developerName": "Master", "recordTypeId": describe.MASTER}
        types = [always | named | {"layoutId": None, "picklistsForRecordType": None}]
        return JSONResponse({"layouts": [], "recordTypeMappings": types, "recordTypeSelectorRequired": [False]})

    async def nothing(self, request: Request) -> Response:
        """Answer for views of which the org has none: list views, actions, compact and approval layouts."""
        owner = self.org.object(request.path_params["name"])
        view = request.url.path.rstrip("/").rpartition("/")[2].lower()
        return JSONResponse(
            {
                "quickactions": [],
                "listviews": {"done": True, "listviews": [], "nextRecordsUrl": None, "size": 0, "sobjectType": owner.name},
                "approvallayouts": {"approvalLayouts": []},
                "compactlayouts": {
                    "compactLayouts": [], "defaultCompactLayoutId": None, "recordTypeCompactLayoutMappings": [],
                },
            }[view]
        )  # fmt: skip

    async def recent(self, request: Request) -> Response:
        """Answer `GET recent`: what was touched last, of any object that people look at."""
        wished = request.query_params.get("limit", "")
        seen = [owner for owner in objects().values() if "mruEnabled" not in owner.without]
        found = [(one["SystemModstamp"], owner, one) for owner in seen for one in self.org.store.newest(owner, RECENT)]
        newest = sorted(found, key=lambda entry: entry[0], reverse=True)[: int(wished) if wished.isdigit() else RECENT]
        return JSONResponse([self._brief(owner, one, version_of(request)) for _, owner, one in newest])

    @staticmethod
    def _brief(owner: SObject, one: Mapping[str, Any], version: str) -> dict[str, Any]:
        return {"attributes": attributes(owner, one["Id"], version), "Id": one["Id"], "Name": one[owner.name_field]}


def _unless_known(request: Request, body: bytes) -> Response:
    """Answer 304 where the client has this answer already; fractions of a second do not count in HTTP dates."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(CUSTOMISED, usegmt=True)}
    if tag in request.headers.get("if-none-match", "") or _is_fresh(request.headers.get("if-modified-since")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _is_fresh(since: str | None) -> bool:
    try:
        return since is not None and parsedate_to_datetime(since) >= CUSTOMISED
    except (ValueError, TypeError):
        return False
