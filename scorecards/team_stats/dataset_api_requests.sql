-- Sample requests from $first (in) to $last (out). A real log is too long to be made up: of every day there are some
-- ten minutes, each with all of its requests, so that a minute is up or down as it would be in the log. (Three requests
-- in every minute of a working day would be 1.6 million rows in 160 weeks.) Minute k of a day is a hash of both: the
-- same day always has the same rows.
with days as (
    select day, date_diff('day', date '2018-01-01', day) as n, dayofyear(day) / 365.25 as part
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
),
paced as (
    select *,
           -- Every four months or so a bad deployment: for an evening, most minutes are lost.
           n % 131 = 70 as outage,
           -- Busy at the weekend, quiet in the summer break.
           [0.8, 0.75, 0.85, 0.95, 1.1, 1.45, 1.3][isodow(day)] * (1 + 0.0001 * n)
           * (1 - 0.45 * exp(-pow((part - 0.52) / 0.05, 2))) as pace
    from   days
),
minutes as (
    select *,
           unnest(range(greatest(5, round(8 * pace * (0.85 + hash('requests', n) % 1000 / 3300.0)))::bigint)) as k
    from   paced
),
busy as (
    select *,
           -- Most come in the evening, between five and ten, and then several in a minute.
           hash('evening', n, k) % 10 < 6 or outage as evening,
           hash('down', n, k) % 1000 < if(outage, 700, 4) as down
    from   minutes
),
asked as (
    select *,
           if(evening, 1020 + hash('at', n, k) % 300, 420 + hash('at', n, k) % 960)::bigint as minute,
           unnest(range(if(evening, 2 + hash('asked', n, k) % 4, 1 + hash('asked', n, k) % 3)::bigint)) as r
    from   busy
),
facts as (
    select *,
           hash('request', n, k, r) as h,
           60 * minute + (hash('second', n, k, r) % 60)::bigint as second,
           -ln((1 + hash('latency', n, k, r) % 100000) / 100001.0) as tail
    from   asked
),
answered as (
    select *,
           ['roster', 'roster', 'roster', 'schedule', 'schedule', 'schedule', 'schedule', 'notification']
           [(h & 7)::integer + 1] as endpoint,
           down or (h >> 3 & 1023) < 4 as failed
    from   facts
)
select (day::timestamp + to_seconds(second)) at time zone 'UTC' as at,
       endpoint,
       case when failed then [500, 502, 503, 504][(h >> 13 & 3)::integer + 1]
            when (h >> 15 & 63) = 0 then [401, 404, 429, 404][(h >> 21 & 3)::integer + 1] else 200 end as status,
       least(30000, round(
           map {'roster': 70, 'schedule': 55, 'notification': 120}[endpoint]
           + tail * map {'roster': 130, 'schedule': 95, 'notification': 220}[endpoint]
             * if(outage, 9, 1) * if(n // 56 % 5 = 3, 1.35, 1)
       ))::integer as latency_ms
from   answered
order  by n, second, k, r
