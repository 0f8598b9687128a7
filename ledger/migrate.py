"""How does a ledger get its schema, and every later change of it? Alembic, one step a file, under one lock."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from ledger.engine import is_postgresql, open_engine

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 7_316_221  # any number; PostgreSQL's advisory locks go by number


def migrate(url: str) -> None:
    """Bring the schema at `url` up to date; two at once wait for each other, and an up-to-date one is left alone."""
    engine = open_engine(url)
    with engine.begin() as connection:
        if is_postgresql(connection):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
