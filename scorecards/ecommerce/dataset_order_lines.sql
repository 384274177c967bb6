-- Sample order lines of an invented shop, from $first (in) to $last (out): the same day always has the same rows.
-- All chance is a hash of the day and a place within it; ten or sixteen bits of a hash are one uniform number.
with days as (
    select day,
           date_diff('day', date '2022-01-03', day) as n,
           isodow(day) as weekday,
           dayofyear(day) / 365.25 as part,
           greatest(0, year(day) - 2022) as years,
           date_diff('day', date '2022-01-03', day - isodow(day)::integer + 1) // 7 as week_no
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day)
    where  isodow(day) <> 6  -- no trading on Saturdays, at Christmas, at New Year and on two bank holidays
    and    not (month(day) = 12 and dayofmonth(day) between 25 and 29)
    and    not (month(day) = 1 and dayofmonth(day) = 1)
    and    not (month(day) = 5 and isodow(day) = 1 and dayofmonth(day) <= 7)
    and    not (month(day) = 8 and isodow(day) = 1 and dayofmonth(day) >= 25)
),
conditions as (
    select *,
           -- A promotion each quarter, a bad batch in one week of about thirty, a new level every 46 weeks.
           (week_no % 13 + 13) % 13 = hash('promotion', week_no // 13) % 11 + 1 as promotion,
           if(hash('batch', week_no) % 31 = 0, 0.2, 0.1) + 0.05 * exp(-pow((part - 0.04) / 0.04, 2))
             + 0.03 * (hash('returns', week_no) % 1000) / 1000.0 as cancelled,
           1 + 0.03 * least(years, 8) + 0.13 * ((week_no // 46) % 2) as level,
           1 + 0.85 * exp(-pow((part - 0.875) / 0.075, 2))  -- presents
             + 0.12 * exp(-pow((part - 0.740) / 0.060, 2))  -- back to work
             - 0.14 * exp(-pow((part - 0.290) / 0.035, 2))  -- spring holidays
             - 0.12 * exp(-pow((part - 0.610) / 0.050, 2))  -- summer
             - 0.25 * exp(-pow((part - 1.000) / 0.020, 2))  -- too late for Christmas
             - 0.16 * exp(-pow((part - 0.000) / 0.050, 2)) as season,  -- January
           0.94 + 0.12 * (hash('week', week_no) % 1000) / 1000.0 as weekly,
           0.92 + 0.16 * (hash('day', n) % 1000) / 1000.0 as daily,
           [1.00, 1.06, 1.03, 1.16, 0.90, 0.0, 0.70][weekday] as shape
    from   days
),
trade as (
    select *,
           least(79, greatest(24, round(
               33 * level * season * weekly * daily * shape * if(promotion, 1.22, 1)
           )))::integer as invoices
    from   conditions
),
invoices as (
    select *,
           -- Cancellations are spread evenly over the day: so many invoices before the k-th are one.
           floor((k + hash('cancelled', n) % 8 / 8.0) * cancelled) as cancelled_before,
           floor((k + 1 + hash('cancelled', n) % 8 / 8.0) * cancelled) as cancelled_after,
           invoices - floor((invoices + hash('cancelled', n) % 8 / 8.0) * cancelled) as sales
    from   (select *, unnest(range(invoices)) as k from trade) as numbered
),
headers as (
    select *,
           hash(n, k) as h,
           cancelled_after > cancelled_before as cancels,
           -- All sizes between the smallest and the largest order occur, in a shuffled order. Quiet days have
           -- fewer but longer orders; in busy ones there are more pieces on a line.
           (510 + 0.9 * (invoices - 24) - 2.5 * (invoices - sales)) / sales as usual_lines,
           (((k - cancelled_before) * 7919 + hash('sizes', n) % 1000) % sales + 0.5) / sales as place,
           (k + hash('minute', n, k) % 1000 / 1000.0) / invoices as moment,
           if(weekday = 7, 10, 8) as opens,
           if(weekday = 7, 6, if(weekday = 4, 12, 10)) as open_hours
    from   invoices
),
buyers as (
    select n, years, promotion, usual_lines, cancels, h,
           lpad(((400000 + n * 80 + k) % 900000 + 100000)::varchar, 6, '0') as number,
           -- The middle of the day is the busiest.
           day + to_minutes(
               floor(60 * (opens + open_hours * (moment + 0.048 * sin(2 * pi() * moment))))::integer
           ) as booked_at,
           -- Regulars who joined more than a year ago, those who came since, and some who are new today.
           20000 + 4 * n + case
               when (h & 1023) < 690 then -1500 - floor(2600 * pow((h >> 10 & 65535) / 65536.0, 1.7))
               when (h & 1023) < 905 then -floor(1500 * (h >> 10 & 65535) / 65536.0)
               else k % 12
           end::bigint as person,
           (h >> 26 & 1023) < 150 as guest,
           if(cancels, 1 + (h >> 36 & 3), 1 + floor((usual_lines - 0.5) * 2.4 * pow(place, 1.4)))::integer as lines,
           k
    from   headers
),
customers as (
    select *,
           -- One regular in eight comes far more often than the others.
           if((h >> 50 & 3) > 0, person - (person % 8 + 8) % 8, person) as customer
    from   buyers
),
orders as (
    select *,
           not guest and hash('abroad', customer) % 1000 < 85 + (customer - 20000) // 120 as abroad,
           unnest(range(lines)) as line
    from   customers
),
lines as (
    select *,
           hash(n, k, line) as g,
           floor(900 * pow((hash(n, k, line) & 65535) / 65536.0, 2))::integer as rank
    from   orders
),
products as (
    select i as product,
           (20000 + 7 * i)::varchar || if(i % 6 = 1, ['A', 'B', 'C', 'D'][i // 6 % 4 + 1], '') as stock_code,
           ['BLUE', 'RED', 'WHITE', 'GREEN', 'STRIPED', 'SPOTTED', 'SMALL', 'LARGE', 'PLAIN', 'GILDED'][i % 10 + 1]
           || ' ' || ['TIN', 'GLASS', 'PAPER', 'WOODEN', 'COTTON', 'CERAMIC', 'WIRE', 'FELT', 'CORK'][i // 10 % 9 + 1]
           || ' ' || ['LANTERN', 'TRAY', 'CARD SET', 'BOWL', 'BUNTING', 'HOOK', 'BASKET', 'CLOCK', 'BOX', 'MUG']
           [i // 90 + 1] as description,
           [0.42, 0.65, 0.85, 1.25, 1.25, 1.65, 1.65, 1.95, 2.10, 2.55, 2.95, 3.75, 4.25, 4.95, 7.95, 12.75]
           [(hash('price', i) % 16)::integer + 1] as price
    from   range(900) as numbers(i)
),
sold as (
    select *,
           round((1 + 0.02 * years) * if(promotion, 0.85, 1) * price, 2) as unit_price,
           [1, 1, 2, 2, 3, 4, 4, 6, 6, 6, 8, 10, 12, 12, 24, 36][(g >> 16 & 15)::integer + 1]
           * if(price < 1.5, 1.6, if(price > 4, 0.5, 1)) * if(abroad, 1.7, 1) * if(guest, 0.6, 1)
           * if(promotion, 1.1, 1) * if((g >> 20 & 255) = 0, 8, 1) * 13 / usual_lines as pieces
    from   lines
           join products on product = if(rank % 3 = 0, (rank + 60 * month(booked_at)) % 900, rank)
)
select if(cancels, 'C', '') || number as invoice_no,
       if(abroad and line = 0, 'POST', stock_code) as stock_code,
       case when (g >> 28 & 255) = 0 then null
            when abroad and line = 0 then 'POSTAGE'
            else description end as description,
       case when cancels then -1 - (g >> 16 & 7)::integer
            when abroad and line = 0 then 1 + (g >> 16 & 1)
            else greatest(1, round(pieces)) end::integer as quantity,
       booked_at as invoice_date,
       case when (g >> 36 & 511) = 0 then 0
            when abroad and line = 0 then 18
            else unit_price end::decimal(12, 4) as unit_price,
       if(guest, null, (10000 + ((customer * 7919) % 90000 + 90000) % 90000)::varchar) as customer_id,
       if(abroad, ['Germany', 'Germany', 'Germany', 'France', 'France', 'France', 'EIRE', 'EIRE', 'EIRE',
                   'Netherlands', 'Netherlands', 'Spain', 'Spain', 'Belgium', 'Belgium', 'Switzerland', 'Portugal',
                   'Australia', 'Norway', 'Italy', 'Finland', 'Sweden', 'Denmark', 'Japan']
                  [(hash('country', customer) % 24)::integer + 1],
          'United Kingdom') as country
from   sold
order  by invoice_date, number
