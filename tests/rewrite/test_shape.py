"""The anatomy of a query: what it adds up, from where, how it is tied to its period, and why it has no shape."""

import pytest

from core.rewrite.anatomy import anatomy
from core.rewrite.shape import Aggregate, Anatomy, Form, Shape, binds_in

WEEK = "at >= :start and at < :end"
EVERYTHING = ("lateral", "scan", "shared")
TOGETHER = ("scan", "shared")


def shape(sql: str) -> Shape:
    found = anatomy(sql).shape
    assert found is not None, anatomy(sql).refusals
    return found


def counted(where: str, relation: str = "staging.sales") -> Shape:
    return shape(f"select count(*) as value from {relation} where {where}")


# Anatomy of what can be added up.


def test_a_query_is_taken_apart_into_plain_texts() -> None:
    read = anatomy(
        "with late as (select * from staging.sales where delay > 3) "
        "select count(*) filter (where paid or free) / 2 as Value from late as l join staging.shops as s using (shop) "
        "where l.at >= :start and l.at < :end and (a = 1 or b = 2) and l.shop in (select shop from staging.open)",
        {"at": "timestamptz"},
    )
    assert read == Anatomy(
        Shape(
            prelude="WITH late AS (SELECT * FROM staging.sales WHERE delay > 3)",
            relation="late AS l JOIN staging.shops AS s USING (shop)",
            moment="l.at",
            moment_type="timestamptz",
            conditions=("(a = 1 OR b = 2)",),
            nested=("l.shop IN (SELECT shop FROM staging.open)",),
            columns=(("Value", (Aggregate("COUNT(*)", "(paid OR free)"), " / 2")),),
            binds=frozenset(),
        ),
        {},
        ("staging.open", "staging.sales", "staging.shops"),
    )


@pytest.mark.parametrize(
    ("where", "moment"),
    [
        (WEEK, "at"),
        (":start <= at and :end > at", "at"),
        ("at < :end and at >= :start", "at"),
        ("(at >= :start and (at < :end and x))", "at"),
        ("((at >= :start and at < :end))", ""),  # nothing wrong is said of it, it is only not seen
        ("at >= cast(:start as date) and at < cast(:end as date)", "at"),
        ("s.at >= :start and s.at < :end", "s.at"),
        ('"At" >= :start and "At" < :end', '"At"'),
        ("at::date >= :start and at::date < :end", "CAST(at AS DATE)"),
        ("at at time zone 'UTC' >= :start and at at time zone 'UTC' < :end", "at AT TIME ZONE 'UTC'"),
        ("at >= :start and at < :end and at >= :start", ""),  # the one that is left uses :start
        ("at >= :start and at <= :end", ""),
        ("at > :start and at < :end", ""),
        ("at >= :end and at < :start", ""),
        ("at >= :start and other < :end", ""),
        ("at >= :start and :end < at", ""),
        ("at between :start and :end", ""),
        ("at >= :start or at < :end", ""),
        ("not (at >= :start and at < :end)", ""),
        ("not at >= :start and at < :end", ""),
        ("(at >= :start and at < :end) or x", ""),
        ("(at >= :start) is true and (at < :end) is true", ""),
        ("at >= :start - 7 and at < :end", ""),
        ("at >= cast(:start as timestamp) and at < cast(:end as timestamp)", ""),
        ("at + (:end - :start) >= :start and at + (:end - :start) < :end", ""),
        ("(select max(x) from y) >= :start and (select max(x) from y) < :end", ""),
        ("extract(isoyear from at) = :year and to_char(at, 'IYYY-\"W\"IW') = :week", ""),
    ],
)
def test_only_a_half_open_range_among_the_conditions_is_one_of_the_period(where: str, moment: str) -> None:
    read = anatomy(f"select count(*) as value from staging.sales as s, staging.shops where {where}")
    assert read.shape is not None
    if moment and "scan" not in read.refusals:
        assert read.shape.moment == moment
        assert read.shape.binds == frozenset()
    else:
        assert not moment
        assert "scan" in read.refusals


