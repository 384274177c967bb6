"""Asking many at once, of a real PostgreSQL: every form says what the loop says, or the loop is asked after all."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.asking import Asking
from core.databases import Databases
from core.discovery import read_catalog
from core.errors import FactoryError, MisuseError, SourceError
from core.evaluate import Sources, evaluate_all
from core.periods import Period, Week, span
from core.plans import Batch, Plans, batches, query_of, way
from core.readings import Number
from core.rewrite.shape import Form
from core.settings import Settings
from core.sources.database import Answer, ask
from core.sources.shape import number_of

NOW = datetime(2026, 11, 18, tzinfo=UTC)
WEEKS = [*span(Week.of(2026, 1), Week.of(2026, 30))]
WEEK = "at >= :start and at < :end"
COUNT = f"select count(*) as value from staging.sales where {WEEK}"
SUM = f"select sum(n) as value from staging.sales where {WEEK} and kind <> 'b'"
RATIO = f"select count(*) filter (where n > 3) as numerator, count(*) as denominator from staging.sales where {WEEK}"
Sql = Callable[..., list[tuple[object, ...]]]


@dataclass
class Shop:
    """KPIs of a test's own over staging.sales, and ways to ask them."""

    databases: Databases
    plans: Plans

    def ask(
        self, form: Form | None = None, *, prove: bool = False, periods: Sequence[Period] = WEEKS
    ) -> tuple[Mapping[str, list[Number | str]], list[str]]:
        """The number or the error of each period by KPI, and what was remarked."""
        asking = Asking(self.databases, self.plans, form, prove)
        found: dict[str, list[Number | str]] = {}
        for batch in self.batches(form, periods):
            for key, answers in asking.answers(batch).items():
                assert len(answers) == len(periods)
                found[key] = [_number(answer) for answer in answers]
        assert found.keys() == {d.key for d in self.plans.catalog.definitions}
        return found, asking.remarks

    def batches(self, form: Form | None = None, periods: Sequence[Period] = WEEKS) -> list[Batch]:
        return batches([(d, periods) for d in self.plans.catalog.definitions], self.plans, form, 2)

    def loop(self, periods: Sequence[Period] = WEEKS) -> Mapping[str, list[Number | str]]:
        """What a plain loop says, by nothing but `ask`."""
        return {
            d.key: [_number(a) for a in ask(self.databases.reader(query_of(d).database, "UTC"), query_of(d), periods)]
            for d in self.plans.catalog.definitions
        }


def _number(answer: Answer | FactoryError) -> Number | str:
    try:
        return str(answer) if isinstance(answer, FactoryError) else number_of(answer)
    except FactoryError as error:
        return str(error)


@pytest.fixture
def shop(settings: Settings, sql: Sql, write: Callable[..., None], scorecards: Path) -> Iterator[Callable[..., Shop]]:
    """Rows of weeks 1 to 30 but for weeks 7 and 8; weeks 12 and later have a row whose n is 0."""
    sql("create table staging.sales (at timestamptz, kind text, n integer, w double precision)")
    sql(
        "insert into staging.sales select at, (array['a', 'b', null])[1 + extract(day from at)::int % 3], "
        "extract(hour from at)::int + 1, random() from generate_series("
        "timestamptz '2025-12-29 00:00+00', '2026-07-26 23:00+00', '3 hours') as at "
        "where at < '2026-02-09 00:00+00' or at >= '2026-02-23 00:00+00'"
    )
    sql("update staging.sales set n = 0 where at in ('2026-03-16 00:00+00', '2026-05-20 21:00+00')")
    sql("create index on staging.sales (at)")
    sql("analyze staging.sales")
    opened: list[Databases] = []

    def _shop(*queries: str, timeout: int = 60, urls: Mapping[str, str] | None = None, words: str = "") -> Shop:
        write("a", "scorecard.py", 'scorecard = Scorecard(title="S", owner="S", timezone="UTC")')
        columns = 'columns=(Column("at", "timestamptz"), Column("n", "integer"))'
        write("a", "dataset_sales.py", f'dataset = Dataset(owner="O", {columns})')
        for n, query in enumerate(queries, start=1):
            text, _, database = query.partition(" on ")
            told = f"Query({text!r}{f', database={database!r}' if database else ''})"
            kpi = f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={told}{words})'
            write("a", f"kpi_{n:02}_k{n}.py", kpi)
        given = replace(settings, statement_timeout=timeout, database_urls=dict(urls or {}))
        opened.append(Databases(given))
        catalog = read_catalog(scorecards)
        assert not catalog.faults, catalog.faults
        return Shop(opened[-1], Plans(catalog, NOW))

    yield _shop
    for databases in opened:
        databases.close()


