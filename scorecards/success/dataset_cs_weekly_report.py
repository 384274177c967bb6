"""The weekly report of Customer Success: a sheet that people keep by hand, one row for each client and week.

It has a title row, blank rows, and now and then a number typed as text: all of that is read. A word where a number
belongs is an error that names the cell, and the last good rows stay.
"""

from core import Column, Dataset, Sheet

dataset = Dataset(
    owner="Customer Success",
    source=Sheet(
        "cs_weekly_report",
        tab="Weekly",
        columns={"week_reported": "text", "client": "text", "client_type": "text", "replacements": "integer"},
    ),
    columns=(
        Column("week_reported", nulls=0.05, pattern=r"^\d{4}-W\d{2}$", severity="warn", weight=2),
        Column("client", nulls=0.05, sensitive=True, severity="warn"),
        Column("client_type", nulls=0.10, severity="warn"),
        Column("replacements", "integer", nulls=0.10, at_least=0, at_most=100, severity="warn", weight=2),
    ),
)
