-- Sample games of three teams from $first (in) to $last (out): a game a week in a season from August to May, and for
-- the first team one in midweek now and then. A team is in form for some ten weeks, and then it is not.
with days as (
    select day, date_diff('day', date '2018-01-01', day) // 7 as n, isodow(day) as weekday,
           year(day) - (month(day) < 7)::integer as season
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
    where  month(day) not in (6, 7)
    and    strftime(day, '%m-%d') not between '12-22' and '12-31'
),
games as (
    select *, ['First team', 'Second team', 'Juniors'][t::integer + 1] as team,
           hash('game', day, t) as h
    from   days
           cross join range(3) as teams(t)
    where  weekday = [6, 7, 7][t::integer + 1]
    or     (weekday = 3 and t = 0 and n % 5 = 2)
),
scored as (
    select *,
           70 + (h & 15) + (h >> 4 & 15) + if((h >> 8 & 1) = 0, 3, 0) + [6, 2, 0][t::integer + 1]
           + if(hash('form', t, n // 10) % 3 = 0, -7, 5) as ours,
           70 + (h >> 12 & 15) + (h >> 16 & 15) as theirs
    from   games
)
select 'G-' || strftime(day, '%Y%m%d') || '-' || t as game_id,
       season,
       day as played_on,
       team,
       ['Falcons', 'Harbour', 'Rovers', 'Titans', 'Union', 'Valley', 'Wolves', 'Yard']
       [(h >> 24 & 7)::integer + 1] as opponent,
       if((h >> 8 & 1) = 0, 'home', 'away') as venue,
       ours::integer as points_scored,
       -- Few sports know ties: of these, those that ended within a point did.
       if(abs(ours - theirs) <= 1, ours, theirs)::integer as points_allowed,
       (day::timestamp + to_minutes(1260 + (h >> 28 & 127)::bigint)) at time zone 'UTC' as updated_at
from   scored
order  by day, t
