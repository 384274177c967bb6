-- name: create_reader
create role kpi_reader nologin

-- name: create_writer
create role kpi_writer nologin

-- name: create_viewer
create role kpi_viewer nologin

-- name: reader_reads_all
grant pg_read_all_data to kpi_reader

-- name: writer_reads_like_reader
grant kpi_reader to kpi_writer

-- name: login_reads
grant kpi_reader to {login}

-- name: login_records
grant kpi_writer to {login}

-- name: schemas
grant usage on schema staging, vl_analytics, kpi, masked to kpi_reader, kpi_writer;
grant usage on schema vl_analytics, masked to kpi_viewer;
grant create on schema staging to kpi_writer

-- name: reading
grant select on all tables in schema staging, vl_analytics, kpi, masked to kpi_reader;
grant select on all tables in schema vl_analytics, masked to kpi_viewer

-- name: recording
grant select, insert, update on all tables in schema kpi, vl_analytics to kpi_writer;
grant delete on kpi.outbox, vl_analytics.segment to kpi_writer;
grant usage on all sequences in schema kpi to kpi_writer

-- name: keeping_history
do $$
declare
    kept record;
begin
    for kept in
        select c.oid::regclass as name
        from   pg_class as c
        where  c.relnamespace = 'kpi'::regnamespace
        and    c.relkind in ('r', 'p', 'v')
        and    (c.relname in ('schema_version', 'reading', 'note', 'verdict')
                or c.relkind = 'v'
                or exists (select
                           from   pg_trigger as t
                           where  t.tgrelid = c.oid
                           and    t.tgfoid = 'kpi.refuse_change'::regproc
                           and    t.tgtype & 16 <> 0)) -- it refuses updates: the table is append-only
    loop
        execute format('revoke update, delete, truncate on %s from kpi_writer', kept.name);
    end loop;
    revoke insert on kpi.schema_version from kpi_writer;
    revoke all on kpi.mask_key from kpi_reader, kpi_writer, kpi_viewer;
end
$$

-- name: tables_to_come
alter default privileges for role {owner} in schema staging, vl_analytics, kpi, masked
    grant select on tables to kpi_reader;
alter default privileges for role {owner} in schema vl_analytics
    grant select, insert, update on tables to kpi_writer;
alter default privileges for role {owner} in schema vl_analytics
    grant select on tables to kpi_viewer

-- name: is_there
select exists (select from pg_roles where rolname = :role)

-- name: is_member
select exists (select
               from   pg_roles as member, pg_roles as role
               where  member.rolname = :member
               and    role.rolname = :role
               and    pg_has_role(member.oid, role.oid, 'member'))

-- name: may_record
select count(*) = 3
from   pg_roles as r, pg_class as c
where  r.rolname = 'kpi_writer'
and    c.oid in (to_regclass('kpi.reading'), to_regclass('kpi.run'), to_regclass('vl_analytics.scorecard'))
and    has_schema_privilege(r.oid, c.relnamespace, 'usage')
and    has_table_privilege(r.oid, c.oid, 'insert')

-- name: may_alter_history
select exists (select
               from   pg_roles as r, pg_class as c
               where  r.rolname = 'kpi_writer'
               and    c.oid in (to_regclass('kpi.reading'), to_regclass('kpi.note'), to_regclass('kpi.verdict'))
               and    has_table_privilege(r.oid, c.oid, 'update, delete, truncate'))

-- name: may_view
select count(*) = 2
       and not exists (select
                       from   pg_roles as r, pg_namespace as hidden
                       where  r.rolname = 'kpi_viewer'
                       and    hidden.nspname in ('staging', 'kpi')
                       and    has_schema_privilege(r.oid, hidden.oid, 'usage'))
from   pg_roles as r, pg_namespace as s
where  r.rolname = 'kpi_viewer'
and    s.nspname in ('vl_analytics', 'masked')
and    has_schema_privilege(r.oid, s.oid, 'usage')
