"""Parameters: numbers that a scorecard sets and its queries name as `:sla_hours`.

They are constants of a definition, not values of a period: before anything else reads a query, they stand in its text.
So they are part of its hash, the same in every form and dialect it is asked in, and shown by `kpi why` as they were.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from core.measures import Blend, Measure, Query
from core.targets import Amount

_NAMED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|(?<![:\w\\]):(\w+)(?![:\w])""", re.DOTALL)
"""What SQLAlchemy's text() takes for a bind. Quotes and comments are passed over: `kpi check` tells of them."""


def with_parameters(measure: Measure, parameters: Mapping[str, Amount]) -> Measure:
    """The measure with the numbers in the place of their names, also in the queries that a blend is made of."""
    numbers = {name: _written(Decimal(str(amount))) for name, amount in parameters.items()}
    if isinstance(measure, Query):
        return _with_numbers(measure, numbers)
    if isinstance(measure, Blend):
        tables = {
            n: _with_numbers(one, numbers) if isinstance(one, Query) else one for n, one in measure.tables.items()
        }
        return replace(measure, tables=tables, sql=_filled(measure.sql, numbers))
    return measure


def _with_numbers(query: Query, numbers: Mapping[str, str]) -> Query:
    return replace(query, sql=_filled(query.sql, numbers))


def _filled(sql: str, numbers: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda found: numbers.get(found[1] or "", found[0]), sql)


def _written(number: Decimal) -> str:
    """As SQL writes it; a negative one in parentheses, since `--3` would begin a comment."""
    return f"({number:f})" if number < 0 else f"{number:f}"
