"""Run migrations on the connection, and in the transaction, that ``schema.upgrade`` hands over."""

from alembic import context

from intake.records.store import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
