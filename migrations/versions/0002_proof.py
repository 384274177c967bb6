"""Proof: what follows what, from which evidence, chained by digests; notes, descriptions, an outbox, masked views."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("0002_history.sql", "0002_guards.sql", "0002_masking.sql"):
        script = Path(__file__).with_name(name).read_text(encoding="utf-8")
        op.get_bind().connection.driver_connection.execute(script)  # psycopg: several statements, no parameters


def downgrade() -> None:
    raise RuntimeError("A ledger is never downgraded: restore a backup instead.")
