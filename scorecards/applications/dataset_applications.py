"""Applications: one row for each application form that somebody began on the careers site.

The careers site drops its whole export as `applications.csv` into `KPI_DATA_DIR` every night, and `kpi load` replaces
the table with it; forms are numbered as they are begun. A form is received when it is submitted; one that never is
stays in the table, for it was begun. It leaves the backlog when a screener decides, or when its sender withdraws it.
Names and e-mail addresses are personal.
"""

from core import Column, Dataset, File, fresh, max_gap, no_drift, ordered, rows_per_day, rule, unique

dataset = Dataset(
    owner="Careers Site",
    source=File("applications.csv"),
    columns=(
        Column("application_id", nulls=0, pattern=r"^A-\d{6,}$", also=("id",), weight=3),
        Column("channel", nulls=0.05, allowed=("careers site", "job board", "referral", "social"), severity="warn"),
        Column("position", nulls=0.05, max_length=120, severity="warn", weight=0.5),
        Column("started_at", "timestamptz", nulls=0, at_least="2000-01-01", at_most=":today", weight=3),
        Column("submitted_at", "timestamptz", at_least="2000-01-01", at_most=":today", weight=3),
        Column("first_response_at", "timestamptz", at_least="2000-01-01", at_most=":today"),
        Column("decided_at", "timestamptz", at_least="2000-01-01", at_most=":today", weight=2),
        Column("decision", allowed=("passed", "rejected", "withdrawn"), severity="warn", weight=2),
        Column("applicant_name", sensitive=True),
        Column("applicant_email", sensitive=True),
    ),
    checks=(
        unique("application_id", weight=3),
        rule(
            "a form is submitted after it was begun",
            holds="submitted_at >= started_at",
            columns=("application_id", "started_at", "submitted_at"),
            weight=2,
        ),
        rule(
            "only what was submitted is decided or answered",
            holds="submitted_at is not null or (decided_at is null and first_response_at is null)",
            columns=("application_id", "submitted_at", "decided_at", "first_response_at"),
            weight=2,
        ),
        rule(
            "it is decided and answered after it was submitted",
            holds="decided_at >= submitted_at and first_response_at >= submitted_at",
            columns=("application_id", "submitted_at", "decided_at", "first_response_at"),
            weight=2,
        ),
        rule(
            "what is decided says how",
            holds="(decided_at is null) = (decision is null)",
            columns=("application_id", "decided_at", "decision"),
            weight=2,
        ),
        ordered("started_at", by="application_id", key="lpad(application_id, 20, '0')"),
        no_drift(weight=0.5),
        rows_per_day("started_at", at_least=2, severity="warn"),
        max_gap("started_at", days=3),
        fresh("started_at", hours=24, weight=0.5),
    ),
    watermark="started_at",
    grace_days=2,
    index=("submitted_at", "decided_at", "first_response_at", "started_at"),
)
