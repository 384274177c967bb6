-- Sample offboarding forms as they stand on $last: what was closed in a week is the same whatever the dates.
-- Each belongs to an agreement of the sample: agreement i of week n started on the day both files compute alike.
with weeks as (
    select n, monday, dayofyear(monday) / 365.25 as part
    from   (
               select n, date '2018-01-01' + 7 * n::integer as monday
               from   range(
                          greatest(120, date_diff('day', date '2018-01-01', $first::date) // 7 - 6),
                          greatest(120, date_diff('day', date '2018-01-01', $last::date) // 7 + 1)
                      ) as numbers(n)
           ) as mondays
),
submitted as (
    -- Fewer in the summer and at Christmas, many in January; every third half-year is a hard one.
    select n, monday,
           unnest(range(round(
               11.2 * (0.78 + hash('forms', n) % 1000 / 2300.0) * if(n // 26 % 3 = 1, 1.28, 1)
               * (1 + 0.50 * exp(-pow((part - 0.05) / 0.04, 2)) - 0.25 * exp(-pow((part - 0.60) / 0.06, 2))
                    - 0.45 * exp(-pow((part - 0.99) / 0.02, 2)))
           )::bigint)) as k
    from   weeks
),
facts as (
    select *,
           hash('form', n, k) as h,
           hash('early', n, k) % 1000 < if(n // 30 % 2 = 0, 215, 320) as early,
           n - if(
               hash('early', n, k) % 1000 < if(n // 30 % 2 = 0, 215, 320),
               1 + hash('since', n, k) % 6, 10 + hash('since', n, k) % 100
           )::bigint as signed_n,
           (hash('agreement', n, k) % 4)::bigint as i,
           monday + (hash('day', n, k) % 5)::integer as day
    from   submitted
),
moments as (
    select *,
           day::timestamp + to_minutes((480 + (h & 511))::bigint) as submitted,
           -- Most are closed within days, some after weeks; nobody closes one at a weekend.
           day + if((h >> 9 & 127) < 108, 1 + (h >> 16 & 3), 7 + (h >> 16 & 31))::integer as closing_day
    from   facts
),
closings as (
    select *,
           (closing_day + if(isodow(closing_day) > 5, 8 - isodow(closing_day), 0)::integer)::timestamp
           + to_minutes((500 + (h >> 21 & 511) % 480)::bigint) as closed
    from   moments
)
select 'F-' || lpad((100 * n + k)::varchar, 6, '0') as id,
       'A-' || lpad((20 * signed_n + i)::varchar, 5, '0') as agreement_id,
       if(closed < $last::date, 'closed', 'open') as status,
       submitted at time zone 'UTC' as submitted_at,
       if(closed < $last::date, closed at time zone 'UTC', null) as closed_at,
       day - (1 + (h >> 30 & 7))::integer as notification_date,
       day + (h >> 33 & 7)::integer as last_day_of_work,
       ['performance', 'performance', 'budget', 'budget', 'resigned', 'resigned', 'end of project', 'relocation']
       [(h >> 36 & 7)::integer + 1] as reason,
       (h >> 39 & 1023) < if(n // 20 % 2 = 0, 540, 430) as replacement_requested,
       early as within_first_60_days,
       if((h >> 49 & 7) = 0, 50 * (1 + (h >> 52 & 31)), 0)::decimal(12, 2) as amount_not_paid,
       'Client ' || lpad((hash('client', signed_n, i) % 420)::varchar, 4, '0') as client_name,
       'client' || lpad((hash('client', signed_n, i) % 420)::varchar, 4, '0') || '@example.com' as client_email,
       (h >> 57 & 31) = 0 as is_test_account
from   closings
where  day < $last::date
order  by id
