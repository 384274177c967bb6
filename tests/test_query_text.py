"""One spelling of a query: what only looks different is the same, what may answer otherwise never is."""

import re
from pathlib import Path

import pytest
import sqlglot

from core import Blend, File, Query, Sheet, ref
from core.discovery import read_catalog
from core.measures import Measure
from core.numbering import in_full
from core.query_text import amount_text, canonical, measure_text

CATALOG = read_catalog(Path(__file__).parents[1] / "scorecards")
QUERIES = {d.name: d.kpi.measure.sql for d in CATALOG.definitions if isinstance(d.kpi.measure, Query)}
SQL = "select count(*) as value from staging.orders where at >= :start and at < :end and not is_test"

SAME = {
    "line breaks": SQL.replace(" ", "\n  "),
    "a comment at the end": f"{SQL} -- refunds count",
    "a comment within": SQL.replace("where", "/* closed :only */ where"),
    "capitals of words and names": SQL.upper().replace(":START", ":start").replace(":END", ":end"),
    "an optional word left out": SQL.replace(" as value", " value"),
    "a semicolon": f"{SQL};",
    "a comment behind a semicolon": f"{SQL}; -- refunds count\n/* all */",
}
OTHER = {
    "<= for <": SQL.replace("< :end", "<= :end"),
    "another bind": SQL.replace(":end", ":last_sunday"),
    "a dropped condition": SQL.replace(" and not is_test", ""),
    "a dropped not": SQL.replace("not ", ""),
    "or for and": SQL.replace("and not", "or not"),
    "parentheses": SQL.replace("at < :end and not is_test", "(at < :end or not is_test)"),
    "distinct": SQL.replace("count(*)", "count(distinct *)"),
    "a column for the star": SQL.replace("count(*)", "count(id)"),
    "another table": SQL.replace("orders", "orders2"),
    "a filter": SQL.replace("count(*)", "count(*) filter (where paid)"),
    "a name in quotes and capitals": SQL.replace("is_test", '"Is_Test"'),
    "a limit": f"{SQL} limit 1",
}


@pytest.mark.parametrize("spelling", SAME)
def test_what_only_looks_different_is_the_same(spelling: str) -> None:
    assert canonical(SAME[spelling]) == canonical(SQL)


def test_what_may_answer_otherwise_is_another_text() -> None:
    found = {name: canonical(sql) for name, sql in OTHER.items()}
    assert len({canonical(SQL), *found.values()}) == len(OTHER) + 1


PAIRS = [
    ("select a || b as value from t", "select concat(a, b) as value from t"),  # null
    ("select 'a' as value from t", "select 'A' as value from t"),
    ("select 'a  b' as value from t", "select 'a b' as value from t"),
    ("select '-- x' as value from t", "select '-- y' as value from t"),
    ("select e'a\\nb' as value from t", "select 'a\\nb' as value from t"),
    ("select a / b as value from t", "select a / b::numeric as value from t"),
    ("select sum(a) as value from t", "select avg(a) as value from t"),
    ("select a as value from t union select a from u", "select a as value from t union all select a from u"),
    ("select a as value from t left join u using (id)", "select a as value from t join u using (id)"),
    ("select a as value from t where b in (1, 2)", "select a as value from t where b not in (1, 2)"),
    ("select a as value from t order by b", "select a as value from t order by b desc"),
    ("select a as value from t order by b nulls first", "select a as value from t order by b nulls last"),
    ("select x::timestamp as value from t", "select x::timestamptz as value from t"),
    ("select x at time zone 'UTC' as value from t", "select x at time zone 'Europe/London' as value from t"),
    ("select a as value from t where b is distinct from c", "select a as value from t where b <> c"),
    ("select a as value from t where b ~ 'x'", "select a as value from t where b ~* 'x'"),
    ("select a as value from t where b like 'x'", "select a as value from t where b ilike 'x'"),
    ("select x -> 'a' as value from t", "select x ->> 'a' as value from t"),
    ("select distinct on (a) b as value from t", "select distinct b as value from t"),
    ("select rank() over (order by a) as value from t", "select dense_rank() over (order by a) as value from t"),
    ("select sum(a) over (order by b rows 3 preceding) as value from t",
     "select sum(a) over (order by b rows 4 preceding) as value from t"),
    ("select 1.0 as value from t", "select 1.01 as value from t"),
    ("select percentile_cont(0.5) within group (order by a) as value from t",
     "select percentile_disc(0.5) within group (order by a) as value from t"),
    ("select a as value from t where b between 1 and 2", "select a as value from t where b between symmetric 1 and 2"),
    ("select interval '1 day' as value", "select interval '1 week' as value"),
    ("select a as value from t fetch first 1 rows with ties", "select a as value from t fetch first 1 rows only"),
    ("select a as value from t", "select a as value from only t"),
    ("select numerator, denominator from t", "select denominator, numerator from t"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_pairs_that_look_alike_and_are_not_the_same(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (n % 5 > 0)) for n, name in enumerate(QUERIES)]
)
def test_no_word_of_a_query_can_go_unnoticed(name: str) -> None:
    """Each word, sign and number of a real query is left out or altered; the spelling always tells."""
    sql = QUERIES[name]
    whole, unnoticed = canonical(sql), []
    for token in sqlglot.tokenize(sql, dialect="postgres"):
        before, word, after = sql[: token.start], sql[token.start : token.end + 1], sql[token.end + 1 :]
        altered = f"{word[:-1]}x'" if word.startswith("'") else f"{word}9" if re.match(r"\w", word) else ""
        unnoticed += [word for text in {altered, ""} if canonical(f"{before}{text}{after}") == whole]
    assert set(unnoticed) <= {"as"}, "only words that PostgreSQL does not need either"


