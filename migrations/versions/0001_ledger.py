"""The ledger: runs, loads with their verdicts, every reading ever, and the scorecard tables."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("0001_ledger.sql", "0001_roles.sql"):
        script = Path(__file__).with_name(name).read_text(encoding="utf-8")
        op.get_bind().connection.driver_connection.execute(script)  # psycopg: several statements, no parameters


def downgrade() -> None:
    raise RuntimeError("A ledger is never downgraded: restore a backup instead.")
