-- name: judge
insert into vl_analytics.status as t (
    sc_name, kpi_number, range_type, period_start, status, target, reading_id, goal
)
select s.sc_name, s.kpi_number, s.range_type, s.period_start, j.status, j.target, s.reading_id, j.goal
from   jsonb_to_recordset(cast(:judged as jsonb)) as j (
           kpi_number text, range_type text, period_start date, status text, target numeric, goal text
       )
       join vl_analytics.scorecard as s using (kpi_number, range_type, period_start)
where  s.sc_name = :scorecard
on conflict (sc_name, kpi_number, range_type, period_start) do update
set    status = excluded.status,
       target = excluded.target,
       reading_id = excluded.reading_id,
       goal = excluded.goal

-- name: unjudged
select s.kpi_number, s.range_type, s.period_start, s.field_value
from   vl_analytics.scorecard as s
       join jsonb_to_recordset(cast(:goals as jsonb)) as g (kpi_number text, goal text) using (kpi_number)
       left join vl_analytics.status as t using (sc_name, kpi_number, range_type, period_start)
where  s.sc_name = :scorecard
and    (t.reading_id is distinct from s.reading_id or t.goal is distinct from g.goal)

-- name: newest
select   distinct on (kpi_number) kpi_number, range_type, period_start, status
from     vl_analytics.status
where    sc_name = :scorecard
order by kpi_number, period_start desc
