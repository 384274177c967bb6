-- name: scorecards
select   scorecard, entries, encode(head, 'hex') as head
from     kpi.chain
where    cast(:scorecards as text[]) = '{}'
or       scorecard = any(cast(:scorecards as text[]))
order by scorecard

-- name: lines
select   reading_id, kpi_number, period, digest,
         jsonb_build_array(
             reading_id, follows, run_id, scorecard, kpi_number, range_type, period,
             to_char(period_start, 'YYYY-MM-DD'), to_char(period_end, 'YYYY-MM-DD'),
             cast(extract(epoch from starts_at) as text), cast(extract(epoch from ends_at) as text),
             year, week_month, cast(value as text), cast(numerator as text), cast(denominator as text),
             state, note, reason, definition_hash, cast(extract(epoch from recorded_at) as text),
             actor, because, evidence)::text as said
from     kpi.reading
where    scorecard = :scorecard
order by reading_id

-- name: differing
with replayed as (
    select * from kpi.replay where sc_name = :scorecard
),
standing as (
    select * from vl_analytics.scorecard where sc_name = :scorecard
)
select   kpi_number, period, 'is not as the history says' as what
from     (select * from standing except all select * from replayed) as other
union
select   kpi_number, period, 'is not as the history says'
from     (select * from replayed except all select * from standing) as gone
order by kpi_number, period

-- name: unguarded
select   format('%s.%s', n.nspname, c.relname) || ': the trigger ' || wanted.trigger || ' is off or gone' as what
from     (values ('kpi.reading', 'append_only'), ('kpi.reading', 'chained'), ('kpi.note', 'append_only'),
                 ('kpi.load', 'append_only'), ('kpi.verdict', 'append_only'), ('kpi.measure', 'append_only'),
                 ('kpi.described', 'append_only'), ('kpi.run', 'closed_once'), ('kpi.run', 'kept'),
                 ('kpi.publication', 'kept')) as wanted (relation, trigger)
join     pg_class as c on c.oid = to_regclass(wanted.relation)
join     pg_namespace as n on n.oid = c.relnamespace
where    not exists (select
                     from   pg_trigger as t
                     where  t.tgrelid = c.oid
                     and    t.tgname = wanted.trigger
                     and    t.tgenabled in ('O', 'A'))
order by 1

-- name: clear
delete from vl_analytics.scorecard
where  sc_name = :scorecard

-- name: rebuild
insert into vl_analytics.scorecard
select *
from   kpi.replay
where  sc_name = :scorecard
