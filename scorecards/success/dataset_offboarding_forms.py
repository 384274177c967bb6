"""Offboarding forms: what a client manager fills in when somebody leaves a client.

A form is submitted, worked on and closed, sometimes weeks later: it counts when it is closed. Names and e-mail
addresses are personal data and never leave the warehouse.
"""

from core import Column, Dataset, fresh, no_drift, outliers, references, rule, unique

dataset = Dataset(
    owner="Client Operations",
    columns=(
        Column("id", nulls=0, weight=3),
        Column("agreement_id", nulls=0.05, severity="warn"),
        Column("status", nulls=0.05, severity="warn"),
        Column("submitted_at", "timestamptz", at_least="2015-01-01", at_most=":today", severity="warn"),
        Column("closed_at", "timestamptz", at_least="2015-01-01", at_most=":today", weight=3),
        Column("notification_date", "date"),
        Column("last_day_of_work", "date"),
        Column("reason"),
        Column("replacement_requested", "boolean", nulls=0.05, severity="warn"),
        Column("within_first_60_days", "boolean", nulls=0.05, severity="warn"),
        Column("amount_not_paid", "decimal(12,2)", at_least=0, severity="warn"),
        Column("client_name", sensitive=True),
        Column("client_email", sensitive=True),
        Column("is_test_account", "boolean", nulls=0.05, severity="warn"),
    ),
    checks=(
        unique("id", weight=3),
        rule(
            "a form is closed after it was submitted",
            holds="closed_at >= submitted_at",
            columns=("id", "submitted_at", "closed_at"),
            severity="warn",
        ),
        rule(
            "what is closed says when",
            holds="status <> 'closed' or closed_at is not null",
            columns=("id", "status"),
            severity="warn",
            weight=2,
        ),
        references("agreement_id", to="agreements.agreement_id", severity="warn", weight=2),
        outliers("amount_not_paid", method="z", factor=6, columns=("id",), severity="warn", weight=0.5),
        fresh("submitted_at", hours=24 * 14, severity="warn", weight=0.5),
        no_drift(weight=0.5),
    ),
    watermark="submitted_at",
    index=("closed_at",),
)
