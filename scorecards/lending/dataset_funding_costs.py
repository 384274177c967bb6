"""Funding costs: what the money that is lent out costs, one row for each facility and month.

Treasury drops `funding_costs.csv` into KPI_DATA_DIR in the first days of a month, with all months in it. `month` is the
first day of the month; `drawn` is its average drawn amount, interest and fees are those of the month, accrued.
"""

from core import Column, Dataset, File, fresh, max_gap, no_drift, outliers, rule, unique

dataset = Dataset(
    owner="Treasury",
    source=File("funding_costs.csv"),
    columns=(
        Column("month", "date", nulls=0, at_least="1990-01-01", at_most=":today", weight=3),
        Column("facility", nulls=0, weight=2),
        Column("drawn", "decimal(14,2)", nulls=0, at_least=0, weight=3),
        Column("interest", "decimal(12,2)", nulls=0, at_least=0, weight=3),
        Column("fees", "decimal(12,2)", nulls=0, at_least=0),
    ),
    checks=(
        unique("month", "facility", weight=3),
        rule(
            "month is the first day of a month",
            holds="extract(day from month) = 1",
            columns=("month", "facility"),
            weight=2,
        ),
        rule(
            "a year of interest is below 30 % of what is drawn",
            holds="12 * interest <= 0.30 * drawn",
            columns=("month", "facility", "drawn", "interest"),
            severity="warn",
        ),
        outliers("drawn", factor=3, by="facility", columns=("month",), weight=0.5),
        no_drift(weight=0.5),
        max_gap("month", days=31),
        fresh("month", hours=70 * 24, severity="warn", weight=0.5),
    ),
    index=("month",),
)
