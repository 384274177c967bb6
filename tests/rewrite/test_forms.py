"""The statements of each form, as they are sent: golden SQL, and what a list of periods may not do to a query."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import psycopg
import pytest

from core.measures import binds
from core.periods import Day, Month, Period, Week, span
from core.rewrite.anatomy import anatomy
from core.rewrite.forms import NOTHING, Asked, lateral, scan, shared, text_of
from core.rewrite.shape import Shape

GOLDEN = Path(__file__).parents[1] / "golden" / "forms"
WEEKS = [Week.of(2026, 52), Week.of(2026, 53), Week.of(2027, 2)]  # week 53, and a gap
WEEK = "at >= :start and at < :end"
TYPES = {"at": "timestamptz", "day": "date", "noted": "timestamp"}

QUERIES: Mapping[str, tuple[str, ...]] = {
    "sum": ("select sum(amount) as value from staging.sales where at >= :start and at < :end and not refunded",),
    "ratio": (
        "select count(*) filter (where paid or free) as numerator, count(*) as denominator\n"
        "from staging.sales where noted >= :start and noted < :end and (kind = 'a' or kind is null)",
    ),
    "derived": (
        "select count(distinct x.buyer) as value from (select client as buyer, cast(at as date) as day "
        "from staging.sales as s where s.amount > 0) as x where x.day >= :start and x.day < :end",
    ),
    "join": (
        "select sum(s.amount * r.rate) as value from staging.sales as s left join staging.rates as r using (currency) "
        "where s.day >= :start and s.day < :end and s.shop in (select shop from staging.open)",
    ),
    "cte": (
        "with large as (select at, amount from staging.sales where amount > 100)\n"
        "select coalesce(sum(amount), 0) as value from large where at >= :start and at < :end",
    ),
    "grouped": (  # the period's number goes up from level to level
        "select sum(amount) filter (where place <= 3) as numerator, sum(amount) as denominator from (\n"
        "select amount, rank() over (partition by large order by amount desc, buyer) as place from (\n"
        "select client as buyer, bool_or(amount > 9) as large, sum(amount) as amount, count(*) as lines "
        "from staging.sales where at >= :start and at < :end and not refunded group by 1 having sum(amount) > 0\n"
        ") as buyers where lines > 1) as places",
    ),
    "distinct": (
        "with pairs as (select distinct s.client, r.region from staging.sales as s join staging.shops as r using (shop)"
        " where s.day >= :start and s.day < :end)\n"
        "select count(*) as value from pairs where region is not null",
    ),
    "look_back": (
        "select count(*) filter (where at >= :start) as numerator, count(*) as denominator\n"
        "from staging.sales where at >= :end - 364 and at < :end and week = :week and year = :year;",
    ),
    "several": (
        "select count(*) as value from staging.sales where at >= :start and at < :end and not refunded",
        "select sum(s.amount) filter (where s.a or s.b) as numerator, count(*) as denominator from staging.sales as s "
        "where s.at < :end and s.at >= :start and (s.kind = 'x' or s.kind = 'y') and not s.refunded",
        "select percentile_cont(0.5) within group (order by amount) as value from staging.sales "
        "where at >= :start and at < :end",
    ),
}


def read(sql: str) -> Shape:
    found = anatomy(sql, TYPES).shape
    assert found is not None, anatomy(sql).refusals
    return found


def written(queries: Sequence[str]) -> str:
    """Every statement of a query in this file's order, each under its name."""
    shapes = [read(sql) for sql in queries]
    one = shared(shapes) if len(shapes) > 1 else shapes[0]
    sql = text_of(one) if len(shapes) > 1 else queries[0]
    said = {"asked for each period": sql, "lateral": lateral(sql, WEEKS).sql}
    if not one.binds:
        said["scan by a search"] = scan(one, WEEKS, by="search").sql
        said["scan by steps"] = scan(one, WEEKS, by="steps").sql
        said["scan by a join"] = scan(one, WEEKS, by="join").sql
    return "\n\n".join(f"-- {name}\n{text.strip()}" for name, text in said.items()) + "\n"


