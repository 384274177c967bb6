"""Parameters of a scorecard: numbers that its queries share, part of the definition, misspelled by nobody."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.catalog import Catalog
from core.discovery import read_catalog
from core.expressions import ref
from core.kpi import Scorecard
from core.measures import Blend, File, Query
from core.parameters import with_parameters
from core.pipeline.checking import query_faults
from core.rewrite.anatomy import anatomy

Write = Callable[..., None]
CARD = Scorecard(title="Support", owner="Support")
COLUMNS = 'Column("at", "timestamptz"), Column("hours", "integer")'
QUERY = "select count(*) as value from staging.cases where at >= :start and at < :end and hours > {}"


def filled(sql: str, **numbers: Any) -> str:
    measure = with_parameters(Query(sql), numbers)
    assert isinstance(measure, Query)
    return measure.sql


@pytest.mark.parametrize(
    ("amount", "written"), [(24, "24"), (0.5, "0.5"), (Decimal("1E+3"), "1000"), (-3, "(-3)"), (1e-7, "0.0000001")]
)
def test_a_parameter_stands_in_the_query_as_a_number(amount: Any, written: str) -> None:
    assert filled("select 2 -:hours as value", hours=amount) == f"select 2 -{written} as value"


@pytest.mark.parametrize(
    "text",
    [
        "select ':hours'",
        'select ":hours"',
        "select 1 -- of :hours",
        "/* :hours */ select 1",
        "select x::hours",
        "a:hours",
    ],
)
def test_what_is_no_bind_is_left_as_it_is(text: str) -> None:
    assert filled(text, hours=24) == text


def test_other_binds_and_other_measures_are_left_alone() -> None:
    assert filled("select :start, :hours_p1, :hours", hours=24) == "select :start, :hours_p1, 24"
    assert with_parameters(ref("a") / ref("b"), {"hours": 24}) == ref("a") / ref("b")


def test_a_blend_takes_them_in_its_own_text_and_in_its_queries() -> None:
    blend = Blend(
        {"cases": Query("select :hours as h"), "budget": File("b.csv")}, "select :hours + h as value from cases"
    )
    assert with_parameters(blend, {"hours": 24}) == Blend(
        {"cases": Query("select 24 as h"), "budget": File("b.csv")}, "select 24 + h as value from cases"
    )


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ([24], 'parameters are written with their numbers: parameters={"sla_hours": 24}'),
        ({"SLA": 24}, "parameter 'SLA' is not a name in lower case, digits and underscores"),
        ({3: 24}, "parameter 3 is not a name in lower case, digits and underscores"),
        ({"end": 24}, 'parameter "end" has the name of a bind: :end stands for the period'),
        ({"hours": "24"}, "parameter 'hours' is '24', not a number"),
        ({"hours": float("nan")}, "parameter 'hours' is nan, not a number"),
        ({"hours": True}, "parameter 'hours' is True, not a number"),
    ],
)
def test_what_is_no_parameter_is_told(parameters: Any, told: str) -> None:
    assert replace(CARD, parameters=parameters).problems() == [told]


@pytest.fixture
def shop(scorecards: Path, write: Write) -> Callable[..., Catalog]:
    """A scorecard with two KPIs; the first one names a parameter."""

    def _shop(parameters: str, bind: str = ":hours") -> Catalog:
        write("support", "scorecard.py", f'scorecard = Scorecard(title="S", owner="S", parameters={parameters})')
        write("support", "dataset_cases.py", f'dataset = Dataset(owner="S", columns=({COLUMNS}))')
        words = 'title="T", owner="O", unit="cases", better="lower"'
        for number, chosen in ((1, bind), (2, "3")):
            text = QUERY.format(chosen)
            write("support", f"kpi_0{number}_k{number}.py", f"kpi = KPI({words}, measure=Query({text!r}))")
        return read_catalog(scorecards)

    return _shop


def test_another_number_is_another_definition_of_the_kpis_that_name_it(shop: Callable[..., Catalog]) -> None:
    before, after = shop('{"hours": 24}'), shop('{"hours": 12}')
    assert before.faults == after.faults == []
    changed = [d.key for d in before.definitions if d.hash != after.by_name[d.key].hash]
    assert changed == ["support.01"]
    assert before.by_name["support.01"].body.endswith("hours > 24"), "what the ledger keeps tells the number of then"


def test_a_parameter_that_nobody_set_is_told_with_the_one_that_was_meant(shop: Callable[..., Catalog]) -> None:
    catalog = shop('{"sla_hours_p1": 24}', ":sla_hour_p1")
    (fault,) = query_faults(catalog, catalog.by_name["support.01"])
    assert fault.what == ':sla_hour_p1 is no bind. Did you mean ":sla_hours_p1"?'
    assert list(query_faults(catalog, catalog.by_name["support.02"])) == []


def test_a_parameter_in_quotes_is_refused_like_every_bind(shop: Callable[..., Catalog]) -> None:
    catalog = shop('{"hours": 24}', "cast(':hours' as integer)")
    (fault,) = query_faults(catalog, catalog.by_name["support.01"])
    assert fault.what == ":hours stands in quotes, where it is read as a bind all the same. Take the quotes away."


def test_a_query_with_parameters_can_still_be_asked_in_one_pass(shop: Callable[..., Catalog]) -> None:
    measure = shop('{"hours": 24}').by_name["support.01"].kpi.measure
    assert isinstance(measure, Query)
    assert anatomy(measure.sql).refusals == {}
