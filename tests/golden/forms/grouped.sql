-- asked for each period
select sum(amount) filter (where place <= 3) as numerator, sum(amount) as denominator from (
select amount, rank() over (partition by large order by amount desc, buyer) as place from (
select client as buyer, bool_or(amount > 9) as large, sum(amount) as amount, count(*) as lines from staging.sales where at >= :start and at < :end and not refunded group by 1 having sum(amount) > 0
) as buyers where lines > 1) as places

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
select sum(amount) filter (where place <= 3) as numerator, sum(amount) as denominator from (
select amount, rank() over (partition by large order by amount desc, buyer) as place from (
select client as buyer, bool_or(amount > 9) as large, sum(amount) as amount, count(*) as lines from staging.sales where at >= kpi_period.kpi_start and at < kpi_period.kpi_end and not refunded group by 1 having sum(amount) > 0
) as buyers where lines > 1) as places
       ) as kpi_answer

-- scan by a search
select kpi_nth, SUM(amount) filter (where place <= 3) as "numerator",
       SUM(amount) as "denominator"
from   (SELECT amount, RANK() OVER (PARTITION BY large, kpi_nth ORDER BY amount DESC, buyer) AS place, kpi_nth AS kpi_nth FROM (SELECT client AS buyer, BOOL_OR(amount > 9) AS large, SUM(amount) AS amount, COUNT(*) AS lines, kpi_period.kpi_nth AS kpi_nth FROM staging.sales, lateral (select width_bucket(at, (select cast(cast(array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18'] as date[]) as timestamptz[]))) - 1 as kpi_nth) as kpi_period WHERE at >= date '2026-12-21' and at < date '2027-01-18' AND NOT refunded GROUP BY 1, kpi_period.kpi_nth HAVING SUM(amount) > 0) AS buyers WHERE lines > 1) AS places
group  by kpi_nth
union  all
select -1, SUM(amount) filter (where place <= 3) as "numerator",
       SUM(amount) as "denominator" from (SELECT amount, RANK() OVER (PARTITION BY large, kpi_nth ORDER BY amount DESC, buyer) AS place, kpi_nth AS kpi_nth FROM (SELECT client AS buyer, BOOL_OR(amount > 9) AS large, SUM(amount) AS amount, COUNT(*) AS lines, kpi_period.kpi_nth AS kpi_nth FROM staging.sales, (select 0 as kpi_nth) as kpi_period WHERE false AND NOT refunded GROUP BY 1, kpi_period.kpi_nth HAVING SUM(amount) > 0) AS buyers WHERE lines > 1) AS places where false

-- scan by steps
select kpi_nth, SUM(amount) filter (where place <= 3) as "numerator",
       SUM(amount) as "denominator"
from   (SELECT amount, RANK() OVER (PARTITION BY large, kpi_nth ORDER BY amount DESC, buyer) AS place, kpi_nth AS kpi_nth FROM (SELECT client AS buyer, BOOL_OR(amount > 9) AS large, SUM(amount) AS amount, COUNT(*) AS lines, kpi_period.kpi_nth AS kpi_nth FROM staging.sales, (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end) WHERE at >= kpi_period.kpi_start and at < kpi_period.kpi_end and at >= date '2026-12-21' and at < date '2027-01-18' AND NOT refunded GROUP BY 1, kpi_period.kpi_nth HAVING SUM(amount) > 0) AS buyers WHERE lines > 1) AS places
group  by kpi_nth
union  all
select -1, SUM(amount) filter (where place <= 3) as "numerator",
       SUM(amount) as "denominator" from (SELECT amount, RANK() OVER (PARTITION BY large, kpi_nth ORDER BY amount DESC, buyer) AS place, kpi_nth AS kpi_nth FROM (SELECT client AS buyer, BOOL_OR(amount > 9) AS large, SUM(amount) AS amount, COUNT(*) AS lines, kpi_period.kpi_nth AS kpi_nth FROM staging.sales, (select 0 as kpi_nth) as kpi_period WHERE false AND NOT refunded GROUP BY 1, kpi_period.kpi_nth HAVING SUM(amount) > 0) AS buyers WHERE lines > 1) AS places where false

-- scan by a join
select kpi_nth, SUM(amount) filter (where place <= 3) as "numerator",
       SUM(amount) as "denominator"
from   (SELECT amount, RANK() OVER (PARTITION BY large, kpi_nth ORDER BY amount DESC, buyer) AS place, kpi_nth AS kpi_nth FROM (SELECT client AS buyer, BOOL_OR(amount > 9) AS large, SUM(amount) AS amount, COUNT(*) AS lines, kpi_period.kpi_nth AS kpi_nth FROM staging.sales, (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end) WHERE at >= kpi_period.kpi_start and at < kpi_period.kpi_end and at >= date '2026-12-21' and at < date '2027-01-18' AND NOT refunded GROUP BY 1, kpi_period.kpi_nth HAVING SUM(amount) > 0) AS buyers WHERE lines > 1) AS places
group  by kpi_nth
union  all
select -1, SUM(amount) filter (where place <= 3) as "numerator",
       SUM(amount) as "denominator" from (SELECT amount, RANK() OVER (PARTITION BY large, kpi_nth ORDER BY amount DESC, buyer) AS place, kpi_nth AS kpi_nth FROM (SELECT client AS buyer, BOOL_OR(amount > 9) AS large, SUM(amount) AS amount, COUNT(*) AS lines, kpi_period.kpi_nth AS kpi_nth FROM staging.sales, (select 0 as kpi_nth) as kpi_period WHERE false AND NOT refunded GROUP BY 1, kpi_period.kpi_nth HAVING SUM(amount) > 0) AS buyers WHERE lines > 1) AS places where false
