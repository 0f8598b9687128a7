"""For which term does a renewal run, and under which key? Read from the contract that it renews.

A renewal begins on the day after its contract ends and runs as many months as the contract did. Its key is made of
contract and first day, so that one term of one contract is ordered once, whoever writes it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mappings.errors import Rejected
from mappings.paths import value_at
from mappings.registry import Context, transformation
from mappings.revenue.terms import ONE_DAY, Term, running
from mappings.transformations import external_id

CONTRACT = ("ContractId", "Contract.Status", "Contract.EndDate", "Contract.ContractTerm")
ACTIVE = "Activated"
CONTRACTS = "800"  # what the ids of contracts begin with
AGAIN = "the change is picked up by itself."


def contract_is_active(record: Mapping[str, Any]) -> None:
    """A renewal or amendment names a contract that is activated and ends: a draft is refused with CONTRACT_NOT_ACTIVE."""
    status = value_at(record, "Contract.Status")
    if not record.get("ContractId"):
        raise _wrong("MISSING_CONTRACT", "ContractId", None, "It names no contract.", "Choose the contract")
    if status != ACTIVE:
        words = f"The contract is {status}, so there is nothing to renew or to amend."
        raise _wrong("CONTRACT_NOT_ACTIVE", "Contract.Status", status, words, "Activate the contract")
    for name in ("EndDate", "ContractTerm"):
        if not value_at(record, f"Contract.{name}"):
            words = f"The contract has no {name}, so its next term is not known."
            raise _wrong("CONTRACT_WITHOUT_TERM", f"Contract.{name}", None, words, "Fill in the contract's term")


@transformation
def renewal_key(value: Any, _context: Context) -> str:
    """The key of a renewal, from ContractId and EndDate: 800… that ends on 2026-12-31 becomes "SF-REN-800…-2027-01-01"."""
    found = _named(value)
    return f"SF-REN-{_contract(found.get('ContractId'))}-{_begins(found)}"


@transformation
def billing_id(value: Any, context: Context) -> str:
    """Our key of an account's billing account: "001…" becomes "SF-BIL-001…"."""
    return str(external_id(value, context)).replace("SF-ACC-", "SF-BIL-")


@transformation
def subscription_id(value: Any, _context: Context) -> str:
    """Our key of a contract's subscription: "800…" becomes "SF-SUB-800…"."""
    return f"SF-SUB-{_contract(value)}"


@transformation
def renewal_start(value: Any, _context: Context) -> date:
    """The first day of the next term, from the contract's EndDate: 2026-12-31 becomes 2027-01-01."""
    return _begins(_named(value))


@transformation
def renewal_end(value: Any, _context: Context) -> date:
    """The last day of the next term, from EndDate and ContractTerm: 2026-12-31 and 12 months become 2027-12-31."""
    return _next_term(_named(value)).last


@transformation
def renewed_from(value: Any, _context: Context) -> date:
    """From when a line of a renewal runs: its own ServiceDate if it joins later, else the first day of the term."""
    found = _named(value)
    term = _next_term(found)
    joins = date.fromisoformat(str(found["ServiceDate"])) if found.get("ServiceDate") else term.first
    if not term.first <= joins <= term.last:
        words = f"The line begins on {joins}, outside the renewed term from {term.first} to {term.last}."
        raise _wrong("SERVICE_DATE_OUTSIDE_TERM", "ServiceDate", joins, words, "Correct the line's date")
    return joins


@transformation
def cotermed_from(value: Any, _context: Context) -> date | None:
    """From when an added line runs: from ServiceDate, else CloseDate; nothing where no contract's EndDate is given."""
    found = _named(value)
    if not found.get("EndDate"):
        return None
    joins = date.fromisoformat(str(found.get("ServiceDate") or found["CloseDate"]))
    if str(joins) > str(found["EndDate"]):
        words = f"The line begins on {joins}, after its contract has ended on {found['EndDate']}."
        raise _wrong("SERVICE_DATE_OUTSIDE_TERM", "ServiceDate", joins, words, "Correct the line's date")
    return joins


def _contract(value: object) -> str:
    found = str(value or "")
    if not (found.startswith(CONTRACTS) and found.isalnum()):
        raise Rejected("INVALID_ID", value=value, message=f"'{found}' is no contract's id.", hint="Correct it.")
    return found


def _next_term(found: Mapping[str, Any]) -> Term:
    return running(_begins(found), int(found["ContractTerm"]))


def _begins(found: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(found["EndDate"])) + ONE_DAY


def _named(value: Any) -> dict[str, Any]:
    """Return what was read by the last step of its path; a single value is the contract's end."""
    if not isinstance(value, Mapping):
        return {"EndDate": value}
    return {path.rpartition(".")[2]: one for path, one in value.items()}


def _wrong(code: str, field: str, value: object, message: str, remedy: str) -> Rejected:
    return Rejected(code, field=field, value=value, message=message, hint=f"{remedy} in Salesforce; {AGAIN}")
