"""How does a SuiteQL query become one for SQLite? Parsed as Oracle's dialect, checked, and rewritten node by node."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite
from sqlglot.errors import SqlglotError
from sqlglot.transforms import eliminate_join_marks

from sandbox.netsuite.suiteql.folding import spread
from sandbox.netsuite.suiteql.rewriting import CODED, DISPLAYED, BadQuery, Rewriter, call
from sandbox.netsuite.suiteql.tables import Column, Table, tables

_MARK = f"ql{secrets.token_hex(8)}_"  # stands for a table until the text is made; no query can know it
_INVALID = "Search error occurred: Invalid or unsupported search."
_HIDDEN = frozenset({"external_key"})


class _Bracketed(SQLite):
    """SQLite with names in brackets: an unknown name in double quotes it would take for a text."""

    class Tokenizer(SQLite.Tokenizer):
        """Names stand in brackets."""

        IDENTIFIERS: ClassVar = [("[", "]")]


@dataclass(frozen=True, slots=True)
class Translated:
    """A query for SQLite: its text (and that without its order, for counting), its columns' names (None: a table's own).

    `dated` tells which columns are dates, `sources` which names there are, `count` how many parameters.
    """

    sql: str
    unordered: str
    names: tuple[str, ...] | None
    dated: frozenset[int]
    sources: str
    count: int
    limited: bool


def _numbered(query: str) -> tuple[str, int]:
    """Name the parameters by their place, so that they keep it whatever is moved."""
    places = [token for token in sqlglot.tokenize(query, read="oracle") if token.token_type.name == "PLACEHOLDER"]
    for number, token in reversed(list(enumerate(places, 1))):
        query = f"{query[: token.start]}:p{number}{query[token.end + 1 :]}"
    return query, len(places)


def _parsed(query: str) -> tuple[exp.Query, int]:
    try:
        text, count = _numbered(query.strip().rstrip(";"))
        tree = sqlglot.parse(text, read="oracle")
    except (SqlglotError, RecursionError) as error:
        first = str(error).partition("\n")[0]
        raise BadQuery(f"{_INVALID} {first}") from error
    if len(tree) != 1 or not isinstance(tree[0], exp.Query):
        raise BadQuery(_INVALID)
    return tree[0], count


def _by_row_number(select: exp.Select) -> None:
    """Turn `ROWNUM <= n` into a limit, and ROWNUM in a column into a number of rows."""
    where = select.args.get("where")
    for part in (
        list(where.this.flatten()) if where and isinstance(where.this, exp.And) else [where.this] if where else []
    ):
        if isinstance(part, exp.LT | exp.LTE | exp.EQ) and _is_rownum(part.this) and part.expression.is_int:
            limit = int(part.expression.name) - isinstance(part, exp.LT)
            part.replace(exp.true())
            select.limit(limit, copy=False)
    for node in list(select.find_all(exp.Column, exp.Pseudocolumn)):
        if _is_rownum(node) and node.parent_select is select:
            order = select.args.get("order")
            node.replace(exp.Window(this=exp.RowNumber(), over="OVER", order=order.copy() if order else None))


def _by_the_column(select: exp.Select) -> None:
    """Order by the date itself where it is ordered by its text, year first: the same order, but an index has it."""
    written = {one.alias.lower(): one.this for one in select.selects if isinstance(one, exp.Alias)}
    source = select.args.get("from_")
    order = select.args.get("order")
    if source is None or order is None or select.args.get("group") or select.args.get("distinct"):
        return
    for one in order.expressions:
        text = written.get(one.this.name.lower()) if isinstance(one.this, exp.Column) and not one.this.table else None
        if isinstance(text, exp.ToChar) and isinstance(text.this, exp.Column) and _falls_in_order(text):
            column = text.this.copy()
            if not column.table and not select.args.get("joins"):
                column.set("table", exp.to_identifier(source.this.alias_or_name))
            if column.table:
                one.set("this", column)


def _falls_in_order(text: exp.ToChar) -> bool:
    form = text.args.get("format")
    return isinstance(form, exp.Literal) and form.name.upper().startswith("YYYY-MM-DD HH24:MI:SS")


def _in_order(tree: exp.Query, found: dict[str, Table]) -> None:
    """Give the rows of one table by id where no order is asked for; an index would give them by any other."""
    settled = ("order", "joins", "group", "distinct", "limit", "offset", "having")
    source = tree.args.get("from_")
    if not isinstance(tree, exp.Select) or source is None or any(tree.args.get(name) for name in settled):
        return
    alias = source.this.alias_or_name
    table = found.get(alias.lower())
    if table is None or "id" not in table.columns or tree.find(exp.AggFunc, exp.Window):
        return
    tree.order_by(exp.column("id", table=alias), copy=False)


def _is_rownum(node: exp.Expression) -> bool:
    return isinstance(node, exp.Column | exp.Pseudocolumn) and node.name.upper() == "ROWNUM"


class _Sources:
    """The tables of one query, each under the name it goes by."""

    def __init__(self, tree: exp.Query) -> None:
        self._own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        stars = [star for star in tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count)]
        self._every = bool(stars)
        self._names = {"id"} | {column.name.lower() for column in tree.find_all(exp.Column)}
        self._shown = {
            dot.expression.expressions[0].name.lower()
            for dot in tree.find_all(exp.Dot)
            if dot.expression.name.upper() == "DF" and dot.expression.expressions
        }
        self.found: dict[str, Table] = {}
        self.texts: dict[str, str] = {}

    def place(self, node: exp.Table) -> None:
        """Put the twin's source in a table's place."""
        if not isinstance(node.this, exp.Identifier) or node.args.get("db"):
            raise BadQuery(f"Invalid search type: {node.sql()}.")
        name = node.name.lower()
        if name in self._own:
            return
        table = tables().get(name)
        if table is None:
            raise BadQuery(f"Invalid search type: {node.name}.")
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
        self.found[node.alias.lower()] = table
        mark = f"{_MARK}{name}"
        self.texts.setdefault(mark, self._text(table))
        node.set("this", exp.to_identifier(mark))

    def _text(self, table: Table) -> str:
        names = set(table.columns) - _HIDDEN if self._every else set()
        columns = {name: column for name in sorted(names | self._names) if (column := table.column(name))}
        parts = [f"{column.sql} AS [{name}]" for name, column in columns.items()]
        shown = {name: column for name in sorted(self._shown) if (column := table.column(name))}
        parts += [f"{_display(table, name, column)} AS [{name}{DISPLAYED}]" for name, column in shown.items()]
        if "status" in columns:
            code = f"{table.columns['type'].sql} || ':' || " if table.name == "transaction" else ""
            parts.append(f"{code}{columns['status'].sql} AS [status{CODED}]")
        where = f" WHERE {table.where}" if table.where else ""
        return f"(SELECT {', '.join(parts) or '1 AS [nothing]'} FROM {table.source}{where})"  # noqa: S608 — all of it from our own tables

    def written(self, tree: exp.Query) -> str:
        """Write the query out, the sources in their places."""
        text = tree.sql(_Bracketed, identify=True)
        for mark, source in self.texts.items():
            text = text.replace(f"[{mark}]", source)
        return text

    def check(self, tree: exp.Query) -> None:
        """Refuse a qualified name that its table has not."""
        for column in tree.find_all(exp.Column):
            table = self.found.get(column.table.lower())
            if table and not isinstance(column.this, exp.Star) and table.column(column.name.lower()) is None:
                raise BadQuery(f"Search error occurred: Unknown identifier '{column.name}'. {self.words}")

    @property
    def words(self) -> str:
        """Say which names there are."""
        inside = ", ".join(f"{alias}={table.name}" for alias, table in self.found.items())
        return f"Available identifiers are: {{{inside}}}."


def _display(table: Table, name: str, column: Column) -> str:
    if name == "status" and table.name == "transaction":
        return f"ns_status(r.type, {column.sql})"
    if name == "type" and table.name == "transaction":
        return "ns_typename(r.type)"
    if column.kind == "b":
        return f"CASE {column.sql} WHEN 'T' THEN 'Yes' WHEN 'F' THEN 'No' END"
    word = {"@": "ns_df", "e": "ns_words"}.get(column.kind, "")
    return f"{word}('{column.target}', {column.sql})" if word and column.target else column.sql


def _projected(query: exp.Query, rewriter: Rewriter) -> tuple[tuple[str, ...] | None, frozenset[int]]:
    """Name the columns, and tell which of them are dates."""
    names, dated = [], set()
    for place, one in enumerate(query.selects):
        if one.is_star:
            return None, frozenset()
        inner = one.unalias()
        own = inner.name if isinstance(inner, exp.Column) and not _is_rownum(inner) else f"expr{place + 1}"
        names.append((one.alias or own).lower())
        if isinstance(inner, exp.Expression) and rewriter.is_date(inner):
            dated.add(place)
    return tuple(names), frozenset(dated)


def _joined(tree: exp.Query) -> exp.Query:
    """Write Oracle's `(+)` as outer joins."""
    made = eliminate_join_marks(tree)
    if not isinstance(made, exp.Query):
        raise BadQuery(_INVALID)
    return made


@lru_cache(maxsize=256)
def translate(query: str) -> Translated:
    """Translate a query, or raise `BadQuery`."""
    tree, count = _parsed(query)
    if any(column.args.get("join_mark") for column in tree.find_all(exp.Column)):
        tree = _joined(tree)
    sources, rewriter = _Sources(tree), Rewriter()
    rewriter.learn(tree.find_all(exp.Alias))
    names, dated = _projected(tree, rewriter)
    for table in list(tree.find_all(exp.Table)):
        sources.place(table)
    sources.check(tree)
    for select in list(tree.find_all(exp.Select)):
        _by_row_number(select)
        _by_the_column(select)
    _in_order(tree, sources.found)
    limited = bool(tree.args.get("limit") or tree.args.get("offset"))
    rewriter.rewrite(tree)
    text = spread(sources.written(tree))
    if not limited:
        tree.set("order", None)
    return Translated(text, spread(sources.written(tree)), names, dated, sources.words, count, limited)


__all__ = ["BadQuery", "Translated", "call", "translate"]
