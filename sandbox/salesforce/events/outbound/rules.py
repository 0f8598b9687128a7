"""Which changes are told to which endpoint? Rules that the control API sets, kept in the org's state."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.query import Condition, Query, parse
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

WISHES = ("object", "fields", "url", "when", "session", "becoming")


class RuleRefused(ValueError):
    """A rule makes no sense; the message says why."""


@dataclass(frozen=True)
class Rule:
    """One outbound message: an object's `fields` go to `url` when a changed record meets `when`, a SOQL condition.

    `session` sends a session id along, to https endpoints alone; `becoming` tells only changes that made the condition
    true; `instance` is the org's own address as the endpoint shall know it.
    """

    id: str
    object: str
    fields: tuple[str, ...]
    url: str
    when: str = ""
    session: bool = False
    becoming: bool = False
    instance: str = ""

    @property
    def owner(self) -> SObject:
        """Return the object that the rule is about."""
        return objects()[self.object.lower()]

    def query(self, record: str) -> Query:
        """Return the question whether a record meets the condition."""
        asked = parse(f"SELECT Id FROM {self.object} WHERE Id = '{record}'")  # noqa: S608 — SOQL, parsed, of our own words
        if not self.when:
            return asked
        wanted = parse(f"SELECT Id FROM {self.object} WHERE {self.when}")  # noqa: S608 — SOQL, which is parsed
        return replace(asked, where=Condition("and", (asked.where, wanted.where)))


class Rules:
    """The rules of one org."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sqlite3.Connection = store.connection
        self._connection.execute("CREATE TABLE IF NOT EXISTS outbound_rule (id TEXT PRIMARY KEY, kept TEXT NOT NULL)")
        self._by_id: dict[str, Rule] = {}
        self.recall()

    def recall(self) -> None:
        """Read the rules from the state."""
        rows = self._connection.execute("SELECT * FROM outbound_rule ORDER BY rowid")
        self._by_id = {key: _rule(json.loads(kept)) for key, kept in rows}

    def all(self) -> list[Rule]:
        """Return all rules, the oldest first."""
        return list(self._by_id.values())

    def get(self, rule_id: str) -> Rule | None:
        """Return a rule by its id."""
        return self._by_id.get(rule_id)

    def of(self, name: str) -> list[Rule]:
        """Return the rules of an object."""
        return [rule for rule in self._by_id.values() if rule.object == name]

    def add(self, wish: Mapping[str, Any], instance: str) -> Rule:
        """Add a rule; raise RuleRefused when it makes no sense."""
        rule = _read(wish, instance)
        self._try(rule)
        with self._store.writing():
            found = self._connection.execute("SELECT COUNT(*), MAX(rowid) FROM outbound_rule").fetchone()
            made = replace(rule, id=make_id("04k", (found[1] or 0) + 1))
            self._connection.execute("INSERT INTO outbound_rule VALUES (?, ?)", (made.id, json.dumps(asdict(made))))
        self._by_id[made.id] = made
        return made

    def remove(self, rule_id: str | None) -> None:
        """Remove a rule, or all; what waits for it is given up."""
        for key in [rule_id] if rule_id else list(self._by_id):
            self._by_id.pop(key, None)
            self._connection.execute("DELETE FROM outbound_rule WHERE id = ?", (key,))

    def meets(self, rule: Rule, record: str) -> bool:
        """Tell whether a record meets a rule's condition now, in the open transaction."""
        return bool(self._store.rows(self._store.plan(rule.query(record))))

    def _try(self, rule: Rule) -> None:
        try:
            self.meets(rule, make_id(rule.owner.prefix, 0))
        except Refused as refused:
            raise RuleRefused(f"when: {refused.message}") from refused


def _rule(kept: dict[str, Any]) -> Rule:
    return Rule(**{**kept, "fields": tuple(kept["fields"])})


def _read(wish: Mapping[str, Any], instance: str) -> Rule:
    unknown = sorted(set(wish) - set(WISHES))
    if unknown:
        raise RuleRefused(f"unknown {', '.join(unknown)}; known: {', '.join(WISHES)}")
    owner = objects().get(str(wish.get("object", "")).lower())
    if owner is None:
        raise RuleRefused(f"object: there is no {wish.get('object')}")
    url = urlsplit(str(wish.get("url", "")))
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise RuleRefused("url: expected http://… or https://…")
    names = _names(owner, wish.get("fields", ["Id"]))
    flags = {name: bool(wish.get(name, False)) for name in ("session", "becoming")}
    return Rule("", owner.name, names, url.geturl(), _condition(wish.get("when", "")), instance=instance, **flags)


def _names(owner: SObject, wished: Any) -> tuple[str, ...]:
    if not isinstance(wished, list):
        raise RuleRefused("fields: expected a list of names")
    missing = [name for name in wished if str(name).lower() not in owner.fields]
    if missing:
        raise RuleRefused(f"fields: {owner.name} has no {', '.join(map(str, missing))}")
    return tuple(owner.fields[str(name).lower()].name for name in wished)


def _condition(wished: Any) -> str:
    """Return a condition as SOQL; `{"StageName": "Closed Won"}` means that each field has its value."""
    if isinstance(wished, Mapping):
        return " AND ".join(f"{name} = {_literal(value)}" for name, value in wished.items())
    return str(wished or "")


def _literal(value: Any) -> str:
    if value is None or isinstance(value, bool | int | float):
        return "null" if value is None else str(value).lower()
    quoted = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"
