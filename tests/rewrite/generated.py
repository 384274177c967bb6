"""KPIs drawn by chance, each with its query and, beside it, what the query means in plain Python.

The oracle knows the rows and what was drawn, never the SQL: every part is drawn as a pair of a text and a function.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from random import Random
from zoneinfo import ZoneInfo

from core.periods import Period
from tests.rewrite.generated_parts import Names, Part, Total, Value, condition, drawn_totals
from tests.rewrite.generated_rows import Row, Tables


@dataclass(frozen=True)
class Source:
    """A FROM: its text, the rows it stands for, and what their columns are called in it."""

    text: str
    names: Names
    rows: Callable[[Tables], Iterable[Row]]
    prelude: str = ""
    held: str = ""  # what ties its tables together, where that stands among the conditions


@dataclass(frozen=True)
class Window:
    """The days a query reads for a period: the first, and the one after the last."""

    text: str
    days: Callable[[Period], tuple[date, date]]
    plain: bool = True  # the period's own range and nothing beside it


@dataclass(frozen=True)
class Moment:
    text: str
    day: Callable[[Row, ZoneInfo], date | None]


@dataclass(frozen=True)
class Generated:
    """One KPI."""

    number: int
    sql: str
    source: Source
    moment: Moment
    window: Window
    conditions: tuple[Part, ...]
    totals: Mapping[str, Total]
    approximate: bool

    @property
    def scans(self) -> bool:
        return self.window.plain and not any(total.ranged for total in self.totals.values())

    def answers(self, tables: Tables, zone: ZoneInfo, periods: Sequence[Period]) -> list[dict[str, Value]]:
        """What the query says for each period, worked out in Python."""
        kept = [row for row in self.source.rows(tables) if all(one.of(row) is True for one in self.conditions)]
        dated = sorted(((d, row) for row in kept if (d := self.moment.day(row, zone)) is not None), key=itemgetter(0))
        days = [day for day, _ in dated]

        def read(period: Period) -> list[Row]:
            first, after = self.window.days(period)
            return [row for _, row in dated[bisect_left(days, first) : bisect_left(days, after)]]

        return [{name: total.of(read(p), p) for name, total in self.totals.items()} for p in periods]


def generated(number: int) -> Generated:
    draw = Random(f"kpi {number}")
    source = _source(draw)
    moment, window = _moment(draw), _window(draw)
    conditions = tuple(condition(draw, source.names) for _ in range(draw.choice((0, 1, 1, 2, 3))))
    totals = drawn_totals(draw, source.names)
    return Generated(
        number,
        _sql(draw, source, moment, window, conditions, totals),
        source,
        moment,
        window,
        conditions,
        totals,
        any("weight" in total.text for total in totals.values()),
    )


def _sql(
    draw: Random,
    source: Source,
    moment: Moment,
    window: Window,
    conditions: Sequence[Part],
    totals: Mapping[str, Total],
) -> str:
    names = {**source.names, "m": moment.text.format(**source.names)}
    held = [*window.text.split(" and "), *(c.text if c.tight else f"({c.text})" for c in conditions)]
    held += [source.held] if source.held else []
    draw.shuffle(held)
    columns = ", ".join(f"{total.text} as {name}" for name, total in totals.items())
    joined = draw.choice((" and ", " AND ", "\n  and  ", " /* so */ and "))
    where = joined.join(held)
    if draw.random() < 0.15:
        where = f"({where})"
    text = f"{source.prelude}select {columns}\nfrom {source.text}\nwhere {where}".format(**names)
    return text + draw.choice(("", "\n", " -- that is all", "\n;"))


# Where rows come from.


def _source(draw: Random) -> Source:
    return draw.choice((_plain, _plain, _aliased, _derived, _cte, _joined, _left_joined, _listed))(draw)


_SALES = ("id", "sold", "noted", "day", "customer", "kind", "region", "qty", "price", "weight", "flag")


def _plain(draw: Random) -> Source:
    return Source("staging.sales", {name: name for name in _SALES}, lambda tables: tables.sales)


def _aliased(draw: Random) -> Source:
    alias = draw.choice(("s", "sale", '"S"'))
    return Source(
        f"staging.sales as {alias}", {name: f"{alias}.{name}" for name in _SALES}, lambda tables: tables.sales
    )


def _derived(draw: Random) -> Source:
    """Columns under other names, one of them computed, and a condition inside."""
    inner = condition(draw, _plain(draw).names)
    named = [f"{name} as {name}_x" for name in _SALES if name != "qty"] + ["coalesce(qty, 0) + 1 as qty_x"]
    where = draw.choice(("", f" where {inner.text}"))
    text = f"(select {', '.join(named)} from staging.sales{where}) as x".format(**_plain(draw).names)

    def rows(tables: Tables) -> Iterable[Row]:
        kept = [row for row in tables.sales if not where or inner.of(row) is True]
        return [{**row, "qty": (row["qty"] or 0) + 1} for row in kept]  # type: ignore[operator]

    return Source(text, {name: draw.choice((f"{name}_x", f"x.{name}_x")) for name in _SALES}, rows)


def _cte(draw: Random) -> Source:
    inner = condition(draw, _plain(draw).names)
    distinct = draw.random() < 0.4
    columns = ", ".join(name for name in _SALES if name != "id")
    body = f"select {'distinct ' * distinct}{columns}, 1 as id from staging.sales where {inner.text}"
    prelude = f"with chosen as ({body})\n".format(**_plain(draw).names)

    def rows(tables: Tables) -> Iterable[Row]:
        kept = [{**row, "id": 1} for row in tables.sales if inner.of(row) is True]
        return list({tuple(row.items()): row for row in kept}.values()) if distinct else kept

    return Source("chosen", {name: name for name in _SALES}, rows, prelude)


def _joined(draw: Random) -> Source:
    text = draw.choice(
        (
            "staging.sales as s join staging.customers as c on c.id = s.customer",
            "staging.customers as c inner join staging.sales as s on s.customer = c.id and c.id >= 0",
        )
    )
    names = {**{name: f"s.{name}" for name in _SALES}, "tier": "c.tier", "score": "score"}
    return Source(text, names, lambda tables: _pairs(tables, outer=False))


def _left_joined(draw: Random) -> Source:
    names = {**{name: f"s.{name}" for name in _SALES}, "tier": "tier", "score": "c.score"}
    text = "staging.sales as s left join staging.customers as c on c.id = s.customer"
    return Source(text, names, lambda tables: _pairs(tables, outer=True))


def _listed(draw: Random) -> Source:
    """The join of old: with a comma, and its condition among the others."""
    text = "staging.sales as s, (select id, tier, score from staging.customers) as c"
    names = {**{name: f"s.{name}" for name in _SALES}, "tier": "tier", "score": "c.score"}
    return Source(text, names, lambda tables: _pairs(tables, outer=False), held="c.id = s.customer")


def _pairs(tables: Tables, *, outer: bool) -> Iterable[Row]:
    by_id: dict[object, list[Row]] = {}
    for customer in tables.customers:
        by_id.setdefault(customer["id"], []).append(customer)
    for sale in tables.sales:
        partners = by_id.get(sale["customer"], []) if sale["customer"] is not None else []
        for customer in partners or ([{"tier": None, "score": None}] if outer else []):
            yield {**sale, "tier": customer["tier"], "score": customer["score"]}


# When.


def _moment(draw: Random) -> Moment:
    def local(row: Row, zone: ZoneInfo) -> date | None:
        sold = row["sold"]
        return sold.astimezone(zone).date() if isinstance(sold, datetime) else None

    def noted(row: Row, zone: ZoneInfo) -> date | None:
        return row["noted"].date() if isinstance(row["noted"], datetime) else None

    def day(row: Row, zone: ZoneInfo) -> date | None:
        return row["day"]  # type: ignore[return-value]

    def either(row: Row, zone: ZoneInfo) -> date | None:
        return noted(row, zone) or day(row, zone)

    return draw.choice(
        (
            *(Moment("{sold}", local), Moment("{sold}", local), Moment("{noted}", noted), Moment("{day}", day)),
            *(Moment("cast({sold} as date)", local), Moment("date_trunc('day', {noted})", noted)),
            Moment("coalesce({noted}, cast({day} as timestamp))", either),
        )
    )


def _window(draw: Random) -> Window:
    def own(period: Period) -> tuple[date, date]:
        return period.start, period.end

    def year(period: Period) -> tuple[date, date]:
        return period.end - _YEAR, period.end

    def ago(period: Period) -> tuple[date, date]:
        return period.start - _YEAR, period.end - _YEAR

    def iso(period: Period) -> tuple[date, date]:
        days = [day for n in range(7) if (day := period.start + timedelta(days=n)).isocalendar().year == period.year]
        return days[0], days[-1] + timedelta(days=1)

    plain = Window("{m} >= :start and {m} < :end", own)
    return draw.choice(
        (
            *[plain] * 6,
            Window(":start <= {m} and :end > {m}", own),
            Window("{m} >= cast(:start as date) and {m} < :end", own),
            Window("{m} >= :end - 364 and {m} < :end", year, plain=False),
            Window("{m} >= :start - 364 and {m} < :end - 364", ago, plain=False),
            Window("{m} >= :start and {m} < :end and extract(isoyear from {m}) = :year", iso, plain=False),
            Window("{m} >= :start and {m} < :end and cast({m} as date) <= :last_sunday", own, plain=False),
        )
    )


_YEAR = timedelta(days=364)
