"""Alembic's entry: runs the migrations on the connection that the caller opened."""

from alembic import context

from webapp.models import Model

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Model.metadata, render_as_batch=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
