"""From rows to a number: one row, `value` or `numerator` and `denominator`, and nothing else."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import isfinite

from core.errors import ShapeError
from core.readings import UNKNOWN, Number
from core.sources.database import Answer

_VALUE, _RATIO = {"value"}, {"numerator", "denominator"}


def number_of(answer: Answer, nothing_found: Decimal | None = None) -> Number:
    """The number in an answer. No row, NULL or a zero denominator is unknown, or `nothing_found` where that is given.

    Raises ShapeError for two rows, other columns, text, NaN or infinity.
    """
    columns = {name.lower() for name in answer.columns}
    if columns not in (_VALUE, _RATIO) or len(answer.columns) != len(columns):
        raise ShapeError(
            f"The query answers with the columns {', '.join(answer.columns)}.",
            next_step="Select `value`, or `numerator` and `denominator`, and nothing else.",
        )
    if len(answer.rows) > 1:
        raise ShapeError(
            "The query answers with more than one row.", next_step="A KPI is one number: drop the group by."
        )
    number = (
        _number(dict(zip((c.lower() for c in answer.columns), answer.rows[0], strict=True))) if answer.rows else UNKNOWN
    )
    return Number(nothing_found) if number.value is None and nothing_found is not None else number


def counts_of(answer: Answer, key: str, names: Iterable[str], columns: Sequence[str]) -> dict[str, dict[str, Decimal]]:
    """What an answer of one row a name counts, by name and column; null counts nothing.

    Raises ShapeError for other columns, a name that is none of `names` or stands twice, and what is no count.
    """
    head = [column.lower() for column in answer.columns]
    if sorted(head) != sorted([key, *columns]):
        raise ShapeError(
            f"The query answers with the columns {', '.join(answer.columns)}.",
            next_step=f"Select {', '.join([key, *columns])}, and nothing else.",
        )
    found: dict[str, dict[str, Decimal]] = {}
    known = set(names)
    for row in (dict(zip(head, values, strict=True)) for values in answer.rows):
        name = str(row[key])
        if name not in known or name in found:
            what = "has two rows" if name in found else "is not declared"
            raise ShapeError(
                f'The {key} "{name}" {what}.', next_step=f"Return one row for each declared {key} at most."
            )
        found[name] = {column: _exact(column, row[column]) or Decimal(0) for column in columns}
        if less := next((column for column, count in found[name].items() if count < 0), ""):
            raise ShapeError(f'`{less}` of the {key} "{name}" is below 0.', next_step="Count what adds up to a whole.")
    return found


def _number(row: dict[str, object]) -> Number:
    amounts = {name: _exact(name, value) for name, value in row.items()}
    approximate = any(isinstance(value, float) for value in row.values())
    if "value" in amounts:
        return Number(amounts["value"], approximate=approximate)
    return Number.ratio(amounts["numerator"], amounts["denominator"], approximate)


def _exact(name: str, value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ShapeError(f"`{name}` is {_kind(value)}, not a number.", next_step="Cast it in the query.")
    if not isfinite(value):
        raise ShapeError(f"`{name}` is {value}, not a number.", next_step="Guard the division: x / nullif(y, 0).")
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _kind(value: object) -> str:
    kinds = {"str": "text", "bool": "a truth value", "timedelta": "an interval", "bytes": "binary", "list": "a list"}
    return kinds.get(type(value).__name__, f"a {type(value).__name__}")
