-- name: known
select distinct segment_set, range_type, period_start, state, definition_hash
from   vl_analytics.segment
where  sc_name = :scorecard

-- name: standing
select segment_set, range_type, period_start, segment, metric, metric_value, numerator, denominator, state, note
from   vl_analytics.segment
where  sc_name = :scorecard
order  by segment_set, range_type, period_start, place

-- name: record
with given as (
    select *
    from   jsonb_to_recordset(cast(:numbers as jsonb)) as g (
               period text, period_start date, period_end date, year integer, week_month integer, segment text,
               segment_details text, metric text, unit text, place integer, metric_value numeric, numerator numeric,
               denominator numeric, state text, note text
           )
),
gone as (
    delete from vl_analytics.segment as s
    where  s.sc_name = :scorecard
    and    s.segment_set = :segment_set
    and    s.range_type = :range_type
    and    s.period_start in (select period_start from given)
    and    (s.period_start, s.segment, s.metric) not in (select period_start, segment, metric from given)
    returning s.period_start
),
written as (
    insert into vl_analytics.segment as s (
        sc_name, segment_set, set_details, range_type, period, period_start, period_end, year, week_month, segment,
        segment_details, metric, unit, place, metric_value, numerator, denominator, state, note, definition_hash, run_id,
        print_date
    )
    select :scorecard, :segment_set, :set_details, :range_type, period, period_start, period_end, year, week_month,
           segment, segment_details, metric, unit, place, metric_value, numerator, denominator, state, note,
           :definition_hash, :run_id, :now
    from   given
    on conflict (sc_name, segment_set, range_type, period_start, segment, metric) do update
    set    set_details = excluded.set_details,
           period = excluded.period,
           segment_details = excluded.segment_details,
           unit = excluded.unit,
           place = excluded.place,
           metric_value = excluded.metric_value,
           numerator = excluded.numerator,
           denominator = excluded.denominator,
           state = excluded.state,
           note = excluded.note,
           definition_hash = excluded.definition_hash,
           run_id = excluded.run_id,
           print_date = excluded.print_date
    where  (s.set_details, s.period, s.segment_details, s.unit, s.place, s.metric_value, s.numerator, s.denominator,
            s.state, s.note, s.definition_hash)
           is distinct from (excluded.set_details, excluded.period, excluded.segment_details, excluded.unit,
                             excluded.place, excluded.metric_value, excluded.numerator, excluded.denominator,
                             excluded.state, excluded.note, excluded.definition_hash)
    returning s.period_start
)
select count(distinct period_start)
from   (select period_start from gone union all select period_start from written) as changed
