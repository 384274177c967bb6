"""Schema drift: columns that sources deliver and no contract knows, by the last load before the month ended.

A new column is no fault, but somebody decided something without telling. A column that is lost or of another type is
not in here: such a load is refused, and shows in load success.
"""

from core import KPI, Query

kpi = KPI(
    title="Schema drift",
    owner="Data",
    unit="columns",
    better="lower",
    cadence="monthly",
    since="2026-11",  # loads are on record from here on
    target=0,
    type="guardrail",
    tier="diagnostic",
    kind="stock",
    tags=("data quality",),
    dimensions=("dataset",),
    measure=Query("""
        select sum(columns_ignored) as value
        from   (
                   select distinct on (dataset) dataset, columns_ignored
                   from   vl_analytics.dataset_quality
                   where  loaded_at < :end
                   and    level in ('pass', 'warn', 'fail')
                   and    dataset in ('loan_book', 'applications_funnel', 'collections_contacts', 'marketing_spend')
                   order  by dataset, loaded_at desc
               ) as latest
    """),
)
