"""What does one criterion of a search say? Its texts, values, references and operator, each in the words of the twin."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from lxml import etree

from sandbox.netsuite.criteria import Condition, Either, Every, Node, Not, Value
from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import country_of_soap
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.reading import local

_BEFORE = frozenset({"before", "notBefore", "onOrAfter", "notOnOrAfter"})


def bound(operator: str, days: tuple[Value, ...]) -> tuple[Value, ...]:
    """Choose the end of a span of days that an operator speaks of: `before` it means its first day, `after` its last."""
    if operator in {"on", "notOn", "is"}:
        return days
    return (days[0],) if operator in _BEFORE else (days[1],)


def texts(element: etree._Element) -> list[str]:
    """Give the texts of a criterion's values."""
    return [(one.text or "").strip() for one in element if local(one) in {"searchValue", "searchValue2"}]


def _number(text: str) -> Decimal:
    return Decimal(text)


def _moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


_VALUES: dict[str, Callable[[str], Value]] = {
    "b": lambda text: text in {"true", "1"},
    "n": _number,
    "i": _number,
    "d": _moment,
}


def value(letter: str, text: str) -> Value:
    """Read one value of a criterion's kind, or refuse it."""
    try:
        return _VALUES[letter](text) if letter in _VALUES else text
    except (ValueError, ArithmeticError) as error:
        raise Refused("INVALID_SEARCH_VALUE", f"{text} is no value for this search.") from error


def choice(operator: str, node: Node) -> Node:
    """Say that something is chosen, or by `noneOf` that it is not."""
    return Not(node) if operator == "noneOf" else node


def references(field: str, operator: str, element: etree._Element) -> Node:
    """Say that a field refers to one of the records named by internal id, or by external id."""
    named = [element] if element.get("internalId") or element.get("externalId") else list(element)
    inside = tuple(str(one.get("internalId")) for one in named if one.get("internalId"))
    outside = tuple(str(one.get("externalId")) for one in named if one.get("externalId") and not one.get("internalId"))
    if field in {"internalId", "externalId"}:
        own = tuple(one.get("externalId") or one.get("internalId") or "" for one in named)
        found: Node = Condition(field, "anyOf", inside if field == "internalId" else own)
    else:
        parts: list[Node] = [Condition(field, "anyOf", inside)] if inside else []
        parts += [Condition(f"{field}.externalId", "anyOf", outside)] if outside else []
        found = Either(tuple(parts))
    return choice(operator, found)


def of_nothing(letter: str, operator: str, words: list[str]) -> Node:
    """Compare a field that no record here has a value in."""
    if letter == "b":
        return Every() if words[:1] not in (["true"], ["1"]) else Either(())
    empty = operator == "empty" or operator.startswith(("not", "none", "isNot", "doesNot"))
    return Every() if empty and operator != "notEmpty" else Either(())


def rest_word(kind: str, target: str, word: str) -> str:
    """Give the word that documents keep for a SOAP word."""
    if kind == "y":
        return country_of_soap().get(word, word)
    return (enumeration(target).rest_id(word) or word) if kind == "e" else word
