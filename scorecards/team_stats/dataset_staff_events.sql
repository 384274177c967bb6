-- Sample events of 24 people on the staff from $first (in) to $last (out): event k of a person and day is a hash of all
-- three; numbered in the order of the day. Fridays and match days are busy, the summer break is quiet.
with days as (
    select day, date_diff('day', date '2018-01-01', day) as n, dayofyear(day) / 365.25 as part
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
),
present as (
    select day, n, s, part
    from   days
           cross join range(24) as people(s)
    -- Every person has habits; two weeks in the summer and the days after Christmas belong to the family.
    where  hash('present', n, s) % 1000 <
           (180 + 14 * s) * [0.9, 0.8, 0.9, 1.1, 1.35, 1.2, 0.75][isodow(day)] * if(n // 63 % 6 = 4, 0.85, 1)
           * (1 - 0.8 * exp(-pow((part - 0.52) / 0.04, 2)) - 0.6 * exp(-pow((part - 0.99) / 0.015, 2)))
),
deeds as (
    select *, unnest(range(1 + (hash('deeds', n, s) % 2)::bigint)) as k
    from   present
),
placed as (
    select *, (25200 + hash('at', n, s, k) % 54000)::bigint as second
    from   deeds
)
select 'E-' || (10000000 + 1000 * n + row_number() over (partition by n order by second, s, k)) as event_id,
       (day::timestamp + to_seconds(second)) at time zone 'UTC' as at,
       'S-' || lpad(s::varchar, 3, '0') as staff_id,
       ['First team', 'Second team', 'Juniors'][(s % 3)::integer + 1] as team,
       ['login', 'login', 'roster_update', 'roster_update', 'roster_update', 'schedule_change', 'message', 'message']
       [(hash('kind', n, s, k) & 7)::integer + 1] as kind
from   placed
order  by n, second, s, k
