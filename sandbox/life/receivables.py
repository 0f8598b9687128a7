"""How does money come in, and what goes wrong with it? Payments for one or several invoices, credits, voids."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sandbox.life.chance import Chance
from sandbox.life.erp import Erp

OPEN = (
    "SELECT id, entity, currency, foreignamountunpaid FROM transaction "
    "WHERE type = 'CustInvc' AND status = 'A' ORDER BY id"
)
PAID_LATER, IN_PART, CREDITED = 0.3, 0.1, 0.05
Row = Mapping[str, str]


class Receivables:
    """The invoices' side of a stretch; `when` names the stretch in draws."""

    def __init__(self, erp: Erp, chance: Chance, when: str) -> None:
        self._erp = erp
        self._chance = chance
        self._when = when

    def live(self) -> None:
        """Take money in: one payment for each customer and currency whose turn it is."""
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in self._erp.ask(OPEN):
            if self._chance.happens(f"unpaid/{row['id']}/{self._when}", PAID_LATER):
                continue
            if self._chance.happens(f"credit/{row['id']}", CREDITED):
                groups[f"credit {row['id']}", ""] = [row]
            else:
                groups.setdefault((row["entity"], row["currency"]), []).append(row)
        self._erp.each(self._settle, list(groups.values()))

    def _settle(self, rows: list[Row]) -> None:
        first = rows[0]["id"]
        if self._chance.happens(f"credit/{first}", CREDITED):
            self._erp.make("invoices credited", ("invoice", first), "creditMemo", {})
        elif len(rows) == 1 and not self._chance.happens(f"part/{first}/{self._when}", IN_PART):
            self._erp.make("invoices paid", ("invoice", first), "customerPayment", {})
        else:
            self._pay_together(rows)

    def _pay_together(self, rows: list[Row]) -> None:
        """Pay several invoices at once; of a single one, the half."""
        amounts = {row["id"]: Decimal(row["foreignamountunpaid"]) for row in rows}
        if len(rows) == 1:
            amounts = {key: (due / 2).quantize(Decimal(1)) for key, due in amounts.items() if due > 1}
        if not amounts:
            return
        applied = [{"doc": {"id": key}, "apply": True, "amount": str(due)} for key, due in amounts.items()]
        self._erp.create(
            "payments for several invoices" if len(rows) > 1 else "invoices paid in part",
            "customerPayment",
            {
                "customer": {"id": rows[0]["entity"]},
                "currency": {"id": rows[0]["currency"]},
                "payment": str(sum(amounts.values())),
                "apply": {"items": applied},
            },
        )
