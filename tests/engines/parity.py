"""The numbers of every KPI file that asks the warehouse, on one engine."""

from collections.abc import Iterator, Sequence
from math import isclose

from core.catalog import Catalog, Definition
from core.databases import Databases
from core.measures import Query
from core.periods import Period, parse
from core.readings import Number
from core.rewrite.dialects import Refusal, translated
from core.sources.database import Answer, ask
from core.sources.shape import number_of

WEEKS = [parse(f"2026-W{number}") for number in (27, 35, 43, 45, 46, 47)]
"""The first is whole but for its first days, the last has no rows at all."""


REFUSED = {"product_growth.07", "support.06", "support.09"}
"""They sort texts, compare a quotient of decimals, or read a list that is made from a row."""


def asking_the_warehouse(catalog: Catalog, scorecards: Sequence[str] = ()) -> list[Definition]:
    """Those whose numbers another engine can give: what asks the ledger itself stays where the ledger is."""
    chosen = [d for d in catalog.definitions if d.scorecard in (scorecards or catalog.scorecards)]
    found = [d for d in chosen if isinstance(d.kpi.measure, Query) and not d.reads_the_ledger]
    return [d for d in found if isinstance(d.kpi.measure, Query) and d.kpi.measure.database == "warehouse"]


def refused(catalog: Catalog, dialect: str) -> set[str]:
    contracts = {bound.table: bound.dataset.columns for bound in catalog.datasets.values()}
    queries = {d.key: (d.kpi.measure, d.card.timezone) for d in asking_the_warehouse(catalog)}
    return {
        key
        for key, (query, zone) in queries.items()
        if isinstance(query, Query) and isinstance(translated(query.sql, dialect, contracts, zone=zone), Refusal)
    }


def numbers(
    catalog: Catalog, databases: Databases, weeks: Sequence[Period] = WEEKS, scorecards: Sequence[str] = ()
) -> dict[tuple[str, str], Number]:
    return {
        (definition.key, period.label): number
        for definition in asking_the_warehouse(catalog, scorecards)
        if definition.key not in REFUSED
        for period, number in _numbers(definition, databases, weeks)
    }


def _numbers(definition: Definition, databases: Databases, weeks: Sequence[Period]) -> Iterator[tuple[Period, Number]]:
    measure = definition.kpi.measure
    assert isinstance(measure, Query)
    engine = databases.reader(measure.database, definition.card.timezone)
    for period, answer in zip(weeks, ask(engine, measure, weeks), strict=True):
        assert isinstance(answer, Answer), f"{definition.key} {period.label}: {answer}"
        yield period, number_of(answer, definition.kpi.nothing_found)


def differences(one: dict[tuple[str, str], Number], other: dict[tuple[str, str], Number]) -> list[str]:
    """What is not equal: exactly for integers and decimals, within a float's last digits for floats."""
    assert one.keys() == other.keys()
    return [f"{key}: {one[key]} and {other[key]}" for key in one if not _same(one[key], other[key])]


def _same(one: Number, other: Number) -> bool:
    if not (one.approximate or other.approximate):
        return (one.value, one.numerator, one.denominator) == (other.value, other.numerator, other.denominator)
    if one.value is None or other.value is None:
        return one.value is other.value
    return isclose(one.value, other.value, rel_tol=1e-12)
