"""How is a word looked for in many objects at once? SOSL's FIND, and its parameters without a language (salesforce.md 1.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.model import Field, SObject
from sandbox.salesforce.org import Org
from sandbox.salesforce.query import parse
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.render import Renderer

FIND = re.compile(
    r"\s*FIND\s*\{(?P<term>(?:[^}\\]|\\.)*)\}(?:\s+IN\s+(?P<group>\w+)\s+FIELDS)?"
    r"(?:\s+RETURNING\s+(?P<returning>.*?))?(?:\s+WITH\s+.*?)?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
RETURNED = re.compile(r"\s*(\w+)\s*(?:\(((?:[^()]|\([^()]*\))*)\))?\s*(?:,|$)", re.DOTALL)
GROUPS: dict[str, Callable[[Field], bool]] = {
    "name": lambda found: found.has("namefield"),
    "email": lambda found: found.type == "email",
    "phone": lambda found: found.type == "phone",
    "all": lambda found: found.type in {"string", "email", "phone", "url"} and not found.has("hidden"),
}
ANYWHERE = ("Account", "Contact", "Lead", "Opportunity", "Product2")
MOST, SHORTEST = 2000, 2


@dataclass(frozen=True)
class Wish:
    """A word, the group of fields to look in, what to return of which object, and how many in all."""

    term: str
    group: str
    returning: tuple[tuple[str, str, str], ...]  # object, fields, the clauses behind them
    limit: int


@dataclass
class Search:
    """The search resources of one org."""

    org: Org

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/search", ["GET"], self.find),
            ("/parameterizedSearch", ["GET"], self.find_by_parameters),
            ("/parameterizedSearch", ["POST"], self.find_by_body),
        ]

    async def find(self, request: Request) -> Response:
        """Answer `GET search?q=FIND {…}`."""
        return self._answer(request, _read(request.query_params.get("q", "")))

    async def find_by_parameters(self, request: Request) -> Response:
        """Answer `GET parameterizedSearch?q=…&sobject=…&X.fields=…`."""
        asked = request.query_params
        names = asked.getlist("sobject") or list(ANYWHERE)
        fields = asked.get("fields", "Id")
        returning = tuple((name, asked.get(f"{name}.fields", fields), "") for name in names)
        wish = Wish(asked.get("q", ""), asked.get("in", "ALL").lower(), returning, _number(asked.get("overallLimit")))
        return self._answer(request, wish)

    async def find_by_body(self, request: Request) -> Response:
        """Answer `POST parameterizedSearch`."""
        asked = await body_of(request)
        wanted = asked.get("sobjects") or [{"name": name} for name in ANYWHERE]
        common = asked.get("fields", ["Id"])
        returning = tuple((one["name"], ",".join(one.get("fields", common)), _clauses(one)) for one in wanted)
        limit = _number(asked.get("overallLimit"))
        return self._answer(
            request, Wish(str(asked.get("q", "")), str(asked.get("in", "ALL")).lower(), returning, limit)
        )

    def _answer(self, request: Request, wish: Wish) -> Response:
        if len(wish.term.replace("*", "").replace("?", "").strip()) < SHORTEST:
            words = "search term must be longer than one character: " + wish.term
            raise Refused("MALFORMED_SEARCH", words)
        records = [record for part in wish.returning for record in self._found(request, wish, part)]
        return JSONResponse({"searchRecords": records[: wish.limit]})

    def _found(self, request: Request, wish: Wish, part: tuple[str, str, str]) -> Iterator[dict[str, Any]]:
        kind, fields, clauses = part
        owner = self.org.object(kind)
        columns = _columns(owner, wish.group)
        if not columns:
            return
        text = _likened(wish.term)
        where, rest = _parted(clauses)
        terms = " OR ".join(f"{column} LIKE '{text}'" for column in columns)
        condition = f"({terms}) AND ({where})" if where else terms
        query = parse(f"SELECT {fields or 'Id'} FROM {owner.name} WHERE {condition} {rest}")  # noqa: S608 — SOQL, which is parsed
        built = self.org.store.plan(query)
        rows = self.org.store.some_rows(built, wish.limit)
        yield from Renderer(self.org.store, built, query, version_of(request)).records(rows)


def _read(text: str) -> Wish:
    matched = FIND.fullmatch(text)
    if matched is None:
        raise Refused("MALFORMED_SEARCH", f"No search term found. The search term must be enclosed in braces: {text}")
    returning = tuple(_returned(matched["returning"])) if matched["returning"] else ()
    parts = returning or tuple((name, "Id", "") for name in ANYWHERE)
    return Wish(
        re.sub(r"\\(.)", r"\1", matched["term"]), (matched["group"] or "all").lower(), parts, _number(matched["limit"])
    )


def _returned(text: str) -> Iterator[tuple[str, str, str]]:
    for matched in RETURNED.finditer(text):
        inside = matched[2] or "Id"
        cut = re.search(r"\s+(WHERE|ORDER\s+BY|LIMIT|OFFSET|USING)\s", inside, re.IGNORECASE)
        at = cut.start() if cut else len(inside)
        yield matched[1], inside[:at], inside[at:]


def _columns(owner: SObject, group: str) -> list[str]:
    fits = GROUPS.get(group, GROUPS["all"])
    return [found.name for found in owner.fields.values() if fits(found)]


def _likened(term: str) -> str:
    """Return a search term as a LIKE pattern: words may stand anywhere, `*` and `?` are wild."""
    kept = term.strip().strip('"').replace("\\", "").replace("%", "\\%").replace("_", "\\_").replace("'", "\\'")
    return f"%{kept.replace('*', '%').replace('?', '_')}%"


def _parted(clauses: str) -> tuple[str, str]:
    matched = re.match(r"\s*WHERE\s(.*?)(\s(?:ORDER\s+BY|LIMIT|OFFSET)\s.*)?$", clauses, re.IGNORECASE | re.DOTALL)
    return (matched[1], matched[2] or "") if matched else ("", clauses)


def _clauses(wanted: dict[str, Any]) -> str:
    where = f" WHERE {wanted['where']}" if wanted.get("where") else ""
    return where + (f" LIMIT {int(wanted['limit'])}" if wanted.get("limit") else "")


def _number(limit: Any) -> int:
    return min(int(limit), MOST) if str(limit or "").isdigit() else MOST
