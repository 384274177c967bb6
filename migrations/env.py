"""Alembic's entry: migrations run on the connection that `kpi migrate` hands over, in one transaction each."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    version_table="schema_version",
    version_table_schema="kpi",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
