"""The ledger's clock: one a scorecard, which never runs backwards, whatever the machine's clock does.

Everything recorded up to an instant of it was there when that instant was told; everything recorded later bears a
later one. That is what makes "as of" exact.
"""

from datetime import datetime

import sqlalchemy as sa

from core.ledger.readings import alone
from core.sql import statements


def read_at(connection: sa.Connection, scorecard: str, now: datetime) -> datetime:
    """The instant at which whoever asks reads this scorecard; nobody records meanwhile, or under that instant later."""
    alone(connection, [scorecard])
    told: datetime = connection.execute(_sql("tick"), {"scorecard": scorecard, "now": now}).scalar_one()
    connection.execute(_sql("pass"), {"scorecard": scorecard})
    return told


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("names")[name])
