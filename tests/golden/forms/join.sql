-- asked for each period
select sum(s.amount * r.rate) as value from staging.sales as s left join staging.rates as r using (currency) where s.day >= :start and s.day < :end and s.shop in (select shop from staging.open)

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
select sum(s.amount * r.rate) as value from staging.sales as s left join staging.rates as r using (currency) where s.day >= kpi_period.kpi_start and s.day < kpi_period.kpi_end and s.shop in (select shop from staging.open)
       ) as kpi_answer

-- scan by a search
select kpi_period.kpi_nth, SUM(s.amount * r.rate) as "value"
from   staging.sales AS s LEFT JOIN staging.rates AS r USING (currency),
       lateral (select width_bucket(s.day, cast(cast(array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18'] as date[]) as date[])) - 1 as kpi_nth) as kpi_period
where  s.day >= date '2026-12-21' and s.day < date '2027-01-18' and s.shop IN (SELECT shop FROM staging.open)
group  by kpi_period.kpi_nth
union  all
select -1, SUM(s.amount * r.rate) as "value" from staging.sales AS s LEFT JOIN staging.rates AS r USING (currency) where false

-- scan by steps
select kpi_period.kpi_nth, SUM(s.amount * r.rate) as "value"
from   staging.sales AS s LEFT JOIN staging.rates AS r USING (currency),
       lateral (select (cast(s.day as date) - date '2026-12-21') / 7 as kpi_nth) as kpi_period
where  s.day >= date '2026-12-21' and s.day < date '2027-01-18' and s.shop IN (SELECT shop FROM staging.open)
group  by kpi_period.kpi_nth
union  all
select -1, SUM(s.amount * r.rate) as "value" from staging.sales AS s LEFT JOIN staging.rates AS r USING (currency) where false

-- scan by a join
select kpi_period.kpi_nth, SUM(s.amount * r.rate) as "value"
from   staging.sales AS s LEFT JOIN staging.rates AS r USING (currency),
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  s.day >= kpi_period.kpi_start and s.day < kpi_period.kpi_end and s.day >= date '2026-12-21' and s.day < date '2027-01-18' and s.shop IN (SELECT shop FROM staging.open)
group  by kpi_period.kpi_nth
union  all
select -1, SUM(s.amount * r.rate) as "value" from staging.sales AS s LEFT JOIN staging.rates AS r USING (currency) where false
