"""What does the org tell about its objects? Describes with every key of the real ones (salesforce.md 1.2)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sandbox.salesforce.model import NUMBERS, SINGLE, Child, Field, SObject, objects

SOAP_TYPES = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "id": "tns:ID",
    "reference": "tns:ID",
    "address": "urn:address",
} | dict.fromkeys(NUMBERS, "xsd:double")
TEXTS = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist", "combobox"})
GROUPED = frozenset({"id", "reference", "boolean", "date", "int"}) | TEXTS - {"multipicklist"}
SHORT = 255  # the longest textarea that can be filtered, ordered and grouped by
BRIEF = (
    "activateable", "createable", "deepCloneable", "deletable", "feedEnabled", "layoutable", "mergeable", "mruEnabled",
    "queryable", "replicateable", "retrieveable", "searchable", "triggerable", "undeletable", "updateable",
)  # fmt: skip
FULL = (*BRIEF, "compactLayoutable", "searchLayoutable")
NEVER = {
    "aiPredictionField": False,
    "calculatedFormula": None,
    "caseSensitive": False,
    "controllerName": None,
    "defaultValueFormula": None,
    "dependentPicklist": False,
    "deprecatedAndHidden": False,
    "displayLocationInDecimal": False,
    "encrypted": False,
    "filteredLookupInfo": None,
    "formulaTreatNullNumberAsZero": False,
    "highScaleNumber": False,
    "htmlFormatted": False,
    "inlineHelpText": None,
    "mask": None,
    "maskType": None,
    "referenceTargetField": None,
    "restrictedDelete": False,
    "writeRequiresMasterRead": False,
}  # what none of our fields is or has
VIEWS = ("approvalLayouts", "compactLayouts", "layouts")
MASTER = "012000000000000AAA"


def everything(version: str) -> bytes:
    """Answer `GET sobjects`, as JSON."""
    return _everything(version, single=SINGLE.get())


@lru_cache(maxsize=64)
def _everything(version: str, *, single: bool) -> bytes:  # noqa: ARG001 — one answer for each kind of org
    known = [brief(owner, version) for owner in objects().values()]
    return json.dumps({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": known}).encode()


def one(name: str, version: str, base: str) -> bytes:
    """Answer `GET sobjects/X/describe`, as JSON; `base` is scheme and host as the client sees them."""
    return _one(name, version, base, single=SINGLE.get())


@lru_cache(maxsize=512)
def _one(name: str, version: str, base: str, *, single: bool) -> bytes:  # noqa: ARG001 — one answer for each kind of org
    owner = objects()[name.lower()]
    nothing = ("defaultImplementation", "extendedBy", "extendsInterfaces", "implementedBy", "implementsInterfaces")
    told: dict[str, Any] = _common(owner) | dict.fromkeys(nothing)
    told |= {key: key not in owner.without for key in FULL}
    told |= {"listviewable": None, "lookupLayoutable": None, "networkScopeFieldName": None}
    told |= {"actionOverrides": [], "namedLayoutInfos": [], "associateEntityType": None, "associateParentEntity": None}
    told["sobjectDescribeOption"] = "FULL"
    told["childRelationships"] = [_child(child) for child in owner.pointing]
    told["fields"] = [field_of(owner, found) for found in owner.fields.values()]
    told["recordTypeInfos"] = [_master(owner, version)]
    told["supportedScopes"] = [{"label": f"All {owner.plural.lower()}", "name": "everything"}]
    told["urls"] = _urls(owner, version) | _pages(owner, version, base)
    return json.dumps(dict(sorted(told.items()))).encode()


def brief(owner: SObject, version: str) -> dict[str, Any]:
    """Return an object's entry in the list of all."""
    told = _common(owner) | {"associateEntityType": None, "associateParentEntity": None}
    told |= {key: key not in owner.without for key in BRIEF} | {"urls": _urls(owner, version)}
    return dict(sorted(told.items()))


def _common(owner: SObject) -> dict[str, Any]:
    never = ("customSetting", "deprecatedAndHidden", "hasSubtypes", "isInterface", "isSubtype")
    names = {"name": owner.name, "label": owner.label, "labelPlural": owner.plural, "keyPrefix": owner.prefix}
    return dict.fromkeys(never, False) | names | {"custom": owner.custom}


def _urls(owner: SObject, version: str) -> dict[str, str]:
    here = f"/services/data/v{version}/sobjects/{owner.name}"
    told = {"sobject": here, "describe": f"{here}/describe", "rowTemplate": f"{here}/{{ID}}"}
    if "layoutable" in owner.without:
        return told
    return (
        told | {name: f"{here}/describe/{name}" for name in VIEWS}
        | {name: f"{here}/{name}" for name in ("listviews", "quickActions")}
    )  # fmt: skip


