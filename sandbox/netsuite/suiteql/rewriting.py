"""How does one node of a query become SQLite's? A table from what Oracle's dialect parses to what the twin can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from sandbox.netsuite.suiteql.relative import relative_range
from sandbox.netsuite.suiteql.tables import dates

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
_NEVER_NULL = frozenset(
    {"id", "transaction", "line", "lastmodifieddate", "createddate", "internalid", "uniquekey", "linesequencenumber"}
)
_DATED = (
    exp.CurrentTimestamp, exp.CurrentDate, exp.StrToDate, exp.StrToTime, exp.AddMonths, exp.LastDay, exp.DateTrunc,
    exp.TimestampTrunc,
)  # fmt: skip
_FIRST = (exp.Max, exp.Min, exp.Paren, exp.Coalesce, exp.Alias, exp.Add, exp.Sub, exp.Subquery, exp.Window, exp.Trunc)
_INNER: dict[type, Callable[[Any], list[Any]]] = {  # whose type is that of what they hold
    **dict.fromkeys(_FIRST, lambda node: [node.this]),
    exp.Anonymous: lambda node: node.expressions[:1] if node.name.upper() == "TRUNC" else [],
    exp.Dot: lambda node: [exp.CurrentDate()] if node.expression.name.upper() == "RELATIVE_RANGES" else [],
    exp.Case: lambda node: [one.args["true"] for one in node.args["ifs"]],
    exp.Select: lambda node: node.selects[:1],
}
_NAMES = frozenset({"tranid", "entityid", "itemid"})
_PASSED = frozenset({"CF", "CONSOLIDATE", "CURRENCY_CONVERT", "MNFILTER", "NAMED_GROUP"})
DISPLAYED, CODED = "__df", "__cf"


class BadQuery(ValueError):
    """The query cannot be answered; the text says why, as SuiteQL would."""


def call(name: str, *arguments: exp.Expression | None) -> exp.Expression:
    """Make a call of one of the twin's functions."""
    return exp.Anonymous(this=name, expressions=[one if one is not None else exp.Null() for one in arguments])


def arguments_of(node: exp.Expression, *names: str) -> list[exp.Expression | None]:
    """Give the named arguments of a node."""
    return [node.args.get(name) for name in names]


