"""How does a SuiteQL query become one for SQLite? Parsed as Oracle's dialect, checked, and rewritten node by node."""

from dataclasses import dataclass
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite
from sqlglot.errors import SqlglotError

VIEWS = frozenset({"transaction", "transactionline", "customer", "item", "currency", "subsidiary", "term", "employee"})
_MOMENTS = frozenset({"lastmodifieddate", "createddate", "datecreated", "trandate", "startdate", "enddate"})


class _Bracketed(SQLite):
    """SQLite with names in brackets: an unknown name in double quotes it would take for a text."""

    class Tokenizer(SQLite.Tokenizer):
        """Names stand in brackets."""

        IDENTIFIERS: ClassVar = [("[", "]")]


class BadQuery(ValueError):
    """The query cannot be answered; the text says why, as SuiteQL would."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A query for SQLite and the names of its columns; `None` in place of names means all of a table's."""

    sql: str
    names: tuple[str, ...] | None


def _parsed(query: str) -> exp.Query:
    try:
        tree = sqlglot.parse(query, read="oracle")
    except SqlglotError as error:
        raise BadQuery(f"Search error occurred: Invalid or unsupported search. Detailed message: {error}") from error
    if len(tree) != 1 or not isinstance(tree[0], exp.Query):
        raise BadQuery("Search error occurred: Invalid or unsupported search. Only one SELECT is taken.")
    return tree[0]


def _viewed(table: exp.Table, own: set[str]) -> None:
    name = table.name.lower()
    if name in own:
        return
    if name not in VIEWS or table.args.get("db"):
        raise BadQuery(f"Search error occurred: Record '{table.name}' was not found.")
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
    table.set("this", exp.to_identifier(f"ql_{name}"))


def _custom(column: exp.Column) -> exp.Expression:
    """Read a custom field out of the document: a reference gives its id, a check box T or F."""
    owner = f'"{column.table}".' if column.table else ""
    path = f"'$.{column.name.lower()}'"
    text = (
        f"CASE JSON_TYPE({owner}doc, {path}) WHEN 'true' THEN 'T' WHEN 'false' THEN 'F' WHEN 'object' "
        f"THEN JSON_EXTRACT({owner}doc, {path[:-1]}.id') ELSE JSON_EXTRACT({owner}doc, {path}) END"
    )
    return exp.Paren(this=sqlglot.parse_one(text, read="sqlite"))


def _display(call: exp.Dot) -> exp.Expression:
    arguments = call.expression.expressions
    if call.expression.name.upper() != "DF" or len(arguments) != 1:
        raise BadQuery(f"Search error occurred: Function '{call.sql()}' is not supported.")
    name = exp.Literal.string(arguments[0].name.lower())
    return exp.Anonymous(this="ns_df", expressions=[name, arguments[0]])


def _call(name: str, *arguments: exp.Expression | None) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[one if one is not None else exp.Null() for one in arguments])


def _rewritten(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Dot) and node.this.name.upper() == "BUILTIN":
        return _display(node)
    if isinstance(node, exp.ToChar):
        return _call("ns_to_char", node.this, node.args.get("format"))
    if isinstance(node, exp.StrToTime | exp.StrToDate):
        name = "ns_to_moment" if isinstance(node, exp.StrToTime) else "ns_to_day"
        return _call(name, node.this, node.args.get("format"))
    if isinstance(node, exp.Sum):
        return _call("ns_sum", node.this)
    if isinstance(node, exp.Column) and node.name.lower().startswith("cust") and "_" in node.name:
        return _custom(node)
    return node


def _projected(query: exp.Query) -> tuple[str, ...] | None:
    """Name the columns, and show bare dates the way the account's format does."""
    names = []
    for place, one in enumerate(query.selects, 1):
        if one.is_star:
            return None
        inner = one.unalias()
        own = inner.name if isinstance(inner, exp.Column) else f"expr{place}"
        names.append((one.alias or own).lower())
        if isinstance(inner, exp.Column) and inner.name.lower() in _MOMENTS:
            one.replace(exp.alias_(_call("ns_shown", inner.copy()), names[-1], quoted=True))
    return tuple(names)


def translate(query: str) -> Translated:
    """Translate a query, or raise `BadQuery`."""
    tree = _parsed(query)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        _viewed(table, own)
    names = _projected(tree)
    return Translated(tree.transform(_rewritten).sql(_Bracketed, identify=True), names)