def moody(sql: Sql, sign: str, otherwise: str = "w < 0") -> str:
    """A view that shows fewer rows to a statement with this in its text."""
    sql(
        f"create or replace view staging.moody as select * from staging.sales "
        f"where position('{sign}' in current_query()) = 0 or {otherwise}"
    )
    sql("grant select on staging.moody to public")
    return "staging.moody"


# Each form.


@pytest.mark.parametrize("form", ["loop", "lateral", "scan", "shared", None])
@pytest.mark.parametrize("count", [1, 2, 30])
def test_each_form_says_what_the_loop_says_and_was_seen_to(
    shop: Callable[..., Shop], form: Form | None, count: int
) -> None:
    made = shop(COUNT, SUM, RATIO)
    found, remarks = made.ask(form, periods=WEEKS[:count])
    assert found == made.loop(WEEKS[:count])
    assert remarks == []
    for batch in made.batches(form, WEEKS[:count]):
        told = way(batch, made.plans, form, made.plans.access(batch))
        proved = [made.plans.is_proved(batch, told, member) for member in batch.members]
        assert told == (form if form in ("loop", "lateral", "scan") else "shared" if count == 1 else "lateral")
        assert proved == [told != "loop"] * len(proved)


def test_a_week_without_rows_is_0_of_a_count_and_unknown_of_a_sum(shop: Callable[..., Shop]) -> None:
    made = shop(COUNT, SUM)
    for form in ("loop", "lateral", "scan", "shared"):
        found, _ = made.ask(form)  # type: ignore[arg-type]
        assert (found["a.01"][6], found["a.02"][6]) == (Number(Decimal(0)), Number())


def test_without_an_index_all_periods_are_read_in_one_pass(shop: Callable[..., Shop], sql: Sql) -> None:
    sql("drop index staging.sales_at_idx")
    made = shop(COUNT, SUM)
    found, remarks = made.ask()
    (batch,) = made.batches()
    access = made.plans.access(batch)
    assert access is not None
    assert not access.indexed
    assert all(made.plans.is_proved(batch, "scan", member) for member in batch.members)
    assert (found, remarks) == (made.loop(), [])


def test_a_look_back_is_asked_beside_a_list_of_periods(shop: Callable[..., Shop]) -> None:
    back = "select count(*) as value from staging.sales where at >= :end - 28 and at < :end and :week like '2026%'"
    made = shop(back)
    found, remarks = made.ask("lateral")
    assert (found, remarks) == (made.loop(), [])
    found, remarks = made.ask("scan")
    assert found == made.loop()
    assert remarks == [
        "a.01: asked period by period, not as scan: no column is compared as "
        "`column >= :start and column < :end` on its outermost level."
    ]


def test_a_query_that_answers_with_rows_for_each_group_is_told_apart_from_one_number(shop: Callable[..., Shop]) -> None:
    made = shop(f"{COUNT} group by kind", f"{COUNT} group by kind having count(*) > 1000")
    found, remarks = made.ask("lateral")
    assert found == made.loop()
    assert str(found["a.01"][0]).startswith("The query answers with more than one row.")
    assert found["a.02"] == [Number()] * 30  # no row is unknown, never 0
    assert remarks == []


