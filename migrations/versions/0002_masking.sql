-- One view a dataset, in which sensitive columns are masked: masked.<dataset>. Loads and `kpi migrate` keep them.
create schema if not exists masked;

-- The key of the hashes that stand for values which are joined on. Its owner reads it, and the views, with the owner's
-- rights. Row security keeps it from roles that may read every table; there is no policy, so they find no row.
create table kpi.mask_key (
    is_one boolean primary key default true check (is_one),
    key    bytea   not null
);
alter table kpi.mask_key enable row level security;
insert into kpi.mask_key (key)
select string_agg(uuid_send(gen_random_uuid()), ''::bytea)
from   generate_series(1, 4);

revoke all on kpi.mask_key from public;
do $$
begin
    if exists (select from pg_roles where rolname = 'kpi_reader') then
        revoke all on kpi.mask_key from kpi_reader;
    end if;
end
$$;
comment on schema masked is 'Datasets without what is sensitive: for kpi_viewer.';
comment on table kpi.mask_key is 'The key of masked columns that are joined on: who has it can test guesses.';
