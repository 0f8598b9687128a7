"""How do the functions of SuiteQL work that SQLite has not? Formats of moments, display names, exact sums."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sandbox.netsuite.account import display_name
from sandbox.netsuite.store import Store
from sandbox.netsuite.transactions.kinds import status_in_words

# Which group a column's reference leads into, for BUILTIN.DF.
_TARGETS = {
    "entity": "entity", "currency": "currency", "subsidiary": "subsidiary", "terms": "term", "term": "term",
    "item": "item", "salesrep": "entity", "parent": "entity", "transaction": "transaction",
}  # fmt: skip
_FORMATS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}
_TOKENS = re.compile("|".join(_FORMATS), re.IGNORECASE)
_DATE = 10


def python_format(oracle: str) -> str:
    """Turn an Oracle format into Python's.

    >>> python_format("YYYY-MM-DD HH24:MI:SS")
    '%Y-%m-%d %H:%M:%S'
    """
    return _TOKENS.sub(lambda token: _FORMATS[token.group().upper()], oracle)


def to_char(value: object, form: str | None) -> str | None:
    """Write a moment, or anything else as it is, in an Oracle format."""
    if value is None:
        return None
    text = str(value)
    if form is None:
        return text
    try:
        return datetime.fromisoformat(text).strftime(python_format(form))
    except ValueError:
        return text


def to_moment(text: object, form: str) -> str | None:
    """Read a text by a Python format into `YYYY-MM-DD HH:MM:SS`, the way moments are kept."""
    return None if text is None else datetime.strptime(str(text), form).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 — UTC throughout


def to_day(text: object, form: str) -> str | None:
    """Read a text by a Python format into a date, the way dates are kept."""
    moment = to_moment(text, form)
    return moment[:_DATE] if moment else None


def as_shown(value: object) -> str | None:
    """Write a bare date or moment as the account shows it: M/D/YYYY, with no time."""
    if value is None:
        return None
    day = datetime.fromisoformat(str(value))
    return f"{day.month}/{day.day}/{day.year}"


class ExactSum:
    """SUM without floats: each value is taken by its shortest decimal text."""

    def __init__(self) -> None:
        self._total: Decimal | None = None

    def step(self, value: object) -> None:
        """Add one value; NULL counts for nothing."""
        if value is not None:
            self._total = (self._total or Decimal(0)) + Decimal(str(value))

    def finalize(self) -> str | None:
        """Give the sum as text; NULL of nothing."""
        return None if self._total is None else f"{self._total:f}"


def display_field(store: Store) -> Callable[[str, object], str | None]:
    """Make BUILTIN.DF for one account: the name of what a column refers to."""

    def named(column: str, value: object) -> str | None:
        if value is None:
            return None
        if column == "status":
            return f"Sales Order : {status_in_words('salesOrder', str(value))}"
        found = store.by_id(_TARGETS[column], str(value)) if column in _TARGETS else None
        return display_name(found) if found else str(value)

    return named