def test_floats_agree_within_the_kpis_tolerance_and_not_beyond(shop: Callable[..., Shop]) -> None:
    average = f"select sum(w) / count(*) as value from staging.sales where {WEEK}"
    made = shop(average, f"select sum(w) as value from staging.sales where {WEEK}")
    found, remarks = made.ask("scan", prove=True)
    assert remarks == []
    looped = made.loop()
    for key, numbers in found.items():
        for said, right in zip(numbers, looped[key], strict=True):
            assert isinstance(said, Number)
            assert isinstance(right, Number)
            assert right.same_as(said, Decimal("1e-9"))


def test_a_percent_sign_and_a_colon_in_a_text_stay_what_they_are(shop: Callable[..., Shop]) -> None:
    made = shop(f"{COUNT} and kind || '%%' like 'a%%' and '10:30' <> kind", f"{COUNT} and n % 2 = 1")
    for form in ("lateral", "scan", "shared"):
        assert made.ask(form) == (made.loop(), [])  # type: ignore[arg-type]


def test_a_lake_of_columns_is_read_in_one_pass(shop: Callable[..., Shop], tmp_path: Path) -> None:
    path = tmp_path / "lake.duckdb"
    with duckdb.connect(str(path)) as lake:
        lake.execute("create schema staging")
        lake.execute(
            "create table staging.sales as select sold, n::integer as n from range(timestamp '2025-12-29', "
            "timestamp '2026-07-27', interval 7 hour) as r(sold), range(3) as s(n)"
        )
    told = "select {} from staging.sales where sold >= :start and sold < :end and n {} on lake"
    made = shop(
        told.format("count(*) as value", "> 0"),
        told.format("sum(n) as numerator, count(*) as denominator", "< 2"),
        urls={"lake": f"duckdb:///{path}"},
    )
    found, remarks = made.ask()
    (batch,) = made.batches()
    assert len(batch.members) == 2
    assert all(made.plans.is_proved(batch, "scan", member) for member in batch.members)
    assert (found, remarks) == (made.loop(), [])


def test_a_lake_is_asked_for_all_periods_of_a_look_back_at_once(shop: Callable[..., Shop], tmp_path: Path) -> None:
    path = tmp_path / "lake.duckdb"
    with duckdb.connect(str(path)) as lake:
        lake.execute("create schema staging")
        lake.execute(
            "create table staging.sales as select sold, n::integer as n from range(timestamp '2025-12-29', "
            "timestamp '2026-07-27', interval 7 hour) as r(sold), range(3) as s(n)"
        )
    back = "select count(*) as value from staging.sales where sold >= :end - 28 and sold < :end and n > 0 on lake"
    made = shop(back, urls={"lake": f"duckdb:///{path}"})
    found, remarks = made.ask()
    (batch,) = made.batches()
    assert made.plans.is_proved(batch, "lateral", batch.members[0])
    assert (found, remarks) == (made.loop(), [])


def test_a_database_whose_sql_is_not_known_here_is_asked_its_queries_and_nothing_else(
    shop: Callable[..., Shop], tmp_path: Path
) -> None:
    """SQLite knows neither `explain (format json)` nor LATERAL."""
    path = tmp_path / "till.sqlite"
    with closing(sqlite3.connect(path)) as till:
        till.execute("create table sales as select '2026-01-01' as at, 1 as n union all select '2026-03-01', 2")
        till.commit()
    told = "select {} as value from sales where at >= :start and at < :end on till"
    made = shop(told.format("count(*)"), told.format("sum(n)"), urls={"till": f"sqlite:///{path}"})
    asking = Asking(made.databases, made.plans)
    for batch in made.batches():
        assert asking.way(batch) == ("loop", None)
    found, remarks = made.ask()
    assert (found["a.01"][0], found["a.02"][8]) == (Number(Decimal(1)), Number(Decimal(2)))
    assert remarks == []
    for form in ("shared", "scan"):
        _, remarks = made.ask(form)  # type: ignore[arg-type]
        assert [text.partition(": ")[0] for text in remarks] == ["a.01", "a.02"]
        assert all(text.endswith(f"not as {form}: the SQL of its database is not known here.") for text in remarks)


