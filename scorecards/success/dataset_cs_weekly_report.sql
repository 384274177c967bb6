-- Sample rows of the weekly report from $first (in) to $last (out): the same week always has the same rows.
-- Nobody reports at Christmas, and now and then somebody forgets.
with weeks as (
    select monday, date_diff('day', date '2018-01-01', monday) // 7 as n
    from   (
               select unnest(generate_series(
                          $first::date - (isodow($first::date)::integer - 1), $last::date - 1, interval 7 days
                      ))::date as monday
           ) as mondays
),
reported as (
    select n, monday,
           unnest(range(9 + (hash('clients', n) % 4)::bigint)) as k
    from   weeks
    where  week(monday) < 52
    and    hash('forgotten', n) % 43 <> 0
),
facts as (
    select *,
           hash('report', n, k) as h,
           -- Busier in the spring, and every third half-year is a hard one.
           if(n // 26 % 3 = 1, 1.4, 1) * (1 + 0.3 * exp(-pow((week(monday) - 14) / 4.0, 2))) as pace
    from   reported
)
select strftime(monday, '%G-W%V') as week_reported,
       'Client ' || lpad(((37 * k + hash('client', n)) % 420)::varchar, 4, '0') as client,
       if((h & 15) < 12, 'Existing', 'New') as client_type,
       ((h >> 4 & 1023) < 460 * pace)::integer + ((h >> 14 & 1023) < 170 * pace)::integer as replacements
from   facts
order  by monday, k
