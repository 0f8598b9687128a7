"""What follows when a subscription, a line or a change order is saved? Line records, statuses, renewals, charges."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.subscriptions.building import settle
from sandbox.netsuite.subscriptions.dates import end_of_term
from sandbox.netsuite.transactions.amounts import ZERO

# What an action makes of a line, and in which statuses the line must be for it.
_ACTIONS = {
    "ACTIVATE": ("ACTIVE", {"DRAFT", "PENDING_ACTIVATION"}),
    "SUSPEND": ("SUSPENDED", {"ACTIVE"}),
    "REACTIVATE": ("ACTIVE", {"SUSPENDED"}),
    "TERMINATE": ("TERMINATED", {"ACTIVE", "SUSPENDED"}),
}
_OWN = (
    "item",
    "isIncluded",
    "billingMode",
    "subscriptionLineType",
    "lineNumber",
    "startDate",
    "endDate",
    "catalogType",
)
_RENEWED = ("startDate", "endDate", "idNumber", "renewalNumber", "salesOrder", "activeTotalContractValue")


class Following:
    """Carries SuiteBilling's records along with the one that was saved."""

    def __init__(self, store: Store, save: Callable[[Stored], None]) -> None:
        self._store = store
        self._save = save
        self._work: dict[str, Callable[[Stored, Document], None]] = {
            "subscription": self._subscription,
            "subscriptionLine": self._line,
            "subscriptionChangeOrder": self._change_order,
        }

    def follow(self, record: Stored, old: Document) -> None:
        """Do what a saved record asks for; most ask for nothing."""
        if work := self._work.get(record.type):
            work(record, old)

    def forget(self, record: Stored) -> None:
        """Remove a subscription's lines with it; a line does not go alone."""
        if record.type == "subscriptionLine":
            raise refusals.line_of_subscription()
        for row in record.doc.get("subscriptionLine") or () if record.type == "subscription" else ():
            found = self._store.by_id("subscriptionLine", row.get("subscriptionLine") or 0)
            if found is not None:
                self._store.delete(found)

    def _subscription(self, record: Stored, _old: Document) -> None:
        """Give every row a line record, and keep it in step."""
        for row in record.doc["subscriptionLine"]:
            number = row.get("subscriptionLine") or self._store.next_id("subscriptionLine")
            row["subscriptionLine"] = number
            doc = {name: row[name] for name in _OWN if row.get(name) is not None}
            doc["subscription"] = {"id": str(record.id)}
            doc["subscriptionPlan"] = record.doc["subscriptionPlan"]
            doc["subscriptionLineStatus"] = row["status"]
            doc["recurringAmount"] = _amount(record.doc, row)
            found = self._store.by_id("subscriptionLine", number)
            whole = {**(found.doc if found else {}), **doc}
            name = f"{record.name} : {row['lineNumber']}"
            made = found.created if found else record.modified
            self._save(Stored("subscriptionLine", "subscriptionLine", number, None, name, made, record.modified, whole))
        self._store.save(record)

    def _line(self, record: Stored, old: Document) -> None:
        """Take a line's change into its subscription."""
        subscription = self._store.by_id("subscription", (record.doc.get("subscription") or {"id": 0})["id"])
        if subscription is None or not old:
            raise refusals.line_of_subscription()
        changed = self._copy(subscription)
        for row in changed.doc["subscriptionLine"]:
            if row.get("subscriptionLine") == record.id:
                row.update({name: record.doc[name] for name in _OWN if record.doc.get(name) is not None})
                row["status"] = record.doc.get("subscriptionLineStatus", row["status"])
        settle(self._store, changed.doc)
        self._save(changed)

    def _change_order(self, record: Stored, old: Document) -> None:
        doc = record.doc
        if old or doc.get("approvalStatus") not in {None, "APPROVED"}:
            return
        found = self._store.by_id("subscription", (doc.get("subscription") or {"id": 0})["id"])
        if found is None:
            raise refusals.missing("Subscription", "subscription")
        subscription = self._copy(found)
        day = doc.get("effectiveDate") or subscription.doc["startDate"]
        if doc["action"] == "RENEW":
            self._renew(subscription, doc)
        elif doc["action"] == "MODIFY_PRICING":
            self._reprice(subscription, doc, day)
        else:
            self._act(subscription, doc, day)

    def _copy(self, record: Stored) -> Stored:
        """Give a record whose rows may be changed: what the store holds stays as it was saved."""
        rows = {name: [dict(row) for row in record.doc[name]] for name in ("subscriptionLine", "priceInterval")}
        return replace(record, doc={**record.doc, **rows})

    def _done(self, subscription: Stored) -> None:
        subscription.doc["subscriptionRevision"] = int(subscription.doc.get("subscriptionRevision") or 0) + 1
        settle(self._store, subscription.doc)
        self._save(subscription)
        self._subscription(subscription, {})

    def _act(self, subscription: Stored, order: Document, day: str) -> None:
        status, before = _ACTIONS[order["action"]]
        rows = [row for row in _chosen(subscription.doc, order) if row["status"] in before]
        if not rows:
            words = f"No subscription line can take the action {order['action']}."
            raise refusals.Refused("USER_ERROR", words, "subLine")
        for row in rows:
            row["status"] = status
            row["terminationDate" if status == "TERMINATED" else "startDate"] = day
        self._done(subscription)
        if order["action"] == "ACTIVATE":
            self._charge(subscription, rows, day)

    def _reprice(self, subscription: Stored, order: Document, day: str) -> None:
        """Add an interval from the day on for each line that gets a new price, quantity or discount."""
        intervals: list[Document] = subscription.doc["priceInterval"]
        for change in order.get("subLine") or ():
            number = str(change.get("sequence") or "")
            own = [one for one in intervals if str(one.get("subscriptionPlanLineNumber")) == number]
            last = own[-1] if own else None
            if last is None or change.get("apply") is False:
                continue
            names = {"pricePlanNew": "pricePlan", "quantityNew": "quantity", "discountNew": "discount"}
            new = {own: change[name] for name, own in names.items() if change.get(name) is not None}
            intervals.append({**last, **new, "id": len(intervals) + 1, "startDate": day})
        self._done(subscription)

    def _renew(self, subscription: Stored, order: Document) -> None:
        doc = subscription.doc
        term = self._store.by_id("subscriptionTerm", _reference(order, doc, "renewalTerm", "defaultRenewalTerm"))
        start = date.fromisoformat(doc.get("endDate") or doc["startDate"]) + timedelta(days=1)
        end = order.get("renewalEndDate") or end_of_term(start, term.doc if term else {})
        if order.get("renewalMethod", doc.get("defaultRenewalMethod")) == "EXTEND_EXISTING_SUBSCRIPTION":
            doc["endDate"] = str(end) if end else None
            self._done(subscription)
            return
        fresh = {name: value for name, value in doc.items() if name not in _RENEWED}
        fresh.update(startDate=start.isoformat(), endDate=str(end) if end else None)
        fresh.update(renewalNumber=int(doc.get("renewalNumber") or 0) + 1, billingSubscriptionStatus="DRAFT")
        fresh["idNumber"] = f"SUB{self._store.next('subscription', 10001)}"
        fresh["subscriptionLine"] = [
            {**row, "status": "DRAFT", "subscriptionLine": None, "startDate": start.isoformat()}
            for row in doc["subscriptionLine"]
        ]
        fresh["priceInterval"] = [{**row, "startDate": start.isoformat()} for row in doc["priceInterval"]]
        settle(self._store, fresh)
        number, moment = self._store.next_id("subscription"), subscription.modified
        made = Stored("subscription", "subscription", number, None, subscription.name, moment, moment, fresh)
        self._save(made)
        self._subscription(made, {})

    def _charge(self, subscription: Stored, rows: list[Document], day: str) -> None:
        """Charge what is due on activation: one-time lines, and recurring ones in advance."""
        doc = subscription.doc
        for row in rows:
            amount = _amount(doc, row)
            if amount == ZERO or row["subscriptionLineType"] == "3" or row["billingMode"] == "IN_ARREARS":
                continue
            quantity = Decimal(str(row.get("quantity") or 1))
            charge: dict[str, Any] = {
                "billTo": doc["customer"], "billingAccount": doc.get("billingAccount"), "stage": "READY",
                "use": "ACTUAL", "chargeDate": day, "amount": amount, "quantity": quantity, "rate": amount / quantity,
                "billingItem": row.get("item"), "currency": doc.get("currency"), "description": subscription.name,
                "subscriptionLine": {"id": str(row["subscriptionLine"])},
            }  # fmt: skip
            number = self._store.next_id("charge")
            kept = {name: value for name, value in charge.items() if value is not None}
            moment = subscription.modified
            self._save(Stored("charge", "charge", number, None, f"CHG{number}", moment, moment, kept))


def _chosen(doc: Document, order: Document) -> list[Document]:
    """Give the lines a change order means: those it applies to, or all that are included."""
    told = {str(row.get("sequence")) for row in order.get("subLine") or () if row.get("apply") is not False}
    rows: list[Document] = doc["subscriptionLine"]
    return [row for row in rows if row.get("isIncluded") and (not told or str(row["lineNumber"]) in told)]


def _amount(doc: Document, row: Document) -> Decimal:
    """Give what a line costs each time, under its last interval."""
    number = row["lineNumber"]
    own = [one for one in doc["priceInterval"] if one.get("subscriptionPlanLineNumber") == number]
    return Decimal(str(own[-1]["recurringAmount"])) if own else ZERO


def _reference(order: Document, doc: Document, *names: str) -> str:
    """Give the id of the first reference there is: of the order, then of the subscription, then its first term."""
    found = order.get(names[0]) or doc.get(names[1]) or doc.get("initialTerm") or {"id": ""}
    return str(found["id"])
