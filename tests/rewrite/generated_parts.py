"""Conditions and aggregates drawn by chance, each a text and what it means in plain Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.periods import Period
from tests.rewrite.generated_rows import Row

Value = Any
Of = Callable[[Row], Value]
Totals = Callable[[list[Row], Period], Value]
Names = Mapping[str, str]
"""What a column is called where the query stands."""


@dataclass(frozen=True)
class Part:
    """A condition or an expression over one row: its text with {columns}, and what it means."""

    text: str
    of: Of
    tight: bool = True  # needs no parentheses among ANDs and beside NOT


@dataclass(frozen=True)
class Total:
    """An aggregate, or several in one expression, over the rows of a period."""

    text: str
    of: Totals
    ranged: bool = False  # names the period itself


# Which rows.


def condition(draw: Random, names: Names, depth: int = 2) -> Part:
    kind = draw.choice(("atom", "atom", "not", "and", "or")) if depth else "atom"
    if kind == "atom":
        return draw.choice([atom for atom in _ATOMS if _named(atom) <= names.keys()])
    one = condition(draw, names, depth - 1)
    if kind == "not":
        plain = one.tight and draw.random() < 0.5 and " and " not in one.text
        return Part(f"not {one.text}" if plain else f"not ({one.text})", lambda row: _not(one.of(row)))
    other = condition(draw, names, depth - 1)
    left, right = (p.text if p.tight else f"({p.text})" for p in (one, other))
    if kind == "and":
        return Part(f"{left} and {right}", lambda row: _and(one.of(row), other.of(row)))
    return Part(f"{left} or {right}", lambda row: _not(_and(_not(one.of(row)), _not(other.of(row)))), tight=False)


def _named(part: Part) -> set[str]:
    return {piece.partition("}")[0] for piece in part.text.split("{")[1:]}


def _not(said: bool | None) -> bool | None:
    return None if said is None else not said


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _known(column: str, holds: Callable[[Any], bool]) -> Of:
    """A comparison: null of a null."""
    return lambda row: None if row[column] is None else holds(row[column])


_ATOMS = (
    Part("{qty} > 2", _known("qty", lambda q: q > 2)),
    Part("{qty} + 1 <= 3", _known("qty", lambda q: q + 1 <= 3)),
    Part("{qty} between 1 and 5", _known("qty", lambda q: 1 <= q <= 5)),
    Part("{qty} is null", lambda row: row["qty"] is None),
    Part("{price} is not null", lambda row: row["price"] is not None),
    Part("{price} >= 2.50", _known("price", lambda p: p >= Decimal("2.50"))),
    Part("{kind} = 'a'", _known("kind", lambda k: k == "a")),
    Part("{kind} <> 'it''s'", _known("kind", lambda k: k != "it's")),
    Part("{kind} in ('a', 'b')", _known("kind", lambda k: k in "ab")),
    Part("{kind} not in ('b', 'c')", _known("kind", lambda k: k not in "bc")),
    Part("{kind} is distinct from 'a'", lambda row: row["kind"] != "a"),
    Part("{region} like 'north%'", _known("region", lambda r: r.startswith("north"))),
    Part("{region} = '100%'", _known("region", lambda r: r == "100%")),
    Part("{region} not like '%th'", _known("region", lambda r: not r.endswith("th"))),
    Part("coalesce({region}, '') = ''", lambda row: not row["region"]),
    Part("{flag}", lambda row: row["flag"]),
    Part("not {flag}", lambda row: _not(row["flag"])),  # type: ignore[arg-type]
    Part("{flag} is true", lambda row: row["flag"] is True),
    Part("{flag} is not true", lambda row: row["flag"] is not True),
    Part("case when {qty} > 1 then {flag} else {kind} = 'a' end", lambda row: _case(row)),
    Part("{weight} > 0.2", _known("weight", lambda w: w > 0.2)),
    Part("{tier} = 'gold'", _known("tier", lambda t: t == "gold")),
    Part("{score} % 2 = 1", _known("score", lambda s: s % 2 == 1)),
    Part("{score} is null", lambda row: row["score"] is None),
)


def _case(row: Row) -> bool | None:
    many = row["qty"] is not None and row["qty"] > 1  # type: ignore[operator]
    return row["flag"] if many else _known("kind", lambda k: k == "a")(row)  # type: ignore[return-value]


# What of them.


def drawn_totals(draw: Random, names: Names) -> Mapping[str, Total]:
    if draw.random() < 0.4:
        return {"numerator": _total(draw, names), "denominator": _total(draw, names)}
    return {"value": _total(draw, names)}


def _total(draw: Random, names: Names) -> Total:
    one = _aggregate(draw)
    kind = draw.choice(("bare", "bare", "bare", "filter", "filter", "zero", "less", "case", "ranged"))
    if kind == "filter":
        held = condition(draw, names)
        return Total(
            f"{one.text} filter (where {held.text})",
            lambda rows, p: one.of([row for row in rows if held.of(row) is True], p),
        )
    if kind == "zero":
        return Total(f"coalesce({one.text}, 0)", lambda rows, p: 0 if (said := one.of(rows, p)) is None else said)
    if kind == "less":
        other = _aggregate(draw)
        return Total(f"{one.text} - 2 * {other.text}", lambda rows, p: _less(one.of(rows, p), other.of(rows, p)))
    if kind == "case":
        text = f"case when count(*) > 1 then {one.text} end"
        return Total(text, lambda rows, p: one.of(rows, p) if len(rows) > 1 else None)
    if kind == "ranged":
        return Total(
            "count(*) filter (where {day} >= :start + 3)",
            lambda rows, p: sum(row["day"] >= p.start + timedelta(days=3) for row in rows),  # type: ignore[operator]
            ranged=True,
        )
    return one


def _less(one: Value, other: Value) -> Value:
    if one is None or other is None:
        return None
    return float(one) - 2 * float(other) if isinstance(one, float) or isinstance(other, float) else one - 2 * other


def _aggregate(draw: Random) -> Total:
    def column(name: str) -> Callable[[list[Row]], list[Any]]:
        return lambda rows: [row[name] for row in rows if row[name] is not None]

    def total(found: list[Any]) -> Value:
        return sum(found) if found else None

    qty, price, weight, kind, customer = map(column, ("qty", "price", "weight", "kind", "customer"))
    choices = (
        Total("count(*)", lambda rows, p: len(rows)),
        Total("count({qty})", lambda rows, p: len(qty(rows))),
        Total("count(distinct {customer})", lambda rows, p: len(set(customer(rows)))),
        Total("count(distinct lower({kind}))", lambda rows, p: len(set(kind(rows)))),
        Total("sum({qty})", lambda rows, p: total(qty(rows))),
        Total("sum({price})", lambda rows, p: total(price(rows))),
        Total("sum({weight})", lambda rows, p: total(weight(rows))),
        Total("min({price})", lambda rows, p: min(price(rows), default=None)),
        Total("max({qty} + 1)", lambda rows, p: max((q + 1 for q in qty(rows)), default=None)),
        Total(
            "sum({qty} * {price})",
            lambda rows, p: total(
                [row["qty"] * row["price"] for row in rows if row["qty"] is not None and row["price"] is not None]  # type: ignore[operator]
            ),
        ),
        Total(
            "sum(case when {kind} = 'a' then {qty} else 1 end)",
            lambda rows, p: total([q for row in rows if (q := row["qty"] if row["kind"] == "a" else 1) is not None]),
        ),
        Total(
            "count(distinct case when {flag} then {id} end)", lambda rows, p: len({r["id"] for r in rows if r["flag"]})
        ),
    )
    return draw.choice(choices)
