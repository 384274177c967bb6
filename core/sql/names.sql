-- name: first_due
update kpi.definition as d
set    due_range = f.due_range,
       due_from = f.due_from
from   jsonb_to_recordset(cast(:first as jsonb)) as f (
           scorecard text, kpi_number text, due_range text, due_from date
       )
where  d.scorecard = f.scorecard
and    d.kpi_number = f.kpi_number
and    (d.due_range is distinct from f.due_range or d.due_from is null or d.due_from > f.due_from)

-- name: definitions
select scorecard, kpi_number, slug, title, definition_hash, checked, faults, visited
from   kpi.definition
where  scorecard = :scorecard
and    kpi_number = any(cast(:numbers as text[]))

-- name: numbers
select kpi_number
from   kpi.definition
where  scorecard = :scorecard

-- name: name_definitions
with given as (
    select *
    from   jsonb_to_recordset(cast(:definitions as jsonb)) as g (
               kpi_number text, slug text, title text, owner text, unit text, better text, definition_hash text,
               checked text, faults text
           )
)
insert into kpi.definition as d (
    scorecard, kpi_number, slug, title, owner, unit, better, definition_hash, checked, faults
)
select :scorecard, kpi_number, slug, title, owner, unit, better, definition_hash, checked, faults
from   given
on conflict (scorecard, kpi_number) do update
set    slug = excluded.slug,
       title = excluded.title,
       owner = excluded.owner,
       unit = excluded.unit,
       better = excluded.better,
       definition_hash = excluded.definition_hash,
       checked = excluded.checked,
       faults = excluded.faults
where  (d.slug, d.title, d.owner, d.unit, d.better, d.definition_hash, d.checked, d.faults)
       is distinct from (excluded.slug, excluded.title, excluded.owner, excluded.unit, excluded.better,
                         excluded.definition_hash, excluded.checked, excluded.faults)
returning d.kpi_number

-- name: rename_rows
update vl_analytics.scorecard as s
set    field_name = d.slug,
       field_details = d.title
from   kpi.definition as d
where  s.sc_name = :scorecard
and    d.scorecard = s.sc_name
and    d.kpi_number = s.kpi_number
and    s.kpi_number = any(cast(:numbers as text[]))
and    (s.field_name, s.field_details) is distinct from (d.slug, d.title)

-- name: parts
select cast(c.relname as text)
from   pg_catalog.pg_inherits as i
join   pg_catalog.pg_class as c on c.oid = i.inhrelid
where  i.inhparent = to_regclass('vl_analytics.scorecard')

-- name: visited
update kpi.definition as d
set    visited = v.visited
from   jsonb_to_recordset(cast(:visited as jsonb)) as v (scorecard text, kpi_number text, visited date)
where  d.scorecard = v.scorecard
and    d.kpi_number = v.kpi_number
and    (d.visited is null or d.visited < v.visited)

-- name: keep_measures
insert into kpi.measure (definition_hash, body)
select definition_hash, body
from   jsonb_to_recordset(cast(:measures as jsonb)) as m (definition_hash text, body text)
on conflict do nothing

-- name: measure
select body
from   kpi.measure
where  definition_hash = :hash

-- name: describe
insert into kpi.described (scorecard, kpi_number, description, recorded_at)
select g.scorecard, g.kpi_number, g.description, :now
from   jsonb_to_recordset(cast(:given as jsonb)) as g (scorecard text, kpi_number text, description jsonb)
where  g.description is distinct from (select   d.description
                                       from     kpi.described as d
                                       where    d.scorecard = g.scorecard
                                       and      d.kpi_number = g.kpi_number
                                       order by d.described_id desc
                                       limit    1)

-- name: described
select   distinct on (kpi_number) kpi_number, description
from     kpi.described
where    scorecard = :scorecard
and      recorded_at <= :at
order by kpi_number, described_id desc

-- name: first_described
select min(recorded_at)
from   kpi.described
where  scorecard = :scorecard

-- name: tick
insert into kpi.chain as c (scorecard, clock)
values (:scorecard, :now)
on conflict (scorecard) do update
set    clock = greatest(c.clock, excluded.clock)
returning clock

-- name: pass
update kpi.chain
set    clock = clock + interval '1 microsecond'
where  scorecard = :scorecard
