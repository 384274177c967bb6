"""KPIs drawn by chance that group, rank or take distinct rows below their outermost SELECT, with their meaning beside.

Every level is a pair of a text and a function from rows to rows, as plain Python says it.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from core.periods import Period
from tests.rewrite.generated_parts import Part, Value, condition
from tests.rewrite.generated_rows import SALES, Row, Tables

Rows = list[Row]
_NAMES = {name: name for name in SALES}


@dataclass(frozen=True)
class Level:
    """A SELECT over `{below}`: its text, and what it makes of the rows below."""

    text: str
    of: Callable[[Rows], Rows]
    ranks: bool = False


@dataclass(frozen=True)
class Deep:
    """One KPI."""

    number: int
    sql: str
    moment: str
    kept: tuple[Part, ...]
    levels: tuple[Level, ...]
    totals: Mapping[str, Callable[[Rows], Value]]
    scans = True
    approximate = False

    def answers(self, tables: Tables, zone: ZoneInfo, periods: Sequence[Period]) -> list[dict[str, Value]]:
        """What the query says for each period, worked out in Python."""
        rows = [row for row in tables.sales if all(part.of(row) is True for part in self.kept)]
        dated = sorted(((d, row) for row in rows if (d := _day(row, self.moment, zone))), key=itemgetter(0))
        days = [day for day, _ in dated]
        found = []
        for period in periods:
            read = [row for _, row in dated[bisect_left(days, period.start) : bisect_left(days, period.end)]]
            for level in self.levels:
                read = level.of(read)
            found.append({name: total(read) for name, total in self.totals.items()})
        return found


def _day(row: Row, moment: str, zone: ZoneInfo) -> date | None:
    said = row[moment]
    if isinstance(said, datetime):
        return (said.astimezone(zone) if said.tzinfo else said).date()
    return said if isinstance(said, date) else None


def deep(number: int) -> Deep:
    draw = Random(f"deep {number}")
    moment = draw.choice(("sold", "noted", "day"))
    kept = tuple(condition(draw, _NAMES) for _ in range(draw.choice((0, 1, 2))))
    levels = [draw.choice((_grouped, _grouped, _distinct, _numbered))(draw)]
    for _ in range(draw.choice((0, 1, 1, 2))):
        levels.append(draw.choice((_regrouped, _ranked, _ranked))(draw))
    totals = _totals(draw, levels[-1].ranks)
    held = [f"{moment} >= :start", f"{moment} < :end", *(c.text if c.tight else f"({c.text})" for c in kept)]
    draw.shuffle(held)
    source = f"staging.sales where {' and '.join(held)}".format(**_NAMES)
    columns = ", ".join(f"{text} as {name}" for name, (text, _) in totals.items())
    sql = _sql(draw, [level.text for level in levels], source, columns)
    return Deep(number, sql, moment, kept, tuple(levels), {name: of for name, (_, of) in totals.items()})


def _sql(draw: Random, texts: Sequence[str], source: str, columns: str) -> str:
    """The levels one in the other, or one after the other as tables of a WITH."""
    if draw.random() < 0.3:
        named = [f"l{n} as ({text.format(below=f'l{n - 1}' if n else source)})" for n, text in enumerate(texts)]
        return f"with {', '.join(named)}\nselect {columns} from l{len(texts) - 1}"
    below = source
    for n, text in enumerate(texts):
        below = f"({text.format(below=below)}) as x{n}"
    return f"select {columns} from {below}"


# The level that reads the table: columns a, b, n, q.


def _grouped(draw: Random) -> Level:
    keys = draw.sample(("kind", "region", "customer"), 2)
    one = draw.random() < 0.3
    many = draw.random() < 0.3
    text = (
        f"select {keys[0]} as a, {f'count({keys[1]})' if one else keys[1]} as b, count(*) as n, sum(qty) as q "
        f"from {{below}} group by {draw.choice(('1', keys[0])) if one else ', '.join(keys)}"
        f"{' having count(*) > 1' if many else ''}"
    )

    def of(rows: Rows) -> Rows:
        told = []
        for group in _groups(rows, keys[:1] if one else keys):
            if len(group) > 1 or not many:
                told.append({"a": group[0][keys[0]], "b": None, "n": len(group), "q": _sum(group, "qty")})
        return told

    return Level(text, of)


def _distinct(draw: Random) -> Level:
    keys = draw.sample(("kind", "region", "flag"), 2)
    text = f"select distinct {keys[0]} as a, {keys[1]} as b, coalesce(qty, 0) as n, qty as q from {{below}}"

    def of(rows: Rows) -> Rows:
        told = {(row[keys[0]], row[keys[1]], row["qty"]) for row in rows}
        folded = {(a, b, q or 0, q) for a, b, q in told}
        return [{"a": a, "b": b, "n": n, "q": q} for a, b, n, q in folded]

    return Level(text, of)


def _numbered(draw: Random) -> Level:
    key = draw.choice(("kind", "customer"))
    text = (
        f"select {key} as a, region as b, row_number() over (partition by {key} order by id) as n, "
        f"sum(qty) over (partition by {key}) as q from {{below}}"
    )

    def of(rows: Rows) -> Rows:
        return [
            {"a": row[key], "b": row["region"], "n": n, "q": _sum(group, "qty")}
            for group in _groups(rows, [key])
            for n, row in enumerate(sorted(group, key=lambda row: int(str(row["id"]))), start=1)
        ]

    return Level(text, of)


# Levels above it.


def _regrouped(draw: Random) -> Level:
    least = draw.choice((0, 1))
    text = f"select a, 'all' as b, max(n) as n, sum(q) as q from {{below}} where n > {least} group by a"

    def of(rows: Rows) -> Rows:
        kept = [row for row in rows if row["n"] > least]  # type: ignore[operator]
        return [
            {"a": group[0]["a"], "b": "all", "n": max(_all(group, "n")), "q": _sum(group, "q")}
            for group in _groups(kept, ["a"])
        ]

    return Level(text, of)


def _ranked(draw: Random) -> Level:
    apart = draw.random() < 0.4
    text = (
        f"select a, b, n, q, rank() over ({'partition by a ' if apart else ''}order by n desc) as place, "
        "count(*) over () as lines from {below}"
    )

    def of(rows: Rows) -> Rows:
        return [
            {**row, "place": 1 + sum(n > row["n"] for n in _all(group, "n")), "lines": len(rows)}
            for group in (_groups(rows, ["a"]) if apart else [rows])
            for row in group
        ]

    return Level(text, of, ranks=True)


def _totals(draw: Random, ranks: bool) -> Mapping[str, tuple[str, Callable[[Rows], Value]]]:
    choices: list[tuple[str, Callable[[Rows], Value]]] = [
        ("count(*)", len),
        ("sum(n)", lambda rows: _sum(rows, "n")),
        ("coalesce(sum(q), 0)", lambda rows: _sum(rows, "q") or 0),
        ("max(n) - min(n)", lambda rows: max(_all(rows, "n")) - min(_all(rows, "n")) if rows else None),
        ("count(distinct a)", lambda rows: len(set(_all(rows, "a")))),
        ("sum(q) filter (where n > 1)", lambda rows: _sum([r for r in rows if r["n"] > 1], "q")),  # type: ignore[operator]
    ]
    if ranks:
        choices = [
            ("sum(n) filter (where place <= 2)", lambda rows: _sum([r for r in rows if r["place"] <= 2], "n")),  # type: ignore[operator]
            ("count(*) filter (where place = 1)", lambda rows: sum(r["place"] == 1 for r in rows)),
            ("max(lines)", lambda rows: max(_all(rows, "lines"), default=None)),
            *choices[:3],
        ]
    if draw.random() < 0.4:
        return {"numerator": draw.choice(choices), "denominator": draw.choice(choices)}
    return {"value": draw.choice(choices)}


def _groups(rows: Rows, keys: Sequence[str]) -> list[Rows]:
    found: dict[tuple[object, ...], Rows] = defaultdict(list)
    for row in rows:
        found[tuple(row[key] for key in keys)].append(row)
    return list(found.values())


def _all(rows: Rows, name: str) -> list[Any]:
    return [row[name] for row in rows if row[name] is not None]


def _sum(rows: Rows, name: str) -> Value:
    found = _all(rows, name)
    return sum(found) if found else None
