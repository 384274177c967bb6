-- name: announce
insert into kpi.publication (run_id, scorecard, target, published, published_at, read_at)
values (:run_id, :scorecard, :target, cast(:published as jsonb), :now, :read_at)
returning publication_id

-- name: land
update kpi.publication
set    landed_at = :now
where  publication_id = :publication

-- name: latest
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

-- name: landed
select   distinct on (target) target, published, published_at, read_at, run_id as run
from     kpi.publication
where    scorecard = :scorecard
and      landed_at is not null
order by target, publication_id desc

-- name: ask
insert into kpi.outbox as o (scorecard, target, run_id, asked_at)
values (:scorecard, :target, :run_id, :now)
on conflict (scorecard, target) do update
set    attempts = o.attempts + 1,
       run_id = excluded.run_id

-- name: fail
update kpi.outbox
set    failure = :failure
where  scorecard = :scorecard
and    target = :target

-- name: done
delete from kpi.outbox
where  scorecard = :scorecard
and    split_part(target, ':', 1) = split_part(:target, ':', 1) -- one owed to a place that is set no more, too

-- name: owed
select   scorecard, target, asked_at, attempts, failure
from     kpi.outbox
order by asked_at
