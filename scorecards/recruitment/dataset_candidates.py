"""Candidates: one row for each person on each requisition. Somebody put forward for two positions is two candidates.

The applicant tracking system's connector (Airbyte) keeps the table up to date by `candidate_id`. A candidate enters
when a recruiter adds the person to the requisition and leaves when hired, rejected or withdrawn; rows that nobody
closes stay open for ever. Names and e-mail addresses are personal data and never leave the warehouse.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, references, rule, unique

dataset = Dataset(
    owner="Sourcing",
    columns=(
        Column("candidate_id", nulls=0, pattern=r"^C-\d{6,}-\d+$", weight=3),
        Column("requisition_id", nulls=0, pattern=r"^R-\d{5,}$", weight=3),
        Column("source", nulls=0.05, allowed=("referral", "job board", "outbound", "careers site"), severity="warn"),
        Column("sourced_at", "timestamptz", nulls=0, at_least="2000-01-01", at_most=":today", weight=3),
        Column("closed_at", "timestamptz", at_least="2000-01-01", at_most=":today", weight=2),
        Column("outcome", allowed=("hired", "rejected", "withdrew"), severity="warn"),
        Column("full_name", sensitive=True),
        Column("email", sensitive=True),
    ),
    checks=(
        unique("candidate_id", weight=3),
        rule(
            "a candidate leaves after entering",
            holds="closed_at >= sourced_at",
            columns=("candidate_id", "sourced_at", "closed_at"),
            weight=2,
        ),
        rule(
            "who has left says why, who is open does not",
            holds="(closed_at is null) = (outcome is null)",
            columns=("candidate_id", "closed_at", "outcome"),
            severity="warn",
            weight=2,
        ),
        references("requisition_id", to="requisitions.requisition_id", weight=2),
        no_drift(weight=0.5),
        max_gap("sourced_at", days=7),
        fresh("sourced_at", hours=96, weight=0.5),
    ),
    watermark="sourced_at",
    index=("sourced_at", "requisition_id"),
)
