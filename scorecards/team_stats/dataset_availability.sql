-- Sample sheet of the medical staff from $first (in) to $last (out): the squads of three teams on each matchday. An
-- injury lasts some weeks; in the cold months there are more of them, and one winter a flu.
with days as (
    select day, date_diff('day', date '2018-01-01', day) // 7 as n, isodow(day) as weekday,
           dayofyear(day) / 365.25 as part
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
    where  month(day) not in (6, 7)
    and    strftime(day, '%m-%d') not between '12-22' and '12-31'
),
squads as (
    select day, n, part, t, p, hash('player', t, p, n) as h, hash('injury', t, p, n // 3) % 1000 as injury
    from   days
           cross join range(3) as teams(t)
           cross join range(16) as players(p)
    where  weekday = [6, 7, 7][t::integer + 1]
),
told as (
    select *,
           case when injury < 60 * (1 + 0.8 * exp(-pow((part - 0.08) / 0.08, 2))) or (n % 104 in (55, 56) and h % 4 = 0)
                then 'out' when h % 1000 < 55 then 'limited' else 'available' end as status
    from   squads
)
select day,
       ['First team', 'Second team', 'Juniors'][t::integer + 1] as team,
       'PL-' || t || lpad(p::varchar, 2, '0') as player_id,
       status,
       if(status = 'available', null, ['muscle', 'knee', 'illness', 'illness'][(injury & 3)::integer + 1]) as reason,
       day as entered_on
from   told
order  by day, t, p
