"""Replacements under way for existing clients, as reported in the weekly sheet. One that takes weeks is in each.

The sheet is kept by hand: blank rows are skipped, a number typed as text is a number, and a word in a number cell is an
error that names the cell. A week that nobody has reported yet is unknown; a reported week without a replacement for an
existing client is 0.
"""

from core import KPI, Blend, Sheet, Target

kpi = KPI(
    title="Replacement processes, existing clients",
    owner="Customer Success",
    unit="replacements",
    better="lower",
    target=Target(6, warn=8),
    type="driver",
    tier="operational",
    kind="stock",
    measure=Blend(
        tables={
            "report": Sheet(
                "cs_weekly_report",
                tab="Weekly",
                columns={"week_reported": "text", "client": "text", "client_type": "text", "replacements": "integer"},
            ),
        },
        sql="""
            select sum(case when lower(trim(client_type)) like 'existing%' then replacements else 0 end) as value
            from   report
            where  upper(trim(week_reported)) = :week
        """,
    ),
)
