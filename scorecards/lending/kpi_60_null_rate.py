"""Null rate: of the cells that every row should have, those that are empty, in the rows of the month.

Of the columns that a row is worth little without, in the four datasets; keys are left out, for the contract lets none
be empty. A large dataset outweighs a small one: look at it by dataset.
"""

from core import KPI, Query, Target

kpi = KPI(
    title="Null rate",
    owner="Data",
    unit="%",
    better="lower",
    cadence="monthly",
    target=Target(0.005, warn=0.01),
    type="guardrail",
    tier="diagnostic",
    kind="ratio",
    tags=("data quality",),
    dimensions=("dataset",),
    measure=Query("""
        select sum(empty) as numerator,
               sum(cells) as denominator
        from   (
                   select 'loan_book' as dataset, 5 as cells,
                          num_nulls(annual_rate, fee, channel, region, opened_on) as empty
                   from   staging.loan_book where snapshot_month >= :start and snapshot_month < :end
                   union  all
                   select 'applications_funnel', 3, num_nulls(channel, region, amount_requested)
                   from   staging.applications_funnel where started_at >= :start and started_at < :end
                   union  all
                   select 'collections_contacts', 4, num_nulls(loan_id, channel, reached, cost)
                   from   staging.collections_contacts where contacted_at >= :start and contacted_at < :end
                   union  all
                   select 'marketing_spend', 3, num_nulls(channel, campaign, spend)
                   from   staging.marketing_spend where spent_on >= :start and spent_on < :end
               ) as read
    """),
)