@dataclass
class Rewriter:
    """Rewrites one query; knows which of its names are dates."""

    named_dates: set[str] = field(default_factory=set)
    undated: set[str] = field(default_factory=set)

    def learn(self, aliases: Iterable[exp.Alias]) -> None:
        """Take in what the query itself calls a date, and what it does not."""
        for one in aliases:
            (self.named_dates if self.is_date(one.this) else self.undated).add(one.alias.lower())

    def is_date(self, node: exp.Expression | None) -> bool:
        """Tell whether a node gives a date, as far as its shape says."""
        if isinstance(node, exp.Column):
            name = node.name.lower()
            return name in self.named_dates or (name in dates() and name not in self.undated)
        if isinstance(node, exp.Sub) and self.is_date(node.this) and self.is_date(node.expression):
            return False
        inner = _INNER.get(type(node))
        return isinstance(node, _DATED) or (inner is not None and any(map(self.is_date, inner(node))))

    def rewrite(self, tree: exp.Query) -> None:
        """Rewrite a whole query, each node before its parts: what a part is tells how its whole is read."""
        waiting: list[Any] = [tree]
        while waiting:
            for part in list(waiting.pop().iter_expressions()):
                new = self._rewritten(part)
                if new is not part:
                    part.replace(new)
                waiting.append(new)

    def _rewritten(self, node: exp.Expression) -> exp.Expression:
        if isinstance(node, _COMPARED):
            self._dated_values(node)
        if isinstance(node, exp.EQ | exp.In) and _is_named(node):
            return _by_name(node)
        if isinstance(node, exp.Ordered) and node.this.name.lower() in _NEVER_NULL:
            node.set("nulls_first", not node.args.get("desc"))
        work = _WORK.get(type(node))
        if work is not None:
            return work(self, node)
        return node

    def _dated_values(self, node: exp.Expression) -> None:
        """Read the texts that stand beside a date as dates: `trandate >= '1/31/2026'`."""
        parts = [part for part in node.iter_expressions() if not isinstance(part, exp.Query)]
        if not any(self.is_date(part) for part in parts):
            return
        for part in parts:
            if isinstance(part, exp.Placeholder) or (isinstance(part, exp.Literal) and part.is_string):
                part.replace(call("ns_date", part.copy()))

    def arithmetic(self, node: exp.Expression) -> exp.Expression:
        """Add to and take from dates in days."""
        dated = self.is_date(node.this) or self.is_date(node.expression)
        name = "ns_plus" if isinstance(node, exp.Add) else "ns_minus"
        return call(name, node.this, node.expression) if dated else node

    def builtin(self, node: exp.Expression) -> exp.Expression:
        """Carry out BUILTIN.DF and its siblings."""
        if node.this.name.upper() != "BUILTIN":
            return node
        function, arguments = node.expression, node.expression.expressions
        name = function.name.upper()
        if name == "DF" and len(arguments) == 1:
            return _displayed(arguments[0])
        if name == "CF" and len(arguments) == 1 and arguments[0].name.lower() == "status":
            return _column(arguments[0], CODED)
        if name in _PASSED and arguments:
            return exp.Paren(this=arguments[0])
        if name == "RELATIVE_RANGES" and arguments:
            end = len(arguments) > 1 and arguments[1].name.upper() == "END"
            return relative_range(arguments[0].name, end=end)
        raise BadQuery(f"Search error occurred: Unknown function 'BUILTIN.{name}'.")

    def cast(self, node: exp.Expression) -> exp.Expression:
        """Cast to a date or a text; the other types SQLite knows."""
        wanted = node.args["to"].this
        if wanted in exp.DataType.TEMPORAL_TYPES:
            return call("ns_date", node.this)
        return call("ns_concat", node.this) if wanted in exp.DataType.TEXT_TYPES else node

    def summed(self, node: exp.Expression) -> exp.Expression:
        """Sum exactly, but in a window, where the sum must be able to shrink."""
        distinct = isinstance(node.this, exp.Distinct)
        return node if distinct or isinstance(node.parent, exp.Window) else call("ns_sum", node.this)

    def listed(self, node: exp.Expression) -> exp.Expression:
        """Write LISTAGG with its order as one aggregate."""
        group = node.this if isinstance(node, exp.WithinGroup) else node
        if not isinstance(group, exp.GroupConcat):
            return node
        value, order = group.this, node.args.get("expression") or group.find(exp.Order)
        if isinstance(value, exp.Order):
            value, order = value.this, value
        ordered = order.expressions[0] if order else None
        falls = exp.Literal.number(int(bool(ordered and ordered.args.get("desc"))))
        return call("ns_listagg", value, group.args.get("separator"), ordered.this if ordered else value.copy(), falls)

    def sibling(self, node: exp.Expression) -> exp.Expression:
        """Carry out a function that the parser does not know by itself."""
        name = _SIBLINGS.get(node.name.upper())
        return call(name, *node.expressions) if name else node


def _is_named(node: exp.EQ | exp.In) -> bool:
    """Tell whether a name is compared with texts: names have an index, but one that takes no account of case."""
    values = node.expressions if isinstance(node, exp.In) else [node.expression]
    plain = all(isinstance(one, exp.Placeholder | exp.Literal) for one in values)
    return isinstance(node.this, exp.Column) and node.this.name.lower() in _NAMES and bool(values) and plain


def _by_name(node: exp.EQ | exp.In) -> exp.Expression:
    """Compare a name twice: in any case, for the index, and exactly, for the answer."""
    loose = node.copy()
    loose.set("this", exp.Collate(this=node.this.copy(), expression=exp.Var(this="NOCASE")))
    exact = node.copy()
    exact.set("this", exp.Paren(this=node.this.copy()))
    return exp.Paren(this=exp.And(this=loose, expression=exact))


def _displayed(argument: exp.Expression) -> exp.Expression:
    return _column(argument, DISPLAYED) if isinstance(argument, exp.Column) else argument


def _column(column: exp.Expression, suffix: str) -> exp.Expression:
    return exp.column(f"{column.name.lower()}{suffix}", table=column.args.get("table"))