def _pages(owner: SObject, version: str, base: str) -> dict[str, str]:
    here = f"/services/data/v{version}/sobjects/{owner.name}"
    return {
        "uiDetailTemplate": f"{base}/{{ID}}",
        "uiEditTemplate": f"{base}/{{ID}}/e",
        "uiNewRecord": f"{base}/{owner.prefix}/e",
        "defaultValues": f"{here}/defaultValues?recordTypeId&fields",
    }


def _child(child: Child) -> dict[str, Any]:
    return {
        "cascadeDelete": child.cascade,
        "childSObject": child.object,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.name or None,
        "restrictedDelete": child.restrict,
    }


def _master(owner: SObject, version: str) -> dict[str, Any]:
    layout = f"/services/data/v{version}/sobjects/{owner.name}/describe/layouts/{MASTER}"
    always = dict.fromkeys(("active", "available", "defaultRecordTypeMapping", "master"), True)
    return always | {
        "developerName": "Master",
        "name": "Master",
        "recordTypeId": MASTER,
        "urls": {"layout": layout},
    }


def field_of(owner: SObject, found: Field) -> dict[str, Any]:
    """Return one field's describe."""
    told = NEVER | _identity(owner, found) | _size(found) | use_of(found) | _access(owner, found) | _relation(found)
    return dict(sorted(told.items()))


def _identity(owner: SObject, found: Field) -> dict[str, Any]:
    label = f"{owner.label} ID" if found.name == "Id" else found.label
    default = owner.defaults.get(found.name)
    return {
        "name": found.name,
        "label": label,
        "type": found.type,
        "soapType": SOAP_TYPES.get(found.type, "xsd:string"),
        "custom": found.custom,
        "compoundFieldName": found.compound or None,
        "extraTypeInfo": found.extra or ("plaintextarea" if found.type == "textarea" else None),
        "picklistValues": [
            _option(value, label, default) for value, label in zip(found.values, found.labels, strict=True)
        ],
        "restrictedPicklist": found.has("restricted"),
        "defaultValue": False if found.type == "boolean" else default,
    }


def _option(value: str, label: str, default: str | None) -> dict[str, Any]:
    return {"active": True, "defaultValue": value == default, "label": label, "validFor": None, "value": value}


def _size(found: Field) -> dict[str, Any]:
    wide = 3 if found.type in TEXTS and not found.has("ascii") else 1  # bytes a character may take
    return {
        "length": found.length,
        "byteLength": found.length * wide,
        "precision": found.precision,
        "scale": found.scale,
        "digits": 8 if found.type == "int" else 0,
    }


def use_of(found: Field) -> dict[str, Any]:
    """Tell what a query may do with the field."""
    long = found.type == "textarea" and found.length > SHORT
    plain = not long and found.type != "address"
    return {
        "aggregatable": plain and found.type != "boolean",
        "filterable": not long and not found.has("hidden"),
        "groupable": plain and found.type in GROUPED,
        "sortable": plain and found.type != "multipicklist" and not found.has("hidden"),
        "queryByDistance": found.type == "address",
        "searchPrefilterable": found.has("prefilter") or (found.custom and found.type == "reference"),
        "idLookup": found.has("idlookup") or found.has("external"),
        "nameField": found.has("namefield"),
    }


def _access(owner: SObject, found: Field) -> dict[str, Any]:
    open_ = not found.has("readonly")
    able = {"createable", "updateable"} - owner.without
    return {
        "createable": "createable" in able and open_ and not found.has("updateonly"),
        "updateable": "updateable" in able and open_ and not found.has("createonly"),
        "nillable": found.nillable,
        "defaultedOnCreate": found.has("defaulted") or found.type in {"boolean", "id"},
        "permissionable": found.has("fls") or (found.custom and not found.has("required")),
        "calculated": found.has("calculated"),
        "autoNumber": found.has("autonumber"),
        "externalId": found.has("external"),
        "unique": found.has("unique"),
        "cascadeDelete": found.has("master"),
    }


def _relation(found: Field) -> dict[str, Any]:
    many = len(found.targets) > 1
    return {
        "referenceTo": list(found.targets),
        "relationshipName": found.parent or None,
        "relationshipOrder": 0 if found.has("master") else None,
        "namePointing": many,
        "polymorphicForeignKey": many,
    }
