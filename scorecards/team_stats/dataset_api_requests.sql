-- Sample requests from $first (in) to $last (out): one of some hundred that a real log would hold. Request k of a day
-- is a hash of both: the same day always has the same rows.
with days as (
    select day, date_diff('day', date '2018-01-01', day) as n, dayofyear(day) / 365.25 as part
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
),
paced as (
    select *,
           -- Every four months or so a bad deployment: for an evening, most requests fail or hang.
           n % 131 = 70 as outage,
           -- Busy at the weekend, quiet in the summer break.
           [0.8, 0.75, 0.85, 0.95, 1.1, 1.45, 1.3][isodow(day)] * (1 + 0.0001 * n)
           * (1 - 0.45 * exp(-pow((part - 0.52) / 0.05, 2))) as pace
    from   days
),
asked as (
    select *,
           unnest(range(greatest(6, round(12 * pace * (0.85 + hash('requests', n) % 1000 / 3300.0)))::bigint)) as k
    from   paced
),
facts as (
    select n, day, k, outage,
           hash('request', n, k) as h,
           -- Most come in the evening, between five and ten.
           if(hash('evening', n, k) % 10 < 6 or outage,
              61200 + hash('at', n, k) % 18000, hash('at', n, k) % 86400)::bigint as second,
           -ln((1 + hash('latency', n, k) % 100000) / 100001.0) as tail
    from   asked
),
answered as (
    select *,
           ['roster', 'roster', 'roster', 'schedule', 'schedule', 'schedule', 'schedule', 'notification']
           [(h & 7)::integer + 1] as endpoint,
           (h >> 3 & 1023) < if(outage, 620, 5) as failed
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
order  by n, second, k