@pytest.mark.parametrize(
    ("sql", "binds", "why"),
    [
        (f"select count(*) as value from t where {WEEK} and w = :week", {"week"}, "it uses :week beside"),
        (f"select count(*) * :year as value from t where {WEEK}", {"year"}, "it uses :year beside"),
        (f"select count(*) filter (where b > :start) as value from t where {WEEK}", {"start"}, "it uses :start beside"),
        (f"select sum(:end - day) as value from t where {WEEK}", {"end"}, "it uses :end beside"),
        (f"with x as (select * from t where a < :last_sunday) select count(*) as value from x where {WEEK}",
         {"last_sunday"}, "it uses :last_sunday beside"),
        (f"select count(*) as value from t left join u on u.b < :end where {WEEK}", {"end"}, "it uses :end beside"),
        (f"select count(*) as value from (select * from t where b >= :start) as x where {WEEK}",
         {"start"}, "it uses :start beside"),
        (f"select count(*) as value from t where {WEEK} and exists (select 1 from u where u.b < :end and u.c > :year)",
         {"end", "year"}, "it uses :end, :year beside"),
        (f"select count(*) as value from t where {WEEK} and b >= :start and b < :end",
         {"start", "end"}, "it uses :end, :start beside"),
        ("select count(*) as value from t where at >= :end - 364 and at < :end",
         {"end"}, "no column is compared as `column >= :start and column < :end`"),
        ("select count(*) as value from t", set(), "no column is compared"),
    ],
)  # fmt: skip
def test_what_uses_its_period_elsewhere_is_not_added_up_in_one_pass(sql: str, binds: set[str], why: str) -> None:
    read = anatomy(sql)
    assert read.shape is not None
    assert read.shape.binds == binds
    assert read.refusals.keys() == {"scan"}
    assert read.refusals["scan"].startswith(why)


def test_two_columns_with_the_same_range_are_not_confused() -> None:
    """One of them is the moment, the other stays a condition with binds: only asking it for each period is right."""
    read = anatomy("select count(*) as value from t where b >= :start and a >= :start and a < :end and b < :end")
    assert read.shape is not None
    assert read.shape.moment == "a"
    assert read.shape.conditions == ("b < :end", "b >= :start")
    assert "scan" in read.refusals


def test_a_column_compared_twice_keeps_the_narrower_condition() -> None:
    read = anatomy("select count(*) as value from t where at >= :start and at < :end and at < :last_sunday")
    assert read.shape is not None
    assert read.shape.conditions == ("at < :last_sunday",)
    assert "scan" in read.refusals


@pytest.mark.parametrize(
    ("type_", "known"),
    [("date", "date"), ("timestamp", "timestamp"), ("timestamptz", "timestamptz"), ("text", ""), ("integer", "")],
)
def test_the_type_of_the_moment_is_that_of_its_contract(type_: str, known: str) -> None:
    for where in (WEEK, "t.AT >= :start and t.AT < :end"):
        found = anatomy(f"select count(*) as value from t where {where}", {"at": type_}).shape
        assert found is not None
        assert found.moment_type == known
    cut = anatomy("select count(*) as value from t where date_trunc('day', at) >= :start "
                  "and date_trunc('day', at) < :end", {"at": type_}).shape  # fmt: skip
    assert cut is not None
    assert cut.moment_type == ""


# Conditions that are put beside others.


@pytest.mark.parametrize(
    ("where", "conditions"),
    [
        ("a or b", ("(a OR b)",)),
        ("(a or b)", ("(a OR b)",)),
        ("not (a or b)", ("NOT (a OR b)",)),
        ("not a or b", ("(NOT a OR b)",)),
        ("a and b or c and d", ("(a AND b OR c AND d)",)),
        ("a and (b and (c or d))", ("(c OR d)", "a", "b")),
        ("not (a and b)", ("NOT (a AND b)",)),
        ("a between 1 and 2 and b", ("a BETWEEN 1 AND 2", "b")),
        ("case when a then b or c else d end", ("CASE WHEN a THEN b OR c ELSE d END",)),
        ("a = b or c is null and d", ("(a = b OR c IS NULL AND d)",)),
        ("a and a", ("a",)),
    ],
)
def test_conditions_keep_their_meaning_beside_others(where: str, conditions: tuple[str, ...]) -> None:
    assert counted(where, "t").conditions == conditions


def test_a_filter_of_its_own_stands_in_parentheses_beside_what_is_put_there() -> None:
    found = shape(f"select sum(x) filter (where a or b) as value from t where {WEEK}")
    ((_, (aggregate,)),) = found.columns
    assert isinstance(aggregate, Aggregate)
    assert aggregate.where(["c", "(d OR e)"]) == "SUM(x) filter (where c and (d OR e) and (a OR b))"


