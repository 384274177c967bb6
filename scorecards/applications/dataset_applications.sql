-- Sample applications as the export of $last would show them: what was begun on a day is the same whatever the dates.
-- All chance is a hash of the day and a place within it.
with days as (
    select day, isodow(day) as weekday,
           date_diff('day', date '2000-01-03', date_trunc('week', day)) // 7 as n
    from   (select unnest(generate_series($first::date - 28, $last::date - 1, interval 1 day))::date as day)
),
pace as (
    select *,
           -- Many write in January and in September, few at Christmas; a fair draws a crowd twice a year.
           [1.35, 1.20, 1.05, 1.00, 0.95, 0.90, 0.80, 0.75, 1.20, 1.10, 0.95, 0.60][month(day)]
           * [1.20, 1.15, 1.10, 1.00, 0.85, 0.45, 0.55][weekday] * (0.85 + hash('day', day) % 1000 / 3300.0)
           * (0.95 + 0.1 * least(2, greatest(0, (n - 1200) / 200.0)))
           * if(n % 26 = hash('fair', n // 26) % 26, 1.6, 1) * if(strftime(day, '%m-%d') > '12-23', 0.4, 1) as pace,
           -- Once a year the form is broken for two days.
           n % 49 = 20 and weekday in (2, 3) as broken,
           -- Screeners are away: a week or two of holidays, and now and then a bad one.
           if(week(day) in (31, 32, 52, 1), 2, 0) + if(hash('short', n) % 17 = 0, 3, 0) as away
    from   days
),
begun as (
    select day, n, broken, away,
           unnest(range(greatest(3, round(17.5 * pace))::bigint)) as k
    from   pace
),
facts as (
    select *,
           hash('application', day, k) as h,
           ((hash('channel', day, k) % 20) > 6)::integer + ((hash('channel', day, k) % 20) > 14)::integer
           + ((hash('channel', day, k) % 20) > 17)::integer as channel,
           day::timestamp + to_seconds((25200 + hash('moment', day, k) % 57600)::bigint) as started
    from   begun
),
sent as (
    select *,
           if(
               hash('sent', day, k) % 100 < if(broken, 15, [72, 62, 88, 50][channel + 1]),
               started + to_minutes(if(h % 20 = 0, 600 + h % 1440, 6 + h % 50)::bigint), null
           ) as submitted,
           -- Working days until somebody looks at it.
           case when (h >> 8) % 100 < 40 then 0 when (h >> 8) % 100 < 88 then 1 else 2 + (h >> 16) % 2 end
           + if((h >> 24) % 100 < 55, away, 0) as wait
    from   facts
),
queued as (
    select *,
           submitted::date + case isodow(submitted) when 6 then 2 when 7 then 1 else 0 end as monday_at_latest
    from   sent
),
decisions as (
    select *,
           greatest(
               monday_at_latest::timestamp
               + to_days((wait + 2 * ((isodow(monday_at_latest) - 1 + wait) // 5))::integer)
               + to_minutes((540 + (h >> 20) % 480)::bigint),
               submitted + to_minutes((25 + (h >> 30) % 150)::bigint)
           ) as decided
    from   queued
),
answers as (
    select *,
           -- Most are answered with the decision, some are called before it, a few never.
           case when (h >> 36) % 100 < 70 then decided + to_minutes(((h >> 44) % 300)::bigint)
                when (h >> 36) % 100 < 95 then submitted + to_minutes((60 + (h >> 44) % 900)::bigint) end as answered
    from   decisions
)
select 'A-' || lpad((date_diff('day', date '2000-01-03', day) * 100
                     + row_number() over (partition by day order by started, k))::varchar, 7, '0') as application_id,
       ['careers site', 'job board', 'referral', 'social'][channel + 1] as channel,
       ['Bookkeeper', 'Assistant', 'Developer', 'Sales manager', 'Designer', 'Buyer'][(h % 6)::integer + 1] as position,
       started at time zone 'UTC' as started_at,
       if(submitted < $last::date, submitted at time zone 'UTC', null) as submitted_at,
       if(answered < $last::date, answered at time zone 'UTC', null) as first_response_at,
       if(decided < $last::date, decided at time zone 'UTC', null) as decided_at,
       if(
           decided < $last::date,
           case when (h >> 52) % 100 < 4 then 'withdrawn'
                when (h >> 52) % 100 < [36, 26, 58, 22][channel + 1] then 'passed' else 'rejected' end, null
       ) as decision,
       'Applicant ' || lpad((h >> 34)::varchar, 10, '0') as applicant_name,
       'applicant' || lpad((h >> 34)::varchar, 10, '0') || '@example.com' as applicant_email
from   answers
order  by application_id
