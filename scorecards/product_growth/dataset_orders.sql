-- Sample orders of an invented grocery shop, from $first (in) to $last (out): the same day always has the same rows.
-- All chance is a hash of the day and a place within it; ten or sixteen bits of a hash are one uniform number.
with days as (
    select day, isodow(day) as weekday, dayofyear(day) / 365.25 as part, greatest(0, year(day) - 2022) as years,
           day - date '2022-01-03' as n,
           (day - isodow(day)::integer + 1 - date '2022-01-03') // 7 as week_no
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day)
    where  strftime(day, '%m-%d') not in ('01-01', '12-25', '12-26')  -- no deliveries
),
conditions as (
    select *,
           -- A voucher each quarter brings more orders, smaller ones and new customers; in one week of about forty
           -- the app loses baskets; cafés are closed around the turn of the year.
           (week_no % 13 + 13) % 13 = hash('voucher', week_no // 13) % 11 + 1 as voucher,
           hash('app', week_no) % 41 = 0 as broken,
           part < 0.014 or part > 0.975 as holidays,
           1 + 0.03 * least(years, 8) + 0.08 * ((week_no // 46) % 2) as level,
           1 + 0.30 * exp(-pow((part - 0.930) / 0.050, 2))  -- before Christmas
             + 0.08 * exp(-pow((part - 0.720) / 0.060, 2))  -- back from the holidays
             - 0.22 * exp(-pow((part - 0.610) / 0.060, 2))  -- summer
             - 0.35 * exp(-pow((part - 1.000) / 0.015, 2))  -- the last days of the year
             - 0.12 * exp(-pow((part - 0.020) / 0.050, 2)) as season,
           0.95 + 0.10 * (hash('week', week_no) % 1000) / 1000.0 as weekly,
           0.90 + 0.20 * (hash('day', n) % 1000) / 1000.0 as daily,
           [1.10, 0.95, 1.00, 1.10, 1.25, 0.95, 0.65][weekday] as shape
    from   days
),
trade as (
    select *,
           greatest(6, round(
               13.8 * level * season * weekly * daily * shape * if(voucher, 1.18, 1) * if(broken, 0.78, 1)
           ))::integer as orders
    from   conditions
),
numbered as (
    select *, hash('order', n, k) as h, hash('basket', n, k) as g
    from   (select *, unnest(range(orders)) as k from trade) as numbered
),
buyers as (
    select *,
           (h & 65535) / 65536.0 as who,
           (g & 65535) / 65536.0 as size,
           -- Cafés order daily, households every other week, and some come once.
           case when (h >> 16 & 1023) < if(holidays, 60, 245) then 'cafe'
                when (h >> 16 & 1023) < if(voucher, 420, 360) then 'guest'
                else 'household' end as kind
    from   numbered
),
baskets as (
    select *,
           case kind when 'cafe' then 1 + floor(6.4 * size)
                     when 'guest' then 1 + floor(14 * pow(size, 1.5))
                     else 1 + floor((30 + 2 * years) * pow(size, 1.35)) end
           * if((g >> 16 & 511) = 0, 12, 1) * if(voucher, 0.9, 1) * if(broken, 0.6, 1) as pieces
    from   buyers
),
sold as (
    select *,
           greatest(1, round(pieces))::integer as items,
           case kind when 'cafe' then 0.75
                     when 'guest' then 0
                     else 0.08 + 0.52 * (g >> 25 & 1023) / 1024.0 end as known
    from   baskets
)
select 'O-' || strftime(day, '%Y%m%d') || '-'
       || lpad((row_number() over (partition by day order by h % 800, k))::varchar, 2, '0') as order_id,
       case kind when 'cafe' then 'C' || (100 + floor(6 * pow(who, 1.8))::bigint)
                 when 'guest' then 'G' || strftime(day, '%Y%m%d') || lpad(k::varchar, 2, '0')
                 else 'H' || (100000 + n // 2 - floor(260 * pow(who, 1.6))::bigint) end as customer_id,
       day + to_minutes((450 + h % 800)::bigint) as ordered_at,
       items,
       round(items * known)::integer as reordered_items,
       round(items * (1.4 + 2.6 * (g >> 35 & 1023) / 1024.0), 2)::decimal(12, 4) as amount
from   sold
order  by ordered_at, order_id
