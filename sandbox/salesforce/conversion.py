"""What becomes of a lead that is converted? An account, a contact and perhaps an opportunity, made or filled from it.

Rules of the partner API's `convertLead`: what exists already is filled where it is empty, what is made belongs to the
lead's owner, and the lead is read-only from then on. The org's own lead fields are mapped by name to the account, as an
administrator maps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.changes import Change
from sandbox.salesforce.model import objects
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.times import end_of_quarter

Values = Mapping[str, Any]
PLACE = ("Street", "City", "State", "PostalCode", "Country")
TO_ACCOUNT = {
    "Company": "Name", "LeadSource": "AccountSource",
    **{name: name for name in ("Phone", "Fax", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees", "Rating")},
    **{name: f"Billing{name}" for name in PLACE},
}  # fmt: skip
TO_CONTACT = {
    **{name: name for name in ("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "Fax",
                               "LeadSource", "Description")},
    **{name: f"Mailing{name}" for name in PLACE},
}  # fmt: skip
LONGEST_NAME = 120
FIRST_STAGE = "Prospecting"
UNITED = {"Account": "accountRecord", "Contact": "contactRecord", "Opportunity": "opportunityRecord"}


def convert(org: Org, wish: Values) -> dict[str, str | None]:
    """Convert one lead inside the caller's transaction; return the ids of what it became."""
    lead = org.existing(objects()["lead"], str(wish.get("leadId") or ""))
    _guard(org, lead, wish)
    account = _made_or_filled(org, "Account", wish, _mapped(lead, TO_ACCOUNT) | _own(lead), lead)
    person = _mapped(lead, TO_CONTACT) | {"AccountId": account}
    contact = _made_or_filled(org, "Contact", wish, person, lead)
    if _says(wish, "overwriteLeadSource") and lead["LeadSource"]:
        org.change(objects()["contact"], contact, {"LeadSource": lead["LeadSource"]})
    opportunity = _opportunity(org, wish, lead, account)
    if opportunity:
        _play_a_role(org, opportunity, contact)
    _move_tasks(org, str(lead["Id"]), contact)
    became = {"ConvertedAccountId": account, "ConvertedContactId": contact, "ConvertedOpportunityId": opportunity}
    _close(org, lead, str(wish["convertedStatus"]), became)
    return {"accountId": account, "contactId": contact, "opportunityId": opportunity}


def _guard(org: Org, lead: Values, wish: Values) -> None:
    if lead["IsConverted"] == "true":
        raise Refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields=[])
    status = str(wish.get("convertedStatus") or "")
    known = org.store.where(objects()["leadstatus"], "MasterLabel", status)
    if not any(one["IsConverted"] == "true" for one in known):
        raise Refused("INVALID_STATUS", f"invalid convertedStatus: {status}", fields=["Status"])
    if wish.get("contactId"):
        _guard_contact(org, wish)
    if wish.get("opportunityName") and _says(wish, "doNotCreateOpportunity"):
        words = "opportunityName must be blank when doNotCreateOpportunity is true"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=["opportunityName"])


def _guard_contact(org: Org, wish: Values) -> None:
    """A contact is filled together with its own account."""
    if not wish.get("accountId"):
        raise Refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [accountId]", fields=["accountId"])
    account = org.existing(objects()["account"], str(wish["accountId"]))
    contact = org.existing(objects()["contact"], str(wish["contactId"]))
    if contact["AccountId"] != account["Id"]:
        words = "the contact is not associated with the specified account"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=["contactId"])


def _made_or_filled(org: Org, kind: str, wish: Values, mapped: Values, lead: Values) -> str:
    """Return the id of the record that the caller names, filled where it is empty, or else of a new one."""
    owner, named = objects()[kind.lower()], wish.get(f"{kind.lower()}Id")
    fitting = {name: value for name, value in mapped.items() if name.lower() in owner.fields}
    given = dict(wish.get(UNITED[kind]) or {})
    if not named:
        owned = {"OwnerId": wish.get("ownerId") or lead["OwnerId"], "CurrencyIsoCode": lead["CurrencyIsoCode"]}
        return org.create(owner, {**owned, **fitting, **given})
    before = org.existing(owner, str(named))
    lacking = {name: value for name, value in fitting.items() if before.get(name) is None} | given
    if lacking:
        org.change(owner, str(before["Id"]), lacking)
    return str(before["Id"])


def _opportunity(org: Org, wish: Values, lead: Values, account: str) -> str | None:
    named = bool(wish.get("opportunityId"))
    if _says(wish, "doNotCreateOpportunity") and not named:
        return None
    deal = {
        "Name": wish.get("opportunityName") or str(lead["Company"])[:LONGEST_NAME],
        "AccountId": account, "StageName": FIRST_STAGE, "LeadSource": lead["LeadSource"],
        "CloseDate": end_of_quarter(org.store.now().date()).isoformat(),
    }  # fmt: skip
    return _made_or_filled(org, "Opportunity", wish, deal, lead)


def _play_a_role(org: Org, opportunity: str, contact: str) -> None:
    owner = objects()["opportunitycontactrole"]
    known = org.store.where(owner, "OpportunityId", opportunity)
    if all(role["ContactId"] != contact for role in known):
        primary = all(role["IsPrimary"] != "true" for role in known)
        org.create(owner, {"OpportunityId": opportunity, "ContactId": contact, "IsPrimary": primary})


def _move_tasks(org: Org, lead: str, contact: str) -> None:
    for task in org.store.where(objects()["task"], "WhoId", lead):
        org.change(objects()["task"], str(task["Id"]), {"WhoId": contact})


def _close(org: Org, lead: Values, status: str, became: Mapping[str, str | None]) -> None:
    """Mark the lead as converted, past the rule that guards converted ones."""
    owner, today = objects()["lead"], org.store.now().date().isoformat()
    ended = {"IsConverted": "true", "ConvertedDate": today, "Status": status, "IsUnreadByOwner": "false"}
    after = {**lead, **ended, **became, **org.touched()}
    org.store.insert(owner, after)
    org.announce(Change(owner, "UPDATE", str(lead["Id"]), lead, after))


def _mapped(lead: Values, names: Mapping[str, str]) -> dict[str, Any]:
    return {to: lead[name] for name, to in names.items() if lead.get(name) is not None}


def _own(lead: Values) -> dict[str, Any]:
    return {name: value for name, value in lead.items() if name.endswith("__c") and value not in {None, "false"}}


def _says(wish: Values, name: str) -> bool:
    return str(wish.get(name) or "").lower() in {"true", "1"}
