"""The loan book: one row for each loan and month, as the loan stands when the month ends.

The core banking system writes it into the warehouse on the first night after a month (a replicated table or its own
export job); `snapshot_month` is the first day of the month that ended. A loan has a row in every month from the one
it is opened in to the one it is repaid or written off in, and later ones only where something is recovered. Fee,
written_off and recovered are those of the month; principal_disbursed stands in the month a loan is opened in and is
empty in all others, so that a sum over months counts it once. `days_past_due_before` are those of the snapshot before,
empty where there was none or the loan was closed in it: how loans move is read from one row. A rate of 0 says that
interest has been stopped (non-accrual). A month that has no rows yet is unknown: there is no watermark, for a row
speaks of a whole month and not of a moment in it.
"""

from core import Column, Dataset, fresh, max_gap, no_drift, rows_per_day, rule, unique

dataset = Dataset(
    owner="Finance",
    columns=(
        Column("loan_id", nulls=0, weight=3),
        Column("customer_id", nulls=0, sensitive="hash", weight=2),
        Column("snapshot_month", "date", nulls=0, at_least="1990-01-01", at_most=":today", weight=3),
        Column("balance", "decimal(14,2)", nulls=0, at_least=0, weight=3),
        Column("principal_disbursed", "decimal(14,2)", at_least=0, severity="warn", weight=0.2),
        Column("days_past_due", "integer", nulls=0, at_least=0, at_most=3_650, weight=3),
        Column("days_past_due_before", "integer", at_least=0, at_most=3_650, weight=2),
        # What some books do not have is a warning: the portfolio KPIs need none of it.
        Column("annual_rate", "decimal(7,5)", nulls=0.02, at_least=0, at_most=1, severity="warn", weight=0.1),
        Column("fee", "decimal(12,2)", nulls=0.02, at_least=0, severity="warn", weight=0.1),
        Column(
            "channel",
            nulls=0.02,
            allowed=("online", "broker", "branch", "partner"),
            severity="warn",
            weight=0.1,
        ),
        Column("region", nulls=0.05, severity="warn", weight=0.1),
        Column("opened_on", "date", nulls=0.02, at_most=":today", severity="warn", weight=0.1),
        Column("closed_on", "date", at_most=":today", severity="warn", weight=0.1),
        Column("written_off", "decimal(14,2)", nulls=0.02, at_least=0, severity="warn", weight=0.1),
        Column("recovered", "decimal(14,2)", nulls=0.02, at_least=0, severity="warn", weight=0.1),
    ),
    checks=(
        unique("loan_id", "snapshot_month", weight=3),
        rule(
            "snapshot_month is the first day of a month",
            holds="extract(day from snapshot_month) = 1",
            columns=("loan_id", "snapshot_month"),
            weight=3,
        ),
        rule(
            # Of the same balance, more days can only be a part of fewer, as long as every part is 0 or more.
            "PAR 30 >= PAR 60 >= PAR 90: what is owed is not below 0 and has its days past due",
            holds="balance = 0 or coalesce(balance > 0 and days_past_due >= 0, false)",
            columns=("loan_id", "snapshot_month", "balance", "days_past_due"),
            weight=3,
        ),
        rule(
            "what is paid out stands in the month the loan is opened in, and only there",
            holds="(principal_disbursed is not null) = "
            "(opened_on >= snapshot_month and opened_on < snapshot_month + interval '1 month')",
            columns=("loan_id", "snapshot_month", "principal_disbursed", "opened_on"),
            severity="warn",
        ),
        rule(
            "a closed loan has no balance",
            holds="closed_on is null or balance = 0",
            columns=("loan_id", "snapshot_month", "balance", "closed_on"),
            severity="warn",
            weight=2,
        ),
        rule(
            "what is written off is closed",
            holds="written_off = 0 or closed_on is not null",
            columns=("loan_id", "snapshot_month", "written_off"),
            severity="warn",
        ),
        rule(
            "a loan closes after it was opened",
            holds="closed_on >= opened_on",
            columns=("loan_id", "opened_on", "closed_on"),
            severity="warn",
        ),
        no_drift(weight=0.5),
        max_gap("snapshot_month", days=31),
        rows_per_day("snapshot_month", at_least=100, severity="warn", weight=0.5),
        fresh("snapshot_month", hours=64 * 24, severity="warn", weight=0.5),
    ),
    index=("snapshot_month", "loan_id, snapshot_month", "customer_id, snapshot_month"),
)
