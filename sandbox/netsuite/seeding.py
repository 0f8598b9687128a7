"""Which records does an account have before anyone writes one? The standard lists of `lists.yaml`, and its periods."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

import yaml

from sandbox.netsuite.account import Account
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.wish import Wish

_FIRST_YEAR, _LAST_YEAR = 2015, 2034
_MONTHS, _QUARTERS = 12, 4


def _exact(value: Any) -> Any:
    """Give decimals for the floats that YAML reads."""
    if isinstance(value, dict):
        return {name: _exact(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_exact(one) for one in value]
    return Decimal(str(value)) if isinstance(value, float) else value


def _lists() -> dict[str, dict[int, Document]]:
    text = resources.files(__package__).joinpath("lists.yaml").read_text("utf-8")
    lists: dict[str, dict[int, Document]] = _exact(yaml.load(text, yaml.CSafeLoader))
    return lists


def _span(year: int, first: int, count: int) -> Document:
    last = first + count - 1
    end = date(year, last, monthrange(year, last)[1])
    return {"startDate": date(year, first, 1).isoformat(), "endDate": end.isoformat()}


def _periods() -> Iterator[tuple[int, Document]]:
    """Give the fiscal calendar, the calendar's: years, their quarters, and their months."""
    number = 1
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        top, number = number, number + 1
        yield top, {"periodName": f"FY {year}", "isYear": True, **_span(year, 1, _MONTHS)}
        for quarter in range(_QUARTERS):
            above, number = number, number + 1
            quarterly = {"periodName": f"Q{quarter + 1} {year}", "isQuarter": True, "parent": {"id": str(top)}}
            yield above, {**quarterly, **_span(year, 3 * quarter + 1, 3)}
            for month in range(3 * quarter + 1, 3 * quarter + 4):
                name = f"{date(year, month, 1):%b %Y}"
                yield number, {"periodName": name, "parent": {"id": str(above)}, **_span(year, month, 1)}
                number += 1


def seed(account: Account) -> None:
    """Write the standard lists that are not there yet."""
    lists: dict[str, Any] = {**_lists(), "accountingPeriod": dict(_periods())}
    with account.store.call():
        for name, records in lists.items():
            kind = record_type(name)
            for number, fields in records.items():
                if account.store.by_id(kind.family, number) is None:
                    account.load(Wish(kind, dict(fields)), number)


def start_over(account: Account) -> None:
    """Empty the account down to its standard lists."""
    with account.store.call():
        account.store.empty()
    seed(account)
