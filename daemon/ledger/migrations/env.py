"""How Alembic reaches the ledger: over the connection that the opener hands it."""

from alembic import context

from daemon.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
