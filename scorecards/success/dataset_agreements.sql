-- Sample agreements as the CRM would show them on $last, without those that were over a year before $first, unless an
-- offboarding form of the sample may name them: forms look 110 weeks back.
-- Agreement i of a week and its fate are hashes of both, whatever the dates: past weeks never change.
with weeks as (
    select n, monday, dayofyear(monday) / 365.25 as part
    from   (
               select n, date '2018-01-01' + 7 * n::integer as monday
               from   range(0, greatest(0, date_diff('day', date '2018-01-01', $last::date) // 7 + 5)) as numbers(n)
           ) as mondays
),
signed as (
    select n, monday,
           unnest(range(greatest(4, round(
               (5.4 + 0.005 * n) * (0.85 + hash('signed', n) % 1000 / 3000.0)
               * (1 + 0.30 * exp(-pow((part - 0.10) / 0.06, 2)) + 0.25 * exp(-pow((part - 0.72) / 0.05, 2))
                    - 0.45 * exp(-pow((part - 0.98) / 0.04, 2)))
           ))::bigint)) as i
    from   weeks
    where  monday < $last::date
),
hazards as (
    -- More agreements end at the turn of the year, and every third half-year is a hard one.
    select n, monday,
           0.0066 * (1 + 1.6 * exp(-pow((part - 0.03) / 0.04, 2)) + if(n // 26 % 3 = 1, 0.55, 0)) as hazard
    from   weeks
),
ends as (
    select signed.n, signed.i, min(hazards.n) as ends_n
    from   signed
           join hazards on hazards.n > signed.n + 2
    where  hash(signed.n, signed.i, hazards.n) % 100000 < 100000 * hazard
    group  by all
),
agreements as (
    select n, i,
           monday + (hash('start', n, i) % 5)::integer as start_date,
           date '2018-01-01' + 7 * ends_n::integer + (hash('end', n, i) % 5)::integer as ended_on,
           hash('facts', n, i) as h
    from   signed
           left join ends using (n, i)
)
select 'A-' || lpad((20 * n + i)::varchar, 5, '0') as agreement_id,
       'C-' || lpad((hash('client', n, i) % 420)::varchar, 4, '0') as client_id,
       case when (h & 1023) < 680 then 'existing' when (h & 1023) < 910 then 'new'
            when (h & 1023) < 970 then null when (h & 1023) < 1000 then 'internal' else 'test' end as client_type,
       case when ended_on is null or ended_on >= $last::date then 'active'
            when (h >> 10 & 1023) < 680 then 'terminated by client'
            when (h >> 10 & 1023) < 880 then 'terminated by us' else 'ended' end as status,
       start_date,
       -- Notice is given four weeks ahead.
       if(ended_on < $last::date + 28, ended_on, null) as end_date,
       ['EMEA', 'EMEA', 'North America', 'North America', 'North America', 'LATAM', 'APAC', 'APAC']
       [(h >> 20 & 7)::integer + 1] as region,
       ['core', 'core', 'core', 'plus', 'plus', 'enterprise', 'enterprise', 'core'][(h >> 23 & 7)::integer + 1] as plan
from   agreements
where  start_date < $last::date
and    (ended_on is null or ended_on >= $first::date - 364 or start_date >= $first::date - 7 * 118)
order  by agreement_id
