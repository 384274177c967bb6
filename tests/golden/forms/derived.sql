-- asked for each period
select count(distinct x.buyer) as value from (select client as buyer, cast(at as date) as day from staging.sales as s where s.amount > 0) as x where x.day >= :start and x.day < :end

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
select count(distinct x.buyer) as value from (select client as buyer, cast(at as date) as day from staging.sales as s where s.amount > 0) as x where x.day >= kpi_period.kpi_start and x.day < kpi_period.kpi_end
       ) as kpi_answer

-- scan by a search
select kpi_period.kpi_nth, COUNT(DISTINCT client) as "value"
from   staging.sales,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  (CAST(at AS DATE)) >= kpi_period.kpi_start and (CAST(at AS DATE)) < kpi_period.kpi_end and (CAST(at AS DATE)) >= date '2026-12-21' and (CAST(at AS DATE)) < date '2027-01-18' and amount > 0
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(DISTINCT client) as "value" from staging.sales where false

-- scan by steps
select kpi_period.kpi_nth, COUNT(DISTINCT client) as "value"
from   staging.sales,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  (CAST(at AS DATE)) >= kpi_period.kpi_start and (CAST(at AS DATE)) < kpi_period.kpi_end and (CAST(at AS DATE)) >= date '2026-12-21' and (CAST(at AS DATE)) < date '2027-01-18' and amount > 0
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(DISTINCT client) as "value" from staging.sales where false

-- scan by a join
select kpi_period.kpi_nth, COUNT(DISTINCT client) as "value"
from   staging.sales,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  (CAST(at AS DATE)) >= kpi_period.kpi_start and (CAST(at AS DATE)) < kpi_period.kpi_end and (CAST(at AS DATE)) >= date '2026-12-21' and (CAST(at AS DATE)) < date '2027-01-18' and amount > 0
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(DISTINCT client) as "value" from staging.sales where false
