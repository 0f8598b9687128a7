"""Does this account sell over time by orders or by subscriptions? Asked of what it has, and left open where that is unclear.

Three worlds are known (incumbents.md 3.4): orders whose lines carry dates; the vendor's contract renewals module, which
builds contracts out of orders; SuiteBilling with its plans and subscriptions.
"""

from __future__ import annotations

from connectors.netsuite.suiteql import SuiteQl
from flows.errors import Misconfigured
from flows.model import Priority
from flows.world import World

SUBSCRIPTIONS = "SELECT COUNT(*) AS n FROM subscription"
PLANS = "SELECT COUNT(*) AS n FROM item WHERE itemtype = 'SubscriPlan'"
CONTRACTS = "SELECT COUNT(*) AS n FROM customrecord_contracts"


def world_of(suiteql: SuiteQl) -> World:
    """Return the account's world; one without a name where what it has points both ways or to neither."""
    subscriptions, contracts = _count(suiteql, SUBSCRIPTIONS), _count(suiteql, CONTRACTS)
    plans = _count(suiteql, PLANS) if subscriptions is not None else 0
    if contracts is not None:
        return World(
            "", f"The account has the contract renewals module ({contracts} contracts), which renews by itself."
        )
    if subscriptions and plans:
        return World("subscriptions", f"The account has {plans} subscription plans and {subscriptions} subscriptions.")
    if plans:
        return World("", f"The account has {plans} subscription plans, but no subscription yet.")
    return World("orders", "The account has no subscription plan, so it sells over time by orders.")


def _count(suiteql: SuiteQl, query: str) -> int | None:
    """Return how many there are, None where the account has no such record type."""
    try:
        return int(suiteql.rows(query, Priority.REALTIME)[0]["n"])
    except Misconfigured as refused:
        if refused.code != "QUERY":
            raise
        return None
