"""Interviews: one row for each appointment between a candidate and us.

The applicant tracking system's connector (Airbyte) brings them; the appointment itself comes from the calendar, and the
interviewer says afterwards whether it was held. One that is moved keeps its row and gets another time. Appointments
that are still to come are there too.
"""

from core import Column, Dataset, max_gap, rule, unique

dataset = Dataset(
    owner="Recruiting",
    columns=(
        Column("interview_id", nulls=0, weight=3),
        Column("candidate_id", nulls=0, pattern=r"^C-\d{6,}-\d+$", weight=2),
        Column("stage", nulls=0.02, allowed=("phone", "technical", "client"), severity="warn"),
        Column("scheduled_at", "timestamptz", nulls=0, at_least="2000-01-01", weight=3),
        Column("status", nulls=0, allowed=("scheduled", "held", "cancelled", "no show"), weight=2),
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
        max_gap("scheduled_at", days=10),
    ),
    watermark="scheduled_at",
    index=("scheduled_at",),
)
