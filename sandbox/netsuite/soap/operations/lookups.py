"""What may stand in a field, what is in stock, what is a currency worth? The account's look-ups (netsuite.md 2.4)."""

from datetime import UTC, datetime

from lxml import etree

from sandbox.netsuite.checks import family_of
from sandbox.netsuite.customizations import of_sort
from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import Field, record_type, record_types
from sandbox.netsuite.naming import display_name
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.answers import core, named_ref, refused_result, result
from sandbox.netsuite.soap.call import Call
from sandbox.netsuite.soap.faults import too_many
from sandbox.netsuite.soap.reading import child, local
from sandbox.netsuite.soap.tongue import wrapped
from sandbox.netsuite.store import Stored
from sandbox.netsuite.transactions.rates import rate_on

_AVAILABILITY_LIMIT = 10_000  # netsuite.md 2.5
_PAGE = 1000
_INVENTORY = frozenset(
    {"inventoryItem", "lotNumberedInventoryItem", "serializedInventoryItem", "assemblyItem", "kitItem"}
)


def saved_searches(call: Call) -> str:
    """List saved searches: the account has none."""
    inner = core("totalRecords", 0) + "<platformCore:recordRefList/>"
    return wrapped(call.tongue, "getSavedSearch", result("getSavedSearchResult", inner))


def customization_ids(call: Call) -> str:
    """List what is the account's own of one sort: fields, lists, record types."""
    sort = call.needed("customizationType").get("getCustomizationType") or ""
    found = of_sort(sort)
    listed = "".join(
        f'<platformCore:customizationRef internalId="{one.internal_id}" type="{one.sort}" scriptId="{one.script_id}">'
        f"{core('name', one.label)}</platformCore:customizationRef>"
        for one in found
    )
    inner = (
        core("totalRecords", len(found))
        + f"<platformCore:customizationRefList>{listed}</platformCore:customizationRefList>"
    )
    return wrapped(call.tongue, "getCustomizationId", result("getCustomizationIdResult", inner))


