"""Segments, what a KPI counts split into named parts; every number's status; the quality of loads."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("0003_segments.sql", "0003_status.sql"):
        script = Path(__file__).with_name(name).read_text(encoding="utf-8")
        op.get_bind().connection.driver_connection.execute(script)  # psycopg: several statements, no parameters


def downgrade() -> None:
    raise RuntimeError("A ledger is never downgraded: restore a backup instead.")