def test_who_shares_with_nobody_is_told_why(shop: Callable[..., Shop]) -> None:
    made = shop(
        COUNT, "select sum(n) as value from staging.sales where at >= :end - 28 and at < :end", f"{COUNT} limit 1"
    )
    found, remarks = made.ask("shared")
    assert found == made.loop()
    nobody = "no other KPI that is asked now reads the same rows of the same periods."
    assert remarks == [
        f"a.01: asked alone, not as shared: {nobody}",
        f"a.02: asked alone, not as shared: {nobody}",
        "a.03: asked alone, not as shared: it has a LIMIT.",
    ]


# One that goes wrong.


@pytest.mark.parametrize("form", ["shared", "lateral", "scan", None])
def test_a_kpi_that_fails_takes_neither_its_batch_nor_its_other_periods_along(
    shop: Callable[..., Shop], form: Form | None
) -> None:
    made = shop(COUNT, f"select sum(100 / n) as value from staging.sales where {WEEK}", SUM)
    found, remarks = made.ask(form)
    assert found == made.loop()
    assert not any("asked alone" in text for text in remarks)  # they read the same rows
    failed = [WEEKS[n].number for n, said in enumerate(found["a.02"]) if isinstance(said, str)]
    assert failed == [12, 21]
    assert all(isinstance(said, Number) for key in ("a.01", "a.03") for said in found[key])


def test_a_condition_that_guards_a_division_guards_it_in_every_form(shop: Callable[..., Shop]) -> None:
    guarded = f"select sum(100 / n) as value from staging.sales where {WEEK} and n > 0"
    made = shop(COUNT, guarded, f"select sum(100 / n) filter (where n <> 0) as value from staging.sales where {WEEK}")
    for form in ("shared", "lateral", "scan"):
        found, remarks = made.ask(form)  # type: ignore[arg-type]
        assert (found, remarks) == (made.loop(), [])
        assert all(isinstance(said, Number) for numbers in found.values() for said in numbers)
    (batch,) = made.batches("shared")
    assert made.plans.is_proved(batch, "lateral", batch.members[0])  # it was not asked one by one for a fault


def test_a_table_that_is_not_there_is_told_by_each_in_the_loops_words(shop: Callable[..., Shop]) -> None:
    missing = COUNT.replace("staging.sales", "staging.nowhere")
    made = shop(missing, f"{missing} and n > 1", COUNT)
    found, remarks = made.ask()
    assert found == made.loop()
    assert found["a.01"] == ['The query failed: relation "staging.nowhere" does not exist. '
                             "Load the dataset with `kpi load`, or mend the name."] * 30  # fmt: skip
    assert remarks == []


def test_a_database_that_has_no_name_here_is_told_at_once(shop: Callable[..., Shop]) -> None:
    made = shop(f"{COUNT} on nowhere")
    with pytest.raises(MisuseError, match='There is no database "nowhere"'):
        made.ask()


# A statement that would say something else.


@pytest.mark.parametrize(
    ("form", "sign"), [("scan", "union  all"), ("lateral", "cross join lateral"), ("shared", "kpi_0_value")]
)
def test_a_statement_that_says_something_else_is_not_believed(
    shop: Callable[..., Shop], sql: Sql, form: Form, sign: str
) -> None:
    view = moody(sql, sign)
    queries = [text.replace("staging.sales", view) for text in (COUNT, SUM)]
    made = shop(*queries)
    found, remarks = made.ask(form, periods=WEEKS[:1] if form == "shared" else WEEKS)
    right = made.loop(WEEKS[:1] if form == "shared" else WEEKS)
    assert found == right
    assert found["a.01"][0] == Number(Decimal(56))
    assert [text.partition(": asked as")[0].partition(" ")[0] for text in remarks] == (
        ["a.01"] if form == "shared" else ["a.01", "a.02"]
    )
    assert all(
        f"asked as {form}, its query says something else than asked for that period alone. It was asked period by "
        "period; please report its query." in text
        for text in remarks
    )
    assert not any(made.plans.is_proved(batch, form, m) for batch in made.batches(form) for m in batch.members)


