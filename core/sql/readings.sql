-- name: current
select s.sc_name, s.kpi_number, s.range_type, s.period_start, s.field_value, s.numerator, s.denominator,
       s.state, s.note, s.run_id, s.definition_hash, s.print_date, s.reading_id,
       r.reason, r.follows, r.actor, r.because, case when :evidence then r.evidence else '{}' end as evidence
from   vl_analytics.scorecard as s
join   kpi.reading as r using (reading_id)
where  s.sc_name = :scorecard
and    s.kpi_number = any(cast(:numbers as text[]))
and    s.period_start >= :first
and    s.period_start <= :last
order  by s.kpi_number, s.range_type, s.period_start

-- name: as_of
select   distinct on (kpi_number, range_type, period_start)
         scorecard as sc_name, kpi_number, range_type, period_start, value as field_value, numerator, denominator,
         state, note, run_id, definition_hash, recorded_at as print_date, reading_id,
         reason, follows, actor, because, evidence
from     kpi.reading
where    scorecard = :scorecard
and      kpi_number = any(cast(:numbers as text[]))
and      recorded_at <= :at
order by kpi_number, range_type, period_start, reading_id desc

-- name: revisions
select scorecard as sc_name, kpi_number, range_type, period_start, value as field_value, numerator, denominator,
       state, note, run_id, definition_hash, recorded_at as print_date, reading_id,
       reason, follows, actor, because, case when :evidence then evidence else '{}' end as evidence
from   kpi.reading
where  scorecard = :scorecard
and    kpi_number = any(cast(:numbers as text[]))
and    period_start >= :first
and    period_start <= :last
and    recorded_at <= :at
order  by kpi_number, range_type, period_start, reading_id

-- name: by_id
select scorecard as sc_name, kpi_number, range_type, period_start, value as field_value, numerator, denominator,
       state, note, run_id, definition_hash, recorded_at as print_date, reading_id,
       reason, follows, actor, because, evidence
from   kpi.reading
where  reading_id = any(cast(:readings as bigint[]))

-- name: followed
select follows
from   kpi.reading
where  follows = any(cast(:readings as bigint[]))

-- name: reasons
select reading_id, reason
from   kpi.reading
where  reading_id = any(cast(:readings as bigint[]))

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

-- name: one_writer
select pg_advisory_xact_lock(hashtextextended('kpi.reading ' || :scorecard, 0))

-- name: append
with entry as (
    select *
    from   jsonb_to_recordset(cast(:entries as jsonb)) as e (
               kpi_number text, range_type text, period text, period_start date, period_end date,
               starts_at timestamptz, ends_at timestamptz, year integer, week_month integer,
               value numeric, numerator numeric, denominator numeric,
               state text, note text, reason text, definition_hash text,
               follows bigint, because text, evidence jsonb
           )
),
appended as (
    insert into kpi.reading (
        run_id, scorecard, kpi_number, range_type, period, period_start, period_end, starts_at, ends_at, year,
        week_month, value, numerator, denominator, state, note, reason, definition_hash, recorded_at,
        follows, because, evidence, actor
    )
    select   :run_id, :scorecard, kpi_number, range_type, period, period_start, period_end, starts_at, ends_at, year,
             week_month, value, numerator, denominator, state, note, reason, definition_hash, :now,
             follows, because, evidence, (select actor from kpi.run where run_id = :run_id)
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
