-- Sample rows of the marketing sheet from $first (in) to $last (out): one row for each week and campaign.
-- Nothing is spent between Christmas and New Year, and every eleventh week or so a campaign is pushed.
with weeks as (
    select monday, date_diff('day', date '2018-01-01', monday) // 7 as w
    from   (
               select unnest(generate_series(
                          $first::date + ((8 - isodow($first::date)::integer) % 7), $last::date - 1, interval 7 days
                      ))::date as monday
           ) as mondays
),
campaigns as (
    select unnest([
               {'channel': 'online', 'campaign': 'search', 'usual': 690},
               {'channel': 'online', 'campaign': 'social', 'usual': 410},
               {'channel': 'broker', 'campaign': 'broker bonus', 'usual': 540},
               {'channel': 'partner', 'campaign': 'partner portal', 'usual': 240}
           ], recursive := true)
),
spent as (
    select *,
           least(3, greatest(0.4, 1 + 0.002 * (w - 300))) as level,
           hash('spend', w, campaign) % 1000 / 1000.0 as u
    from   weeks, campaigns
    where  not (month(monday) = 12 and dayofmonth(monday) between 22 and 30)
)
select monday as spent_on,
       if(hash('left out', w, campaign) % 131 = 0, null, channel) as channel,
       campaign,
       round(usual * level * (0.8 + 0.4 * u) * if(hash('push', w, campaign) % 11 = 0, 1.9, 1)
             * [0.8, 0.95, 1.1, 1.05, 1, 1, 0.95, 0.85, 1.05, 1.1, 1.15, 0.9][month(monday)], 2)::decimal(12, 2)
       as spend
from   spent
order  by spent_on, campaign
