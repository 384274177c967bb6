-- Sample applications begun between $first and $last, as they stand on $last: a step that lies later is empty.
-- The booked ones are the loans of dataset_loan_book.sql, computed alike: loan i of month n (counted from 2000-01).
-- With a planted fault: a few forms of the branches are submitted hours after they were decided.
with months as (
    select n, (date '2000-01-01' + to_months(n::integer))::date as month
    from   range(greatest(0, (year($first::date) - 2000) * 12 + month($first::date) - 2),
                 (year($last::date) - 2000) * 12 + month($last::date) + 1) as numbers(n)
),
lent as (
    select n, month,
           greatest(6, round(
               least(28, 0.11 * n - 9) * (0.86 + hash('lent', n) % 1000 / 3500.0)
               * [0.78, 0.92, 1.10, 1.08, 1.02, 0.98, 0.95, 0.84, 1.04, 1.08, 1.18, 1.06][month(month)]
           ))::bigint as booked
    from   months
),
forms as (
    -- For each booked one there are about three that come to nothing: approved and not taken, declined, given up.
    select n, month, i, true as books
    from   (select *, unnest(range(booked)) as i from lent) as numbered
    union  all
    select n, month, 1000 + k, false
    from   (select *, unnest(range(round(2.9 * booked)::bigint)) as k from lent) as numbered
),
facts as (
    select *,
           hash('loan', n, i) as h,
           hash('form', n, i) as g,
           month + (hash('opened', n, i) % 28)::integer as day,
           ['online', 'online', 'online', 'online', 'online', 'online', 'broker', 'broker', 'broker', 'broker',
            'branch', 'branch', 'branch', 'branch', 'partner', 'partner'][(hash('loan', n, i) >> 3 & 15)::integer + 1]
           as channel,
           (100 * round(15 + 185 * pow((hash('loan', n, i) >> 7 & 1023) / 1024.0, 1.8)))::decimal(14, 2) as principal,
           -- Fewer are approved after the two bad months; in one month of thirteen the form is broken.
           case when books then 'booked'
                when hash('form', n, i) % 1000 < if(n % 13 = 4, 560, 370) + hash('given up', n) % 60 then 'given up'
                when hash('form', n, i) % 1000 < if(n % 19 in (9, 10, 11), 965, 905) then 'declined'
                else 'not taken' end as outcome
    from   forms
),
paces as (
    select *,
           case channel when 'online' then 5 when 'broker' then 26 when 'partner' then 20 else 15 end
           * (0.3 + 1.7 * (g >> 10 & 1023) / 1024.0) * if(n % 17 = 9, 2.4, 1) as hours,
           (480 + (g >> 20 & 511))::bigint as minute,
           [1, 1, 2, 2, 3, 4, 6, 9][(g >> 30 & 7)::integer + 1] as days_to_book
    from   facts
),
steps as (
    select *,
           case when books then day - days_to_book else day end::timestamp + to_minutes(minute) as decided,
           day::timestamp + to_minutes(minute + 7) as booked
    from   paces
),
moments as (
    select *,
           date_trunc('second', decided - to_seconds(3600 * if(outcome = 'declined', 0.02, hours))) as submitted
    from   steps
),
begun as (
    select *,
           if(channel = 'branch' and hash('paper', n, i) % 60 = 0, decided + interval 3 hours, submitted) as keyed_in,
           submitted - to_minutes((6 + (g >> 33 & 31) + if((g >> 40 & 7) = 0, 1440, 0))::bigint) as started
    from   moments
)
select 'A-' || lpad((10000 * n + i)::varchar, 8, '0') as application_id,
       'P-' || lpad(if(books and hash('again', n, i) % 100 < 30,
                       100 * (n - 1 - (hash('before', n, i) % 30)::bigint) + (hash('which', n, i) % 10)::bigint,
                       if(books, 100 * n + i, 1000000 + 10000 * n + i))::varchar, 6, '0') as customer_id,
       'applicant' || (10000 * n + i) || '@example.com' as applicant_email,
       channel,
       case channel when 'online' then ['search', 'search', 'social', null][(g >> 43 & 3)::integer + 1]
                    when 'broker' then if((g >> 43 & 3) < 3, 'broker bonus', null)
                    when 'partner' then 'partner portal' end as campaign,
       if(hash('place', n, i) % 300 = 0, null,
          ['North', 'Midlands', 'South', 'South', 'London', 'London', 'Wales', 'Scotland'][(h >> 27 & 7)::integer + 1])
       as region,
       strftime(started, '%Y-%m') as cohort,
       if(hash('unsaid', n, i) % 250 = 0, null, principal) as amount_requested,
       started at time zone 'UTC' as started_at,
       if(outcome <> 'given up' and keyed_in < $last::date, keyed_in at time zone 'UTC', null) as submitted_at,
       if(outcome = 'given up' and started + interval 7 days < $last::date,
          (started + interval 7 days) at time zone 'UTC', null) as abandoned_at,
       if(outcome <> 'given up' and decided < $last::date, decided at time zone 'UTC', null) as decided_at,
       case when outcome = 'given up' or decided >= $last::date then null
            when outcome = 'declined' then 'declined' else 'approved' end as decision,
       if(books and booked < $last::date, booked at time zone 'UTC', null) as booked_at,
       if(books and booked < $last::date, 'L-' || lpad((100 * n + i)::varchar, 6, '0'), null) as loan_id,
       if(books and booked < $last::date,
          round(principal * 0.75 * (0.139 + 0.01 * (h >> 17 & 7)::integer + if(channel = 'broker', 0.02, 0)) + 36, 2),
          null)::decimal(12, 2) as first_year_income,
       if(books and booked < $last::date, principal, null) as amount_booked
from   begun
where  started >= $first::date
and    started < $last::date
order  by started_at, application_id
