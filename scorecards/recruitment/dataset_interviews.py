"""Interviews: one row for each appointment between a candidate and us.

The applicant tracking system's connector (Airbyte) brings them; the appointment itself comes from the calendar, and the
interviewer says afterwards whether it was held, within two days. One that is moved keeps its row and gets another
time. Appointments that are still to come are there too, so their days say nothing of how far the data reaches:
`updated_at` does, the moment of a row's last change, by which the connector finds what is new.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, references, rule, unique

dataset = Dataset(
    owner="Recruiting",
    columns=(
        Column("interview_id", nulls=0, weight=3),
        Column("candidate_id", nulls=0, pattern=r"^C-\d{6,}-\d+$", weight=2),
        Column("stage", nulls=0.02, allowed=("phone", "technical", "client"), severity="warn"),
        Column("scheduled_at", "timestamptz", nulls=0, at_least="2000-01-01", weight=3),
        Column("status", nulls=0, allowed=("scheduled", "held", "cancelled", "no show"), weight=2),
        Column("updated_at", "timestamptz", nulls=0, at_least="2000-01-01", at_most=":today", weight=2),
    ),
    checks=(
        unique("interview_id", weight=3),
        rule(
            "nothing is held before its day",
            holds="status in ('scheduled', 'cancelled') or scheduled_at < cast(:today as timestamp) + interval '1 day'",
            columns=("interview_id", "scheduled_at", "status"),
            severity="warn",
            weight=2,
        ),
        rule(
            "a past appointment is marked within two days",
            holds="status <> 'scheduled' or scheduled_at >= cast(:today as timestamp) - interval '2 days'",
            columns=("interview_id", "scheduled_at", "updated_at"),
            allowed=0.002,
            severity="warn",
            weight=2,
        ),
        references("candidate_id", to="candidates.candidate_id", weight=2),
        no_drift(weight=0.5),
        max_gap("scheduled_at", days=10),
        fresh("updated_at", hours=96, weight=0.5),
    ),
    watermark="updated_at",
    begins="scheduled_at",
    grace_days=2,
    index=("scheduled_at",),
)
