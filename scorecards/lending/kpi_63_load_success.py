"""Load success: of the month's loads and checks of the lending datasets, those whose contract did not fail.

One that was refused (a column lost, a file that is not there) counts as failed, and so does one that was loaded and
holds its KPIs back. A warning is a success: it is published with a badge.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Load success",
    owner="Data",
    unit="%",
    better="higher",
    cadence="monthly",
    since="2026-11",  # loads are on record from here on
    target=Target(0.99, warn=0.95),
    type="guardrail",
    tier="diagnostic",
    kind="ratio",
    tags=("data quality",),
    dimensions=("dataset",),
    measure=Query("""
        select count(*) filter (where level in ('pass', 'warn')) as numerator,
               count(*) as denominator
        from   vl_analytics.dataset_quality
        where  dataset in ('loan_book', 'applications_funnel', 'collections_contacts', 'marketing_spend')
        and    loaded_at >= :start
        and    loaded_at <  :end
    """),
)
