"""The shop's five KPIs in plain Python: what each is asked of, what number it is, and a line of its history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .around import WEEK, Row, Seen

ORDERS, VISITS = "orders", "visits"
QUERIES = {"01": ORDERS, "02": ORDERS, "03": VISITS}
"""By number of KPI: the dataset it asks."""
FORMULAS = {"04": "02 by 01", "05": "mean of 01 over four weeks"}

Number = tuple[Decimal | None, Decimal | None, Decimal | None]
"""Value, numerator, denominator."""
UNKNOWN: Number = (None, None, None)
Cell = tuple[str, date]
"""Number of a KPI and the Monday of a week."""


@dataclass
class Evaluated:
    number: Number
    state: str
    trouble: object = None  # equal for two troubles that say the same
    seen: Seen | None = None
    parts: Mapping[Cell, "Line | None"] = field(default_factory=dict)


@dataclass
class Line:
    """One line of a cell's history. `reasons` tells which ones would be true."""

    number: Number
    state: str
    reasons: Callable[[], Iterable[str]] = field(repr=False)
    of: Evaluated = field(repr=False)
    query: int
    set_by_hand: bool = False
    reason: str = ""  # as the ledger gave it
    id: int = 0

    @property
    def has_number(self) -> bool:
        return self.state in ("final", "provisional")


def parts_of(formula: str, week: date) -> list[Cell]:
    if formula == "04":
        return [("02", week), ("01", week)]
    return [("01", week - WEEK * n) for n in (3, 2, 1, 0)]


def asked(kpi: str, wording: int, rows: Sequence[Row]) -> Decimal | None:
    many = len(rows)
    if kpi == "02":
        amounts = [r.amount for r in rows if not wording or r.amount >= 5]
        return Decimal(sum(amounts)) if amounts else None
    if kpi == "03" and wording:
        return Decimal(int(100 / (many - 2)))
    return Decimal(sum(r.amount >= 5 for r in rows) if wording else many)


def computed(formula: str, values: Sequence[Decimal | None]) -> Number:
    if formula == "04":
        revenue, orders = values
        if revenue is None or orders is None:
            return UNKNOWN
        return (revenue / orders if orders else None, revenue, orders)
    known = [v for v in values if v is not None]
    return (sum(known, Decimal(0)) / 4 if len(known) == 4 else None, None, None)
