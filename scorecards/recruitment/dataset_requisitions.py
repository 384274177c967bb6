"""Requisitions: one row for each position that somebody may fill.

The applicant tracking system's connector (Airbyte) keeps the table up to date by `requisition_id`: `kpi load` fetches
nothing, each run checks the contract where the rows stand. A requisition is open from the moment it is approved until
it is closed: filled when an offer is accepted, or cancelled. `started_on` is filled in on the first day of work or
within two days, so somebody who accepts and never turns up leaves it empty; the position is then opened again, as a
new row.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, rule, unique

dataset = Dataset(
    owner="Talent Acquisition",
    columns=(
        Column("requisition_id", nulls=0, pattern=r"^R-\d{5,}$", weight=3),
        Column("title", nulls=0, max_length=120, severity="warn"),
        Column("department", nulls=0.02, severity="warn"),
        Column("region", nulls=0.02, severity="warn"),
        Column("opened_at", "timestamptz", nulls=0, at_least="2000-01-01", at_most=":today", weight=3),
        Column("closed_at", "timestamptz", at_least="2000-01-01", at_most=":today", weight=2),
        Column("outcome", allowed=("filled", "cancelled"), severity="warn"),
        Column("started_on", "date", at_least="2000-01-01", at_most=":today", weight=2),
    ),
    checks=(
        unique("requisition_id", weight=3),
        rule(
            "a requisition is closed after it was opened",
            holds="closed_at >= opened_at",
            columns=("requisition_id", "opened_at", "closed_at"),
            weight=2,
        ),
        rule(
            "what is closed has an outcome, what is open has none",
            holds="(closed_at is null) = (outcome is null)",
            columns=("requisition_id", "closed_at", "outcome"),
            severity="warn",
            weight=2,
        ),
        rule(
            "somebody starts only on what was filled",
            holds="started_on is null or (coalesce(outcome, '') = 'filled' and started_on >= cast(closed_at as date))",
            columns=("requisition_id", "outcome", "closed_at", "started_on"),
            severity="warn",
            weight=2,
        ),
        no_drift(weight=0.5),
        max_gap("opened_at", days=14),
        fresh("opened_at", hours=14 * 24, weight=0.5),
    ),
    watermark="opened_at",
    grace_days=2,
    index=("opened_at", "closed_at", "started_on"),
)
