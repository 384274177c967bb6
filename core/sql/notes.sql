-- name: write
insert into kpi.note (
    run_id, scorecard, kpi_number, range_type, period, period_start, body, actor, written_at
)
values (
    :run_id, :scorecard, :kpi_number, :range_type, :period, :period_start, :body, :actor, :now
)

-- name: standing
select n.kpi_number, n.range_type, n.period_start, n.body, n.actor, n.written_at
from   kpi.note as n
where  n.scorecard = :scorecard
and    n.kpi_number = any(cast(:numbers as text[]))
and    n.written_at <= :at
and    n.body <> ''
and    not exists (select
                   from   kpi.note as t
                   where  t.scorecard = n.scorecard
                   and    t.kpi_number = n.kpi_number
                   and    t.range_type = n.range_type
                   and    t.period_start = n.period_start
                   and    t.note_id > n.note_id
                   and    t.written_at <= :at
                   and    t.body = '')
order  by n.note_id
