"""How does Alembic reach the ledger? Over the connection that `ledger.migrate` has opened and locked."""

from __future__ import annotations

from alembic import context

from ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
