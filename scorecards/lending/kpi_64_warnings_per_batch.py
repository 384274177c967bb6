"""Warnings per batch: rules that ended in a warning in the month's loads of the lending datasets, for each load.

Rules, not rows: one rule that a thousand rows break is one. Rules that hold the KPIs back show in load success; loads
that were refused have no verdict and are left out. The same warning counts every night, until its source is mended.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Warnings per batch",
    owner="Data",
    unit="warnings",
    better="lower",
    cadence="monthly",
    since="2026-11",  # loads are on record from here on
    target=Target(1, warn=2),
    type="guardrail",
    tier="diagnostic",
    kind="ratio",
    tags=("data quality",),
    dimensions=("dataset",),
    measure=Query("""
        select sum(warnings) as numerator,
               count(*) as denominator
        from   vl_analytics.dataset_quality
        where  level in ('pass', 'warn', 'fail')
        and    dataset in ('loan_book', 'applications_funnel', 'collections_contacts', 'marketing_spend')
        and    loaded_at >= :start
        and    loaded_at <  :end
    """),
)
