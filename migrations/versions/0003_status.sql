-- What each number is against its target, for those who read tables. The rule is the program's own (core/targets.py);
-- a row says by which reading and which target it was judged, so that a change of either is seen.
create table vl_analytics.status (
    sc_name      text    not null,
    kpi_number   text    not null,
    range_type   text    not null,
    period_start date    not null,
    status       text    not null check (status in ('on', 'near', 'off', 'unknown')),
    target       numeric,
    reading_id   bigint  not null,
    goal         text    not null,
    primary key (sc_name, kpi_number, range_type, period_start)
);
comment on table vl_analytics.status is 'Every number against its target in force on the last day of its period';
comment on column vl_analytics.status.goal is 'digest of the target, its warn limit and the direction';

-- How good the data was when it was loaded or checked, for those who read tables. A load that was refused brought no
-- rows: it has a level of its own, and no score.
create view vl_analytics.dataset_quality as
select l.load_id, l.dataset, l.loaded_at, l.watermark, l.row_count, l.level, l.score * 100 as score,
       jsonb_array_length(coalesce(l.details -> 'columns_ignored', '[]')) as columns_ignored,
       (select count(*) from kpi.verdict as v where v.load_id = l.load_id and v.level <> 'pass') as warnings
from   kpi.load as l
union  all
select null, r.arguments ->> 'dataset', coalesce(r.finished_at, r.started_at), null, 0, 'refused', null, null, null
from   kpi.run as r
where  r.command = 'load'
and    r.state = 'failed'
and    r.arguments ? 'dataset';
comment on view vl_analytics.dataset_quality is 'Every load, check and refused load of a dataset; the score is 0 to 100';
comment on column vl_analytics.dataset_quality.warnings is 'rules of the contract that do not hold';
