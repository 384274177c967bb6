"""Offers: one row for each offer made to a candidate, from the day it is sent until it is answered.

The applicant tracking system's connector (Airbyte) keeps the table up to date by `offer_id`. An offer is answered by
the candidate, or taken back by us before that; an answer by telephone is entered the next day. What is on offer is
personal data and never leaves the warehouse.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, outliers, references, rule, unique

dataset = Dataset(
    owner="Talent Acquisition",
    columns=(
        Column("offer_id", nulls=0, weight=3),
        Column("candidate_id", nulls=0, pattern=r"^C-\d{6,}-\d+$", weight=2),
        Column("requisition_id", nulls=0, pattern=r"^R-\d{5,}$", weight=2),
        Column("offered_at", "timestamptz", nulls=0, at_least="2000-01-01", at_most=":today", weight=3),
        Column("answered_at", "timestamptz", at_least="2000-01-01", at_most=":today", weight=2),
        Column("answer", allowed=("accepted", "declined", "taken back"), severity="warn", weight=2),
        Column("salary", "decimal(12,2)", at_least=0, at_most=1_000_000, sensitive=True, severity="warn"),
    ),
    checks=(
        unique("offer_id", weight=3),
        rule(
            "an offer is answered after it was made",
            holds="answered_at >= offered_at",
            columns=("offer_id", "offered_at", "answered_at"),
            weight=2,
        ),
        rule(
            "what is answered says how",
            holds="(answered_at is null) = (answer is null)",
            columns=("offer_id", "answered_at", "answer"),
            weight=2,
        ),
        references("candidate_id", to="candidates.candidate_id", weight=2),
        references("requisition_id", to="requisitions.requisition_id", weight=2),
        # A year's pay where a month's was meant, or in another currency.
        outliers("salary", factor=3, columns=("offer_id",), allowed=0.01, weight=0.5),
        no_drift(weight=0.5),
        max_gap("offered_at", days=14),
        fresh("offered_at", hours=14 * 24, weight=0.5),
    ),
    watermark="offered_at",
    grace_days=1,
    index=("offered_at", "answered_at"),
)
