"""Cases that are open when the week ends.

The backlog of its last day, and no sum: a case that lay open from Monday to Sunday is one case, not seven. Weeks end
on Sunday at midnight, when little has been closed since Friday: hold it against other weeks, not against a Wednesday.
"""

from core import KPI, ref

kpi = KPI(
    title="Open backlog, end of the week",
    owner="Support Operations",
    unit="cases",
    better="lower",
    type="driver",
    tier="leadership",
    tags=("backlog",),
    kind="stock",
    measure=ref("open_backlog").last(days=1),
)
