"""Support cases: one row for each case of a client, as it stands when it is copied.

They live in Snowflake, in the table SUPPORT_CASES. A sync (Airbyte's, or a task that unloads and copies) brings it
into `staging.support_cases` every hour, the whole table, since a case is answered and resolved after it was created.
Nothing is loaded here: each `kpi run` checks the contract where the table stands. `updated_at` is the last change of a
case, whatever it was: how far the table reaches is told by the newest of them. By creation alone, a quiet night would
look like a sync that had stopped. A case without a priority is treated like the lowest one. Moments are UTC.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, rule, unique

dataset = Dataset(
    owner="Support Operations",
    columns=(
        Column("case_id", nulls=0.01, max_length=40, weight=3),
        Column("priority", nulls=0.05, allowed=("P1", "P2", "P3", "P4"), severity="warn", weight=2),
        Column("region", nulls=0.05, severity="warn"),
        Column("created_at", "timestamptz", nulls=0.01, at_least="2010-01-01", at_most=":today", weight=3),
        Column("first_response_at", "timestamptz", at_least="2010-01-01", at_most=":today", severity="warn"),
        Column("resolved_at", "timestamptz", at_least="2010-01-01", at_most=":today", weight=2),
        Column("updated_at", "timestamptz", nulls=0.01, at_least="2010-01-01", at_most=":today", weight=3),
    ),
    checks=(
        unique("case_id", allowed=0.01, weight=3),
        rule(
            "a case is resolved after it was created",
            holds="resolved_at >= created_at",
            columns=("case_id", "created_at", "resolved_at"),
            weight=2,
        ),
        rule(
            "a case is answered after it was created",
            holds="first_response_at >= created_at",
            columns=("case_id", "created_at", "first_response_at"),
            severity="warn",
        ),
        rule(
            "no case says that it was changed before it was created, answered or resolved",
            holds="updated_at >= greatest(created_at, first_response_at, resolved_at)",
            columns=("case_id", "created_at", "first_response_at", "resolved_at", "updated_at"),
            severity="warn",
        ),
        max_gap("created_at", days=3, severity="warn", weight=0.5),
        fresh("updated_at", hours=24, severity="warn", weight=0.5),
        no_drift(weight=0.5),
    ),
    watermark="updated_at",
    begins="created_at",
    index=("created_at", "first_response_at", "resolved_at"),
)
