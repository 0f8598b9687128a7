"""Where in the tables does a field of a record stand? Names of fields to columns and paths into documents, as SQL."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count

from sandbox.netsuite.checks import family_of
from sandbox.netsuite.fields import Field, record_type, record_types
from sandbox.netsuite.naming import field_of as naming
from sandbox.netsuite.operators import Column, Unsearchable

_COLUMNS = {
    "internalId": ("id", "#"), "id": ("id", "#"), "externalId": ("external_key", "x"), "recordType": ("type", "s"),
    "createdDate": ("created", "t"), "dateCreated": ("created", "t"), "lastModifiedDate": ("modified", "t"),
}  # fmt: skip
_PARTY = {"entity", "customer"}  # both name a transaction's party
_OF_TRANSACTIONS = {  # what has a column of its own
    "entity": ("party", "#"), "customer": ("party", "#"), "status": ("status", "s"), "tranDate": ("day", "d"),
}  # fmt: skip


@dataclass
class Scope:
    """Where field names are looked up: the record types in question, and the alias of their table or line."""

    family: str
    fields: dict[str, Field]
    alias: str
    names: Iterator[int] = field(default_factory=count)
    line: bool = False

    def value(self, name: str, kind: str = "") -> str:
        """Give the SQL of a value in the document or line; of a reference, its id."""
        path = ".".join(f'"{part}"' for part in name.replace('"', "").split("."))
        ending = ".id" if kind == "@" else ""
        source = f"{self.alias}.value" if self.line else f"{self.alias}.doc"
        return f"json_extract({source}, '$.{path}{ending}')"

    def key(self, name: str) -> str:
        """Give the SQL of the internal id that a reference holds, as a number."""
        own = name in _PARTY and self.family == "transaction" and not self.line
        return f"{self.alias}.party" if own else f"CAST({self.value(name, '@')} AS INTEGER)"

    def next(self) -> str:
        """Give an alias that no other part of the query has."""
        return f"t{next(self.names)}"


@cache
def fields_of(family: str) -> dict[str, Field]:
    """Give every field of a group's record types by its name; the first type that has it decides its kind."""
    every: dict[str, Field] = {}
    for kind in record_types().values():
        if kind.family == family:
            every = {**kind.by_name, **every}
    return every


def field_of(family: str, name: str) -> Field | None:
    """Give the field at the end of a dotted name; None for one that has a column of its own, or is none."""
    fields = fields_of(family)
    *heads, last = name.split(".")
    for head in heads:
        known = fields.get(head)
        if known is None:
            return None
        fields = fields_of(family_of(known.target)) if known.kind == "@" else record_type(_part(known)).by_name
    return fields.get(last)


def knows(family: str, name: str) -> bool:
    """Say whether records of a group can have a value at a dotted name."""
    *heads, last = name.split(".")
    return (not heads and last in _COLUMNS) or name.startswith("cust") or field_of(family, name) is not None


def column_of(scope: Scope, name: str) -> Column:
    """Give the column of a field, or raise `Unsearchable`."""
    if not scope.line and name in _COLUMNS:
        column, kind = _COLUMNS[name]
        return Column(name, f"{scope.alias}.{column}", kind)
    if not scope.line and name == naming(scope.family):
        return Column(name, f"{scope.alias}.name", "s")
    if not scope.line and scope.family == "transaction" and name in _OF_TRANSACTIONS:
        column, letter = _OF_TRANSACTIONS[name]
        return Column(name, f"{scope.alias}.{column}", letter)
    known = scope.fields.get(name)
    if known is not None:
        return _typed(scope, name, known)
    if name.lower().startswith("cust") and name.replace("_", "").isalnum():
        return Column(name, f"coalesce({scope.value(name.lower(), '@')}, {scope.value(name.lower())})", "s")
    raise Unsearchable(name, f"there is no field {name}")


def nested(scope: Scope, head: Field, rest: str) -> Column:
    """Give the column of a field inside an address or another object of the record."""
    known = record_type(_part(head)).by_name.get(rest)
    if known is None:
        raise Unsearchable(rest, f"{head.name} has no field {rest}")
    return _typed(scope, f"{head.name}.{rest}", known)


def _typed(scope: Scope, name: str, known: Field) -> Column:
    if known.kind == "t":
        return Column(name, f"replace(replace({scope.value(name)}, 'T', ' '), 'Z', '')", "t")
    return Column(name, scope.value(name, known.kind), known.kind)


def _part(known: Field) -> str:
    return "address" if known.kind == "a" else known.target
