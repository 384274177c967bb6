-- Sample contacts from $first (in) to $last (out), as they stand on $last: a payment that lies later is not there yet.
-- Nobody calls on Sundays; the dialler breaks down for a week of about thirty, and Christmas is quiet.
-- The loans are some of dataset_loan_book.sql: every month lends six or more, each for a year at least.
with days as (
    select day, isodow(day) as weekday, date_diff('day', date '2018-01-01', day) as d,
           date_diff('day', date '2018-01-01', day) // 7 as w,
           (year(day) - 2000) * 12 + month(day) - 1 as n
    from   (select unnest(generate_series($first::date, $last::date - 1, interval 1 day))::date as day) as days
    where  isodow(day) < 7
),
paced as (
    select *,
           w % 31 = 11 as broken,
           (
               [20, 24, 22, 21, 18, 7][weekday] * if(month(day) = 12 and dayofmonth(day) > 21, 0.4, 1)
               * if(n % 19 in (8, 9, 10), 1.25, 1) * (0.85 + hash('calls', d) % 1000 / 3300.0)
           )::bigint as attempts
    from   days
),
attempts as (
    select *,
           hash('contact', d, k) as h
    from   (select *, unnest(range(greatest(2, attempts))) as k from paced) as numbered
),
reached as (
    select *,
           case when (h & 15) < 11 then 'call' when (h & 15) < 15 then 'text' else 'letter' end as channel,
           (h >> 4 & 1023) < case when (h & 15) = 15 then 0 when (h & 15) >= 11 then 260 else 480 end
                             * if(broken, 0.45, 1) * (0.92 + hash('luck', w) % 1000 / 6000.0) as reached
    from   attempts
),
parties as (
    select *,
           reached and (h >> 14 & 1023) < 690 as right_party,
           reached and (h >> 14 & 1023) < 690 and (h >> 24 & 1023) < 780 as promises
    from   reached
),
promises as (
    select *,
           day + 3 + (h >> 34 & 15)::integer as due_on,
           (40 + 10 * (h >> 38 & 31))::decimal(12, 2) as promised,
           hash('pays', d, k) % 1000 as pays,
           830 + (hash('mood', w) % 60)::integer - if(n % 19 in (8, 9), 150, 0) as keep
    from   parties
),
payments as (
    select *,
           case when not promises then null
                when pays < keep then greatest(day, due_on - (pays % 4)::integer)
                when pays < keep + 90 then due_on + 1 + (pays % 9)::integer
                when pays < keep + 120 then due_on end as paid_day,
           if(pays < keep + 90, promised, round(promised / 2, 2)) as paid
    from   promises
)
select 'C-' || (10000000 + 100 * d + row_number() over (partition by d order by (h >> 43 & 1023) % 600, k))
       as contact_id,
       'L-' || lpad((100 * (n - 3 - (hash('since', d, k) % 8)::bigint)
                     + (hash('loan of', d, k) % 6)::bigint)::varchar, 6, '0') as loan_id,
       (day::timestamp + to_minutes((8 * 60 + (h >> 43 & 1023) % 600)::bigint)) at time zone 'UTC' as contacted_at,
       channel,
       if(channel = 'call', 'agent ' || (h >> 53 & 7), null) as agent_id,
       if(channel = 'letter', null, '+4470000' || lpad((hash('phone', d, k) % 100000)::varchar, 5, '0')) as phone,
       if(hash('unsaid', d, k) % 400 = 0, null, reached) as reached,
       if(hash('unsaid', d, k) % 400 <> 0 and reached, right_party, null) as right_party,
       if(promises, promised, null) as promise_amount,
       if(promises, due_on, null) as promise_due_on,
       if(paid_day < $last::date, paid_day, null) as paid_on,
       if(paid_day < $last::date, paid, null)::decimal(12, 2) as amount_paid,
       case channel when 'call' then 1.80 when 'text' then 0.06 else 0.95 end::decimal(8, 2) as cost
from   payments
order  by contacted_at, contact_id
