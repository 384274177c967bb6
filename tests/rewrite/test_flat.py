"""A derived table that only names things, and an alias that nothing needs: taken away, or left where it matters."""

from collections.abc import Callable

import psycopg
import pytest
import sqlglot

from core.rewrite.flat import flattened

FROM = "select count(*) as value from"


def flat(sql: str) -> str:
    return flattened(sqlglot.parse_one(sql, dialect="postgres")).sql(dialect="postgres")


@pytest.mark.parametrize(
    ("sql", "flattened_"),
    [
        (f"{FROM} t as x where x.a > 1 and b", f"{FROM} t where a > 1 and b"),
        (f"{FROM} staging.t x where X.a = x.b", f"{FROM} staging.t where a = b"),
        ("select sum(x.a) filter (where x.b) as value from t as x", "select sum(a) filter(where b) as value from t"),
        (f"{FROM} (select a, b from t) as x where x.a > 1 and b", f"{FROM} t where a > 1 and b"),
        (f"{FROM} (select a as b, b as a from t) as x where a = 1", f"{FROM} t where b = 1"),
        (f"{FROM} (select a + 1 as n from t) as x where n * 2 > 3", f"{FROM} t where (a + 1) * 2 > 3"),
        (f"{FROM} (select o.a as n from t as o where o.b or o.c) as x where n > 3 or n < 0",
         f"{FROM} t where (a > 3 or a < 0) and (b or c)"),
        (f"{FROM} (select a from t where b) as x", f"{FROM} t where b"),
        ("select sum(x.n) filter (where x.m) as value from (select coalesce(a, 0) as n, b = 1 as m from t) as x",
         "select sum((coalesce(a, 0))) filter(where (b = 1)) as value from t"),
        (f"{FROM} only t as x where x.a", f"{FROM} only t where a"),
    ],
)  # fmt: skip
def test_it_is_read_from_below(sql: str, flattened_: str) -> None:
    assert flat(sql).lower() == flattened_


@pytest.mark.parametrize(
    "sql",
    [
        f"{FROM} (select unnest(tags) as tag, at from t) as x",  # makes rows
        f"{FROM} (select generate_series(1, 3) as n from t) as x",
        f"{FROM} (select jsonb_array_elements(j) as n from t) as x",
        f"{FROM} (select regexp_split_to_table(s, ',') as n from t) as x",
        f"{FROM} (select my_function(a) as n from t) as x",  # may make rows as well
        f"{FROM} (select distinct a from t) as x",
        f"{FROM} (select distinct on (a) a, b from t order by a, b) as x",
        f"{FROM} (select a from t limit 10) as x",
        f"{FROM} (select a from t order by b offset 2) as x",
        f"{FROM} (select a from t group by a) as x",
        f"{FROM} (select max(a) as a from t) as x",
        f"{FROM} (select a, row_number() over (order by b) as n from t) as x where n = 1",
        f"{FROM} (select a from t union all select a from u) as x",
        f"{FROM} (select a from t join u using (id)) as x",
        f"{FROM} (select a from t, u) as x",
        f"{FROM} (select * from t) as x",
        f"{FROM} (select t.* from t) as x",
        f"{FROM} (select a as n, b as n from t) as x where n > 1",
        f"{FROM} (select a from (select a from t) as y) as x",
        f"{FROM} (select a from t) as x(b) where b > 1",
        f"{FROM} (select a, (select max(b) from u) as m from t) as x",
        f"{FROM} (select a from t where a in (select a from u)) as x",
        f"{FROM} (select a from t) as x where a in (select a from u)",
        f"{FROM} (select a from t) as x where hidden > 1",
        f"{FROM} (select a from t) as x where y.a > 1",
        f"{FROM} (select a from t) as x where x is not null",
        f"{FROM} (with c as (select 1) select a from t) as x",
        f"{FROM} (values (1), (2)) as x(a)",
        f"{FROM} (select a from t for update) as x",
        f"{FROM} t as x join u as y on x.id = y.id",
        f"{FROM} t as x, u as y where x.id = y.id",
        f"{FROM} t as x(a, b) where x.a > 1",
        f"{FROM} t as x where x is not null",
        "select count(x.*) as value from t as x",
        "select count(distinct x) as value from t as x",
        f"{FROM} t as x where exists (select 1 from u where u.id = x.id)",
        f"{FROM} generate_series(1, 3) as x where x.x > 1",
        *(f"{FROM} t as x where x.{word} = 'a'" for word in ("user", "current_date", "session_user", "localtime")),
        f"{FROM} t as x where x.order > 1 and x.end > 2",
        f"{FROM} t as a where a.a > 1",
    ],
)  # fmt: skip
def test_what_would_mean_something_else_stays_as_it_is(sql: str) -> None:
    assert flat(sql) == sqlglot.parse_one(sql, dialect="postgres").sql(dialect="postgres")


def test_both_say_the_same_of_real_rows(new_database: Callable[[str], str]) -> None:
    sqls = [
        f"{FROM} (select a as b, b as a from t where a > 1 or b > 1) as x where x.a = 1 or x.b = 3",
        "select sum(n) as value from (select coalesce(a, 0) + 1 as n, b from t) as x where n * 2 > 3",
        f"{FROM} (select a from t where b = 1 or b = 2) as x where a > 1 or a < 0",
        "select sum(x.a - x.n) as value from (select a, b - 1 as n from t as o where not (o.a = 1 or o.b = 1)) as x",
        f"{FROM} (select a, unnest(array[1, 2]) as n from t) as x where a > 1",
        f"{FROM} t as x where x.user = 'a'",
        "select count(distinct x) as value from t as x",
    ]
    with psycopg.connect(new_database("template1")) as connection:
        connection.execute('create table t (a int, b int, "user" text)')
        connection.execute(
            "insert into t select a, b, chr(95 + a) from generate_series(0, 4) a, generate_series(0, 3) b"
        )
        for sql in sqls:
            assert connection.execute(flat(sql)).fetchall() == connection.execute(sql).fetchall(), sql
