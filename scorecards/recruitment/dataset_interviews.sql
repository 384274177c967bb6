-- Sample interviews: what was held in a week is the same whatever the dates; what is due after $last is scheduled, and
-- so is what its interviewer marks only after it.
-- Each belongs to a candidate of the sample, who was sourced on the day that both files compute alike.
with mondays as (
    select unnest(generate_series(
               date_trunc('week', $first::date) - interval 84 days, $last::date - 1, interval 7 days
           ))::date as monday
),
requisitions as (
    select monday,
           date_diff('day', date '2000-01-03', monday) // 7 as n,
           unnest(range(ceil(
               [14, 15, 13, 12, 12, 11, 9, 7, 15, 14, 11, 5][month(monday)]
               * (0.75 + hash('opened', date_diff('day', date '2000-01-03', monday) // 7) % 1000 / 2000.0)
               * if(date_diff('day', date '2000-01-03', monday) // 7 % 61 between 17 and 19, 0.25, 1)
           )::bigint)) as i
    from   mondays
),
candidates as (
    select n, i,
           unnest(range((5 + hash('candidates', n, i) % 6)::bigint))::integer as k,
           monday + (hash('opened', n, i) % 5)::integer as opened,
           (18 + hash('open', n, i) % 26 + if(n // 26 % 3 = 1, 9, 0))::integer
           * 7 // (10 * (5 + hash('candidates', n, i) % 6)::integer) as pace
    from   requisitions
),
stages as (
    select n, i, k,
           unnest([0, 1, 2]) as stage,
           opened + k * pace + case isodow(opened + k * pace) when 6 then 2 when 7 then 1 else 0 end as sourced
    from   candidates
),
appointments as (
    select n, i, k, stage, sourced,
           hash('interview', n, i, k, stage) as h,
           sourced + 2 + 5 * stage + (hash('wait', n, i, k, stage) % 4)::integer as day
    from   stages
    where  hash('invited', n, i, k) % 100 < [60, 30, 15][stage + 1]
    and    sourced < $last::date
),
moments as (
    select *,
           day + case isodow(day) when 6 then 2 when 7 then 1 else 0 end as workday
    from   appointments
),
fates as (
    select *,
           workday::timestamp + to_minutes((540 + 30 * (h % 17))::bigint) as moment,
           -- Christmas is empty, and in one week of about thirty the calendar fails.
           case when week(workday) = 52 then 80
                when hash('calendar', date_trunc('week', workday)) % 31 = 0 then 55 else 9 end as cancelled
    from   moments
),
marks as (
    select *,
           -- Most mark it on the same day, some on the next one.
           moment + to_minutes((50 + (h >> 40) % 200 + if((h >> 48) % 8 = 0, 1100, 0))::bigint) as marked
    from   fates
)
select 'I-' || lpad((40 * n + i)::varchar, 6, '0') || '-' || k || '-' || stage as interview_id,
       'C-' || lpad((40 * n + i)::varchar, 6, '0') || '-' || k as candidate_id,
       ['phone', 'technical', 'client'][stage + 1] as stage,
       moment at time zone 'UTC' as scheduled_at,
       case when marked >= $last::date then 'scheduled'
            when (h >> 20) % 100 < cancelled then 'cancelled'
            when (h >> 30) % 100 < 6 then 'no show' else 'held' end as status,
       if(marked < $last::date, marked, sourced::timestamp + interval 19 hours) at time zone 'UTC' as updated_at
from   marks
where  moment >= $first::date
order  by interview_id
