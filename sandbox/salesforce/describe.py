"""What does the org tell about its objects? Describes in the shape of the real ones."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.model import NUMBERS, Field, SObject, objects

SOAP_TYPES = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "id": "tns:ID",
    "reference": "tns:ID",
}


def everything(version: str) -> dict[str, Any]:
    """Answer `GET sobjects`."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [_brief(owner, version) for owner in objects().values()],
    }


def one(owner: SObject, version: str) -> dict[str, Any]:
    """Answer `GET sobjects/X/describe`."""
    children = [
        {"childSObject": child.object, "field": child.field, "relationshipName": child.name, "cascadeDelete": False}
        for child in owner.children.values()
    ]
    fields = [_field(found) for found in owner.fields.values()]
    return _brief(owner, version) | {"fields": fields, "childRelationships": children, "recordTypeInfos": []}


def _brief(owner: SObject, version: str) -> dict[str, Any]:
    base = f"/services/data/v{version}/sobjects/{owner.name}"
    able = (
        "createable",
        "updateable",
        "deletable",
        "queryable",
        "retrieveable",
        "replicateable",
        "searchable",
        "layoutable",
        "undeletable",
        "triggerable",
        "mergeable",
        "activateable",
    )
    return dict.fromkeys(able, True) | {
        "name": owner.name,
        "label": owner.label,
        "labelPlural": f"{owner.label}s",
        "keyPrefix": owner.prefix,
        "custom": owner.name.endswith("__c"),
        "customSetting": False,
        "deprecatedAndHidden": False,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def _field(found: Field) -> dict[str, Any]:
    writable = not found.has("readonly")
    return {
        "name": found.name,
        "label": found.name.removesuffix("__c").replace("_", " "),
        "type": found.type,
        "soapType": "xsd:double" if found.type in NUMBERS else SOAP_TYPES.get(found.type, "xsd:string"),
        "length": found.length,
        "byteLength": found.length * 3,
        "precision": found.precision,
        "scale": found.scale,
        "digits": 0,
        "nillable": not found.has("required") and found.type not in {"boolean", "id"},
        "createable": writable,
        "updateable": writable,
        "calculated": False,
        "compoundFieldName": None,
        "custom": found.custom,
        "externalId": found.has("external"),
        "idLookup": found.has("external") or found.name == "Id",
        "unique": found.has("unique"),
        "filterable": True,
        "sortable": True,
        "groupable": True,
        "restrictedPicklist": found.has("restricted"),
        "picklistValues": [
            {"value": value, "label": value, "active": True, "defaultValue": False} for value in found.values
        ],
        "referenceTo": [found.to] if found.to else [],
        "relationshipName": found.parent or None,
        "defaultedOnCreate": found.type == "boolean",
        "nameField": found.name == "Name",
    }
