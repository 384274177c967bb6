-- asked for each period
select count(*) filter (where paid or free) as numerator, count(*) as denominator
from staging.sales where noted >= :start and noted < :end and (kind = 'a' or kind is null)

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
select count(*) filter (where paid or free) as numerator, count(*) as denominator
from staging.sales where noted >= kpi_period.kpi_start and noted < kpi_period.kpi_end and (kind = 'a' or kind is null)
       ) as kpi_answer

-- scan by a search
select kpi_period.kpi_nth, COUNT(*) filter (where (paid OR free)) as "numerator",
       COUNT(*) as "denominator"
from   staging.sales,
       lateral (select width_bucket(noted, cast(cast(array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18'] as date[]) as timestamp[])) - 1 as kpi_nth) as kpi_period
where  noted >= date '2026-12-21' and noted < date '2027-01-18' and (kind = 'a' OR kind IS NULL)
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(*) filter (where (paid OR free)) as "numerator",
       COUNT(*) as "denominator" from staging.sales where false

-- scan by steps
select kpi_period.kpi_nth, COUNT(*) filter (where (paid OR free)) as "numerator",
       COUNT(*) as "denominator"
from   staging.sales,
       lateral (select (cast(noted as date) - date '2026-12-21') / 7 as kpi_nth) as kpi_period
where  noted >= date '2026-12-21' and noted < date '2027-01-18' and (kind = 'a' OR kind IS NULL)
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(*) filter (where (paid OR free)) as "numerator",
       COUNT(*) as "denominator" from staging.sales where false

-- scan by a join
select kpi_period.kpi_nth, COUNT(*) filter (where (paid OR free)) as "numerator",
       COUNT(*) as "denominator"
from   staging.sales,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  noted >= kpi_period.kpi_start and noted < kpi_period.kpi_end and noted >= date '2026-12-21' and noted < date '2027-01-18' and (kind = 'a' OR kind IS NULL)
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(*) filter (where (paid OR free)) as "numerator",
       COUNT(*) as "denominator" from staging.sales where false
