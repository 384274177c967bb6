-- The role that KPI queries run under: it reads everything and writes nothing. Where the migrating user may not
-- create roles, queries still run in read-only transactions, and `kpi doctor` says what an administrator should do.
do $$
begin
    if not exists (select from pg_roles where rolname = 'kpi_reader') then
        begin
            create role kpi_reader nologin;
        exception when insufficient_privilege or duplicate_object or unique_violation then
            raise notice 'kpi_reader was not created: %', sqlerrm;
        end;
    end if;
    begin
        execute format('grant kpi_reader to %I', current_user);
        grant pg_read_all_data to kpi_reader;
    exception when others then
        raise notice 'kpi_reader lacks a grant: %', sqlerrm;
    end;
    begin
        grant usage on schema staging, vl_analytics, kpi to kpi_reader;
        grant select on all tables in schema staging, vl_analytics, kpi to kpi_reader;
        alter default privileges in schema staging, vl_analytics, kpi grant select on tables to kpi_reader;
    exception when insufficient_privilege or undefined_object then
        raise notice 'kpi_reader lacks a grant: %', sqlerrm;
    end;
end
$$;
