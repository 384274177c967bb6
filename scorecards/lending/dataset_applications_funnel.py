"""Loan applications on their way: one row for each form that somebody began, with the moment of every step.

An Airbyte sync from the loan origination system fills the table, every hour. A form is submitted, or given up: then
`abandoned_at` is set once it has lain for a week. A submitted one is decided, an approved one may be booked, and so
names its loan and what was paid out. `cohort` is the month the form was begun in. `first_year_income` is what the
contract brings in interest and fees within a year, as priced on the day of booking. `campaign` is empty where nobody
advertised. Branches key in their paper forms in the evening, now and then after the decision: the contract warns of it.
"""

from core import Column, Dataset, conserved, fresh, max_gap, no_drift, outliers, references, rule, unique

dataset = Dataset(
    owner="Growth",
    columns=(
        Column("application_id", nulls=0, weight=3),
        Column("customer_id", sensitive="hash"),
        Column("applicant_email", sensitive=True),
        Column("channel", nulls=0.02, allowed=("online", "broker", "branch", "partner"), severity="warn"),
        Column("campaign", severity="warn"),
        Column("region", nulls=0.05, severity="warn"),
        Column("cohort", nulls=0, pattern=r"^\d{4}-\d{2}$"),
        Column("amount_requested", "decimal(14,2)", nulls=0.02, at_least=0, at_most=100_000, severity="warn"),
        Column("started_at", "timestamptz", nulls=0, at_least="1990-01-01", at_most=":today", weight=3),
        Column("submitted_at", "timestamptz", at_most=":today", severity="warn", weight=2),
        Column("abandoned_at", "timestamptz", at_most=":today", severity="warn"),
        Column("decided_at", "timestamptz", at_most=":today", severity="warn", weight=2),
        Column("decision", allowed=("approved", "declined"), weight=2),
        Column("booked_at", "timestamptz", at_most=":today", severity="warn", weight=2),
        Column("loan_id"),
        Column("amount_booked", "decimal(14,2)", at_least=0, severity="warn"),
        Column("first_year_income", "decimal(12,2)", at_least=0, severity="warn"),
    ),
    checks=(
        unique("application_id", weight=3),
        rule(
            "every step comes after the one before",
            holds="submitted_at >= started_at and decided_at >= submitted_at and booked_at >= decided_at",
            columns=("application_id", "started_at", "submitted_at", "decided_at", "booked_at"),
            severity="warn",
            weight=2,
        ),
        rule(
            "what is given up was never submitted",
            holds="abandoned_at is null or submitted_at is null",
            columns=("application_id", "abandoned_at", "submitted_at"),
        ),
        rule(
            "a decision has its moment and a moment its decision",
            holds="(decided_at is null) = (decision is null)",
            columns=("application_id", "decided_at", "decision"),
        ),
        rule(
            "what is booked was approved and names its loan and the amount",
            holds="booked_at is null or (decision = 'approved' and loan_id is not null and amount_booked is not null)",
            columns=("application_id", "decision", "booked_at", "loan_id"),
        ),
        # What both rules allow is the running month, whose snapshot is still to come.
        references("loan_id", to="loan_book.loan_id", severity="warn", allowed=0.03),
        conserved(
            "amount_booked",
            to="loan_book.principal_disbursed",
            day="booked_at",
            to_day="opened_on",
            severity="warn",
            weight=2,
            allowed=0.05,
        ),
        outliers("amount_requested", factor=3, columns=("application_id",), allowed=0.01, weight=0.5),
        no_drift(weight=0.5),
        max_gap("started_at", days=14),
        fresh("started_at", hours=48, severity="warn", weight=0.5),
    ),
    watermark="started_at",
    grace_days=1,
    index=("started_at", "submitted_at", "decided_at", "booked_at"),
)
