-- name: current
select sc_name, kpi_number, range_type, period_start, field_value, numerator, denominator,
       state, note, run_id, definition_hash, print_date, reading_id
from   vl_analytics.scorecard
where  sc_name = :scorecard
and    kpi_number = any(cast(:numbers as text[]))
and    period_start >= :first
and    period_start <= :last
order  by kpi_number, range_type, period_start

-- name: first_and_last
select   kpi_number, range_type, min(period_start) as first, max(period_start) as last
from     (select kpi_number, range_type, period_start
          from   vl_analytics.scorecard
          where  sc_name = :scorecard
          union  all
          select kpi_number, due_range, due_from
          from   kpi.definition
          where  scorecard = :scorecard
          and    due_from is not null) as known
group by kpi_number, range_type

-- name: first_due
update kpi.definition as d
set    due_range = f.due_range,
       due_from = f.due_from
from   jsonb_to_recordset(cast(:first as jsonb)) as f (
           scorecard text, kpi_number text, due_range text, due_from date
       )
where  d.scorecard = f.scorecard
and    d.kpi_number = f.kpi_number
and    (d.due_range is distinct from f.due_range or d.due_from is null or d.due_from > f.due_from)

-- name: one_writer
select pg_advisory_xact_lock(hashtextextended('kpi.reading ' || :scorecard, 0))

-- name: append
with entry as (
    select *
    from   jsonb_to_recordset(cast(:entries as jsonb)) as e (
               kpi_number text, range_type text, period text, period_start date, period_end date,
               starts_at timestamptz, ends_at timestamptz, year integer, week_month integer,
               value numeric, numerator numeric, denominator numeric,
               state text, note text, reason text, definition_hash text
           )
),
appended as (
    insert into kpi.reading (
        run_id, scorecard, kpi_number, range_type, period, period_start, period_end, starts_at, ends_at, year,
        week_month, value, numerator, denominator, state, note, reason, definition_hash, recorded_at
    )
    select   :run_id, :scorecard, kpi_number, range_type, period, period_start, period_end, starts_at, ends_at, year,
             week_month, value, numerator, denominator, state, note, reason, definition_hash, :now
    from     entry
    order by period_start, kpi_number
    returning *
)
insert into vl_analytics.scorecard as s (
    year, print_date, sc_name, last_sunday, kpi_number, range_type, week_month, field_name, field_details,
    field_value, numerator, denominator, period, period_start, period_end, starts_at, ends_at, state, note, run_id,
    definition_hash, reading_id
)
select a.year, a.recorded_at, a.scorecard, a.period_end - 1, a.kpi_number, a.range_type, a.week_month, d.slug, d.title,
       a.value, a.numerator, a.denominator, a.period, a.period_start, a.period_end, a.starts_at, a.ends_at, a.state,
       a.note, a.run_id, a.definition_hash, a.reading_id
from   appended as a
join   kpi.definition as d using (scorecard, kpi_number)
on conflict (sc_name, kpi_number, range_type, period_start) do update
set    year = excluded.year,
       print_date = excluded.print_date,
       last_sunday = excluded.last_sunday,
       week_month = excluded.week_month,
       field_value = excluded.field_value,
       numerator = excluded.numerator,
       denominator = excluded.denominator,
       period = excluded.period,
       period_end = excluded.period_end,
       starts_at = excluded.starts_at,
       ends_at = excluded.ends_at,
       state = excluded.state,
       note = excluded.note,
       run_id = excluded.run_id,
       definition_hash = excluded.definition_hash,
       reading_id = excluded.reading_id

-- name: definitions
select scorecard, kpi_number, slug, title, definition_hash, checked, faults
from   kpi.definition
where  scorecard = :scorecard
and    kpi_number = any(cast(:numbers as text[]))

-- name: name_definitions
with given as (
    select *
    from   jsonb_to_recordset(cast(:definitions as jsonb)) as g (
               kpi_number text, slug text, title text, owner text, unit text, better text, definition_hash text,
               checked text, faults text
           )
)
insert into kpi.definition as d (
    scorecard, kpi_number, slug, title, owner, unit, better, definition_hash, checked, faults
)
select :scorecard, kpi_number, slug, title, owner, unit, better, definition_hash, checked, faults
from   given
on conflict (scorecard, kpi_number) do update
set    slug = excluded.slug,
       title = excluded.title,
       owner = excluded.owner,
       unit = excluded.unit,
       better = excluded.better,
       definition_hash = excluded.definition_hash,
       checked = excluded.checked,
       faults = excluded.faults
where  (d.slug, d.title, d.owner, d.unit, d.better, d.definition_hash, d.checked, d.faults)
       is distinct from (excluded.slug, excluded.title, excluded.owner, excluded.unit, excluded.better,
                         excluded.definition_hash, excluded.checked, excluded.faults)
returning d.kpi_number

-- name: rename_rows
update vl_analytics.scorecard as s
set    field_name = d.slug,
       field_details = d.title
from   kpi.definition as d
where  s.sc_name = :scorecard
and    d.scorecard = s.sc_name
and    d.kpi_number = s.kpi_number
and    s.kpi_number = any(cast(:numbers as text[]))
and    (s.field_name, s.field_details) is distinct from (d.slug, d.title)

-- name: parts
select cast(c.relname as text)
from   pg_catalog.pg_inherits as i
join   pg_catalog.pg_class as c on c.oid = i.inhrelid
where  i.inhparent = to_regclass('vl_analytics.scorecard')
