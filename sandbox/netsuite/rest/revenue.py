"""What does the script about revenue do? It reads and holds revenue plans, which neither API exposes (netsuite.md 4.5)."""

from typing import Any

from sandbox.netsuite.refusals import no_such_record
from sandbox.netsuite.rest.ask import Ask
from sandbox.netsuite.rest.problems import Problem
from sandbox.netsuite.suiteql.query import run

_MOST = 1000
_STATUSES = frozenset({"NOTSTARTED", "ONHOLD", "INPROGRESS", "COMPLETED"})
_PLANS = (
    "SELECT id, tranid, item, sourcetransaction, revenuearrangement, status, amount, remainingdeferredbalance, "
    "recognitionmethod, revrecstartdate, revrecenddate FROM revenueplan"
)
_MONTHS = (
    "SELECT linenumber, postingperiod, startdate, enddate, amount, isrecognized FROM revenueplanplannedrevenue "
    "WHERE revenueplan = ? ORDER BY linenumber"
)


def read_plans(ask: Ask) -> Any:
    """Give the plans of an order (`order`), of an arrangement (`arrangement`), or one (`id`), each with its months."""
    for name, column in (("id", "id"), ("order", "sourcetransaction"), ("arrangement", "revenuearrangement")):
        if value := ask.query.get(name):
            plans = run(ask.account.store, f"{_PLANS} WHERE {column} = ? ORDER BY id", [value], _MOST, 0).items
            return {"plans": [{**plan, "plannedRevenue": _months(ask, plan["id"])} for plan in plans]}
    raise Problem(400, "SSS_MISSING_REQD_ARGUMENT", "Missing a required argument: id, order or arrangement")


def _months(ask: Ask, plan: str) -> list[dict[str, str]]:
    return run(ask.account.store, _MONTHS, [plan], _MOST, 0).items


def change_plan(ask: Ask) -> Any:
    """Set the status of a plan, as holding or releasing it does."""
    body = ask.json()
    number, status = (body.get("id"), body.get("status")) if isinstance(body, dict) else (None, None)
    if number is None or status not in _STATUSES:
        raise Problem(400, "SSS_MISSING_REQD_ARGUMENT", f"Missing a required argument: id and status ({_STATUSES})")
    with ask.account.store.call():
        query = "UPDATE revenue_plan SET status = ? WHERE id = ?"
        if not ask.account.store.connection.execute(query, (status, str(number))).rowcount:
            raise no_such_record()
    return {"success": True, "id": str(number), "status": status}
