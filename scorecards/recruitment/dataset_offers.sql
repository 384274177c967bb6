-- Sample offers as the system would show them on $last: what was offered in a week is the same whatever the dates.
-- The accepted offer of a filled requisition is answered at the moment it is closed; some were declined before.
with weeks as (
    select n, date '2000-01-03' + 7 * n::integer as monday
    from   range(
               date_diff('day', date '2000-01-03', $first::date) // 7 - 12,
               date_diff('day', date '2000-01-03', $last::date) // 7 + 1
           ) as numbers(n)
),
requisitions as (
    select n, monday,
           hash('market', n // 26) % 3 = 0 as hot,  -- half-years in which good people have several offers
           unnest(range(ceil(
               [14, 15, 13, 12, 12, 11, 9, 7, 15, 14, 11, 5][month(monday)] * (0.75 + hash('opened', n) % 1000 / 2000.0)
               * if(n % 61 between 17 and 19, 0.25, 1)
           )::bigint)) as i
    from   weeks
),
filled as (
    select n, i, hot,
           hash('requisition', n, i) as r,
           monday + (hash('opened', n, i) % 5)::integer
           + (18 + hash('open', n, i) % 26 + if(n // 26 % 3 = 1, 9, 0))::integer as shut,
           (4 + hash('candidates', n, i) % 6)::integer as last
    from   requisitions
    where  hash('filled', n, i) % 100 < 85
),
closed as (
    select *,
           (shut + case isodow(shut) when 6 then 2 when 7 then 1 else 0 end)::timestamp
           + to_minutes((540 + (r >> 10) % 480)::bigint) as closes,
           hash('declined', n, i) % 100 < if(hot, 36, 16) as declined,
           hash('taken back', n, i) % 100 < 3 as taken_back
    from   filled
),
offers as (
    select n, i, closes, last,
           unnest(if(declined, [0, 1], [0]) || if(taken_back, [2], []::integer[])) as back,  -- the last one is accepted
           hash('offer', n, i) as h
    from   closed
),
moments as (
    select *,
           closes - to_hours((20 + h % 70 + 168 * back)::bigint) as offered,
           closes - to_hours((168 * back)::bigint) as answered
    from   offers
)
select 'O-' || lpad((40 * n + i)::varchar, 6, '0') || '-' || back as offer_id,
       'C-' || lpad((40 * n + i)::varchar, 6, '0') || '-' || last - back as candidate_id,
       'R-' || lpad((40 * n + i)::varchar, 6, '0') as requisition_id,
       offered at time zone 'UTC' as offered_at,
       if(answered < $last::date, answered at time zone 'UTC', null) as answered_at,
       if(answered < $last::date, ['accepted', 'declined', 'taken back'][back + 1], null) as answer,
       (30000 + 500 * (h >> 20 & 63))::decimal(12, 2) as salary
from   moments
where  offered < $last::date
and    offered >= $first::date - 14  -- as far back as the candidates of the sample reach
order  by offer_id
