"""How is a contract numbered, when does it end, and what does its status mean?"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from sandbox.salesforce.saving import Saving

DIGITS = 8
CODES = {"Draft": "Draft", "In Approval Process": "InApproval", "Activated": "Activated"}


def number(saving: Saving) -> None:
    """Give a new contract its number."""
    if saving.creating:
        saving.values["ContractNumber"] = str(saving.store.count_up("ContractNumber") + 99).zfill(DIGITS)


def derive(saving: Saving) -> None:
    """Fill the status code, and the last day from the first day and the months it runs."""
    values = saving.values
    values["StatusCode"] = CODES.get(str(values.get("Status")), "Draft")
    if values.get("StartDate") and values.get("ContractTerm"):
        values["EndDate"] = _end(date.fromisoformat(values["StartDate"]), int(values["ContractTerm"])).isoformat()


def _end(begins: date, months: int) -> date:
    year, month = divmod(begins.month - 1 + months, 12)
    year, month = begins.year + year, month + 1
    return date(year, month, min(begins.day, calendar.monthrange(year, month)[1])) - timedelta(days=1)