def test_one_that_says_something_else_does_not_spoil_what_the_others_say(shop: Callable[..., Shop], sql: Sql) -> None:
    """Only the second of them sees other rows, and only beside others."""
    sql(
        "create function staging.whim(integer) returns integer language sql stable as "
        "$$ select case when position('kpi_1_value' in current_query()) > 0 then $1 + 1 else $1 end $$"
    )
    sql("grant execute on function staging.whim to public")
    made = shop(COUNT, f"select sum(staging.whim(n)) as value from staging.sales where {WEEK}", SUM)
    found, remarks = made.ask("shared")
    assert found == made.loop()
    assert [text.partition(" ")[0] for text in remarks] == ["a.02"]


def test_what_was_proved_is_proved_again_where_that_is_asked_for(shop: Callable[..., Shop], sql: Sql) -> None:
    view = moody(sql, "never said")
    made = shop(*(text.replace("staging.sales", view) for text in (COUNT, SUM)))
    assert made.ask("scan") == (made.loop(), [])
    moody(sql, "union  all")
    found, remarks = made.ask("scan", prove=True)
    assert found == made.loop()
    assert len(remarks) == 2
    assert made.ask("scan")[0] == made.loop()  # and from then on nobody believes it unseen


def test_what_says_nothing_is_proved_anew_once_it_says_something(shop: Callable[..., Shop], sql: Sql) -> None:
    """Week 7 has no rows: that both say 0 of it shows nothing."""
    view = moody(sql, "kpi_0_value")
    never = "select count(*) as value from staging.sales where at >= :start and at < :end and kind = 'never'"
    made = shop(*(text.replace("staging.sales", view) for text in (COUNT, SUM)), never)
    assert made.ask(periods=WEEKS[6:7]) == (made.loop(WEEKS[6:7]), [])
    found, remarks = made.ask(periods=WEEKS[:1])
    assert found == made.loop(WEEKS[:1])
    assert found["a.01"] == [Number(Decimal(56))]
    assert len(remarks) == 1
    made = shop(COUNT, SUM, never)
    made.ask(periods=WEEKS[:1])
    (batch,) = made.batches(periods=WEEKS[:1])
    assert [made.plans.is_proved(batch, "shared", member) for member in batch.members] == [True, True, False]


def test_an_error_of_the_loop_alone_is_a_difference_too(shop: Callable[..., Shop], sql: Sql) -> None:
    """A number that nobody else gets is no number."""
    sql(
        "create function staging.only_together(integer) returns integer language plpgsql stable as $$ begin "
        "if position('width_bucket' in current_query()) = 0 then raise 'not alone'; end if; return $1; end $$"
    )
    made = shop(f"select sum(staging.only_together(n)) as value from staging.sales where {WEEK}")
    found, remarks = made.ask("scan")
    assert found == made.loop()
    assert {type(said) for said in found["a.01"][:6]} == {str}
    assert len(remarks) == 1


# Time and connections.


def slow(sql: Sql, sign: str, seconds: float) -> str:
    sql(
        "create or replace view staging.slow as select s.* from staging.sales as s, "
        f"(select case when position('{sign}' in current_query()) > 0 then pg_sleep({seconds}) end) as nap"
    )
    sql("grant select on staging.slow to public")
    return "staging.slow"


