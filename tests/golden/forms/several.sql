-- asked for each period
select COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value"
from   staging.sales
where  at >= :start and at < :end

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
       cross join lateral (
select COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value"
from   staging.sales
where  at >= kpi_period.kpi_start and at < kpi_period.kpi_end
       ) as kpi_answer

-- scan by a search
select kpi_period.kpi_nth, COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value"
from   staging.sales,
       lateral (select width_bucket(at, (select cast(cast(array['2026-12-21', '2026-12-28', '2027-01-04', '2027-01-11', '2027-01-18'] as date[]) as timestamptz[]))) - 1 as kpi_nth) as kpi_period
where  at >= date '2026-12-21' and at < date '2027-01-18'
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value" from staging.sales where false

-- scan by steps
select kpi_period.kpi_nth, COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value"
from   staging.sales,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  at >= kpi_period.kpi_start and at < kpi_period.kpi_end and at >= date '2026-12-21' and at < date '2027-01-18'
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value" from staging.sales where false

-- scan by a join
select kpi_period.kpi_nth, COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value"
from   staging.sales,
       (
               values (0, date '2026-12-21', date '2026-12-28'),
               (1, date '2026-12-28', date '2027-01-04'),
               (2, date '2027-01-11', date '2027-01-18')
       ) as kpi_period (kpi_nth, kpi_start, kpi_end)
where  at >= kpi_period.kpi_start and at < kpi_period.kpi_end and at >= date '2026-12-21' and at < date '2027-01-18'
group  by kpi_period.kpi_nth
union  all
select -1, COUNT(*) filter (where NOT refunded) as "kpi_0_value",
       SUM(amount) filter (where (kind = 'x' OR kind = 'y') and NOT refunded and (a OR b)) as "kpi_1_numerator",
       COUNT(*) filter (where (kind = 'x' OR kind = 'y') and NOT refunded) as "kpi_1_denominator",
       PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY amount) as "kpi_2_value" from staging.sales where false
