-- name: start
insert into kpi.run (command, scorecards, actor, version, arguments, git_commit, started_at)
values (:command, cast(:scorecards as text[]), :actor, :version, cast(:arguments as jsonb), :commit, :now)
returning run_id

-- name: finish
update kpi.run
set    state = :state,
       finished_at = :now,
       report = cast(:report as jsonb)
where  run_id = :run_id

-- name: bury
update kpi.run
set    state = 'failed',
       finished_at = :now,
       report = jsonb_build_object('problems', jsonb_build_array('The process ended without a word.'))
where  state = 'running'
and    command = any(cast(:commands as text[]))
and    scorecards && cast(:scorecards as text[])

-- name: latest
select   distinct on (scorecard) scorecard, run_id, command, state, started_at, finished_at
from     kpi.run, unnest(scorecards) as scorecard
order by scorecard, run_id desc

-- name: revision
select version_num from kpi.schema_version

-- name: record_load
insert into kpi.load (
    run_id, dataset, source, checksum, row_count, begins, watermark, level, score, details, loaded_at
)
values (
    :run_id, :dataset, :source, :checksum, :rows, :begins, :watermark, :level, :score, cast(:details as jsonb), :now
)
returning load_id

-- name: record_verdicts
insert into kpi.verdict (load_id, rule, severity, level, at_fault, of_rows, samples)
select :load_id, rule, severity, level, at_fault, of_rows, samples
from   jsonb_to_recordset(cast(:verdicts as jsonb)) as v (
           rule text, severity text, level text, at_fault bigint, of_rows bigint, samples jsonb
       )

-- name: latest_loads
select   distinct on (l.dataset) l.dataset, l.load_id, l.source, l.checksum, l.row_count, l.begins, l.watermark, l.level, l.score,
         l.loaded_at, l.details,
         array(select v.rule || ' (' || case when v.at_fault = 0 then 'not checked' else v.at_fault::text end || ')'
               from   kpi.verdict as v
               where  v.load_id = l.load_id
               and    v.level = l.level
               and    v.level <> 'pass'
               order  by v.rule) as broken,
         (select b.source
          from   kpi.load as b
          where  b.dataset = l.dataset
          and    b.load_id <= l.load_id
          and    b.source <> 'in place'
          order  by b.load_id desc
          limit  1) as brought_from,
         (select b.row_count
          from   kpi.load as b
          where  b.dataset = l.dataset
          and    b.load_id <= l.load_id
          and    b.source <> 'in place'
          order  by b.load_id desc
          limit  1) as brought_rows
from     kpi.load as l
where    l.dataset = any(cast(:datasets as text[]))
and      l.loaded_at <= :at
order by l.dataset, l.load_id desc

-- name: columns_before
select   distinct on (kind) source, details -> 'columns' as columns
from     (
             select *,
                    case when source = 'in place' then 'in place'
                         when source like 'sample rows %' then 'sample'
                         else 'source' end as kind
             from   kpi.load
             where  dataset = :dataset
             and    details -> 'columns' is not null
         ) as l
order by kind, level <> 'fail' desc, load_id desc

-- name: keep_profile
insert into kpi.profile as p (dataset, load_id, days)
values (:dataset, :load_id, cast(:days as jsonb))
on conflict (dataset) do update
set    load_id = excluded.load_id,
       days = excluded.days
where  p.days is distinct from excluded.days

-- name: profiles
select dataset, load_id, days
from   kpi.profile
where  dataset = any(cast(:datasets as text[]))

-- name: log
select   run_id, command, scorecards, actor, version, git_commit, arguments, state, started_at, finished_at, report
from     kpi.run
where    cast(:scorecards as text[]) = '{}'
or       scorecards && cast(:scorecards as text[])
order by run_id desc
limit    :many

-- name: one
select run_id, command, scorecards, actor, version, git_commit, arguments, state, started_at, finished_at, report
from   kpi.run
where  run_id = :run_id

-- name: loads_by_id
select l.load_id, l.dataset, l.source, l.checksum, l.row_count, l.watermark, l.level, l.score, l.loaded_at,
       array(select v.rule || ' (' || case when v.at_fault = 0 then 'not checked' else v.at_fault::text end || ')'
             from   kpi.verdict as v
             where  v.load_id = l.load_id
             and    v.level <> 'pass'
             order  by v.rule) as broken
from   kpi.load as l
where  l.load_id = any(cast(:loads as bigint[]))
order  by l.dataset
