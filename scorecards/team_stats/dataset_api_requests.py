"""API requests: one row for each request that the teams' web API answered.

The gateway writes its access log of the day into one file each night (CSV or Parquet); put together, they are dropped
as `api_requests` into KPI_DATA_DIR and loaded whole. A request that the gateway never saw is not in it: when all of it
is down, there are no rows, and the gap is what tells. `latency_ms` is until the last byte.
"""

from core import Column, Dataset, File, fresh, max_gap, no_drift, outliers, rows_per_day, rule

dataset = Dataset(
    owner="Team Platform",
    source=File("api_requests.*"),
    columns=(
        Column("at", "timestamptz", nulls=0, at_least="2010-01-01", at_most=":today", also=("timestamp",), weight=3),
        Column("endpoint", nulls=0, allowed=("roster", "schedule", "notification"), severity="warn", weight=2),
        Column("status", "integer", nulls=0, at_least=100, at_most=599, also=("status_code",), weight=3),
        Column("latency_ms", "integer", nulls=0.01, at_least=0, at_most=120_000, severity="warn", weight=2),
    ),
    checks=(
        rule(
            "an answer has a latency",
            holds="status >= 500 or latency_ms is not null",
            columns=("at", "endpoint", "status"),
            allowed=0.01,
            severity="warn",
        ),
        # A slow answer is a fact; many times slower than its kind, it is more often a clock or a unit gone wrong.
        outliers("latency_ms", factor=12, by="endpoint", columns=("at",), allowed=0.01, weight=0.5),
        no_drift(weight=0.5),
        max_gap("at", days=1, severity="warn", weight=0.5),
        rows_per_day("at", at_least=5, severity="warn"),
        fresh("at", hours=24, severity="warn", weight=0.5),
    ),
    watermark="at",
    index=("at",),
)
