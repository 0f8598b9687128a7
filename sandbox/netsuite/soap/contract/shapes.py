"""What of the contract's shape do the tables of records not tell? Names and places of list types, kinds of single fields."""

from functools import cache

from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.soap.contract.notation import table

PREFIXES = {
    "core platform": "platformCore", "common platform": "platformCommon", "sales transactions": "tranSales",
    "customers transactions": "tranCust", "purchases transactions": "tranPurch", "general transactions": "tranGeneral",
    "bank transactions": "tranBank", "employees transactions": "tranEmp", "inventory transactions": "tranInvt",
    "financial transactions": "tranFin", "relationships lists": "listRel", "accounting lists": "listAcct",
    "employees lists": "listEmp", "marketing lists": "listMkt", "support lists": "listSupport",
    "website lists": "listSite", "supplychain lists": "listSupplyChain", "customization setup": "setupCustom",
    "filecabinet documents": "docFileCab", "communication general": "generalComm",
    "scheduling activities": "actSched", "demandplanning transactions": "demandPlan",
}  # fmt: skip


@cache
def shapes(what: str) -> dict[str, str]:
    """Read one of the tables of `shapes.yaml`; a bare list of names gives each of them empty."""
    text = table("shapes")[what]
    if what in {"lists", "kinds"}:
        return dict(one.split() for one in text.split(","))
    return dict.fromkeys(text.split(), "")


@cache
def list_type(element: str, place: str, field: Field) -> tuple[str, str]:
    """Give name and place of a list's type: beside its rows when it bears their name, else beside the record."""
    known = shapes("lists")
    own = f"{element}{field.soap[0].upper()}{field.soap[1:]}"
    name = known.get(f"{element}.{field.soap}") or known.get(field.soap) or own
    beside = name.startswith(element) or name in shapes("beside_the_record")
    return name, place if beside else record_type(field.target).namespace


def list_place(kind: RecordType, field: Field) -> str:
    """Give the place whose namespace the rows of a list stand in."""
    return list_type(kind.element, kind.namespace, field)[1]
