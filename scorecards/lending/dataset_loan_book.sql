-- Sample loan book of an invented lender: a snapshot of every month that ends between $first and $last.
-- Loan i of month n (months are counted from 2000-01) and its fate are hashes of both: past months never change.
-- dataset_applications_funnel.sql computes the same loans: change both or none.
with months as (
    select n, (date '2000-01-01' + to_months(n::integer))::date as month,
           (year($first::date) - 2000) * 12 + month($first::date) - 1 as first_n,
           (year($last::date) - 2000) * 12 + month($last::date) - 2 as last_n
    from   range(greatest(0, (year($first::date) - 2000) * 12 + month($first::date) - 50),
                 (year($last::date) - 2000) * 12 + month($last::date) - 1) as numbers(n)
),
lent as (
    -- More before Christmas and in spring, little in January and in August.
    select n, month, first_n, last_n,
           unnest(range(greatest(6, round(
               least(28, 0.11 * n - 9) * (0.86 + hash('lent', n) % 1000 / 3500.0)
               * [0.78, 0.92, 1.10, 1.08, 1.02, 0.98, 0.95, 0.84, 1.04, 1.08, 1.18, 1.06][month(month)]
           ))::bigint)) as i
    from   months
),
terms as (
    select *,
           hash('loan', n, i) as h,
           [12, 12, 18, 24, 24, 36, 24, 18][(hash('loan', n, i) & 7)::integer + 1] as term,
           ['online', 'online', 'online', 'online', 'online', 'online', 'broker', 'broker', 'broker', 'broker',
            'branch', 'branch', 'branch', 'branch', 'partner', 'partner'][(hash('loan', n, i) >> 3 & 15)::integer + 1]
           as channel,
           (100 * round(15 + 185 * pow((hash('loan', n, i) >> 7 & 1023) / 1024.0, 1.8)))::decimal(14, 2) as principal,
           month + (hash('opened', n, i) % 28)::integer as opened_on
    from   lent
),
loans as (
    select *,
           (0.139 + 0.01 * (h >> 17 & 7)::integer + if(channel = 'broker', 0.02, 0))::decimal(7, 5) as rate,
           -- One in two is repaid early, none within its first year.
           term - if((h >> 20 & 3) < 2, (h >> 22 & 31) % (term - 11), 0)::integer as life,
           hash('course', n, i) % 100 as course,
           5 + (hash('late', n, i) % 24)::integer as first_days,
           -- One loan in five or so belongs to somebody who had one before.
           if(hash('again', n, i) % 100 < 30,
              100 * (n - 1 - (hash('before', n, i) % 30)::bigint) + (hash('which', n, i) % 10)::bigint,
              100 * n + i) as customer
    from   terms
),
hazards as (
    -- A hard winter, and two bad months in every nineteen.
    select n as t,
           0.023 * (1 + if(n % 19 in (7, 8), 1.8, 0) + if(month(month) in (1, 2), 0.25, 0)
                       + 0.25 * sin(n / 7.0) + 0.2 * (hash('hazard', n) % 1000 / 1000.0 - 0.5)) as hazard
    from   months
),
troubles as (
    select loans.n, loans.i, min(t) as trouble
    from   loans
           join hazards on t > loans.n and t < loans.n + loans.life
    where  hash('trouble', loans.n, loans.i, t) % 100000
           < 100000 * hazard * case channel when 'broker' then 1.6 when 'branch' then 0.6 else 1 end
    group  by all
),
courses as (
    select *,
           case when course < 34 then 1 when course < 62 then 2 when course < 78 then 3 when course < 88 then 4
                else 6 end as late_months,
           course >= 88 and trouble is not null as lost
    from   loans
           left join troubles using (n, i)
),
ends as (
    select *,
           if(lost, trouble + 6, greatest(n + life, coalesce(trouble + late_months, 0))) as end_n,
           round(principal * (1 - (trouble - n) / term), 2)::decimal(14, 2) as stuck
    from   courses
),
snapshots as (
    -- One more than is shown, so that the first one has what was before.
    select *,
           unnest(range(greatest(n, first_n - 1), least(end_n + if(lost, 7, 1), last_n + 1))) as t
    from   ends
),
days as (
    select *,
           t - trouble as since,
           case when trouble is null or t < trouble then 0
                when lost then first_days + 30 * least(t - trouble, 6)
                when t < trouble + late_months then first_days + 30 * (t - trouble)
                else 0 end::integer as days_past_due
    from   snapshots
),
moves as (
    select *,
           lag(if(t >= end_n, null, days_past_due)) over (partition by n, i order by t) as days_before
    from   days
)
select 'L-' || lpad((100 * n + i)::varchar, 6, '0') as loan_id,
       'P-' || lpad(customer::varchar, 6, '0') as customer_id,
       (date '2000-01-01' + to_months(t::integer))::date as snapshot_month,
       case when t >= end_n then 0 when days_past_due > 0 then stuck
            else round(principal * (1 - (t - n) / term), 2) end::decimal(14, 2) as balance,
       if(t = n, principal, null) as principal_disbursed,
       days_past_due,
       days_before as days_past_due_before,
       case when hash('unpriced', n, i) % 400 = 0 then null when lost and since >= 2 and course >= 96 then 0
            else rate end as annual_rate,
       if(t >= end_n, 0, 3 + if(days_past_due >= 30, 12, 0))::decimal(12, 2) as fee,
       channel,
       -- In one month of twenty-three the partners' file comes without regions.
       case when hash('place', n, i) % 300 = 0 or (channel = 'partner' and t % 23 = 5 and t - n < 6) then null
            else ['North', 'Midlands', 'South', 'South', 'London', 'London', 'Wales', 'Scotland']
                 [(h >> 27 & 7)::integer + 1] end as region,
       opened_on,
       if(t >= end_n, (date '2000-01-01' + to_months(end_n::integer))::date + (h >> 30 & 15)::integer + 12, null)
       as closed_on,
       if(lost and t = end_n, stuck, 0)::decimal(14, 2) as written_off,
       if(lost and t > end_n,
          round(stuck * (0.02 + 0.1 * (hash('back', n, i, t) % 1000) / 1000.0), 2), 0)::decimal(14, 2) as recovered
from   moves
where  t >= first_n
order  by snapshot_month, loan_id
