-- asked for each period
with pairs as (select distinct s.client, r.region from staging.sales as s join staging.shops as r using (shop) where s.day >= :start and s.day < :end)
select count(*) as value from pairs where region is not null

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
with pairs as (select distinct s.client, r.region from staging.sales as s join staging.shops as r using (shop) where s.day >= kpi_period.kpi_start and s.day < kpi_period.kpi_end)
select count(*) as value from pairs where region is not null
       ) as kpi_answer

-- scan by a search
select kpi_nth, COUNT(*) as "value"
from   (SELECT DISTINCT s.client, r.region, kpi_period.kpi_nth AS kpi_nth FROM staging.sales AS s JOIN staging.shops AS r USING (shop), lateral (select width_bucket(s.day, cast(cast(array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18'] as date[]) as date[])) - 1 as kpi_nth) as kpi_period WHERE s.day >= date '2026-12-21' and s.day < date '2027-01-18') AS pairs
where  region IS NOT NULL
group  by kpi_nth
union  all
select -1, COUNT(*) as "value" from (SELECT DISTINCT s.client, r.region, kpi_period.kpi_nth AS kpi_nth FROM staging.sales AS s JOIN staging.shops AS r USING (shop), (select 0 as kpi_nth) as kpi_period WHERE false) AS pairs where false

-- scan by steps
select kpi_nth, COUNT(*) as "value"
from   (SELECT DISTINCT s.client, r.region, kpi_period.kpi_nth AS kpi_nth FROM staging.sales AS s JOIN staging.shops AS r USING (shop), lateral (select (cast(s.day as date) - date '2026-12-21') / 7 as kpi_nth) as kpi_period WHERE s.day >= date '2026-12-21' and s.day < date '2027-01-18') AS pairs
where  region IS NOT NULL
group  by kpi_nth
union  all
select -1, COUNT(*) as "value" from (SELECT DISTINCT s.client, r.region, kpi_period.kpi_nth AS kpi_nth FROM staging.sales AS s JOIN staging.shops AS r USING (shop), (select 0 as kpi_nth) as kpi_period WHERE false) AS pairs where false

-- scan by a join
select kpi_nth, COUNT(*) as "value"
from   (SELECT DISTINCT s.client, r.region, kpi_period.kpi_nth AS kpi_nth FROM staging.sales AS s JOIN staging.shops AS r USING (shop), (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end) WHERE s.day >= kpi_period.kpi_start and s.day < kpi_period.kpi_end and s.day >= date '2026-12-21' and s.day < date '2027-01-18') AS pairs
where  region IS NOT NULL
group  by kpi_nth
union  all
select -1, COUNT(*) as "value" from (SELECT DISTINCT s.client, r.region, kpi_period.kpi_nth AS kpi_nth FROM staging.sales AS s JOIN staging.shops AS r USING (shop), (select 0 as kpi_nth) as kpi_period WHERE false) AS pairs where false
