"""Which schedule must a line have? A transformation, so that a flow's file names it like any other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from mappings.registry import Context, transformation
from mappings.revenue.spreading import Earning, Method, method_of, spread
from mappings.revenue.terms import Term, periods, term_of


@transformation
def revenue_schedule(value: Any, _context: Context) -> list[dict[str, Any]]:
    """What each period earns: 100.00 from January to March becomes 33.33, 33.33 and 33.34, by the rule of the item.

    Reads planned, digits, start, end, method and periods; what is handed over at once is earned on `sold_on`.
    """
    found: Mapping[str, Any] = value
    method = method_of(str(found.get("method")))
    known = {
        Term(date.fromisoformat(one["start"]), date.fromisoformat(one["end"])): one for one in found.get("periods", ())
    }
    amount, digits = Decimal(str(found["planned"])), int(found["digits"])
    earned = spread(Earning(amount, _term(found, method), method, digits), periods(known))
    return [_portion(known[one.period], one.amount) for one in earned]


def _term(found: Mapping[str, Any], method: Method) -> Term:
    start = date.fromisoformat(str(found.get("start") or found.get("sold_on")))
    end = start if method is Method.UPFRONT else date.fromisoformat(str(found.get("end") or start))
    return term_of(start, end)


def _portion(period: Mapping[str, Any], amount: Decimal) -> dict[str, Any]:
    portion: dict[str, Any] = {"period": period["name"], "amount": amount}
    return portion | {"closed": True} if period.get("closed") else portion
