"""Units: what a number is counted in, and how people read it.

A unit is a short word. `%` means that the number is a share (0.118 is read as 11.8 %); a currency code
means money; everything else is a count or a measure of the thing it names.
"""

import re
from decimal import Decimal

# Measures that are rarely whole; any other word counts things and shows decimals only where there are some.
MEASURED = frozenset({"hours", "days", "minutes", "ms", "x"})


def is_share(unit: str) -> bool:
    return unit == "%"


def is_money(unit: str) -> bool:
    return bool(re.fullmatch(r"[A-Z]{3}", unit))


def decimals(unit: str, value: Decimal | None = None) -> int:
    """How many decimals people want to see."""
    if is_share(unit) or unit in MEASURED:
        return 1
    if is_money(unit):
        return 2 if value is not None and abs(value) < 1000 else 0
    if value is not None and value != value.to_integral_value():
        return 2
    return 0


def counted(count: int, thing: str) -> str:
    """`1 KPI`, `2 KPIs`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def show(value: Decimal | None, unit: str) -> str:
    """`11.8 %`, `380,408 GBP`, `12 forms`; an unknown number is a dash, never 0."""
    if value is None:
        return "–"
    shown = value * 100 if is_share(unit) else value
    return f"{shown:z,.{decimals(unit, value)}f} {unit}"
