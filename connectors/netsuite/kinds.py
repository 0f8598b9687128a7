"""In which SuiteQL table does an object live, and which columns tie it to Salesforce?"""

from __future__ import annotations

from dataclasses import dataclass

from flows.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Kind:
    """One object in SuiteQL. `filter` selects it in its table; `origin` is the column that only our records fill."""

    table: str
    filter: str
    origin: str
    version: str


KINDS: dict[str, Kind] = {
    "salesOrder": Kind("transaction", "type = 'SalesOrd'", "custbody_sf_opportunity_id", "custbody_sf_version"),
    "customer": Kind("customer", "", "custentity_sf_account_id", "custentity_sf_version"),
}


def kind_of(object_name: str) -> Kind:
    """Return the object's place; raises Misconfigured for an object that this project does not read."""
    try:
        return KINDS[object_name]
    except KeyError:
        known = ", ".join(KINDS)
        raise Misconfigured("UNKNOWN_RECORD", f"NetSuite's {object_name} cannot be read; known are {known}.") from None
