-- Sample consents from $first (in) to $last (out) as they stand on $last. They come with the season and with a campaign
-- now and then; a quarter is taken back some time later.
with days as (
    select day, date_diff('day', date '2018-01-01', day) as n, dayofyear(day) / 365.25 as part
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as listed
),
given as (
    select *,
           unnest(range(round(
               3.2 * (1 + 0.00015 * n) * if(n % 119 in (20, 21, 22, 23), 3.5, 1)
               * [0.8, 0.8, 0.9, 1, 1.1, 1.3, 1.1][isodow(day)]
               * (1 + 0.6 * exp(-pow((part - 0.66) / 0.05, 2)) - 0.5 * exp(-pow((part - 0.52) / 0.05, 2)))
               * (0.6 + hash('consents', n) % 1000 / 1200.0)
           )::bigint)) as k
    from   days
),
facts as (
    select n, k,
           hash('consent', n, k) as h,
           day::timestamp + to_seconds((21600 + hash('at', n, k) % 64000)::bigint) as opted_in
    from   given
),
fates as (
    select *,
           if((h & 3) = 0, opted_in + to_days((1 + (h >> 2 & 255))::integer), null) as opted_out
    from   facts
)
select 'C-' || (1000000 + 100 * n + k) as subscription_id,
       'P-' || lpad((h >> 10 & 4095)::varchar, 4, '0') as subscriber_id,
       if((h >> 22 & 15) < 11, 'email', 'sms') as channel,
       ['First team', 'First team', 'Second team', 'Juniors'][(h >> 26 & 3)::integer + 1] as team,
       opted_in at time zone 'UTC' as opted_in_at,
       if(opted_out < $last::date, opted_out at time zone 'UTC', null) as opted_out_at
from   fates
order  by n, k
