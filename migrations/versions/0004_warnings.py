"""The warnings of a load are the rules that ended in a warning: those that failed are counted no more."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_name("0004_warnings.sql").read_text(encoding="utf-8")
    op.get_bind().connection.driver_connection.execute(script)  # psycopg: several statements, no parameters


def downgrade() -> None:
    raise RuntimeError("A ledger is never downgraded: restore a backup instead.")
