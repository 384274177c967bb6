-- name: history
-- Identities give way to places: which line of its period it is, and which line it follows or was made from.
with line as (
    select reading_id, scorecard || '.' || kpi_number || ' ' || period as cell,
           row_number() over (partition by scorecard, kpi_number, range_type, period_start order by reading_id) as place
    from   kpi.reading
)
select   mine.cell || ' line ' || mine.place as which,
         jsonb_build_array(
             r.range_type, r.period_start, r.period_end, r.starts_at, r.ends_at, r.year, r.week_month,
             r.value::text, r.numerator::text, r.denominator::text, r.state, r.note, r.reason, r.definition_hash,
             date_trunc('second', r.recorded_at), r.actor, r.because, before.cell, before.place,
             (select jsonb_object_agg(d.key, d.value - 'load') from jsonb_each(r.evidence -> 'datasets') as d),
             (select jsonb_object_agg(p.key, part.cell || ' line ' || part.place)
              from   jsonb_each_text(r.evidence -> 'parts') as p
              join   line as part on part.reading_id = p.value::bigint)
         )::text as row
from     kpi.reading as r
join     line as mine using (reading_id)
left     join line as before on before.reading_id = r.follows
order by which

-- name: scorecards
select   s.sc_name || '.' || s.kpi_number || ' ' || s.period as which,
         (to_jsonb(s) - '{run_id,reading_id,print_date}'::text[]
          || jsonb_build_object('field_value', s.field_value::text, 'numerator', s.numerator::text,
                                'denominator', s.denominator::text, 'print_date', date_trunc('second', s.print_date),
                                'part', s.tableoid::regclass,
                                'line', (select count(*)
                                         from   kpi.reading as r
                                         where  (r.scorecard, r.kpi_number, r.range_type, r.period_start)
                                                = (s.sc_name, s.kpi_number, s.range_type, s.period_start)
                                         and    r.reading_id <= s.reading_id)))::text as row
from     vl_analytics.scorecard as s
order by which

-- name: definitions
select   scorecard || '.' || kpi_number as which, d::text as row
from     kpi.definition as d
order by which

-- name: notes
select   scorecard || '.' || kpi_number || ' ' || period as which,
         (to_jsonb(n) - '{note_id,run_id,written_at}'::text[])::text as row
from     kpi.note as n
order by which

-- name: outbox
select   scorecard || ' ' || target as which, failure as row
from     kpi.outbox
order by which

-- name: profiles
select   dataset as which, days::text as row
from     kpi.profile
order by which

-- name: measures
select   definition_hash as which, body as row
from     kpi.measure
order by which

-- name: publications
-- What the next publication takes for the state of the file: by it hand edits are told from our own numbers.
select   distinct on (scorecard, target)
         scorecard || ' ' || target as which, published::text as row
from     kpi.publication
where    landed_at is not null
order by scorecard, target, publication_id desc

-- name: running
select   'run ' || command as which, state as row
from     kpi.run
where    state = 'running'
order by which

-- name: staging
select   c.relname
from     pg_class as c
where    c.relnamespace = to_regnamespace('staging')
and      c.relkind = 'r'
order by c.relname

-- name: catalogue
select   which, what as row
from     (select format('column %s.%s', c.oid::regclass, a.attname) as which,
                 concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
                           a.attidentity, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)) as what,
                 c.relnamespace
          from   pg_class as c
          join   pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          left   join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
          where  c.relkind in ('r', 'p', 'v', 'S')
          union  all
          select format('relation %s', c.oid::regclass),
                 concat_ws(' ', c.relkind, c.relrowsecurity, obj_description(c.oid, 'pg_class'),
                           case when c.relkind = 'v' then pg_get_viewdef(c.oid) end,
                           (select string_agg(r::text, ',' order by r::text) from unnest(c.relacl) as r)),
                 c.relnamespace
          from   pg_class as c
          where  c.relkind in ('r', 'p', 'v', 'S')
          union  all
          select format('constraint %s of %s', k.conname, k.conrelid::regclass),
                 pg_get_constraintdef(k.oid), k.connamespace
          from   pg_constraint as k
          union  all
          select format('index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid), c.relnamespace
          from   pg_index as i
          join   pg_class as c on c.oid = i.indexrelid
          union  all
          select format('trigger %s on %s', t.tgname, t.tgrelid::regclass),
                 concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid)), c.relnamespace
          from   pg_trigger as t
          join   pg_class as c on c.oid = t.tgrelid
          where  not t.tgisinternal
          union  all
          select format('function %s', p.oid::regprocedure), pg_get_functiondef(p.oid), p.pronamespace
          from   pg_proc as p) as known
where    relnamespace = any(array[to_regnamespace('kpi'), to_regnamespace('vl_analytics'), to_regnamespace('staging'),
                                  to_regnamespace('masked')])
order by which, what

-- name: others
-- Processes of this program that still use the database: the killed, until the server notices.
select count(*)
from   pg_stat_activity
where  datname = current_database()
and    pid <> pg_backend_pid()
and    backend_type = 'client backend'

-- name: locks
select   'advisory lock' as which, l.classid || ' ' || l.objid as row
from     pg_locks as l
where    l.locktype = 'advisory'
and      l.database = (select oid from pg_database where datname = current_database())
and      l.pid <> pg_backend_pid()
order by row
