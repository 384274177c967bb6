"""One query's text split by dimensions: the text for each shape, what is refused and why, and that it is right."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

import duckdb
import psycopg
import pytest

from core.dataset import Column
from core.rewrite.slices import Sliced, refusals, sliced

LINES = ("at", "amount", "customer", "country", "channel", "order")
TABLES = {
    "staging.lines": {name: Column(name, "decimal(12,2)" if name == "amount" else "text") for name in LINES},
    "staging.people": {
        "customer": Column("customer"),
        "country": Column("country"),
        "email": Column("email", sensitive=True),
        "region": Column("region"),
        "lives in": Column("Lives In"),
    },
    "staging.unknown": None,
}
WEEK = "at >= :start and at < :end"


def text_of(sql: str, *dimensions: str, **options: Any) -> str:
    """The statement, without the first lines of white space of a test."""
    said = sliced(sql, dimensions, **{"tables": TABLES, **options})
    assert isinstance(said, Sliced), said
    return said.sql


def refused(sql: str, *dimensions: str, **options: Any) -> str:
    """The one reason why there is no statement."""
    (told,) = refusals(sql, dimensions or ("country",), **{"tables": TABLES, **options})
    assert sliced(sql, dimensions or ("country",), **{"tables": TABLES, **options}) == told
    return told


GOLDEN = {
    "plain": (
        f"\n  select sum(amount) as value\n  from   staging.lines\n  where  {WEEK}\n",
        ("country",),
        "select lines.country as kpi_dimension_1, grouping(lines.country) as kpi_whole,\n"
        "       sum(amount) as value\n"
        "  from   staging.lines\n"
        f"  where  {WEEK}\n"
        "group  by grouping sets ((), (lines.country))",
    ),
    "a pair, alias, comment and semicolon at the end": (
        "select all count(*) as value from staging.lines as l where at >= :start -- but not :\n;",
        ("Country", "CHANNEL"),
        "select all l.country as kpi_dimension_1, l.channel as kpi_dimension_2, grouping(l.country) as kpi_whole,\n"
        "       count(*) as value from staging.lines as l where at >= :start -- but not :\n"
        "group  by grouping sets ((), (l.country, l.channel))",
    ),
    "a comment behind a semicolon": (
        "select count(*) as value from staging.lines where at >= :start; -- done\n/* all; of it */",
        ("country",),
        "select lines.country as kpi_dimension_1, grouping(lines.country) as kpi_whole,\n"
        "       count(*) as value from staging.lines where at >= :start\n"
        "group  by grouping sets ((), (lines.country))",
    ),
    "a CTE": (
        "with mine as (select amount, upper(country) as land from staging.lines where at >= :start) "
        "select sum(amount) as value from mine",
        ("land",),
        "with mine as (select amount, upper(country) as land from staging.lines where at >= :start) "
        "select mine.land as kpi_dimension_1, grouping(mine.land) as kpi_whole,\n"
        "       sum(amount) as value from mine\n"
        "group  by grouping sets ((), (mine.land))",
    ),
    "a derived table with a quoted name": (
        'select count(*) as value from (select country as "Land", at from staging.lines) as x where x.at >= :start',
        ("land",),
        'select x."Land" as kpi_dimension_1, grouping(x."Land") as kpi_whole,\n'
        '       count(*) as value from (select country as "Land", at from staging.lines) as x where x.at >= :start\n'
        'group  by grouping sets ((), (x."Land"))',
    ),
    "a join, by a column that only one side offers": (
        "select count(*) as value from staging.lines join staging.people as p using (customer) where at >= :start",
        ("region",),
        "select p.region as kpi_dimension_1, grouping(p.region) as kpi_whole,\n"
        "       count(*) as value from staging.lines join staging.people as p using (customer) where at >= :start\n"
        "group  by grouping sets ((), (p.region))",
    ),
    "a join, by the column that it makes one of two": (
        "select count(*) as value from staging.lines full join staging.people using (customer) where at >= :start",
        ("customer",),
        "select customer as kpi_dimension_1, grouping(customer) as kpi_whole,\n"
        "       count(*) as value from staging.lines full join staging.people using (customer) where at >= :start\n"
        "group  by grouping sets ((), (customer))",
    ),
    "a join, by the column of one side": (
        "select count(*) as value from staging.lines as l join staging.people as p on p.customer = l.customer",
        ("p.country",),
        "select p.country as kpi_dimension_1, grouping(p.country) as kpi_whole,\n"
        "       count(*) as value from staging.lines as l join staging.people as p on p.customer = l.customer\n"
        "group  by grouping sets ((), (p.country))",
    ),
    "a name that is a word of SQL": (
        "select count(*) as value from staging.lines where at >= :start",
        ("order",),
        "select lines.order as kpi_dimension_1, grouping(lines.order) as kpi_whole,\n"
        "       count(*) as value from staging.lines where at >= :start\n"
        "group  by grouping sets ((), (lines.order))",
    ),
    "a name under contract with capitals and a space": (
        "select count(*) as value from staging.people",
        ("lives in",),
        'select people."Lives In" as kpi_dimension_1, grouping(people."Lives In") as kpi_whole,\n'
        "       count(*) as value from staging.people\n"
        'group  by grouping sets ((), (people."Lives In"))',
    ),
    "columns of a table that nobody knows, of which one is a function elsewhere": (
        "select count(*) as value from staging.unknown as u, staging.unknown as v",
        ("user",),
        'select "user" as kpi_dimension_1, grouping("user") as kpi_whole,\n'
        "       count(*) as value from staging.unknown as u, staging.unknown as v\n"
        'group  by grouping sets ((), ("user"))',
    ),
    "a name with capitals, of a table that nobody knows": (
        "select count(*) as value from staging.unknown as u where at >= :start",
        ("User",),
        'select u."User" as kpi_dimension_1, grouping(u."User") as kpi_whole,\n'
        "       count(*) as value from staging.unknown as u where at >= :start\n"
        'group  by grouping sets ((), (u."User"))',
    ),
    "names of a table that nobody knows, as the query spells them": (
        "select count(Land) as value from staging.unknown as u where u.\"Channel\" = 'shop'",
        ("LAND", "channel"),
        'select u.land as kpi_dimension_1, u."Channel" as kpi_dimension_2, grouping(u.land) as kpi_whole,\n'
        "       count(Land) as value from staging.unknown as u where u.\"Channel\" = 'shop'\n"
        'group  by grouping sets ((), (u.land, u."Channel"))',
    ),
    "names that an alias gives": (
        "select sum(a) as value from (values (1, 'x'), (2, 'y')) as t(a, \"B\")",
        ("b",),
        'select t."B" as kpi_dimension_1, grouping(t."B") as kpi_whole,\n'
        "       sum(a) as value from (values (1, 'x'), (2, 'y')) as t(a, \"B\")\n"
        'group  by grouping sets ((), (t."B"))',
    ),
}


@pytest.mark.parametrize("shape", GOLDEN)
def test_the_text_stays_and_only_grows_at_two_places(shape: str) -> None:
    sql, dimensions, expected = GOLDEN[shape]
    assert text_of(sql, *dimensions) == expected


REFUSED = {
    "select count(*) as value from staging.lines group by channel": "it has a GROUP BY at the top",
    "select count(*) as value from staging.lines having count(*) > 5": "it has a HAVING at the top",
    "select distinct count(*) as value from staging.lines": "it has a DISTINCT at the top",
    "select count(*) as value from staging.lines limit 1": "it has a LIMIT at the top",
    "select count(*) as value from staging.lines fetch first 1 rows only": "it has a LIMIT at the top",
    "select count(*) as value from staging.lines offset 0": "it has an OFFSET at the top",
    "select count(*) as value from staging.lines order by 1": "it has an ORDER BY at the top",
    "select sum(amount) as value from staging.lines window w as (order by at)": "it has a WINDOW clause at the top",
    "select count(*) as value from staging.lines union all select 0": "it puts SELECTs together at the top (union)",
    "select count(*) as value from staging.lines except select 0": "it puts SELECTs together at the top (except)",
    "(select count(*) as value from staging.lines)": "it stands in parentheses",
    "select (select count(*) from staging.lines) as value from staging.lines": "the subquery",
    "select count(*) - (select count(*) from staging.people) as value from staging.lines": "the subquery",
    "select sum(amount) * (select max(p.region) from staging.people p where p.country = l.country) as value "
    "from staging.lines as l": "the subquery",
    "select sum(sum(amount)) over () as value from staging.lines": "is a window function over the aggregates",
    "select count(*) + amount as value from staging.lines": '"amount" stands outside of any aggregate',
    "select my_total(amount) as value, count(*) from staging.lines": '"amount" stands outside of any aggregate',
    "select unnest(array_agg(amount)) as value from staging.lines": "makes rows or reads groups",
    "select generate_series(1, count(*)) as value from staging.lines": "makes rows or reads groups",
    "select count(*) + grouping(country) as value from staging.lines": "makes rows or reads groups",
    "select 1 as value from staging.lines": "it has no aggregate at the top",
    "select exists (select 1) as value from staging.lines": "it has no aggregate at the top",
    "select count(*) * random() as value from staging.lines": "random() gives another answer each time",
    "select count(*) as value from staging.lines where at < current_date": "current_date gives another answer",
    "select count(*) filter (where at < now()) as value from staging.lines": "now() gives another answer",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_cannot_be_split_is_refused_with_the_reason(sql: str) -> None:
    told = " ".join(refusals(sql, ("country",), tables=TABLES))
    assert REFUSED[sql] in told
    assert told.endswith(".")
    assert isinstance(sliced(sql, ("country",), tables=TABLES), str)


LINES_SQL = "select count(*) as value from staging.lines"


@pytest.mark.parametrize(
    ("dimension", "sql", "why"),
    [
        (
            "contry",
            LINES_SQL,
            'dimension "contry": the FROM of the query offers no such column. Did you mean "country"?',
        ),
        (
            "zzz",
            "select count(*) as value from (select at, amount from staging.lines) as x",
            'dimension "zzz": the FROM of the query offers no such column. It offers at, amount.',
        ),
        ("x.country", LINES_SQL, 'dimension "x.country": the FROM names no "x".'),
        ("line.country", LINES_SQL, 'dimension "line.country": the FROM names no "line". Did you mean "lines"?'),
        ("lines", LINES_SQL, 'dimension "lines" names a whole row. Name one of its columns.'),
        (
            "u",
            "select count(*) as value from staging.unknown as u",
            'dimension "u" names a whole row. Name one of its columns.',
        ),
        (
            "country",
            "select count(*) as value from staging.lines as l join staging.people as p on true",
            'dimension "country": l and p both offer it. Write "l.country" or "p.country".',
        ),
        (
            "country",
            "select count(*) as value",
            'dimension "country": the query reads no table. Say where its rows come from, with FROM.',
        ),
        (
            "LAND",
            'select count(*) as value from (select country as "Land", channel as "land" from staging.lines) as x',
            'dimension "LAND": several columns are spelled so but for the case. Write it as one of them.',
        ),
        (
            "LAND",
            'select count(distinct "Land") as value from staging.unknown where land is not null',
            'dimension "LAND": several columns are spelled so but for the case. Write it as one of them.',
        ),
        (
            "a:b",
            "select count(*) as value from staging.unknown",
            'dimension "a:b": a colon or backslash in a name would be read as a bind. Rename the column.',
        ),
    ],
)
def test_a_dimension_that_the_from_does_not_offer_is_told(dimension: str, sql: str, why: str) -> None:
    assert refused(sql, dimension) == why


def test_the_exact_spelling_decides_between_two() -> None:
    sql = 'select count(*) as value from (select country as "Land", channel as "land" from staging.lines) as x'
    assert 'grouping(x."Land")' in text_of(sql, "Land")
    assert "grouping(x.land)" in text_of(sql, "land")


def test_every_reason_is_told_at_once_and_one_column_is_no_pair() -> None:
    told = refusals("select count(*) as value from staging.lines limit 1", ("a", "country"), tables=TABLES)
    assert len(told) == 2
    assert refused(LINES_SQL, "country", "lines.Country") == '"lines.Country" is "country" once more.'


def test_a_text_that_is_no_select_is_left_to_those_who_read_queries() -> None:
    for text in ("selekt 1", "select 1; select 2", "delete from staging.lines", ""):
        assert refusals(text, ("country",)) == []
        assert isinstance(sliced(text, ("country",)), str)


PEOPLE = "(select {} from staging.people) as x"
UNION = "(select region from staging.people union all select email from staging.people) as x"
SENSITIVE = {
    "email": "staging.people",
    "mail": PEOPLE.format("lower(email) as mail"),
    "half": PEOPLE.format("split_part(email, '@', 1) as half"),
    "kind": PEOPLE.format("case when email is null then 'none' else email end as kind"),
    "one": PEOPLE.format("max(email) as one"),
    "m": "(select email from staging.people) as t(m)",
    "region": UNION,
    "x.email": "(select * from staging.people) as x",
    "nested": "(select * from (select *, upper(email) as nested from staging.people) as y) as x",
    "lateral": "staging.people as p cross join lateral (select lower(p.email) as lateral) as z",
    "part": "staging.people as p cross join lateral unnest(string_to_array(p.email, '@')) as z(part)",
    "asked": PEOPLE.format("(select max(q.email) from staging.people as q) as asked"),
}


@pytest.mark.parametrize("dimension", SENSITIVE)
def test_a_dimension_that_would_show_what_is_sensitive_is_refused(dimension: str) -> None:
    told = refused(f"select count(*) as value from {SENSITIVE[dimension]}", dimension)
    assert told == (
        f'dimension "{dimension}" would show the values of email, which is sensitive. Choose another column.'
    )


def test_a_cte_hides_nothing_either_and_how_many_there_are_shows_nobody() -> None:
    cte = "with p as (select email as e, region from staging.people) select count(*) as value from p"
    assert "which is sensitive" in refused(cte, "e")
    assert sliced(cte, ("region",), tables=TABLES)
    counted = "select count(*) as value from (select customer, count(email) as mails from staging.people group by 1) x"
    assert "x.mails" in text_of(counted, "mails")
    hidden = sliced("select count(*) as value from report", ("E_Mail",), dialect="duckdb", hidden=frozenset({"email"}))
    assert "which is sensitive" in str(hidden)


@pytest.mark.parametrize(
    ("column", "additive", "nothing"),
    [
        ("count(*)", True, 0),
        ("count(customer) filter (where amount > 0)", True, 0),
        ("sum(amount)", True, None),
        ("-(sum(amount))", True, None),
        ("sum(amount) * 100", True, None),
        ("coalesce(sum(amount), 0)", True, 0),
        ("coalesce(sum(amount), 0) - coalesce(sum(amount) filter (where channel = 'x'), 0)", True, 0),
        ("sum(amount) - sum(amount) filter (where channel = 'x')", False, None),
        ("count(*) + 1", False, 1),
        ("count(distinct customer)", False, 0),
        ("sum(distinct amount)", False, None),
        ("avg(amount)", False, None),
        ("max(amount)", False, None),
        ("percentile_cont(0.5) within group (order by amount)", False, None),
        ("sum(amount) / nullif(count(*), 0)", False, None),
        ("count(*)::numeric", True, 0),
        ("round(sum(amount))", False, "unproven"),
        ("coalesce(sum(amount), 7)", False, 7),
        ("my_agg(amount) filter (where true)", False, "unproven"),
        ("count(*) / 2", False, 0),
        ("7 / count(*)", False, "unproven"),
        ("case when count(*) = 0 then 5 else 1 end", False, "unproven"),
    ],
)
def test_what_adds_up_and_what_no_rows_give_is_claimed_only_where_it_is_proven(
    column: str, additive: bool, nothing: int | str | None
) -> None:
    said = sliced(f"select {column} as value from staging.lines", ("country",), tables=TABLES)
    assert isinstance(said, Sliced), said
    assert said.adds_up is additive
    assert (said.of_no_rows or {"value": "unproven"}) == {"value": nothing}


def test_a_ratio_never_adds_up() -> None:
    said = sliced("select sum(amount) as numerator, count(*) as denominator from staging.lines", ("country",))
    assert isinstance(said, Sliced)
    assert not said.adds_up
    assert said.of_no_rows == {"numerator": None, "denominator": 0}


ROWS = [
    (f"2026-11-{day:02} 12:00", amount, customer, country, channel)
    for n, (day, amount) in enumerate([(16, 10), (16, None), (17, -4), (18, 7), (19, 3), (20, 5), (21, 8), (24, 99)])
    for customer in ("ann", "bob", None)[: 1 + n % 3]
    for country, channel in (("ES", "shop"), ("FR", None), (None, "web"))[: 1 + n % 2 + (n > 4)]
]
ASKED = "booked >= :start and booked < :end"
RIGHT = {
    "sum": f"select sum(amount) as value from lines where {ASKED} ¶",
    "count": f"select count(amount) filter (where customer = 'ann') as value from lines where {ASKED} ¶",
    "distinct customers": f"select count(distinct customer) as value from lines where {ASKED} ¶",
    "the dimension counted": f"select count(distinct country) as value from lines where {ASKED} ¶",
    "the dimension in the aggregate": "select sum(case when country = 'ES' then 1 else 100 end) as numerator, "
    f"count(country) as denominator from lines where {ASKED} ¶",
    "mean and spread": f"select avg(amount) + max(amount) as value from lines where {ASKED} ¶",
    "a derived table": f"select sum(amount * n) as value from (select *, 2 as n from lines) as lines where {ASKED} ¶",
    "a CTE": f"with mine as (select * from lines where {ASKED}) select count(distinct customer) as numerator, "
    "count(*) as denominator from mine as lines where true ¶",
    "distinct rows": "select count(*) as value from (select distinct customer, country, channel from lines "
    f"where {ASKED}) as lines where true ¶",
    "a union": "select sum(amount) as value from (select booked, amount, country, channel from lines union all "
    f"select booked, 1, channel, country from lines) as lines where {ASKED} ¶",
    "exists inside the aggregate, on the dimension itself": "select count(*) filter (where exists (select 1 "
    "from lines as o where o.country = lines.country and o.amount > lines.amount)) as value "
    f"from lines where {ASKED} ¶",
    "exists beside": "select count(*) as value from lines where not exists (select 1 from lines as o "
    f"where o.customer = lines.customer and o.booked < lines.booked) and {ASKED} ¶",
    "a join": "select sum(lines.amount) as value from lines join lines as o on o.customer = lines.customer "
    "and o.booked = lines.booked where lines.booked >= :start and lines.booked < :end ¶",
    "ranks in the FROM": "select sum(amount) as value from (select *, row_number() over (order by amount desc, "
    f"customer, country) as place from lines where {ASKED}) as lines where place <= 5 ¶",
    "a constant below": f"select sum(amount) as numerator, 7 as denominator from lines where {ASKED} ¶",
    "a percentile": f"select percentile_cont(0.5) within group (order by amount) as value from lines where {ASKED} ¶",
}
DIMENSIONS = [("country",), ("channel",), ("country", "channel")]


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_every_slice_is_what_the_query_says_of_its_rows_alone(engine: str, warehouse_url: str) -> None:
    """The oracle is the query itself with one more condition, once for each slice."""
    with lines_in(engine, warehouse_url) as connection:
        for name, sql in RIGHT.items():
            for dimensions in DIMENSIONS:
                qualified = [f"lines.{d}" for d in dimensions]
                said = sliced(sql.replace("¶", ""), qualified, dialect=engine)
                assert isinstance(said, Sliced), (name, said)
                rows = _rows(connection, said.sql)
                count = len(dimensions)
                (whole,) = (row[count + 1 :] for row in rows if row[count] == 1)
                assert whole == _rows(connection, sql.replace("¶", ""))[0], name
                slices = [row for row in rows if row[count] == 0]
                assert len(slices) > 1
                assert len(slices) == len({row[:count] for row in slices})
                for row in slices:
                    only = " ".join(
                        f"and {column} is not distinct from {_literal(value)}"
                        for column, value in zip(qualified, row, strict=False)
                    )
                    assert row[count + 1 :] == _rows(connection, sql.replace("¶", only))[0], (name, row)
                if said.adds_up:
                    assert sum(row[-1] or 0 for row in slices) == whole[0], name


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_no_rows_at_all_give_what_the_text_promises_and_no_slice(engine: str, warehouse_url: str) -> None:
    with lines_in(engine, warehouse_url) as connection:
        for name, sql in RIGHT.items():
            said = sliced(sql.replace("¶", "and 1 = 0"), ["lines.country"], dialect=engine)
            assert isinstance(said, Sliced)
            (row,) = _rows(connection, said.sql)
            assert row[:2] == (None, 1), name
            if said.of_no_rows is not None:
                assert row[2:] == tuple(said.of_no_rows.values()), name


@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_a_column_that_a_join_makes_one_of_two_is_sliced_as_that_one(engine: str, warehouse_url: str) -> None:
    """Of a full join's two columns, each alone would be null where the other side stands alone."""
    with lines_in(engine, warehouse_url) as connection:
        connection.execute("create table buyers (customer text, region text)")
        connection.execute("insert into buyers values ('ann', 'north'), ('zoe', 'south'), (null, 'nowhere')")
        known = {"lines": dict.fromkeys(["customer", "amount"]), "buyers": dict.fromkeys(["customer", "region"])}
        sql = "select count(*) as value from lines full join buyers using (customer)"
        said = sliced(sql, ["customer"], dialect=engine, tables=known)
        assert isinstance(said, Sliced)
        found = {row[0]: row[2] for row in _rows(connection, said.sql) if not row[1]}
        counted = Counter(row[2] for row in ROWS)
        assert found == {"ann": counted["ann"], "bob": counted["bob"], None: counted[None] + 1, "zoe": 1}


def _rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    text = sql.replace(":start", "timestamp '2026-11-16'").replace(":end", "timestamp '2026-11-23'")
    return [tuple(map(_exact, row)) for row in connection.execute(text).fetchall()]


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float | Decimal) else value


def _literal(value: Any) -> str:
    return "null" if value is None else f"'{value}'"


@contextmanager
def lines_in(engine: str, url: str) -> Iterator[Any]:
    """A connection with the rows in a table `lines`."""
    connection: Any = duckdb.connect() if engine == "duckdb" else psycopg.connect(url, autocommit=True)
    with closing(connection):
        kinds = "booked timestamp, amount numeric(12,2), customer text, country text, channel text"
        connection.execute(f"create table lines ({kinds})")
        for row in ROWS:
            connection.execute(f"insert into lines values ({', '.join(map(_literal, row))})")
        yield connection
