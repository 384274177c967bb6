-- asked for each period
with large as (select at, amount from staging.sales where amount > 100)
select coalesce(sum(amount), 0) as value from large where at >= :start and at < :end

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
with large as (select at, amount from staging.sales where amount > 100)
select coalesce(sum(amount), 0) as value from large where at >= kpi_period.kpi_start and at < kpi_period.kpi_end
       ) as kpi_answer

-- scan by a search
WITH large AS (SELECT at, amount FROM staging.sales WHERE amount > 100)
select kpi_period.kpi_nth, COALESCE(SUM(amount), 0) as "value"
from   large,
       lateral (select width_bucket(at, (select cast(cast(array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18'] as date[]) as timestamptz[]))) - 1 as kpi_nth) as kpi_period
where  at >= date '2026-12-21' and at < date '2027-01-18'
group  by kpi_period.kpi_nth
union  all
select -1, COALESCE(SUM(amount), 0) as "value" from large where false

-- scan by steps
WITH large AS (SELECT at, amount FROM staging.sales WHERE amount > 100)
select kpi_period.kpi_nth, COALESCE(SUM(amount), 0) as "value"
from   large,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  at >= kpi_period.kpi_start and at < kpi_period.kpi_end and at >= date '2026-12-21' and at < date '2027-01-18'
group  by kpi_period.kpi_nth
union  all
select -1, COALESCE(SUM(amount), 0) as "value" from large where false

-- scan by a join
WITH large AS (SELECT at, amount FROM staging.sales WHERE amount > 100)
select kpi_period.kpi_nth, COALESCE(SUM(amount), 0) as "value"
from   large,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  at >= kpi_period.kpi_start and at < kpi_period.kpi_end and at >= date '2026-12-21' and at < date '2027-01-18'
group  by kpi_period.kpi_nth
union  all
select -1, COALESCE(SUM(amount), 0) as "value" from large where false
