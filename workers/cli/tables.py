"""How does a person change a value table? `isthmus tables show|set`."""

from __future__ import annotations

from typing import Annotated

import typer

from mappings.tables import load_tables
from workers.cli.desk import Desk
from workers.cli.show import AsJson, CommandFault, out, show

app = typer.Typer(help="Value tables: what a business value becomes, e.g. a SKU's alias.", no_args_is_help=True)


@app.command("show")
def show_table(
    table: Annotated[str | None, typer.Argument(help="The table's name; without it, all tables are named.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show a table: shipped entries, and those that people have set."""
    desk = Desk()
    shipped = load_tables(desk.settings.flows_folder / "tables")
    if table is None:
        rows = [{"table": name, "entries": len(shipped.entries(name))} for name in shipped.names()]
        show(rows, {"table": "table", "entries": "shipped entries"}, as_json=as_json, title="Tables")
        return
    _known(table, shipped.names())
    own = desk.ledger.memory.overrides().get(table, {})
    merged = dict(shipped.entries(table)) | dict(own)
    rows = [
        {"value": name, "becomes": merged[name], "set by": "people" if name in own else "shipped"}
        for name in sorted(merged)
    ]
    show(
        rows,
        {"value": "value", "becomes": "becomes", "set by": "set by"},
        as_json=as_json,
        title=table,
        empty="No entries.",
    )


@app.command("set")
def set_entry(
    table: Annotated[str, typer.Argument(help="The table's name, e.g. sku.")],
    value: Annotated[str, typer.Argument(help="The value as the source writes it.")],
    becomes: Annotated[str, typer.Argument(help="What it becomes.")],
) -> None:
    """Set an entry; it holds from the next delivery on, for all alike.

    Example:  isthmus tables set sku GTXPro "GTX Pro"
    """
    desk = Desk()
    _known(table, load_tables(desk.settings.flows_folder / "tables").names())
    desk.ledger.memory.set_override(table, value, becomes, desk.who, desk.now)
    out.print(f"{table}: '{value}' becomes '{becomes}'. Replay what was held for it: isthmus dead-letters replay")


def _known(table: str, names: tuple[str, ...]) -> None:
    if table not in names:
        raise CommandFault(f"no table is called '{table}'; there are: {', '.join(names)}")
