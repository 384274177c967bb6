"""Availability: who can play, one row for each player of the squad and matchday.

The medical staff keep it by hand in a Google Sheet, tab "Availability": it has a title, blank rows, and now and then a
new way to write a status. Matchdays to come may be prepared with empty statuses: how far the sheet reaches is told by
`entered_on`, the day on which a status was entered. Between two seasons there are no rows: no rule asks for fresh ones.
Health data: who the player is shows as a keyed hash at most, the reason nowhere.
"""

from core import Column, Dataset, Sheet, references, rule, unique

KEPT = {"day": "date", "team": "text", "player_id": "text", "status": "text", "reason": "text", "entered_on": "date"}

dataset = Dataset(
    owner="Medical Staff",
    source=Sheet("team_availability", tab="Availability", columns=KEPT),
    columns=(
        Column("day", "date", nulls=0, at_least="2010-01-01", weight=3),
        Column("team", nulls=0, severity="warn", weight=2),
        Column("player_id", nulls=0, sensitive="hash", weight=2),
        Column("status", nulls=0.05, allowed=("available", "limited", "out"), severity="warn", weight=2),
        Column("reason", sensitive=True),
        Column("entered_on", "date", at_least="2010-01-01", at_most=":today", severity="warn"),
    ),
    checks=(
        unique("day", "team", "player_id", weight=3),
        rule(
            "a past matchday has its statuses, each with the day of its entry",
            holds="(status is not null and entered_on is not null) or day >= cast(:today as date) - interval '2 days'",
            columns=("day", "team", "entered_on"),
            allowed=0.02,
            severity="warn",
            weight=2,
        ),
        references("day", to="games.played_on", severity="warn"),
    ),
    watermark="entered_on",
    begins="day",
    grace_days=1,
    index=("day",),
)
