"""What alembic runs to migrate; the connection comes from `jiesu.serving.store.migrate`."""

from alembic import context

from jiesu.serving.store.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
