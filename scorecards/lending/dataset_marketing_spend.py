"""Marketing spend: a Google Sheet that Marketing keeps by hand, one row for each week and campaign.

`KPI_SHEET_MARKETING_SPEND` names the spreadsheet; its tab is Spend. A week is entered under its Monday, in the week
that follows, and counts in the month of that day. The channels are those of the applications, so that both can be laid
side by side.
"""

from core import Column, Dataset, Sheet, fresh, max_gap, no_drift, outliers, rule, unique

dataset = Dataset(
    owner="Marketing",
    source=Sheet(
        "marketing_spend",
        tab="Spend",
        columns={"spent_on": "date", "channel": "text", "campaign": "text", "spend": "decimal(12,2)"},
    ),
    columns=(
        Column("spent_on", "date", nulls=0, at_least="1990-01-01", at_most=":today", weight=3),
        Column("channel", nulls=0.02, allowed=("online", "broker", "branch", "partner"), severity="warn", weight=2),
        Column("campaign", nulls=0.02, severity="warn", weight=2),
        Column("spend", "decimal(12,2)", nulls=0.01, at_least=0, at_most=100_000, severity="warn", weight=3),
    ),
    checks=(
        unique("spent_on", "channel", "campaign", severity="warn", weight=2),
        rule(
            "a week stands under its Monday",
            holds="extract(isodow from spent_on) = 1",
            columns=("spent_on", "campaign"),
            severity="warn",
        ),
        # A push doubles the spend of a week; a digit too many makes it ten times as much.
        outliers("spend", factor=8, by="campaign", columns=("spent_on",), weight=0.5),
        no_drift(weight=0.5),
        max_gap("spent_on", days=21),
        fresh("spent_on", hours=21 * 24, weight=0.5),
    ),
    watermark="spent_on",
    grace_days=7,
    index=("spent_on",),
)
