"""Alembic's way in; the connection comes from `upgrade`, its transaction too."""

from alembic import context

from storage.paper_tables import DOCUMENT

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=DOCUMENT.metadata,
    transactional_ddl=False,
)
context.run_migrations()
