"""What is in every org from its first day? Its own record, its user, currencies and the standard price book."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.ids import ORGANIZATION, PROFILE, STANDARD_BOOK, USER, make_id
from sandbox.salesforce.model import objects
from sandbox.salesforce.samples import samples
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp

RATES = {"USD": ("1", "2"), "EUR": ("0.92", "2"), "GBP": ("0.79", "2"), "CAD": ("1.36", "2"), "JPY": ("147.5", "0")}
CONVERTED = "Closed - Converted"
PLACE = {"TimeZoneSidKey": "GMT", "LanguageLocaleKey": "en_US"}


def stock(store: Store) -> None:
    """Put the standard records into an org that has none."""
    with store.writing():
        for kind, values in _records():
            owner = objects()[kind.lower()]
            if store.get(owner, values["Id"]) is None:
                store.insert(owner, values | _system(store))


def _records() -> list[tuple[str, dict[str, Any]]]:
    organization = {"Id": ORGANIZATION, "Name": "Isthmus Demo", "OrganizationType": "Developer Edition", "Country": "US",
                    "IsSandbox": "true", "DefaultCurrencyIsoCode": "USD", "FiscalYearStartMonth": "1", "UiSkin": "Theme3",
                    "InstanceName": "CS1", "DefaultLocaleSidKey": "en_US"}  # fmt: skip
    user = {"Id": USER, "Username": "integration@isthmus.example", "LastName": "Integration", "Name": "Integration",
            "Email": "integration@isthmus.example", "Alias": "integ", "IsActive": "true", "UserType": "Standard",
            "ProfileId": PROFILE, "CurrencyIsoCode": "USD", "DefaultCurrencyIsoCode": "USD", "LocaleSidKey": "en_US",
            "EmailEncodingKey": "UTF-8"}  # fmt: skip
    return [
        ("Organization", _filled("organization", organization | PLACE)),
        ("User", user | PLACE),
        ("Profile", {"Id": PROFILE, "Name": "System Administrator", "UserType": "Standard"}),
        ("Pricebook2", {"Id": STANDARD_BOOK, "Name": "Standard Price Book", "IsActive": "true", "IsStandard": "true",
                        "IsArchived": "false"}),
        *_currencies(),
        *_lead_statuses(),
        *samples(STANDARD_BOOK),
    ]  # fmt: skip


def _currencies() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("CurrencyType", {"Id": make_id("01L", number), "IsoCode": code, "ConversionRate": rate, "DecimalPlaces": places,
                          "IsActive": "true", "IsCorporate": str(code == "USD").lower()})
        for number, (code, (rate, places)) in enumerate(RATES.items(), start=1)
    ]  # fmt: skip


def _lead_statuses() -> list[tuple[str, dict[str, Any]]]:
    """Return the lead statuses of the picklist; one of them is a converted lead's."""
    labels = objects()["lead"].fields["status"].values
    return [
        ("LeadStatus", {"Id": make_id("01J", number), "MasterLabel": label, "ApiName": label, "SortOrder": str(number),
                        "IsDefault": str(number == 1).lower(), "IsConverted": str(label == CONVERTED).lower()})
        for number, label in enumerate(labels, start=1)
    ]  # fmt: skip


def _filled(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    flags = [found.name for found in objects()[kind].fields.values() if found.type == "boolean"]
    return dict.fromkeys(flags, "false") | values


def _system(store: Store) -> dict[str, Any]:
    now = stamp(store.now())
    times = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    return times | {"CreatedById": USER, "LastModifiedById": USER, "IsDeleted": "false"}
