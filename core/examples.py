"""Examples: a few rows, and the number that a KPI makes of them in a period.

They stand beside a KPI, in a CSV or in its own file, and `kpi test` runs its query on them. They say nothing of how
the number is got: a definition with other examples is the same definition.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.errors import MisuseError
from core.periods import parse
from core.readings import Number

Rows = Sequence[Mapping[str, object]]
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_TOLD = 'write a number, a ratio as "3/4", or "unknown"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`period` is `2026-W47`; `expect` a number, a ratio as "3/4", or "unknown". `rows` are those of the dataset, or by
    name where there are several: {"orders": [...], "clients": [...]}. A column that a row does not name is null.

    Of a `ref()` formula the rows give the numbers of its parents, one row a period, the last one for `period`.
    """

    period: str
    expect: int | float | Decimal | str
    rows: Rows | Mapping[str, Rows] = ()
    name: str = ""

    def problems(self) -> list[str]:
        """Every fault of the example itself; whether its columns are known shows beside its dataset."""
        found = [] if isinstance(self.name, str) else [f"name={self.name!r} is not a text"]
        if fault := period_fault(self.period):
            found.append(fault)
        try:
            expected(self.expect)
        except ValueError as error:
            found.append(f"expect={self.expect!r}: {error}")
        listed = self.rows.values() if isinstance(self.rows, Mapping) else [self.rows]
        if not all(_are_rows(rows) for rows in listed):
            found.append('rows is not a list of rows: write rows=[{"closed_at": "2026-11-16 09:00+00"}]')
        return found


def period_fault(said: object) -> str:
    if not isinstance(said, str):
        return f"period={said!r} is not a text: write a week as 2026-W47"
    try:
        parse(said)
    except MisuseError as error:
        return str(error)
    return ""


def expected(said: object) -> Number:
    """`12`, `3/4` or `unknown` as a number. Raises ValueError that says how to write it."""
    text = "" if isinstance(said, bool) or not isinstance(said, int | float | Decimal | str) else str(said).strip()
    if text.lower() == "unknown":
        return Number()
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(_TOLD)
    if len(parts) == 2:
        return Number.ratio(Decimal(parts[0]), Decimal(parts[1]))
    return Number(Decimal(parts[0]))


def meets(number: Number, expect: Number, tolerance: float) -> bool:
    """Whether a number is the expected one: both parts where a ratio is expected, else the value."""
    if expect.is_ratio:
        parts = ((number.numerator, expect.numerator), (number.denominator, expect.denominator))
        return all(_same(found, wanted, number.approximate, tolerance) for found, wanted in parts)
    return _same(number.value, expect.value, number.approximate, tolerance)


def _same(found: Decimal | None, wanted: Decimal | None, approximate: bool, tolerance: float) -> bool:
    return Number(found, approximate=approximate).same_as(Number(wanted), Decimal(str(tolerance)))


def _are_rows(said: object) -> bool:
    if not isinstance(said, list | tuple):
        return False
    return all(isinstance(row, Mapping) and all(isinstance(name, str) for name in row) for row in said)
