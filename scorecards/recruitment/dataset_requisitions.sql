-- Sample requisitions as the system would show them on $last, with those that were opened from 20 weeks before $first.
-- Requisition i of week n and its fate are hashes of both, whatever the dates: past weeks never change.
with weeks as (
    select monday, date_diff('day', date '2000-01-03', monday) // 7 as n
    from   (
               select unnest(generate_series(
                          date_trunc('week', $first::date) - interval 140 days, $last::date - 1, interval 7 days
                      ))::date as monday
           ) as mondays
),
opened as (
    select n, monday,
           unnest(range(ceil(
               [14, 15, 13, 12, 12, 11, 9, 7, 15, 14, 11, 5][month(monday)] * (0.75 + hash('opened', n) % 1000 / 2000.0)
               * if(n % 61 between 17 and 19, 0.25, 1)  -- a freeze of three weeks, once in a while
           )::bigint)) as i
    from   weeks
),
facts as (
    select n, i,
           hash('requisition', n, i) as h,
           monday + (hash('opened', n, i) % 5)::integer as day,
           -- Some half-years are hard: positions stay open longer.
           (18 + hash('open', n, i) % 26 + if(n // 26 % 3 = 1, 9, 0))::integer as days,
           hash('filled', n, i) % 100 < 85 as filled
    from   opened
),
moments as (
    select *,
           day::timestamp + to_minutes((500 + h % 480)::bigint) as opened,
           (day + days + case isodow(day + days) when 6 then 2 when 7 then 1 else 0 end)::timestamp
           + to_minutes((540 + (h >> 10) % 480)::bigint) as closed,
           -- Two to five weeks of notice; a few never turn up.
           case when filled and hash('turns up', n, i) % 100 < 96
                then day + days + 14 + (hash('notice', n, i) % 24)::integer end as first_day
    from   facts
)
select 'R-' || lpad((40 * n + i)::varchar, 6, '0') as requisition_id,
       ['Bookkeeper', 'Assistant', 'Developer', 'Data analyst', 'Recruiter', 'Sales manager', 'Designer', 'Buyer']
       [((h >> 20) % 8)::integer + 1] as title,
       ['Finance', 'Office', 'Technology', 'Technology', 'People', 'Sales', 'Marketing', 'Operations']
       [((h >> 20) % 8)::integer + 1] as department,
       ['EMEA', 'EMEA', 'North America', 'North America', 'LATAM', 'APAC'][((h >> 30) % 6)::integer + 1] as region,
       opened at time zone 'UTC' as opened_at,
       if(closed < $last::date, closed at time zone 'UTC', null) as closed_at,
       if(closed < $last::date, if(filled, 'filled', 'cancelled'), null) as outcome,
       if(
           first_day + if(isodow(first_day) > 5, 8 - isodow(first_day), 0)::integer < $last::date,
           first_day + if(isodow(first_day) > 5, 8 - isodow(first_day), 0)::integer, null
       ) as started_on
from   moments
where  opened < $last::date
order  by requisition_id