@pytest.mark.parametrize("name", QUERIES)
def test_the_statements_are_those_on_file(name: str) -> None:
    """Renew one by writing `written(QUERIES[name])` to it, and read what has changed."""
    assert written(QUERIES[name]) == (GOLDEN / f"{name}.sql").read_text(encoding="utf-8")


def test_each_file_belongs_to_a_query() -> None:
    assert {path.stem for path in GOLDEN.glob("*.sql")} == QUERIES.keys()


# Which place belongs to which period.


def places(asked: Asked, periods: Sequence[Period]) -> dict[int, str]:
    return {place: periods[n].label for place, n in asked.places.items()}


def test_places_of_bounds_are_those_of_their_first_day() -> None:
    asked = scan(read(*QUERIES["sum"]), WEEKS, by="search")
    assert "array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18']" in asked.sql
    assert places(asked, WEEKS) == {0: "2026-W52", 1: "2026-W53", 3: "2027-W02"}  # 2 is the gap
    assert NOTHING not in asked.places


def test_places_of_steps_are_whole_periods_since_the_first() -> None:
    asked = scan(read(*QUERIES["ratio"]), WEEKS, by="steps")
    assert "(cast(noted as date) - date '2026-12-21') / 7" in asked.sql
    assert places(asked, WEEKS) == {0: "2026-W52", 1: "2026-W53", 3: "2027-W02"}
    months = [Month(date(2026, 1, 1)), Month(date(2026, 3, 1))]
    for periods in (months, months[:1] * 2, [WEEKS[1], Week(date(2026, 12, 27))]):
        asked = scan(read(*QUERIES["ratio"]), periods, by="steps")
        assert "/" not in asked.sql
        assert list(asked.places.values()) == [0, 1]


def test_the_day_of_a_moment_with_a_zone_does_not_tell_its_period() -> None:
    """Where clocks go back at midnight, a part of the day lies before that midnight, and after it."""
    assert "/ 7" not in scan(read(*QUERIES["sum"]), WEEKS, by="steps").sql


@pytest.mark.parametrize(
    "periods",
    [
        [*WEEKS, WEEKS[0]],  # one twice
        [Month(date(2026, 12, 1)), *WEEKS],  # one within another
        [Week(date(2026, 12, 21)), Week(date(2026, 12, 27))],  # two that begin on different weekdays
    ],
)
def test_periods_that_overlap_are_joined_instead(periods: list[Period]) -> None:
    asked = scan(read(*QUERIES["sum"]), periods, by="search")
    assert "width_bucket" not in asked.sql
    assert list(asked.places.values()) == list(range(len(periods)))


def test_periods_in_any_order_keep_their_places(new_database: Callable[[str], str]) -> None:
    sum_of_hours = "select sum(amount) as value from staging.sales where noted >= :start and noted < :end"
    days = [Day(date(2026, 3, 2)), Day(date(2026, 3, 1)), Day(date(2026, 3, 29)), Day(date(2026, 2, 28))]
    with psycopg.connect(new_database("template1")) as connection:
        connection.execute("set timezone = 'Europe/London'")
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.sales as select at, at::timestamp as noted, 1 as amount, false as refunded "
            "from generate_series(timestamptz '2026-02-01 00:00+00', '2026-04-01 00:00+00', '1 hour') as at"
        )
        for asked in (
            scan(read(*QUERIES["sum"]), days, by="search"),
            scan(read(*QUERIES["sum"]), days, by="join"),
            scan(read(sum_of_hours), days, by="steps"),
            lateral(*QUERIES["sum"], days),
        ):
            told = dict(connection.execute(asked.sql).fetchall())
            assert [told[{n: p for p, n in asked.places.items()}[n]] for n in range(4)] == [24, 24, 23, 24]


# Several as one.


def test_conditions_that_all_have_stay_where_they_are_and_others_go_into_the_aggregates() -> None:
    one = shared([read(sql) for sql in QUERIES["several"]])
    assert one.conditions == ()
    both = shared([read(sql) for sql in QUERIES["several"][:2]])
    assert both.conditions == ("NOT refunded",)
    assert [name for name, _ in one.columns] == ["kpi_0_value", "kpi_1_numerator", "kpi_1_denominator", "kpi_2_value"]