def test_queries_over_the_same_rows_are_of_one_kin() -> None:
    """Order, alias and white space make no difference; another moment, table, join or subquery does."""
    mine = counted(f"{WEEK} and a > 1").kin
    assert counted("SALE.at >= :start AND b and\n sale.at<:end", "staging.sales as sale").kin == mine
    assert counted(f"{WEEK} and c = 'x'").kin == mine
    assert counted("day >= :start and day < :end and a > 1").kin != mine
    assert counted(f"{WEEK} and a > 1", "staging.other").kin != mine
    assert counted(f"{WEEK} and a in (select a from u)").kin != mine
    assert counted(f"{WEEK} and a > 1", "staging.sales natural join staging.shops").kin != mine
    assert shape(f"with c as (select 1) select count(*) as value from staging.sales where {WEEK}").kin != mine


def test_without_a_moment_only_the_same_conditions_make_kin() -> None:
    assert counted("born < :end and a").kin == counted("a and born < :end").kin
    assert counted("born < :end and a").kin != counted("born < :end and b").kin


# Refusals.


@pytest.mark.parametrize(
    ("sql", "forms", "why"),
    [
        ("select 'a", EVERYTHING, "its text cannot be read as SQL"),
        ("delete from t", EVERYTHING, "it is no SELECT"),
        *(
            (f"select {call} as value from t where {WEEK}", EVERYTHING, "it answers differently each time it is asked")
            for call in (
                *("sum(random())", "sum(x - extract(year from now()))", "count(*) filter (where at < current_date)"),
                *("count(*) + extract(day from clock_timestamp())", "max(localtimestamp)", "max(nextval('s'))"),
                *("count(gen_random_uuid())", "max(txid_current())", "max(statement_timestamp())"),
            )
        ),
        (f"select count(*) as value from t tablesample system (10) where {WEEK}", EVERYTHING,
         "it answers differently each time it is asked"),
        (f"select count(*) as value from (select random() as r, at from t) as x where {WEEK}", EVERYTHING,
         "it answers differently each time it is asked"),
        (f"select count(*) as value from t where {WEEK} for update", EVERYTHING, "it locks or writes rows"),
        (f"select count(*) as value from kpi_period where {WEEK}", EVERYTHING, "it uses the names kpi_period or"),
        (f"select count(*) as value from t as KPI_answer where {WEEK}", EVERYTHING, "it uses the names kpi_period or"),
        (f"select count(kpi_piece_0) as value from t where {WEEK}", EVERYTHING, "it uses the names kpi_period or"),
        (f"select count(*) as value from t where {WEEK} group by a", TOGETHER, "it groups its rows"),
        (f"select count(*) as value from t where {WEEK} group by ()", TOGETHER, "it groups its rows"),
        (f"select count(*) as value from t where {WEEK} group by grouping sets ((a), ())", TOGETHER,
         "it groups its rows"),
        (f"select count(*) as value from t where {WEEK} having count(*) > 3", TOGETHER, "it has a HAVING"),
        (f"select distinct count(*) as value from t where {WEEK}", TOGETHER, "it takes distinct rows"),
        (f"select distinct on (a) x as value from t where {WEEK} order by a, b", TOGETHER, "it takes distinct rows"),
        (f"select count(*) as value from t where {WEEK} limit 1", TOGETHER, "it has a LIMIT"),
        (f"select count(*) as value from t where {WEEK} limit 0", TOGETHER, "it has a LIMIT"),
        (f"select count(*) as value from t where {WEEK} fetch first row only", TOGETHER, "it has a LIMIT"),
        (f"select count(*) as value from t where {WEEK} offset 1", TOGETHER, "it has an OFFSET"),
        (f"select x as value from t where {WEEK} order by at desc limit 1", TOGETHER, "it has a LIMIT"),
        (f"select count(*) as value from t where {WEEK} union all select 0", TOGETHER, "it puts several SELECTs"),
        (f"select 1 as value intersect select count(*) from t where {WEEK}", TOGETHER, "it puts several SELECTs"),
        (f"(select count(*) as value from t where {WEEK})", TOGETHER, "it is no plain SELECT"),
        ("select :year as value", TOGETHER, "it reads no table"),
        (f"select sum(count(*)) over () as value from t where {WEEK}", TOGETHER, "it looks through a window"),
        (f"select sum(x) over (order by at) as value from t where {WEEK}", TOGETHER, "it looks through a window"),
        (f"select sum(x) over w as value from t where {WEEK} window w as (order by at)", TOGETHER,
         "it has a WINDOW clause"),
        (f"select count(*) - (select count(*) from u where {WEEK}) as value from t where {WEEK}", TOGETHER,
         "a result column asks a subquery"),
        (f"select count(*) filter (where exists (select 1 from u where u.id = t.id)) as value from t where {WEEK}",
         TOGETHER, "a result column asks a subquery"),
        (f"select sum((select max(y) from u where u.id = t.id)) as value from t where {WEEK}", TOGETHER,
         "a result column asks a subquery"),
        (f"select count(*) from t where {WEEK}", TOGETHER, "a result column has no name"),
        (f"select a as value from t where {WEEK}", TOGETHER, "a result column is not made of aggregates alone"),
        (f"select count(*) + a as value from t where {WEEK}", TOGETHER,
         "a result column is not made of aggregates alone"),
        (f"select * from t where {WEEK}", TOGETHER, "a result column"),
        (f"select 5 as value from t where {WEEK}", TOGETHER, "a result column adds up nothing"),
        (f"select 1 as numerator, count(*) as denominator from t where {WEEK}", TOGETHER,
         "a result column adds up nothing"),
        *(
            (f"select {call} as value from t where {WEEK}", TOGETHER,
             "a result column calls a function that may be an aggregate of the database's own")
            for call in (
                *("my_total(x)", "my_total(x) filter (where a)", "public.my_total(x)", "count(*) + my_total(x)"),
                *("coalesce(my_total(x), 0)", "my_total(x order by y)", "my_nth(2) within group (order by x)"),
                *("first(x)", "last(x)", "median(x)", "mode(x) + quantile(x, 0.5)", "count_if(a)", "any_value(x)"),
                *("max_by(x, y)", "approx_count_distinct(x)", "(array_agg(x))[1]", "length(string_agg(s, ','))"),
                *("rank(5) within group (order by x)", "grouping(a)", "every(a)::int", "json_agg(x) is null"),
            )
        ),
        (f"select sum(date_part('epoch', b - a)) as value from t where {WEEK}", TOGETHER,
         "date_part() cannot be written again as it stands"),
        (f"select count(*) as value from t where {WEEK} and date_part('hour', at) > 8", TOGETHER,
         "date_part() cannot be written again as it stands"),
        (f"select count(*) as value from t cross join lateral (select 1) as l where {WEEK} limit 5", TOGETHER,
         "it has a LIMIT"),
    ],
)  # fmt: skip
def test_a_query_of_another_kind_has_no_shape_and_is_told_why(sql: str, forms: tuple[Form, ...], why: str) -> None:
    read = anatomy(sql)
    assert read.shape is None
    assert read.refusals.keys() == set(forms)
    (said,) = set(read.refusals.values())
    assert said.startswith(why)


def test_tables_are_named_in_full_wherever_they_stand() -> None:
    sql = (
        "with c as (select * from Staging.A) select (select max(x) from other.b) as value from c, u "
        "where exists (select 1 from staging.d union select 2 from u)"
    )
    assert anatomy(sql).tables == ("other.b", "staging.a", "staging.d", "u")


def test_a_comment_behind_a_semicolon_makes_no_other_query() -> None:
    sql = "select count(*) as value from staging.orders where at >= :start and at < :end"
    assert anatomy(f"{sql}; -- done\n").shape == anatomy(sql).shape is not None
    assert anatomy(f"{sql}; delete from staging.orders").refusals["lateral"] == "it is no SELECT"


def test_binds_are_not_seen_in_casts_times_and_slices() -> None:
    assert binds_in("a::date, '10:30', b[1:2], \\:c, :start, x->'y'") == {"start"}


def test_a_text_that_looks_like_a_bind_of_a_driver_stays_a_text() -> None:
    found = counted(f"{WEEK} and a like '%(start)s'")
    assert found.conditions == ("a LIKE '%(start)s'",)
    assert found.binds == frozenset()
