-- Sample cases as they stand on $last, created from $first (in) to $last (out). Case k of a day and its fate are hashes
-- of both, whatever the dates: past days never change, but for what is resolved meanwhile.
with days as (
    select day, date_diff('day', date '2018-01-01', day) as n, dayofyear(day) / 365.25 as part
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
),
paced as (
    select *,
           -- Twice a year something breaks for three days: everybody writes, and nobody gets on with the rest.
           n % 173 in (60, 61, 62) as incident,
           [1.20, 1.12, 1.05, 1.0, 0.95, 0.50, 0.42][isodow(day)] * (1 + 0.0001 * n)
           * (1 + 0.18 * exp(-pow((part - 0.90) / 0.06, 2)) - 0.22 * exp(-pow((part - 0.60) / 0.06, 2))
                - 0.55 * exp(-pow((part - 0.985) / 0.012, 2))) as pace
    from   days
),
arrivals as (
    select *,
           unnest(range(greatest(1, round(
               10 * pace * (0.90 + hash('cases', n) % 1000 / 5000.0) * if(incident, 2.8, 1)
           ))::bigint)) as k
    from   paced
),
cases as (
    select n, k, incident,
           day::timestamp + to_seconds((hash('at', n, k) % 86400)::bigint) as created,
           hash('case', n, k) as h,
           case when hash('priority', n, k) % 100 < if(incident, 12, 4) then 'P1'
                when hash('priority', n, k) % 100 < if(incident, 40, 20) then 'P2'
                when hash('priority', n, k) % 100 < 66 then 'P3' else 'P4' end as priority,
           -ln((1 + hash('resolved', n, k) % 100000) / 100001.0) as patience,
           -ln((1 + hash('answered', n, k) % 100000) / 100001.0) as wait,
           -- Three in a thousand come without an id or a moment, one in a thousand comes twice.
           unnest(if(hash('twice', n, k) % 1000 = 0, [1, 2], [1])) as copy
    from   arrivals
),
fates as (
    select *,
           created + to_seconds((
               3600 * least(900, patience * map {'P1': 9, 'P2': 29, 'P3': 70, 'P4': 125}[priority]
                                 * if(incident, 1.8, 1) * if(n // 91 % 4 = 2, 1.25, 0.95))
           )::bigint + 600) as resolved,
           created + to_seconds((
               60 * least(600, 4 + wait * map {'P1': 25, 'P2': 90, 'P3': 240, 'P4': 420}[priority]
                                          * if(incident, 2.5, 1))
           )::bigint) as answered
    from   cases
)
select if(h % 1009 = 0, null, 'CASE-' || (1000000 + 100 * n + k)) as case_id,
       priority,
       ['EMEA', 'EMEA', 'EMEA', 'North America', 'North America', 'North America', 'APAC', 'LATAM']
       [(h >> 10 & 7)::integer + 1] as region,
       if(h % 503 = 1, null, created at time zone 'UTC') as created_at,
       if(answered < $last::date, answered at time zone 'UTC', null) as first_response_at,
       if(resolved < $last::date, resolved at time zone 'UTC', null) as resolved_at,
       (case when resolved < $last::date then resolved when answered < $last::date then answered else created end)
       at time zone 'UTC' as updated_at
from   (select * replace (least(answered, resolved) as answered) from fates) as told
order  by n, k, copy
