"""Agreements with clients, as the CRM sync delivers them: one row each, with the status of today.

An agreement runs from its start date until its end date, if it has one; a notice that was given shows as an end
date that is still to come. Some clients have no type: they are clients all the same.
"""

from core import Column, Dataset, fresh, no_drift, rule, unique

STATUSES = ("active", "terminated by client", "terminated by us", "ended")

dataset = Dataset(
    owner="Client Operations",
    columns=(
        Column("agreement_id", nulls=0, weight=3),
        Column("client_id", nulls=0, weight=2),
        Column("client_type", severity="warn"),
        Column("status", nulls=0.01, allowed=STATUSES, severity="warn", weight=2),
        Column("start_date", "date", nulls=0, weight=3),
        Column("end_date", "date"),
        Column("region"),
        Column("plan"),
    ),
    checks=(
        unique("agreement_id", weight=3),
        rule(
            "an agreement ends after it starts",
            holds="end_date >= start_date",
            columns=("agreement_id", "start_date", "end_date"),
            severity="warn",
        ),
        rule(
            "what was terminated has an end date",
            holds="status not like 'terminated%' or end_date is not null",
            columns=("agreement_id", "status"),
            severity="warn",
            weight=2,
        ),
        # Nothing tells how far the table reaches: three weeks in which nobody signed are rather a sync that stopped.
        fresh("start_date", hours=24 * 21, severity="warn", weight=0.5),
        no_drift(weight=0.5),
    ),
    index=("start_date", "end_date"),
)
