"""Staff events: what coaches and team managers do in the app, one row for each deed.

A sync (Airbyte) brings the app's event table into `staging.staff_events` every night. An event is written once and
never changed; their numbers rise in the order in which they were written. `staff_id` names a person of the staff and is
shown as a keyed hash at most.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, ordered, unique

KINDS = ("login", "roster_update", "schedule_change", "message")

dataset = Dataset(
    owner="Team Platform",
    columns=(
        Column("event_id", nulls=0, weight=3),
        Column("at", "timestamptz", nulls=0, at_least="2010-01-01", at_most=":today", weight=3),
        Column("staff_id", nulls=0.01, sensitive="hash", weight=2),
        Column("team", nulls=0.02, severity="warn"),
        Column("kind", nulls=0, allowed=KINDS, severity="warn", weight=2),
    ),
    checks=(
        unique("event_id", weight=3),
        ordered("at", by="event_id", key="lpad(event_id, 20, '0')", weight=0.5),
        no_drift(weight=0.5),
        max_gap("at", days=4, severity="warn", weight=0.5),
        fresh("at", hours=48, severity="warn", weight=0.5),
    ),
    watermark="at",
    index=("at",),
)