def select_values(call: Call) -> str:
    """List what may stand in a select field of a record or of its lines."""
    name = "getSelectValueResult"
    wish = call.needed("fieldDescription")
    try:
        field = _described(wish)
    except Refused as refused:
        return wrapped(call.tongue, "getSelectValue", refused_result(name, refused))
    values = [pair for pair in _values(call, field) if _meets(wish, pair[1])]
    index = max(call.number("pageIndex"), 1)
    listed = "".join(named_ref("platformCore:baseRef", *pair) for pair in values[(index - 1) * _PAGE : index * _PAGE])
    figures = core("totalRecords", len(values)) + core("totalPages", -(-len(values) // _PAGE))
    inner = f"{figures}<platformCore:baseRefList>{listed}</platformCore:baseRefList>"
    return wrapped(call.tongue, "getSelectValue", result(name, inner))


def _described(wish: etree._Element) -> Field:
    texts = {local(one): (one.text or "").strip() for one in wish}
    kind = record_types().get(texts.get("recordType", "").lower())
    if kind is not None and texts.get("sublist"):
        sublist = kind.by_soap.get(texts["sublist"]) or kind.by_soap.get(f"{texts['sublist']}List")
        kind = record_type(sublist.target) if sublist is not None and sublist.kind == "l" else None
    field = kind.by_soap.get(texts.get("field", "")) if kind else None
    if field is None or field.kind not in "@er":
        raise Refused(
            "INVALID_FIELD_FOR_RCRD_TYP", f"The field {texts.get('field')} is no select field of this record."
        )
    return field


def _values(call: Call, field: Field) -> list[tuple[str, str]]:
    """Give (id, name) of all that a field may hold."""
    if field.kind == "e":
        return [(rest, soap) for soap, rest in enumeration(field.target).rest.items()]
    family = family_of(field.target)
    if not family:
        return []
    kind = record_types().get(field.target.lower())
    found = call.account.store.page((family, kind.name), _PAGE, 0) if kind else call.account.store.every(family)
    return [(str(one.id), display_name(one)) for one in found if not one.doc.get("isInactive")]


def _meets(wish: etree._Element, name: str) -> bool:
    sieve = child(wish, "filter")
    value = child(sieve, "filterValue") if sieve is not None else None
    if sieve is None or value is None:
        return True
    low, wanted = name.lower(), (value.text or "").lower()
    return {"is": low == wanted, "startsWith": low.startswith(wanted)}.get(sieve.get("operator") or "", wanted in low)


def item_availability(call: Call) -> str:
    """Tell what is in stock of items; what nothing is kept of has zero."""
    wish = child(call.needed("itemAvailabilityFilter"), "item")
    references = list(wish) if wish is not None else []
    if len(references) > _AVAILABILITY_LIMIT:
        raise too_many(_AVAILABILITY_LIMIT)
    found = [item for item in (_item(call, one) for one in references) if item is not None and item.type in _INVENTORY]
    listed = "".join(map(_stock, found))
    inner = f"<platformCore:itemAvailabilityList>{listed}</platformCore:itemAvailabilityList>" if listed else ""
    return wrapped(call.tongue, "getItemAvailability", result("getItemAvailabilityResult", inner))


def _item(call: Call, reference: etree._Element) -> Stored | None:
    store = call.account.store
    if internal := reference.get("internalId"):
        return store.by_id("item", internal)
    return store.by_external("item", reference.get("externalId") or "")


def _stock(item: Stored) -> str:
    figures = ("quantityOnHand", "quantityOnOrder", "quantityCommitted", "quantityBackOrdered", "quantityAvailable")
    rows = "".join(core(name, item.doc.get(name) or 0) for name in figures)
    named = named_ref("platformCore:item", item.id, item.name, item.type)
    return f"<platformCore:itemAvailability>{named}{rows}</platformCore:itemAvailability>"


def currency_rates(call: Call) -> str:
    """Tell what currencies are worth on a day, today unless one is named."""
    wish = call.needed("currencyRateFilter")
    base, source, day = (child(wish, name) for name in ("baseCurrency", "fromCurrency", "effectiveDate"))
    moment = _moment(day) if day is not None else call.account.now()
    store = call.account.store
    every = {str(one.id): one.name for one in store.every("currency")}
    bases = [str(base.get("internalId"))] if base is not None else ["1"]
    sources = [str(source.get("internalId"))] if source is not None else [key for key in every if key not in bases]
    rows = [
        f"<platformCore:currencyRate>{named_ref('platformCore:baseCurrency', to, every[to])}"
        f"{named_ref('platformCore:fromCurrency', key, every[key])}"
        f"{core('exchangeRate', f'{rate_on(store, to, key, moment.date().isoformat()):f}')}"
        f"{core('effectiveDate', moment.strftime('%Y-%m-%dT00:00:00.000Z'))}</platformCore:currencyRate>"
        for to in bases for key in sources if to in every and key in every
    ]  # fmt: skip
    inner = f"<platformCore:currencyRateList>{''.join(rows)}</platformCore:currencyRateList>"
    return wrapped(call.tongue, "getCurrencyRate", result("getCurrencyRateResult", inner))


def _moment(element: etree._Element) -> datetime:
    read = datetime.fromisoformat((element.text or "").strip())
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def budget_rates(call: Call) -> str:
    """Tell the rates that budgets are consolidated by: the account keeps none."""
    name = "getBudgetExchangeRateResult"
    period = call.needed("budgetExchangeRateFilter")
    wanted = child(period, "period")
    found = call.account.store.by_id("accountingPeriod", wanted.get("internalId") or "") if wanted is not None else None
    if found is None:
        return wrapped(
            call.tongue, "getBudgetExchangeRate", refused_result(name, Refused("INVALID_ACCT_PRD", "Invalid period."))
        )
    return wrapped(call.tongue, "getBudgetExchangeRate", result(name, ""))


def posting_summary(call: Call) -> str:
    """Sum up what was posted: the account keeps no ledger behind its transactions, so there is nothing to sum."""
    figures = {"totalRecords": 0, "pageSize": _PAGE, "totalPages": 0, "pageIndex": 1, "operationId": "none"}
    inner = "".join(core(name, value) for name, value in figures.items())
    answer = result("getPostingTransactionSummaryResult", inner)
    return wrapped(call.tongue, "getPostingTransactionSummary", answer)
