"""Do subscriptions live over REST: from plan and price book, through change orders, to charges and renewal?"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.netsuite_twin import Twin, running

_TIERS = [
    {"fromVal": 0, "pricingOption": {"id": "-101"}, "value": 10},
    {"fromVal": 5, "pricingOption": {"id": "-101"}, "value": 8},
]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _post(twin: Twin, kind: str, body: dict[str, Any]) -> str:
    answer = twin.record("POST", kind, body)
    assert answer.status_code == 204, answer.text
    return answer.headers["Location"].rsplit("/", 1)[1]


def _read(twin: Twin, path: str) -> Any:
    return twin.record("GET", f"{path}?expandSubResources=true&simpleEnumFormat=true").json()


@pytest.fixture(scope="module")
def base(twin: Twin) -> dict[str, Any]:
    """Make a plan of a recurring and a one-time service, with prices."""
    members = [
        {"item": {"id": "7"}, "isRequired": True, "subscriptionLineType": "2", "renewalOption": "ALWAYS"},
        {"item": {"id": "8"}, "isRequired": False, "subscriptionLineType": "1"},
    ]
    plan = _post(twin, "subscriptionPlan", {"itemId": "CARE", "initialTerm": {"id": 1}, "member": {"items": members}})
    tiered = _post(twin, "pricePlan", {"currency": {"id": "1"}, "pricePlanType": "2", "priceTiers": {"items": _TIERS}})
    once = {"currency": {"id": "1"}, "priceplantype": "2", "pricetiers": {"items": [{"fromval": 0, "value": 99.5}]}}
    single = _post(twin, "priceplan", once)
    intervals = [
        {"subscriptionPlanLineNumber": 1, "pricePlan": {"id": tiered}, "frequency": "MONTHLY", "repeatEvery": "1"},
        {"subscriptionPlanLineNumber": 2, "pricePlan": {"id": single}, "frequency": "ONETIME", "repeatEvery": "0"},
    ]
    book = {"subscriptionPlan": {"id": plan}, "name": "Standard", "priceInterval": {"items": intervals}}
    account = {"customer": {"id": "501"}, "startDate": "2026-01-01", "billingSchedule": {"id": "1"}}
    return {
        "customer": 501,
        "subscriptionPlan": int(plan),
        "priceBook": int(_post(twin, "priceBook", book)),
        "billingAccount": int(_post(twin, "billingAccount", account)),
        "initialTerm": {"id": 1},
        "startDate": "2026-01-01",
    }


def _lines(record: Any) -> list[tuple[int, str]]:
    return [(row["lineNumber"], row["status"]) for row in record["subscriptionLine"]["items"]]


def test_a_subscription_takes_its_lines_from_the_plan_and_its_prices_from_the_book(twin: Twin, base: Any) -> None:
    number = _post(twin, "subscription", {**base, "externalId": "SF-SUB-1", "autoRenewal": True})
    read = _read(twin, f"subscription/{number}")
    assert (read["name"], read["endDate"], read["billingSubscriptionStatus"]) == ("CARE - Acme", "2026-12-31", "DRAFT")
    assert _lines(read) == [(1, "DRAFT"), (2, "NOT_INCLUDED")]
    assert [row["recurringAmount"] for row in read["priceInterval"]["items"]] == [10, 99.5]
    assert (read["pendingTotalContractValue"], read["activeTotalContractValue"]) == (120, 0)
    more = {"subscriptionLine": {"items": [{"lineNumber": 2, "isIncluded": True}]}}
    more["priceInterval"] = {"items": [{"subscriptionPlanLineNumber": 1, "quantity": 7, "discount": 50}]}
    assert twin.record("PATCH", f"subscription/{number}", more).status_code == 204
    read = _read(twin, f"subscription/{number}")
    assert _lines(read) == [(1, "DRAFT"), (2, "DRAFT")]
    assert [row["recurringAmount"] for row in read["priceInterval"]["items"]] == [33, 99.5]


def test_a_change_order_activates_charges_suspends_and_ends(twin: Twin, base: Any) -> None:
    number = _post(twin, "subscription", base)
    line = _read(twin, f"subscription/{number}")["subscriptionLine"]["items"][0]["subscriptionLine"]
    statuses = []
    for action in ("ACTIVATE", "SUSPEND", "REACTIVATE", "TERMINATE"):
        order = {"action": action, "subscription": {"id": number}, "effectiveDate": "2026-02-01"}
        _post(twin, "subscriptionChangeOrder", order)
        whole, own = _read(twin, f"subscription/{number}"), _read(twin, f"subscriptionLine/{line}")
        statuses.append((whole["billingSubscriptionStatus"], own["subscriptionLineStatus"]))
    assert statuses == [(one, one) for one in ("ACTIVE", "SUSPENDED", "ACTIVE", "TERMINATED")]
    charges = [_read(twin, f"charge/{one['id']}") for one in twin.record("GET", "charge").json()["items"]]
    own = [one for one in charges if one["subscriptionLine"]["id"] == str(line)]
    assert [(one["amount"], one["chargeDate"], one["stage"]) for one in own] == [(10, "2026-02-01", "READY")]
    again = twin.record("POST", "subscriptionChangeOrder", {"action": "SUSPEND", "subscription": {"id": number}})
    assert (again.status_code, again.json()["o:errorDetails"][0]["o:errorPath"]) == (400, "subLine")


def test_new_prices_hold_from_their_day_and_a_renewal_begins_after_the_end(twin: Twin, base: Any) -> None:
    number = _post(twin, "subscription", base)
    lines = {"items": [{"sequence": "1", "apply": True, "quantityNew": 10}]}
    order = {
        "action": "MODIFY_PRICING",
        "subscription": {"id": number},
        "effectiveDate": "2026-07-01",
        "subLine": lines,
    }
    _post(twin, "subscriptionChangeOrder", order)
    intervals = _read(twin, f"subscription/{number}")["priceInterval"]["items"]
    assert [(row["startDate"], row["recurringAmount"]) for row in intervals if row["lineNumber"] == 1] == [
        ("2026-01-01", 10), ("2026-07-01", 90),
    ]  # fmt: skip
    before = twin.record("GET", "subscription").json()["totalResults"]
    renewal = {"action": "RENEW", "subscription": {"id": number}, "renewalMethod": "CREATE_NEW_SUBSCRIPTION"}
    _post(twin, "subscriptionChangeOrder", renewal)
    page = twin.record("GET", "subscription").json()
    fresh = _read(twin, f"subscription/{page['items'][-1]['id']}")
    assert page["totalResults"] == before + 1
    assert (fresh["startDate"], fresh["endDate"], fresh["renewalNumber"]) == ("2027-01-01", "2027-12-31", 1)
    _post(twin, "subscriptionChangeOrder", {**renewal, "renewalMethod": "EXTEND_EXISTING_SUBSCRIPTION"})
    assert _read(twin, f"subscription/{number}")["endDate"] == "2027-12-31"


def test_a_line_changes_its_subscription_and_goes_with_it_alone(twin: Twin, base: Any) -> None:
    number = _post(twin, "subscription", base)
    line = _read(twin, f"subscription/{number}")["subscriptionLine"]["items"][0]["subscriptionLine"]
    status = {"subscriptionLineStatus": "PENDING_ACTIVATION"}
    assert twin.record("PATCH", f"subscriptionLine/{line}", status).status_code == 204
    assert _lines(_read(twin, f"subscription/{number}"))[0] == (1, "PENDING_ACTIVATION")
    assert twin.record("POST", "subscriptionLine", {"subscription": {"id": number}}).status_code == 400
    assert twin.record("DELETE", f"subscriptionLine/{line}").status_code == 400
    assert twin.record("DELETE", f"subscription/{number}").status_code == 204
    assert twin.record("GET", f"subscriptionLine/{line}").status_code == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [({"subscriptionPlan": {"id": "7"}}, "subscriptionPlan"), ({"initialTerm": None}, "initialTerm")],
)
def test_a_subscription_wants_a_plan_and_a_term(twin: Twin, base: Any, change: Any, path: str) -> None:
    answer = twin.record("POST", "subscription", {**base, **change})
    assert (answer.status_code, answer.json()["o:errorDetails"][0]["o:errorPath"]) == (400, path)
