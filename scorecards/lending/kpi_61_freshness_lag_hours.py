"""Freshness lag: hours between the newest row of the stalest dataset and the month's end.

By the last load before the month ended that brought rows: neither what came later nor a load that was refused makes
the month look better. Datasets without a watermark (the loan book, funding costs) cannot tell and are left out.
Without a load on record it is unknown.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Freshness lag",
    owner="Data",
    unit="hours",
    better="lower",
    cadence="monthly",
    since="2026-11",  # loads are on record from here on
    target=Target(48, warn=96),
    type="guardrail",
    tier="diagnostic",
    kind="stock",
    tags=("data quality",),
    dimensions=("dataset",),
    measure=Query("""
        select max(extract(epoch from cast(:end as timestamptz) - watermark)) / 3600 as value
        from   (
                   select distinct on (dataset) dataset, watermark
                   from   vl_analytics.dataset_quality
                   where  dataset in ('applications_funnel', 'collections_contacts', 'marketing_spend')
                   and    level in ('pass', 'warn', 'fail')
                   and    loaded_at < :end
                   order  by dataset, loaded_at desc
               ) as latest
    """),
)
