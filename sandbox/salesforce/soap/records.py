"""How are records read and written by SOAP? Each operation is the REST request that means the same, in XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lxml import etree
from starlette.requests import Request

from sandbox.salesforce.composite.inner import Inner, Sub
from sandbox.salesforce.soap.envelope import XSI, Call, Fault, element

KINDS = {
    "MALFORMED_QUERY": "MalformedQueryFault",
    "INVALID_FIELD": "InvalidFieldFault",
    "INVALID_TYPE": "InvalidSObjectFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault",
    "MALFORMED_ID": "InvalidIdFault",
}
NOT_OURS = frozenset({"attributes", "urls"})  # what only the REST description has
SF = ' xmlns:sf="urn:sobject.partner.soap.sforce.com"'
Record = dict[str, Any]


@dataclass
class SoapRecords:
    """The record operations of the partner API."""

    inner: Inner

    def operations(self) -> dict[str, Callable[[Call, Request], str]]:
        """Return what answers each operation: the XML inside its answer."""
        return {
            "query": self._query,
            "queryAll": self._query,
            "queryMore": self._more,
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
            "retrieve": self._retrieve,
            "describeGlobal": self._global,
            "describeSObject": self._describe,
            "describeSObjects": self._describe,
            "getUpdated": self._updated,
            "getDeleted": self._deleted,
        }

    def _query(self, call: Call, request: Request) -> str:
        text = quote(call.argument("queryString"))
        return _result(self._ask("GET", f"{call.operation}?q={text}", request, call=call))

    def _more(self, call: Call, request: Request) -> str:
        locator = call.argument("queryLocator").rpartition("/")[2]
        return _result(self._ask("GET", f"query/{quote(locator)}", request, call=call))

    def _create(self, call: Call, request: Request) -> str:
        return self._write("POST", "composite/sobjects", call, request)

    def _update(self, call: Call, request: Request) -> str:
        return self._write("PATCH", "composite/sobjects", call, request)

    def _upsert(self, call: Call, request: Request) -> str:
        kind = next((record["attributes"]["type"] for record in _records(call)), "")
        key = call.argument("externalIDFieldName")
        return self._write("PATCH", f"composite/sobjects/{quote(kind)}/{quote(key)}", call, request)

    def _write(self, method: str, path: str, call: Call, request: Request) -> str:
        body = {"records": _records(call), "allOrNone": call.setting("allOrNone").lower() == "true"}
        return "".join(_saved(one) for one in self._ask(method, path, request, body))

    def _delete(self, call: Call, request: Request) -> str:
        strict = call.setting("allOrNone").lower() or "false"
        path = f"composite/sobjects?ids={quote(','.join(_texts(call, 'ids')))}&allOrNone={strict}"
        return "".join(_saved(one) for one in self._ask("DELETE", path, request))

    def _retrieve(self, call: Call, request: Request) -> str:
        fields = [name.strip() for name in call.argument("fieldList").split(",")]
        body = {"ids": _texts(call, "ids"), "fields": fields}
        found = self._ask("POST", f"composite/sobjects/{quote(call.argument('sObjectType'))}", request, body)
        return "".join(_record("result", one) if one else element("result", None) for one in found)

    def _global(self, call: Call, request: Request) -> str:
        del call
        return element("result", _plain(self._ask("GET", "sobjects", request)))

    def _describe(self, call: Call, request: Request) -> str:
        names = _texts(call, "sObjectType")
        return "".join(
            element("result", _plain(self._ask("GET", f"sobjects/{quote(name)}/describe", request))) for name in names
        )

    def _updated(self, call: Call, request: Request) -> str:
        return element("result", self._ask("GET", _replicated(call, "updated"), request))

    def _deleted(self, call: Call, request: Request) -> str:
        return element("result", self._ask("GET", _replicated(call, "deleted"), request))

    def _ask(self, method: str, path: str, request: Request, body: Any = None, call: Call | None = None) -> Any:
        size = call.setting("batchSize") if call else ""
        headers = {"Sforce-Query-Options": f"batchSize={size}"} if size else {}
        url = f"/services/data/v{request.path_params['version']}/{path}"
        answer = self.inner.answer(Sub(method, url, body, headers), request)
        if answer.failed:
            first = answer.body[0]
            raise Fault(first["errorCode"], first["message"], KINDS.get(first["errorCode"], "UnexpectedErrorFault"))
        return answer.body


def _replicated(call: Call, which: str) -> str:
    start, end = (quote(call.argument(name)) for name in ("startDate", "endDate"))
    return f"sobjects/{quote(call.argument('sObjectType'))}/{which}?start={start}&end={end}"


def _records(call: Call) -> list[Record]:
    return [_read(one, top=True) for one in call.body.iterchildren("{*}sObjects")]


def read_record(node: etree._Element) -> Record:
    """Return what an element holds, by name: texts, and records inside it."""
    return _read(node, top=False)


def _read(node: etree._Element, *, top: bool) -> Record:
    """Return a record: its type from `type` (partner) or `xsi:type` (enterprise), null for what `fieldsToNull` names."""
    record: Record = {}
    kind = str(node.get(f"{{{XSI}}}type", "")).rpartition(":")[2]
    for one in node.iterchildren("{*}*"):
        name = etree.QName(one).localname
        if name == "type":
            kind = one.text or kind
        elif name == "fieldsToNull":
            record[one.text or ""] = None
        elif len(one):
            record[name] = _read(one, top=False)
        elif one.text:
            record[name] = one.text
    return {"attributes": {"type": kind}} | record if top else record


def _texts(call: Call, name: str) -> list[str]:
    return [one.text or "" for one in call.body.iter(f"{{*}}{name}")]


def _saved(one: Mapping[str, Any]) -> str:
    errors = [
        {"fields": error["fields"], "message": error["message"], "statusCode": error["statusCode"]}
        for error in one["errors"]
    ]
    created = {"created": one["created"]} if "created" in one else {}
    return element("result", {**created, "errors": errors, "id": one.get("id"), "success": one["success"]})


def _result(body: Mapping[str, Any]) -> str:
    return f'<result xsi:type="QueryResult">{_page(body)}</result>'


def _page(body: Mapping[str, Any]) -> str:
    """Return a page of a query; its locator stands where the next page is asked for."""
    locator = str(body.get("nextRecordsUrl", "")).rpartition("/")[2] or None
    records = "".join(_record("records", one) for one in body["records"])
    head = element("done", body["done"]) + element("queryLocator", locator)
    return head + records + element("size", body["totalSize"])


def _record(name: str, record: Mapping[str, Any]) -> str:
    return f'<{name} xsi:type="sf:sObject"{SF}>{_inside(record)}</{name}>'


def _inside(record: Mapping[str, Any]) -> str:
    known = {**record, "Id": record.get("Id")}
    head = element("sf:type", record["attributes"]["type"]) + element("sf:Id", known.pop("Id"))
    return head + "".join(_field(f"sf:{name}", value) for name, value in known.items() if name not in NOT_OURS)


def _field(name: str, value: Any) -> str:
    if isinstance(value, Mapping) and "records" in value:
        return f'<{name} xsi:type="QueryResult">{_page(value)}</{name}>'
    if isinstance(value, Mapping) and "attributes" in value:
        return f'<{name} xsi:type="sf:sObject">{_inside(value)}</{name}>'
    return element(
        name, str(value).replace("+0000", "Z") if isinstance(value, str) and value.endswith("+0000") else value
    )


def _plain(value: Any) -> Any:
    """Leave out what a description by SOAP does not have: addresses, and what is null."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items() if name not in NOT_OURS and one is not None}
    return [_plain(one) for one in value] if isinstance(value, list) else value
