-- Sample candidates as the system would show them on $last: who was sourced in a week is the same whatever the dates.
-- Each belongs to a requisition of the sample: requisition i of week n is opened on the day that both files compute
-- alike, and stays open as long.
with mondays as (
    select unnest(generate_series(
               date_trunc('week', $first::date) - interval 84 days, $last::date - 1, interval 7 days
           ))::date as monday
),
weeks as (
    select monday, date_diff('day', date '2000-01-03', monday) // 7 as n
    from   mondays
),
requisitions as (
    select n, monday,
           unnest(range(ceil(
               [14, 15, 13, 12, 12, 11, 9, 7, 15, 14, 11, 5][month(monday)] * (0.75 + hash('opened', n) % 1000 / 2000.0)
               * if(n % 61 between 17 and 19, 0.25, 1)
           )::bigint)) as i
    from   weeks
),
put_forward as (
    select n, i,
           monday + (hash('opened', n, i) % 5)::integer as opened,
           (18 + hash('open', n, i) % 26 + if(n // 26 % 3 = 1, 9, 0))::integer as days,
           hash('filled', n, i) % 100 < 85 as filled,
           (5 + hash('candidates', n, i) % 6)::integer as m,
           unnest(range((5 + hash('candidates', n, i) % 6)::bigint))::integer as k
    from   requisitions
),
entered as (
    select *,
           hash('candidate', n, i, k) as h,
           opened + k * (days * 7 // (10 * m)) as entry,
           opened + days as shut
    from   put_forward
),
days as (
    select *,
           -- Nobody is sourced or told at a weekend; the last one of a filled requisition is hired on its last day.
           entry + case isodow(entry) when 6 then 2 when 7 then 1 else 0 end as sourced,
           shut + case isodow(shut) when 6 then 2 when 7 then 1 else 0 end as ends,
           k = m - 1 and filled as hired,
           hash('left behind', n, i, k) % 100 < 2 as left_behind
    from   entered
),
moments as (
    select *,
           sourced::timestamp + to_minutes((600 + h % 480)::bigint) as came,
           if(hired, ends, least(ends, sourced + 3 + ((h >> 10) % 21)::integer))::timestamp
           + to_minutes((1080 + (h >> 20) % 120)::bigint) as gone
    from   days
)
select 'C-' || lpad((40 * n + i)::varchar, 6, '0') || '-' || k as candidate_id,
       'R-' || lpad((40 * n + i)::varchar, 6, '0') as requisition_id,
       ['referral', 'job board', 'job board', 'job board', 'outbound', 'outbound', 'careers site', 'careers site']
       [((h >> 30) % 8)::integer + 1] as source,
       came at time zone 'UTC' as sourced_at,
       if(gone < $last::date and (hired or not left_behind), gone at time zone 'UTC', null) as closed_at,
       if(
           gone < $last::date and (hired or not left_behind),
           if(hired, 'hired', ['rejected', 'rejected', 'rejected', 'withdrew'][((h >> 36) % 4)::integer + 1]), null
       ) as outcome,
       'Candidate ' || lpad((h >> 40)::varchar, 8, '0') as full_name,
       'candidate' || lpad((h >> 40)::varchar, 8, '0') || '@example.com' as email
from   moments
where  came < $last::date
and    came >= $first::date - 42
order  by candidate_id
