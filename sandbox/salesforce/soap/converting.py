"""How are leads converted by SOAP? Up to a hundred in a call, each with a result of its own, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sandbox.salesforce.conversion import convert
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.soap.envelope import Call, Fault, element
from sandbox.salesforce.soap.records import read_record
from sandbox.twin.usage import Usage

MOST = 100
IDS = ("accountId", "contactId", "leadId", "opportunityId")


@dataclass
class SoapConversion:
    """The operation `convertLead` of the partner and enterprise APIs."""

    org: Org
    usage: Usage

    def answer(self, call: Call, _request: Request) -> str:
        """Return a LeadConvertResult for each LeadConvert."""
        wishes = [read_record(one) for one in call.body.iterchildren("{*}leadConverts")]
        if len(wishes) > MOST:
            words = f"record limit reached. cannot submit more than {MOST} records into this call"
            raise Fault("EXCEEDED_ID_LIMIT", words)
        with self.org.store.writing():
            results = [self._one(wish) for wish in wishes]
        self.usage.wrote(sum(result["success"] for result in results))
        return "".join(_result(result) for result in results)

    def _one(self, wish: dict[str, Any]) -> dict[str, Any]:
        try:
            with self.org.store.attempting():
                became = convert(self.org, wish)
        except Refused as refused:
            return refused.as_result()
        return {**became, "leadId": wish["leadId"], "success": True, "errors": []}


def _result(result: dict[str, Any]) -> str:
    """Return a result, its elements in the contract's order."""
    errors = [{name: error[name] for name in ("fields", "message", "statusCode")} for error in result["errors"]]
    told = {name: result.get(name) for name in IDS} | {"errors": errors}
    return element("result", {**dict(sorted(told.items())), "success": result["success"]})
