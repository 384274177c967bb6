"""Consents given to messages by e-mail or SMS.

Gross: who takes a consent back later stays counted in the week it was given, so that past weeks do not shrink. One who
agrees to both channels has two. By channel it shows where they come from.
"""

from core import KPI, Query

kpi = KPI(
    title="Opt-ins",
    owner="Fan Engagement",
    unit="opt-ins",
    better="higher",
    type="driver",
    tier="leadership",
    tags=("engagement",),
    kind="flow",
    dimensions=("channel", "team"),
    measure=Query("""
        select count(*) as value
        from   staging.subscriptions
        where  opted_in_at >= :start
        and    opted_in_at <  :end
        and    channel in ('email', 'sms')
    """),
)
