"""Support: how fast cases are answered and closed, what is left, and what is about to break its promise.

The hours that each priority allows are set here, and nowhere else. `kpi publish support --to files` writes the files
that the operations room reads every morning, as of the end of the last complete day. They are of the daily KPIs; those
from 11 on are the same by the week, for the Monday meeting.
"""

from core import Extract, Figure, Scorecard, ref

BACKLOG, QUALITY = ref("open_backlog"), ref("data_quality")
FAULTS = 1 - QUALITY / 100
CASE = ("case_id", "priority", "region", "created_at", "elapsed_hours", "sla_hours")

scorecard = Scorecard(
    title="Support",
    owner="Support Operations",
    parameters={"sla_hours_p1": 24, "sla_hours_p2": 72, "sla_hours_p3": 168, "sla_hours_other": 336},
    files=(
        Extract(
            "sla_summary.csv",
            by=("priority", "region"),
            columns={
                "sla_pct": 100 * ref("sla_adherence"),
                "mttr_hours": ref("mttr"),
                "case_count": Figure(ref("mttr"), "denominator"),
            },
        ),
        Extract("backlog_summary.csv", by=("region", "priority", "age"), columns={"open_cases": BACKLOG}),
        Extract(
            "volume_trend.csv",
            last=28,
            columns={
                "created": ref("case_volume"),
                "closed": Figure(ref("mttr"), "denominator"),
                "open_cases": BACKLOG,
            },
        ),
        Extract("sla_at_risk_cases.csv", by=CASE, rows=ref("at_risk")),
        Extract(
            "backlog_spike_summary.csv",
            last=28,
            columns={
                "open_cases": BACKLOG,
                "mean_7_days_before": BACKLOG.ago(days=1).mean(days=7),
                "growth_pct": 100 * ref("backlog_growth"),
                "spike": Figure(ref("backlog_growth"), "is_off"),
            },
        ),
        Extract("daily_ops_summary.csv", cadence="daily"),
        Extract("daily_ops_summary.txt", cadence="daily"),
        Extract(
            "data_quality_score.csv",
            columns={
                "score": QUALITY,
                "null_id_rate": Figure(FAULTS, where={"fault": "null id"}),
                "null_created_rate": Figure(FAULTS, where={"fault": "null created"}),
                "non_positive_sla_rate": Figure(FAULTS, where={"fault": "non-positive SLA"}),
                "duplicate_id_rate": Figure(FAULTS, where={"fault": "duplicate id"}),
            },
        ),
    ),
)