def test_no_rows_at_all_say_for_each_what_they_say_alone(new_database: Callable[[str], str]) -> None:
    """count() is 0 and sum() is null, however many are asked together and though others have rows."""
    sqls = [
        f"select count(*) as value from t where {WEEK} and kind = 'none'",
        f"select sum(n) as value from t where {WEEK} and kind = 'none'",
        f"select coalesce(sum(n), 0) as value from t where {WEEK} and (kind = 'none' or kind = 'neither')",
        f"select count(*) as value from t where {WEEK}",
        f"select case when count(*) = 0 then -1 else sum(n) end as value from t where {WEEK} and kind = 'none'",
        f"select percentile_cont(0.5) within group (order by n) as value from t where {WEEK} and kind = 'none'",
    ]
    one = shared([read(sql) for sql in sqls])
    weeks = [*span(Week.of(2026, 10), Week.of(2026, 11))]
    with psycopg.connect(new_database("template1")) as connection:
        connection.execute("create table t as select timestamptz '2026-03-03' as at, 'some' as kind, 7 as n")
        told = {
            name: connection.execute(asked.sql).fetchall()
            for name, asked in {
                "search": scan(one, weeks, by="search"),
                "join": scan(one, weeks, by="join"),
                "lateral": lateral(text_of(one), weeks),
            }.items()
        }
    nothing, something = (0, None, 0, 0, -1, None), (0, None, 0, 1, -1, None)
    assert sorted(told["search"]) == sorted(told["join"]) == [(NOTHING, *nothing), (0, *something)]
    assert sorted(told["lateral"]) == [(0, *something), (1, *nothing)]


# What the list of periods may not do.


def test_columns_named_as_binds_are_stay_the_querys_own(new_database: Callable[[str], str]) -> None:
    sql = (
        "select count(*) as value from t, u where at >= :start and at < :end and week = 'mine' and \"end\" and nth = 1 "
        'and exists (select 1 from v where year = 7 and last_sunday and "start" = 3)'
    )
    with psycopg.connect(new_database("template1")) as connection:
        connection.execute(
            "create table t as select date '2026-12-29' as at, 'mine' as week, 7 as year, true as last_sunday, 1 as nth"
        )
        connection.execute('create table u as select true as "end"; create table v as select 3 as "start"')
        for asked in (
            lateral(sql, WEEKS),
            scan(read(sql), WEEKS, by="search"),
            scan(anatomy(sql, {"at": "date"}).shape or read(sql), WEEKS, by="steps"),
            scan(read(sql), WEEKS, by="join"),
        ):
            told = dict(connection.execute(asked.sql).fetchall())
            assert [told.get(p, 0) for p in sorted(asked.places)] == [0, 1, 0]


def test_a_comment_or_a_semicolon_at_the_end_swallows_nothing() -> None:
    for end in ("", ";", " ;\n", " -- all", "\n/* all */", "; -- all", ";\n/* all; */ -- and all\n;"):
        sql = lateral(f"select 1 as value where :start < :end{end}", WEEKS).sql
        assert ";" not in sql
        assert sql.rstrip().endswith("\n       ) as kpi_answer")


def test_a_semicolon_within_a_text_or_a_comment_is_no_end() -> None:
    sql = "select count(*) filter (where a = ';' or \"b;\" > 1) as value /* ; */ from t -- ;\nwhere :start < :end"
    asked = lateral(f"{sql}; -- all", WEEKS).sql
    assert sql.replace(":start", "kpi_period.kpi_start").replace(":end", "kpi_period.kpi_end") in asked


def test_a_list_holds_what_the_query_names_and_no_more() -> None:
    sql = lateral("select :last_sunday - date '2026-01-01' + :year as value where :week like '2026%'", WEEKS[1:2]).sql
    assert "values (0, '2026-W53', 2026, date '2027-01-03')" in sql
    assert "kpi_period (kpi_nth, kpi_week, kpi_year, kpi_last_sunday)" in sql
    assert binds(WEEKS[1])["last_sunday"] == date(2027, 1, 3)
