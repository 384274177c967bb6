"""`kpi test`: examples on the real database, boundary rows by themselves, mistakes that no example would notice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.pipeline.session import Session
from core.pipeline.testing import Examined, try_kpis

Sql = Callable[..., list[tuple[Any, ...]]]
Examine = Callable[..., Examined]
WEEK = "at >= :start and at < :end"
HEAD = "example,period,expect,at,amount\n"


@pytest.fixture
def sample(sales: None, scorecards: Path) -> None:
    """Sample orders: one at noon of each day."""
    (scorecards / "sales" / "dataset_orders.sql").write_text(
        "select day::timestamptz + interval 12 hours as at, 10 as amount\n"
        "from (select unnest(generate_series($first::date, $last::date - 1, interval 1 day)) as day)"
    )


@pytest.fixture
def fixture_file(scorecards: Path) -> Callable[[str, str], None]:
    """Writes the examples of a KPI."""
    return lambda place, text: (scorecards / "sales" / f"kpi_{place}.csv").write_text(text) and None


@pytest.fixture
def tested(open_shop: Callable[[str], Session]) -> Examine:
    """What is found out about one KPI, on a Friday in November 2026."""

    def _tested(name: str = "sales.01", **how: bool) -> Examined:
        (found,) = try_kpis(open_shop("2026-11-20"), [name], **how)
        return found

    return _tested


def noticed(found: Examined) -> dict[str, str]:
    return {str(verdict.mutation): verdict.noticed for verdict in found.mutations}


GOOD = HEAD + (
    "Monday begins,2026-W46,1,2026-11-09 00:00+00,1\n"
    "Monday begins,,,2026-11-08 23:59:59.999999+00,1\n"
    "Sunday ends,2026-W46,1,2026-11-15 23:59:59.999999+00,1\n"
    "Sunday ends,,,2026-11-16 00:00+00,1\n"
)


def test_examples_run_on_their_own_rows_and_leave_nothing_behind(
    add: Any, count: Any, fill: Any, sample: None, fixture_file: Any, tested: Examine, everything: Any, sql: Sql
) -> None:
    add("01_orders", count())
    fixture_file("01_orders", GOOD + "a wrong one,2026-W46,3,2026-11-10 09:00+00,1\n")
    fill(w2026_W46=5)
    before = everything()
    found = tested()
    assert [(t.case.name, t.passed) for t in found.examples] == [
        ("Monday begins", True),
        ("Sunday ends", True),
        ("a wrong one", False),
    ]
    assert found.failed
    assert found.examples[2].sentence() == '"a wrong one" (line 6) expects 3 in 2026-W46, and it is 1.'
    assert everything() == before
    assert sql("select count(*) from staging.orders") == [(5,)]
    assert sql("select count(*) from pg_class where relpersistence = 't'") == [(0,)]


def test_good_examples_notice_every_mistake_and_poor_ones_leave_some_to_the_generated_rows(
    add: Any, count: Any, sample: None, fixture_file: Any, tested: Examine
) -> None:
    add("01_orders", count())
    fixture_file("01_orders", GOOD)
    assert set(noticed(tested()).values()) == {"example"}
    fixture_file("01_orders", HEAD + "noon,2026-W46,1,2026-11-11 12:00+00,1\n")
    poor = tested()
    assert not poor.failed
    assert noticed(poor)["line 1: at < :end → at <= :end"] == "rows"
    assert noticed(poor)["line 1: at >= :start → not at >= :start"] == "example"
    told = {str(verdict.mutation): verdict.by for verdict in poor.unnoticed}
    assert told["line 1: at < :end → at <= :end"] == (
        "Only generated rows notice it. Write an example of 2026-W46 with a row like (at=2026-11-16 00:00:00+00:00): "
        "0, and with the mistake 1."
    )


def test_what_no_row_reaches_is_noticed_by_nothing_and_told_with_the_row_that_would(
    add: Any, sample: None, fixture_file: Any, tested: Examine
) -> None:
    add("01_large", f"select count(*) filter (where amount > 1000) as value from staging.orders where {WEEK}")
    fixture_file("01_large", HEAD + "a large one,2026-W46,1,2026-11-11 12:00+00,2000\n")
    told = {str(verdict.mutation): (verdict.noticed, verdict.by) for verdict in tested().mutations}
    assert told["line 1: amount > 1000 → amount >= 1000"] == (
        "nothing",
        "Nothing notices it. Write an example with a row where amount is exactly 1000.",
    )


def test_the_rows_on_the_bounds_of_weeks_are_judged_in_ordinary_weeks_at_clock_changes_and_in_week_53(
    add: Any, count: Any, sample: None, tested: Examine, write: Callable[..., None]
) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="S", owner="S", timezone="Europe/London")')
    add("01_orders", count())
    found = tested()
    assert (found.boundaries.judged, found.boundaries.faults, found.failed) == (["orders.at"], [], False)
    periods = {effect.planted.period.label for effect in found.boundaries.effects}
    assert periods == {"2026-W46", "2026-W13", "2026-W43", "2026-W53"}
    counted = {e.planted.what: e.counts for e in found.boundaries.effects if e.planted.period.label == "2026-W46"}
    assert counted["at its first moment"] is counted["a microsecond before it ends"] is True
    assert counted["at its end"] is counted["a microsecond before it starts"] is False


BROKEN = [
    ("(at at time zone 'America/New_York') >= :start and (at at time zone 'America/New_York') < :end", "should"),
    ("at >= :start and at < cast(:end as timestamptz) + interval '1 second'", "at its end"),
    ("at >= cast(:start as timestamptz) + interval '1 second' and at < :end", "at its first moment"),
    ("cast(at as date) >= :start and cast(at as date) < :last_sunday", "a microsecond before it ends"),
]


@pytest.mark.parametrize(("condition", "place"), BROKEN)
def test_a_week_that_is_cut_elsewhere_than_at_midnight_breaks_the_rule(
    add: Any, sample: None, tested: Examine, condition: str, place: str
) -> None:
    add("01_orders", f"select count(*) as value from staging.orders where {condition}")
    found = tested()
    assert not found.faults
    assert found.failed
    assert any(place in fault for fault in found.boundaries.faults), found.boundaries


RIGHT = [
    "cast(at as date) >= :start and cast(at as date) <= :last_sunday",
    "date_trunc('week', at) = :start",
    'to_char(at, \'IYYY-""W""IW\') = :week'.replace('""', '\\"'),
]


@pytest.mark.parametrize("condition", RIGHT)
def test_a_week_that_is_cut_at_midnight_in_other_words_is_right(
    add: Any, sample: None, tested: Examine, condition: str
) -> None:
    add("01_orders", f"select count(*) as value from staging.orders where {condition}")
    found = tested()
    assert (found.boundaries.judged, found.boundaries.faults, found.failed) == (["orders.at"], [], False)


def test_a_query_that_looks_back_is_shown_on_the_bound_it_names_and_not_judged(
    add: Any, sample: None, tested: Examine
) -> None:
    add("01_year", "select count(*) as value from staging.orders where at >= :end - interval '364 days' and at < :end")
    found = tested()
    assert found.boundaries.judged == []
    assert found.boundaries.remarks == [
        "rows on the bounds of orders.at are shown, not judged: "
        "a row in the week before counts too, so the query does not mean the period alone"
    ]
    edges = {str(e.planted.moment): e.counts for e in found.boundaries.effects if "cuts" in e.planted.what}
    assert edges == {"2025-11-17 00:00:00+00:00": True, "2025-11-16 23:59:59.999999+00:00": False}


def test_a_number_that_depends_on_the_day_is_not_expected_to_be_the_same_on_every_day(
    add: Any, sample: None, tested: Examine
) -> None:
    add(
        "01_weekend",
        "select count(*) filter (where extract(isodow from at) > 5) as numerator, count(*) as denominator "
        f"from staging.orders where {WEEK}",
    )
    found = tested()
    assert (found.boundaries.judged, found.boundaries.faults) == (["orders.at"], [])


def test_nulls_repeats_and_refunds_are_shown(add: Any, count: Any, sample: None, tested: Examine) -> None:
    add("01_revenue", count(chosen="sum(amount) as value"))
    shown = {e.planted.what: e.with_it for e in tested().boundaries.effects}
    values = {
        what: getattr(shown[what], "value", "failed") for what in shown if what.startswith(("the same", "amount"))
    }
    assert values == {"the same row twice": 20, "amount is null": None, "amount is negated": -10}


def test_without_a_sample_the_rows_of_examples_are_planted(
    add: Any, count: Any, sales: None, fixture_file: Any, tested: Examine
) -> None:
    add("01_orders", count())
    assert tested().boundaries.remarks == ["no row of orders counts by itself, so none was planted"]
    fixture_file("01_orders", HEAD + "noon,2026-W46,1,2026-11-11 12:00+00,1\n")
    assert tested().boundaries.judged == ["orders.at"]


def test_faults_of_examples_are_told_and_the_sound_ones_run(
    add: Any, count: Any, sample: None, fixture_file: Any, tested: Examine
) -> None:
    add("01_orders", count(), 'examples=(Example(period="2026-W46", expect=1, rows=[{"att": "2026-11-11"}]),),')
    fixture_file("01_orders", GOOD + "broken,2026-W46,x,yesterday,1\n")
    found = tested()
    assert [str(fault) for fault in found.faults] == [
        'sales/kpi_01_orders.csv: line 6, column "expect": "x" is none: write a number, a ratio as "3/4", or "unknown"',
        'sales/kpi_01_orders.csv: line 6, column "at": "yesterday" should be a moment like 2026-11-20 08:30+00',
        'sales/kpi_01_orders.py: example 1, row 1: there is no column "att". Did you mean "at"?',
    ]
    assert [t.passed for t in found.examples] == [True, True]


def test_examples_in_the_file_are_no_part_of_the_definition(
    add: Any, count: Any, sample: None, open_shop: Callable[[str], Session], tested: Examine
) -> None:
    add("01_orders", count())
    before = open_shop("2026-11-20").catalog.by_name["sales.01"].hash
    add("01_orders", count(), 'examples=(Example(period="2026-W46", expect=1, rows=[{"at": "2026-11-11 12:00"}]),),')
    assert open_shop("2026-11-20").catalog.by_name["sales.01"].hash == before
    assert [t.passed for t in tested().examples] == [True]


def test_a_formula_is_computed_from_the_numbers_that_its_examples_give(
    add: Any, count: Any, sales: None, fixture_file: Any, tested: Examine
) -> None:
    add("01_orders", count())
    add("02_mean", 'ref("orders").mean(weeks=2)')
    fixture_file("02_mean", "example,period,expect,orders\nmean,2026-W46,3,2\nmean,,,4\nhalf,2026-W46,4,4\n")
    found = tested("sales.02")
    assert [(t.case.name, t.passed) for t in found.examples] == [("mean", True), ("half", False)]
    assert "no number of orders for 2026-W45 is given" in found.examples[1].sentence()
    assert (found.mutations, len(found.untested)) == ((), 1)


def test_a_blend_runs_in_duckdb_on_the_rows_of_its_inputs(
    add: Any, sales: None, fixture_file: Any, tested: Examine
) -> None:
    inputs = '{"report": Sheet("calls", tab="A", columns={"week": "text", "calls": "integer"}), "plan": File("p.csv")}'
    query = "select sum(calls) as numerator, max(goal) as denominator from report, plan where week = :week"
    add("01_calls", f'Blend(tables={inputs}, sql="{query}")')
    fixture_file(
        "01_calls",
        "example,period,expect,dataset,week,calls,goal\n"
        "calls,2026-W46,5/8,report,2026-W46,2,\n"
        "calls,,,report,2026-W46,3,\n"
        "calls,,,report,2026-W45,9,\n"
        "calls,,,plan,,,8\n",
    )
    found = tested()
    assert (found.faults, [t.passed for t in found.examples]) == ([], [True])
    assert noticed(found)["line 1: without week = :week"] == "example"


def test_a_query_over_tables_that_nobody_describes_is_not_tried_and_says_why(
    add: Any, count: Any, sales: None, tested: Examine
) -> None:
    add("01_other", count("staging.others"))
    assert tested().untested == [
        "it reads staging.others, which no dataset describes: there is nothing to make a table of"
    ]


def test_an_example_whose_query_fails_is_told_as_a_run_would_tell_it(
    add: Any, sales: None, fixture_file: Any, tested: Examine
) -> None:
    add("01_price", f"select 10 / sum(amount) as value from staging.orders where {WEEK}")
    fixture_file("01_price", HEAD + "free,2026-W46,unknown,2026-11-11 12:00+00,0\n")
    found = tested()
    assert found.examples[0].sentence().endswith("and it is an error (The query failed: division by zero).")
    assert found.failed


def test_a_query_that_kpi_check_refuses_is_not_asked(add: Any, count: Any, sample: None, tested: Examine) -> None:
    add("01_late", count().replace("at < :end", "at <= :end"))
    found = tested()
    assert found.examples == ()
    assert ['"at <= :end" counts the first moment' in fault.what for fault in found.faults] == [True]


def test_examples_alone_can_be_run(add: Any, count: Any, sample: None, fixture_file: Any, tested: Examine) -> None:
    add("01_orders", count())
    fixture_file("01_orders", GOOD)
    found = tested(mutate=False)
    assert ([t.passed for t in found.examples], found.mutations, found.boundaries.effects) == ([True, True], (), ())
