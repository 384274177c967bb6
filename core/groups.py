"""Groups of KPIs: by who reads them, and by what they are for."""

from typing import get_args

from core.kpi import KPI, KPIType, Tier


def rank(kpi: KPI) -> tuple[int, int]:
    """KPIs of a tier stand together, the executive one first; those without one behind all."""
    words = ((kpi.tier, get_args(Tier)), (kpi.type, get_args(KPIType)))
    first, second = (known.index(said) or len(known) for said, known in words)
    return first, second


def group(kpi: KPI) -> str:
    """`Executive · north star`; nothing where the KPI has neither tier nor type."""
    return " · ".join(dict.fromkeys(filter(None, (kpi.tier, kpi.type)))).replace("_", " ").capitalize()