def test_every_query_of_the_repository_is_read_and_stays_itself_when_it_is_read_again() -> None:
    for name, sql in QUERIES.items():
        spelled = canonical(sql)
        assert "\n" not in spelled, name
        assert canonical(re.sub(r"%\((\w+)\)s", r":\1", spelled)) == spelled, name


@pytest.mark.parametrize("text", ["select from where", "selec 1", "select 'open", "", "  ", "(" * 3000, "-- nothing"])
def test_what_cannot_be_read_stays_as_it_is_written(text: str) -> None:
    assert canonical(text) == text


def test_each_dialect_reads_names_its_own_way() -> None:
    assert canonical("select A as value from T") == canonical("select a as value from t")
    assert canonical('select "A" as value') != canonical('select "a" as value')
    assert canonical("select 5 // 2 as value", "duckdb") != canonical("select 5 / 2 as value", "duckdb")


def text(measure: Measure) -> str:
    return measure_text(measure, lambda name: in_full(name, "sales"))


def test_a_measure_is_its_database_its_inputs_and_its_formula() -> None:
    assert text(Query("select 1 as value")) == text(Query("SELECT 1  AS value"))
    assert text(Query("select 1 as value")) != text(Query("select 1 as value", database="crm"))
    assert text(ref("orders") / 2) == text(ref("sales.orders") / 2.0)
    assert text(ref("orders").ago(weeks=1).mean(weeks=4)) == text(ref("orders").mean(weeks=4).ago(weeks=1))
    formulas = [ref("a") - ref("b"), ref("b") - ref("a"), ref("a"), ref("a").ago(weeks=1), ref("a").ago(weeks=2),
                ref("a").mean(weeks=2), ref("a").sum(weeks=2), ref("a").sum(months=2), (ref("a") - ref("b")) - 1,
                ref("a") - (ref("b") - 1), ref("success.a")]  # fmt: skip
    assert len({text(formula) for formula in formulas}) == len(formulas)


def test_a_blend_is_its_query_and_its_inputs_in_any_order() -> None:
    sheet, file = Sheet("report", "weeks", {"week": "text", "calls": "integer"}), File("budget.csv")
    one = Blend({"report": sheet, "budget": file}, "select sum(calls) as value from report, budget")
    again = Blend({"budget": file, "Report": sheet}, "select sum(calls) as value\nfrom report, budget -- all")
    others = [
        Blend({"report": sheet, "budget": File("budget2.csv")}, one.sql),
        Blend({"report": Sheet("report", "days", sheet.columns), "budget": file}, one.sql),
        Blend({"report": Sheet("report", "weeks", {"week": "text", "calls": "float"}), "budget": file}, one.sql),
        Blend({"report": sheet, "budget": Query("select 1 as b")}, one.sql),
        Blend({"report": sheet, "budget": Query("select 2 as b")}, one.sql),
        Blend(one.tables, "select avg(calls) as value from report, budget"),
    ]
    assert text(one) == text(again)
    assert len({text(one), *map(text, others)}) == len(others) + 1


@pytest.mark.parametrize(("amount", "told"), [(None, ""), (0, "0"), (0.0, "0"), (1e-9, "0.000000001"), (2.50, "2.5")])
def test_an_amount_is_its_value(amount: object, told: str) -> None:
    assert amount_text(amount) == told
