"""Subscriptions: one row for each time that somebody agreed to get messages, by e-mail or by SMS.

A sync (Airbyte) brings the consent table into `staging.subscriptions` every night, the whole table, since a consent may
be taken back later. Who comes back has a new row. Addresses are personal data and stay in the app.
"""

from core import Column, Dataset, fresh, no_drift, rule, unique

dataset = Dataset(
    owner="Fan Engagement",
    columns=(
        Column("subscription_id", nulls=0, weight=3),
        Column("subscriber_id", nulls=0, sensitive="hash", weight=2),
        Column("channel", nulls=0, allowed=("email", "sms"), severity="warn", weight=2),
        Column("team", nulls=0.02, severity="warn"),
        Column("opted_in_at", "timestamptz", nulls=0, at_least="2010-01-01", at_most=":today", weight=3),
        Column("opted_out_at", "timestamptz", at_least="2010-01-01", at_most=":today", severity="warn"),
    ),
    checks=(
        unique("subscription_id", weight=3),
        rule(
            "a consent is taken back after it was given",
            holds="opted_out_at >= opted_in_at",
            columns=("subscription_id", "opted_in_at", "opted_out_at"),
            severity="warn",
        ),
        no_drift(weight=0.5),
        fresh("opted_in_at", hours=96, weight=0.5),
    ),
    watermark="opted_in_at",
    index=("opted_in_at",),
)
