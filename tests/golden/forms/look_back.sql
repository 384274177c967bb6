-- asked for each period
select count(*) filter (where at >= :start) as numerator, count(*) as denominator
from staging.sales where at >= :end - 364 and at < :end and week = :week and year = :year;

-- lateral
select kpi_period.kpi_nth, kpi_answer.*
from   (
               values (0, date '2026-12-21', date '2026-12-28', '2026-W52', 2026),
               (1, date '2026-12-28', date '2027-01-04', '2026-W53', 2026),
               (2, date '2027-01-11', date '2027-01-18', '2027-W02', 2027)
       ) as kpi_period (kpi_nth, kpi_start, kpi_end, kpi_week, kpi_year)
       cross join lateral (
select count(*) filter (where at >= kpi_period.kpi_start) as numerator, count(*) as denominator
from staging.sales where at >= kpi_period.kpi_end - 364 and at < kpi_period.kpi_end and week = kpi_period.kpi_week and year = kpi_period.kpi_year
       ) as kpi_answer
