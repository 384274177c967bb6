"""Rows for generated KPIs: moments at every edge that a week has, nulls, duplicates, weeks without rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from core.periods import Week, span

WEEKS = list(span(Week.of(2020, 49), Week.of(2025, 48)))  # 261, week 53 of 2020 among them
Row = Mapping[str, object]

SALES = {
    **{"id": "integer", "sold": "timestamptz", "noted": "timestamp", "day": "date", "customer": "integer"},
    **{"kind": "text", "region": "text", "qty": "integer", "price": "decimal(10,2)", "weight": "float"},
    **{"flag": "boolean"},
}
CUSTOMERS = {"id": "integer", "tier": "text", "score": "integer"}
_TICK = timedelta(microseconds=1)
_CLOCK_CHANGES = ("2021-03-14", "2021-03-28", "2021-10-31", "2021-11-07", "2024-03-10", "2024-03-31", "2024-11-03")


@dataclass(frozen=True)
class Tables:
    """`sales` and `customers` as lists of rows. A customer may stand there twice, or not at all."""

    sales: list[Row]
    customers: list[Row]


def drawn(zone: ZoneInfo, seed: int = 7, count: int = 1_600) -> Tables:
    draw = Random(seed)
    moments = [*_edges(zone, draw), *_scattered(zone, draw, count)]
    sales = [_sale(n, moment, zone, draw) for n, moment in enumerate(moments)]
    sales += [{**draw.choice(sales), "id": len(sales) + n} for n in range(60)]  # the same once more
    ids = [*range(40), 3, 17]
    customers: list[Row] = [
        {"id": n, "tier": draw.choice(("gold", "tin", None)), "score": draw.choice((None, *range(9)))} for n in ids
    ]
    return Tables(sales, customers)


def _edges(zone: ZoneInfo, draw: Random) -> Iterator[datetime]:
    """Midnights and the moments before them: of Mondays, of New Year, of the days on which clocks change."""
    days = [week.start for week in draw.sample(WEEKS, 25)] + [WEEKS[0].start, WEEKS[-1].end]
    days += [date(year, 1, 1) for year in (2021, 2022, 2025)] + [date(2020, 12, 28), date(2021, 1, 4)]
    days += [date.fromisoformat(day) + timedelta(days=more) for day in _CLOCK_CHANGES for more in (0, 1)]
    for day in days:
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        yield from (midnight - _TICK, midnight, midnight + _TICK)
        yield from (midnight + timedelta(hours=hours, minutes=30) for hours in (0, 1, 2, 3))
        yield datetime.combine(day, time(), UTC)  # midnight, but not here


def _scattered(zone: ZoneInfo, draw: Random, count: int) -> Iterator[datetime]:
    first, last = WEEKS[0].start - timedelta(weeks=60), WEEKS[-1].end + timedelta(weeks=2)
    begins = datetime.combine(first, time(), zone)
    silent = {week.start for week in draw.sample(WEEKS, 30)}
    while count:
        moment = begins + timedelta(microseconds=draw.randrange((last - first).days * 86_400_000_000))
        if Week.containing(moment.astimezone(zone).date()).start not in silent:
            count -= 1
            yield moment.astimezone(UTC)


def _sale(number: int, moment: datetime, zone: ZoneInfo, draw: Random) -> Row:
    here = moment.astimezone(zone).replace(tzinfo=None)
    return {
        "id": number,
        "sold": None if draw.random() < 0.03 else moment,
        "noted": None if draw.random() < 0.05 else here,
        "day": here.date(),
        "customer": draw.choice((None, *range(50))),
        "kind": draw.choice(("a", "b", "c", "it's", None)),
        "region": draw.choice(("north", "north_east", "south", "100%", "", None)),
        "qty": draw.choice((None, 0, 1, 1, 2, 3, 5, 8, -4)),
        "price": draw.choice((None, *(Decimal(n).scaleb(-2) for n in (0, 5, 199, 250, 1999, 100001, -75)))),
        "weight": draw.choice((None, 0.1, 0.25, 1.7, 3.3333, -2.5)),
        "flag": draw.choice((True, False, None)),
    }


def values(rows: list[Row]) -> str:
    """Rows as the list of an INSERT."""
    return ",\n".join(f"({', '.join(_literal(value) for value in row.values())})" for row in rows)


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float | Decimal):
        return str(value).lower()
    text = str(value).replace("'", "''")
    return f"'{text}'"


def statements(tables: Tables) -> Iterator[str]:
    """What makes the tables, the same words for PostgreSQL and DuckDB."""
    for name, columns, rows in (("sales", SALES, tables.sales), ("customers", CUSTOMERS, tables.customers)):
        typed = ", ".join(f"{column} {kind.replace('float', 'double precision')}" for column, kind in columns.items())
        yield f"create table staging.{name} ({typed})"
        yield f"insert into staging.{name} values {values(rows)}"