def test_what_takes_too_long_together_is_asked_one_by_one(shop: Callable[..., Shop], sql: Sql) -> None:
    view = slow(sql, "kpi_0_value", 5)
    made = shop(*(text.replace("staging.sales", view) for text in (COUNT, SUM)), timeout=1)
    found, remarks = made.ask(periods=WEEKS[:3])
    assert (found, remarks) == (made.loop(WEEKS[:3]), [])
    assert found["a.01"][0] == Number(Decimal(56))


def test_what_takes_too_long_alone_too_is_unknown_and_says_so(shop: Callable[..., Shop], sql: Sql) -> None:
    view = slow(sql, "count", 5)
    made = shop(*(text.replace("staging.sales", view) for text in (COUNT, f"{COUNT} and n > 1")), timeout=1)
    found, _ = made.ask(periods=WEEKS[:8])
    assert found["a.01"] == found["a.02"]
    assert set(found["a.01"]) == {
        "The query failed: canceling statement due to statement timeout. "
        "Raise KPI_STATEMENT_TIMEOUT or give the table an index."
    }


def cut(sql: Sql, sign: str) -> str:
    """A view whose reader loses its connection where this stands in its statement."""
    sql(
        "create function staging.cut() returns boolean language plpgsql stable security definer as $$ begin "
        f"if position('{sign}' in current_query()) > 0 then perform pg_terminate_backend(pg_backend_pid()); "
        "perform pg_sleep(5); end if; return true; end $$"
    )
    sql("create view staging.cut as select * from staging.sales where (select staging.cut())")
    sql("grant execute on function staging.cut to public; grant select on staging.cut to public")
    return "staging.cut"


@pytest.mark.parametrize("form", ["shared", "lateral", "scan"])
def test_a_connection_that_is_cut_is_opened_again_for_the_loop(shop: Callable[..., Shop], sql: Sql, form: Form) -> None:
    sign = {"shared": "kpi_0_value", "lateral": "cross join lateral", "scan": "union  all"}[form]
    view = cut(sql, sign)
    made = shop(*(text.replace("staging.sales", view) for text in (COUNT, SUM)))
    found, _ = made.ask(form, periods=WEEKS[:9])
    assert found == made.loop(WEEKS[:9])
    assert found["a.01"][0] == Number(Decimal(56))


def test_a_database_that_cuts_every_connection_gives_no_number(shop: Callable[..., Shop], sql: Sql) -> None:
    view = cut(sql, "count")
    made = shop(*(text.replace("staging.sales", view) for text in (COUNT, f"{COUNT} and n > 1")))
    found, _ = made.ask(periods=WEEKS[:6])
    said = {text for answers in found.values() for text in answers}
    assert all(isinstance(text, str) and "terminating connection" in text for text in said), said


# As evaluation asks.


def test_readings_are_the_same_whether_asked_together_or_each_alone(
    shop: Callable[..., Shop], settings: Settings
) -> None:
    back = "select count(*) as value from staging.sales where at >= :end - 28 and at < :end"
    made = shop(
        COUNT, SUM, RATIO, back, f"select sum(100 / n) as value from staging.sales where {WEEK}", words=", empty=7"
    )
    sources = Sources(made.databases, settings.data, made.plans.catalog, {}, unsound={"a.03": "it is wrong"})
    work = [(d, WEEKS if d.number != "04" else WEEKS[:3]) for d in made.plans.catalog.definitions]

    def readings(asking: Asking | None) -> dict[tuple[str, Period], Any]:
        found = [one for several in evaluate_all(work, sources, 4, asking) for one in several]
        assert len(found) == len({(d.key, r.period) for d, r in found})
        return {(d.key, r.period): r for d, r in found}

    alone, asking = readings(None), Asking(made.databases, made.plans)
    assert readings(asking) == alone
    assert len(alone) == 4 * 30 + 3
    assert asking.remarks == []
    assert alone["a.02", WEEKS[6]].number == Number(Decimal(7))  # what `empty` says, for a week without rows
    assert isinstance(SourceError("x"), FactoryError)
