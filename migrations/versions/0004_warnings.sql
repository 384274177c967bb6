-- As before, but for `warnings`: a rule that failed holds its KPIs back and is told by the level of the load.
create or replace view vl_analytics.dataset_quality as
select l.load_id, l.dataset, l.loaded_at, l.watermark, l.row_count, l.level, l.score * 100 as score,
       jsonb_array_length(coalesce(l.details -> 'columns_ignored', '[]')) as columns_ignored,
       (select count(*) from kpi.verdict as v where v.load_id = l.load_id and v.level = 'warn') as warnings
from   kpi.load as l
union  all
select null, r.arguments ->> 'dataset', coalesce(r.finished_at, r.started_at), null, 0, 'refused', null, null, null
from   kpi.run as r
where  r.command = 'load'
and    r.state = 'failed'
and    r.arguments ? 'dataset';
comment on column vl_analytics.dataset_quality.warnings is 'rules of the contract that ended in a warning';
