-- A ledger as the first version left it: two scorecards, restated cells, a ratio, an unknown number, a killed run.
create table vl_analytics.scorecard_shop partition of vl_analytics.scorecard for values in ('shop');
create table vl_analytics.scorecard_club partition of vl_analytics.scorecard for values in ('club');
create table staging.orders (at timestamptz, amount numeric(12,2));
insert into staging.orders
select timestamptz '2025-12-29 09:00+00' + n * interval '5 hours', n % 90 from generate_series(1, 1500) as n;

insert into kpi.run (command, scorecards, actor, version, state, started_at, finished_at, report)
select (array['load', 'run', 'backfill', 'publish'])[1 + n % 4],
       cast(case n % 3 when 0 then '{club}' else '{shop}' end as text[]), 'cron', '0.1.0',
       case n when 31 then 'running' when 7 then 'failed' else 'done' end,
       timestamptz '2026-01-05 06:30+00' + n * interval '1 day',
       case when n <> 31 then timestamptz '2026-01-05 06:31+00' + n * interval '1 day' end,
       case when n <> 31 then jsonb_build_object('evaluated', n) end
from   generate_series(1, 40) as n;

insert into kpi.definition
select card, lpad(cast(n as text), 2, '0'), card || '_' || n, 'Number ' || n, 'Sales', 'orders', 'higher',
       md5(card || n), 'weekly', date '2025-12-29', 'query', ''
from   unnest(array['shop', 'club']) as card, generate_series(1, 4) as n;

insert into kpi.load (run_id, dataset, source, checksum, row_count, begins, watermark, level, score, details, loaded_at)
select n, 'orders', 'orders.csv', md5(cast(n as text)), n * 100, '2025-12-29 09:00+00', '2026-11-01 00:00+00',
       (array['pass', 'warn', 'fail'])[1 + n % 3], 1 - n * 0.01, '{"seconds": 0.1}', '2026-02-01 06:00+00'
from   generate_series(1, 6) as n;

insert into kpi.verdict
select load_id, rule, 'fail', 'pass', 0, row_count, '[]'
from   kpi.load, unnest(array['at is not null', 'amount is not null']) as rule;

-- Every week once; some again with another number, later than those of other weeks; the ratio with its two sides.
insert into kpi.reading (
    run_id, scorecard, kpi_number, range_type, period, period_start, period_end, starts_at, ends_at, year, week_month,
    value, numerator, denominator, state, note, reason, definition_hash, recorded_at
)
select   2 + line * 7, card, lpad(cast(n as text), 2, '0'), 'weekly', to_char(monday, 'IYYY-"W"IW'), monday, monday + 7,
         monday, monday + 7, cast(to_char(monday, 'IYYY') as integer), cast(to_char(monday, 'IW') as integer),
         case when n = 4 and week = 3 then null when n = 3 then (week + line) / 7.0 else week * 10 + n + line end,
         case n when 3 then week + line end, case n when 3 then 7 end,
         case when n = 2 and week = 20 and line = 0 then 'held' when week = 24 then 'provisional' else 'final' end,
         case when n = 2 and week = 20 and line = 0 then 'orders broke its contract' else '' end,
         case line when 0 then 'first' when 1 then 'late data' else 'query change' end, md5(card || n || line),
         timestamptz '2026-01-06 06:30+00' + (week + line * 30) * interval '1 day'
from     unnest(array['shop', 'club']) as card, generate_series(1, 4) as n, generate_series(0, 24) as week,
         generate_series(0, 2) as line, lateral (select date '2025-12-29' + week * 7 as monday) as starts
where    line = 0
or       line = 1 and (week + n) % 5 = 0
or       line = 2 and (week + n) % 10 = 0
order by line, week, card, n;

insert into vl_analytics.scorecard
select   distinct on (scorecard, kpi_number, range_type, period_start)
         r.year, recorded_at, scorecard, period_end - 1, kpi_number, range_type, week_month, slug, title, value,
         numerator, denominator, period, period_start, period_end, starts_at, ends_at, state, note, run_id,
         r.definition_hash, reading_id
from     kpi.reading as r
join     kpi.definition as d using (scorecard, kpi_number)
order by scorecard, kpi_number, range_type, period_start, reading_id desc;

insert into kpi.publication (run_id, scorecard, target, published, published_at, landed_at)
select n, 'shop', 'xlsx:shop.xlsx', jsonb_build_object('checksum', md5(cast(n as text)), 'tabs', jsonb_build_object()),
       '2026-03-01 06:45+00', case when n <> 9 then timestamptz '2026-03-01 06:45+00' end
from   generate_series(8, 9) as n;
