"""Availability: who can play, one row for each player of the squad and matchday.

The medical staff keep it by hand in a Google Sheet, tab "Availability": it has a title, blank rows, and now and then a
new way to write a status. Health data: who the player is shows as a keyed hash at most, the reason nowhere.
"""

from core import Column, Dataset, Sheet, unique

dataset = Dataset(
    owner="Medical Staff",
    source=Sheet(
        "team_availability",
        tab="Availability",
        columns={"day": "date", "team": "text", "player_id": "text", "status": "text", "reason": "text"},
    ),
    columns=(
        Column("day", "date", nulls=0, at_least="2010-01-01", weight=3),
        Column("team", nulls=0, severity="warn", weight=2),
        Column("player_id", nulls=0, sensitive="hash", weight=2),
        Column("status", nulls=0.05, allowed=("available", "limited", "out"), severity="warn", weight=2),
        Column("reason", sensitive=True),
    ),
    checks=(unique("day", "team", "player_id", weight=3),),
    watermark="day",
    grace_days=1,
    index=("day",),
)