def _renamed(name: str, *keys: str) -> Callable[[Rewriter, exp.Expression], exp.Expression]:
    return lambda _, node: call(name, *arguments_of(node, *keys))


def _trimmed(name: str, *keys: str) -> Callable[[Rewriter, exp.Expression], exp.Expression]:
    """Like `_renamed`, absent arguments left out."""
    return lambda _, node: call(name, *(one for one in arguments_of(node, *keys) if one is not None))


def _padded(_: Rewriter, node: exp.Expression) -> exp.Expression:
    left = exp.Literal.number(int(bool(node.args.get("is_left"))))
    return call("ns_pad", *arguments_of(node, "this", "expression", "fill_pattern"), left)


def _part(_: Rewriter, node: exp.Expression) -> exp.Expression:
    return call("ns_extract", exp.Literal.string(node.this.name), node.expression)


def _joined(_: Rewriter, node: exp.Expression) -> exp.Expression:
    parts = node.expressions if isinstance(node, exp.Concat) else [node.this, node.expression]
    return call("ns_concat", *parts)


def _unit(_: Rewriter, node: exp.Expression) -> exp.Expression:
    return call("ns_trunc", node.this, exp.Literal.string(node.args["unit"].name))


_SIBLINGS = {
    "TRUNC": "ns_trunc", "ADD_MONTHS": "ns_add_months", "MONTHS_BETWEEN": "ns_months_between", "TO_DATE": "ns_date",
    "LAST_DAY": "ns_last_day", "INITCAP": "ns_initcap", "MOD": "ns_mod", "REGEXP_LIKE": "ns_regexp_like",
    "REGEXP_SUBSTR": "ns_regexp_substr", "REGEXP_REPLACE": "ns_regexp_replace", "TO_NUMBER": "ns_number",
    "TO_TIMESTAMP": "ns_date", "TO_CHAR": "ns_shown",
}  # fmt: skip
_WORK: dict[type[exp.Expression], Callable[[Rewriter, exp.Expression], exp.Expression]] = {
    exp.Dot: Rewriter.builtin,
    exp.Add: Rewriter.arithmetic,
    exp.Sub: Rewriter.arithmetic,
    exp.Cast: Rewriter.cast,
    exp.Sum: Rewriter.summed,
    exp.WithinGroup: Rewriter.listed,
    exp.GroupConcat: Rewriter.listed,
    exp.Anonymous: Rewriter.sibling,
    exp.ToChar: _renamed("ns_to_char", "this", "format"),
    exp.StrToTime: _renamed("ns_to_moment", "this", "format"),
    exp.StrToDate: _renamed("ns_to_moment", "this", "format"),
    exp.ToNumber: _renamed("ns_number", "this"),
    exp.AddMonths: _renamed("ns_add_months", "this", "expression"),
    exp.LastDay: _renamed("ns_last_day", "this"),
    exp.MonthsBetween: _renamed("ns_months_between", "this", "expression"),
    exp.DateTrunc: _unit,
    exp.TimestampTrunc: _unit,
    exp.Trunc: _trimmed("ns_trunc", "this", "decimals"),
    exp.Extract: _part,
    exp.DPipe: _joined,
    exp.Concat: _joined,
    exp.Pad: _padded,
    exp.StrPosition: _trimmed("ns_instr", "this", "substr", "position", "occurrence"),
    exp.Substring: _trimmed("ns_substr", "this", "start", "length"),
    exp.Mod: _renamed("ns_mod", "this", "expression"),
    exp.Initcap: _renamed("ns_initcap", "this"),
    exp.RegexpLike: _trimmed("ns_regexp_like", "this", "expression", "flag"),
    exp.RegexpSubstr: _trimmed("ns_regexp_substr", "this", "expression"),
    exp.RegexpExtract: _trimmed("ns_regexp_substr", "this", "expression"),
    exp.RegexpReplace: _trimmed("ns_regexp_replace", "this", "expression", "replacement"),
    exp.CurrentTimestamp: lambda _, __: call("ns_now"),
    exp.CurrentDate: lambda _, __: call("ns_today"),
}
