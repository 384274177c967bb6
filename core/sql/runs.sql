-- name: start
insert into kpi.run (command, scorecards, actor, version, started_at)
values (:command, cast(:scorecards as text[]), :actor, :version, :now)
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
and    command in ('run', 'backfill')
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
         array(select v.rule || ' (' || v.at_fault || ')'
               from   kpi.verdict as v
               where  v.load_id = l.load_id
               and    v.level = l.level
               and    v.level <> 'pass'
               order  by v.rule) as broken,
         (select b.source
          from   kpi.load as b
          where  b.dataset = l.dataset
          and    b.source <> 'in place'
          order  by b.load_id desc
          limit  1) as brought_from,
         (select b.row_count
          from   kpi.load as b
          where  b.dataset = l.dataset
          and    b.source <> 'in place'
          order  by b.load_id desc
          limit  1) as brought_rows
from     kpi.load as l
where    l.dataset = any(cast(:datasets as text[]))
order by l.dataset, l.load_id desc

-- name: record_publication
insert into kpi.publication (run_id, scorecard, target, published, published_at)
values (:run_id, :scorecard, :target, cast(:published as jsonb), :now)
returning publication_id

-- name: land
update kpi.publication
set    landed_at = :now
where  publication_id = :publication

-- name: latest_publications
select   published, landed_at is not null as landed
from     kpi.publication
where    scorecard = :scorecard
and      target = :target
and      publication_id >= coalesce((select max(p.publication_id)
                                     from   kpi.publication as p
                                     where  p.scorecard = :scorecard
                                     and    p.target = :target
                                     and    p.landed_at is not null), 0)
order by publication_id
