"""What sqlglot writes again says the same to PostgreSQL as what was written: value and type, call by call."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from core.databases import parse_url
from core.measures import binds
from core.periods import Week
from core.rewrite.anatomy import anatomy
from core.rewrite.forms import text_of

WEEK = "at >= :start and at < :end"

_CALLS = """
count(*)
count(x)
count(all x)
count(distinct x)
count(distinct (a, x))
count(distinct case when a > 1 then x end)
count(t)
sum(x)
sum(distinct a)
sum(-x)
sum(- -x)
sum(x - -x)
sum(x ^ 2)
sum(-x ^ 2)
sum(2 ^ a ^ 2)
sum(x * (a + 1))
sum(x * a + 1)
sum(a - (a - 1))
sum(a - a - 1)
sum(10 / (a + 10) * 2)
sum(a / 2)
sum(a % 3 * 2)
sum(mod(a + 1, 3) * 2)
sum(a & 3 + 1)
sum(a | 3 # 5)
sum(a << 1)
sum(~a)
sum(-a::int)
sum((-a)::int)
sum(x::real)
sum(x::float)
sum(x::float4)
sum(x::numeric(10,1))
sum(x::int)
sum(round(x, 1))
sum(floor(x) + ceil(x) + trunc(x))
sum(abs(a) + sign(a))
sum(power(a, 2) + pow(a, 3))
sum(width_bucket(x, 0, 10, 5))
sum(div(a, 3))
sum(greatest(a, 2) - least(a, 2))
sum(nullif(a, 0))
sum(coalesce(a, 0, 1))
sum(length(s) + char_length(s) + octet_length(s))
sum(strpos(s, 'b') + position('b' in s))
sum(cardinality(tags) + array_length(tags, 1))
sum(tags[1])
sum(cardinality(tags[1:2]))
sum((j ->> 'n')::int)
sum((s = 'abc')::int)
sum(case a when 1 then 2 else 3 end)
sum(case when a > 1 then 2 when a is null then 5 end)
sum(extract(epoch from at - made))
sum(extract(dow from at) + extract(isodow from at) + extract(week from at) + extract(isoyear from at))
sum(at::date - made::date)
avg(x)
avg(a)::float
min(x) + max(x)
max(at)::date - min(at)::date
extract(epoch from max(at) - min(at))
bool_and(flag)::int
case when bool_or(flag) then 1 else 0 end
stddev(x) + stddev_samp(x) + stddev_pop(x)
variance(x) + var_samp(x) + var_pop(x)
corr(a, x::float)
covar_pop(a, x::float) + covar_samp(a, x::float)
regr_slope(a, x::float)
bit_and(a) + bit_or(a) + bit_xor(a)
percentile_cont(0.5) within group (order by x)
percentile_cont(0.5) within group (order by x desc) filter (where a > 0)
percentile_disc(0.9) within group (order by x nulls first)
mode() within group (order by a)
length(string_agg(s, ',' order by s desc nulls last))
(array_agg(x order by at desc, x, a))[1]
round(avg(x), 2)
round(avg(x)::numeric, 2)
sqrt(sum(x)) + ln(sum(x)) + exp(1) + log(sum(x)) + log(2, sum(x))
sum(x) / count(*)
sum(x) * 1.0 / nullif(count(*), 0)
100.0 * count(*) filter (where a > 1) / nullif(count(*), 0)
count(*) / 3
count(*)::float / 3
count(*)::decimal / 3
(sum(x) - sum(a)) / nullif(sum(a), 0)
sum(x) - (sum(a) - count(*))
-(-sum(x))
coalesce(sum(x), 0)
coalesce(sum(x) filter (where false), 0)
greatest(sum(x), 0)
.5 * sum(x) + 1e3
case when count(*) > 3 then sum(x) else -1 end
sum(x) filter (where a > 1 or flag)
sum(x) filter (where not (a > 1 or flag))
sum(x) filter (where s = 'abc') - sum(a) filter (where s <> 'abc')
"""
_CONDITIONS = """
a is not null
a isnull
a between 1 and 2
a not between 1 and 2
a between symmetric 2 and 1
a in (1, 2)
a not in (1, 2)
not a in (1, 2)
a = any(array[1, 2])
a = any('{1,2}')
a <> all(array[1, 2])
a != 2
not a = 2
(a, x) in ((1, 2.5))
(a, s) = (1, 'abc')
a = 1 is true
a = 1 is not true
flag is unknown
flag is not false
flag
not flag
flag = (a > 1)
a is distinct from 1
a is not distinct from null
s like 'a%'
s not like '%c'
s ilike 'A%'
s like 'a!%' escape '!'
s similar to 'a%'
s ~ '^a'
s !~ '^a'
s ~* '^A'
s !~* '^A'
s ~~ 'a%'
s ^@ 'a'
s like any (array['a%', 'b%'])
s = 'it''s'
s = e'it\\'s'
s = $$abc$$
s || 'x' = 'abcx'
concat(s, null, 'x') = 'abcx'
concat_ws('-', s, 'x') = 'abc-x'
lower(upper(s)) = 'abc'
left(s, 2) = 'ab'
right(s, 1) = 'c'
substring(s from 2 for 1) = 'b'
substring(s from '^a.') = 'ab'
substr(s, 2) = 'bc'
trim(both 'c' from s) = 'ab'
btrim(s, 'c') = 'ab'
ltrim(s, 'a') = 'bc'
rtrim(s, 'c') = 'ab'
trim(s) = 'abc'
replace(s, 'a', 'b') = 'bbc'
split_part(s, 'b', 2) = 'c'
regexp_replace(s, '[a-b]', 'x', 'g') = 'xxc'
starts_with(s, 'ab')
s collate "C" < 'b'
s::varchar(2) = 'ab'
s::char(4) = 'abc'
md5(s) = md5('abc')
j ->> 'k' = 'v'
j -> 'd' ->> 'e' = 'f'
j #>> '{d,e}' = 'f'
j @> '{"k": "v"}'
j ? 'k'
tags && array[1, 9]
tags @> array[1]
1 = any(tags)
at > made + interval '5 days'
at > made + 5 * interval '1 day'
at > made + interval '1 month 2 days'
at > made + make_interval(days => 5)
at - made > interval '36 hours'
age(at, made) > interval '1 day'
isfinite(at)
date_trunc('month', at) = timestamptz '2026-11-01'
date_trunc('day', at, 'Asia/Tokyo') = timestamptz '2026-11-09 15:00+00'
at at time zone 'Asia/Tokyo' > timestamp '2026-11-10 12:00'
(at at time zone 'UTC')::date = date '2026-11-10'
at::date = '2026-11-10'
at::time < time '12:00'
at::timestamp(0) = timestamp '2026-11-10 08:30:00'
to_char(at, 'IYYY-"W"IW') = '2026-W46'
to_char(at, 'HH24:MI') < '12:00'
to_char(at, 'FMDay') = 'Tuesday'
to_date('10/11/2026', 'DD/MM/YYYY') = at::date
extract(hour from at) between 8 and 12
extract(dow from at) in (0, 6)
(made, at) overlaps (timestamptz '2026-11-09', timestamptz '2026-11-10')
"T"."Mixed" > 3
"select" = 1
x = 2.50
a > 1 and x > 1 or flag
a > 1 and (x > 1 or flag)
not (a > 1 and x > 1)
not a > 1 and x > 1
not (not flag)
a > 1 or flag and not s = 'abc'
(a > 1) = (x > 1)
a + 1 * 2 > 3
case when flag then a > 1 else x > 1 end
coalesce(flag, a > 1)
exists (select 1 from u where u.a = t.a)
a in (select a from u)
a > (select avg(a) from u)
row(a, s) = row(1, 'abc')
a::text = '1'
a::bit(4) = b'0001'
null is null
"""
_ROWS = """
create table t (
    at timestamptz, made timestamptz, a int, x numeric, s text, flag boolean, tags int[], j jsonb,
    "Mixed" int, "select" int
);
insert into t values
    ('2026-11-09 00:00', '2026-11-01', 1, 2.5, 'abc', true, '{1,2,3}', '{"k": "v", "n": 3, "d": {"e": "f"}}', 5, 1),
    ('2026-11-10 08:30', '2026-11-09 20:00', 2, 2.50, 'it''s', false, '{9}', '{"n": 4}', 1, 1),
    ('2026-11-10 08:30', '2026-11-09 20:00', 2, 2.50, 'it''s', false, '{9}', '{"n": 4}', 1, 1),
    ('2026-11-12 23:59', '2026-10-01', -3, 0.1, 'abd', null, '{}', '{}', 9, 2),
    ('2026-11-15 23:59:59.999999', '2026-11-15', 0, 7, '', true, null, null, null, 1),
    ('2026-11-13', '2026-11-12', null, null, null, null, null, null, null, null),
    ('2026-11-16', '2026-11-01', 4, 4, 'abc', true, '{4}', '{"n": 1}', 4, 4),
    ('2026-11-08 23:59:59', '2026-11-01', 5, 5, 'abc', false, '{5}', '{"n": 1}', 5, 5);
create table u as select 1 as a union all select 2 union all select 9;
"""


@pytest.fixture(scope="module")
def rows(new_database: Callable[[str], str]) -> Iterator[sa.Connection]:
    engine = sa.create_engine(parse_url(new_database("template1")), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("set timezone = 'Europe/Berlin'")
        connection.exec_driver_sql(_ROWS)
        yield connection
    engine.dispose()


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


_ASKED = [f"select {call} as value from t where {WEEK}" for call in _lines(_CALLS)] + [
    f"select count(*) as value from t where {WEEK} and {said}".replace('"T".', "t.") for said in _lines(_CONDITIONS)
]


def _answer(connection: sa.Connection, sql: str) -> Any:
    row = connection.execute(sa.text(sql), binds(Week.containing(date(2026, 11, 9)))).one()
    return [(type(value), value) for value in row]


@pytest.mark.parametrize("sql", _ASKED, ids=range(len(_ASKED)))
def test_what_is_written_again_says_the_same(rows: sa.Connection, sql: str) -> None:
    """Value and type: a float that becomes a decimal is another number."""
    shape = anatomy(sql).shape
    assert shape is not None, anatomy(sql).refusals
    assert _answer(rows, text_of(shape)) == _answer(rows, sql)


def test_the_rows_tell_the_calls_apart(rows: sa.Connection) -> None:
    """Most calls give a number of their own, and most conditions are neither true nor false of all rows."""
    told = [repr(_answer(rows, sql)) for sql in _ASKED]
    assert len(set(told)) > 50
    assert sum("None" in one for one in told) < 5
