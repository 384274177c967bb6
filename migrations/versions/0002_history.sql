-- Every execution says with which filters it was called and from which commit of the definitions.
alter table kpi.run
    add column arguments  jsonb not null default '{}',
    add column git_commit text  not null default '';

-- Every reading says which one it follows, who caused it and from what it was made.
alter table kpi.reading disable trigger append_only;
alter table kpi.reading
    add column follows  bigint references kpi.reading,
    add column actor    text  not null default '',
    add column because  text  not null default '',   -- a person's own words: the number stands until withdrawn
    add column evidence jsonb not null default '{}', -- datasets with load, rows and digest; parts with their readings
    add column digest   bytea;                       -- of the digest before it in its scorecard, and of this line

update kpi.reading as r
set    follows = p.previous,
       actor = run.actor
from   (select reading_id, run_id,
               lag(reading_id) over (partition by scorecard, kpi_number, range_type, period_start
                                     order by reading_id) as previous
        from   kpi.reading) as p
join   kpi.run as run on run.run_id = p.run_id
where  p.reading_id = r.reading_id;

-- One line of history for each KPI and period: it begins once, and every line is followed by one at most.
create unique index reading_begins_once on kpi.reading (scorecard, kpi_number, range_type, period_start)
    where follows is null;
create unique index reading_followed_once on kpi.reading (follows);
create index reading_in_order on kpi.reading (scorecard, reading_id);

-- Where the chain of a scorecard ends, and its clock: never behind an instant that was told, whatever the machine's says.
create table kpi.chain (
    scorecard text        primary key,
    entries   bigint      not null default 0,
    head      bytea       not null default '\x',
    clock     timestamptz not null default '-infinity'
);

-- What a digest covers, as text that every PostgreSQL writes alike.
create function kpi.reading_text(r kpi.reading) returns text language sql stable as $$
    select jsonb_build_array(
               r.reading_id, r.follows, r.run_id, r.scorecard, r.kpi_number, r.range_type, r.period,
               to_char(r.period_start, 'YYYY-MM-DD'), to_char(r.period_end, 'YYYY-MM-DD'),
               cast(extract(epoch from r.starts_at) as text), cast(extract(epoch from r.ends_at) as text),
               r.year, r.week_month, cast(r.value as text), cast(r.numerator as text), cast(r.denominator as text),
               r.state, r.note, r.reason, r.definition_hash, cast(extract(epoch from r.recorded_at) as text),
               r.actor, r.because, r.evidence)::text
$$;

create function kpi.chain_reading() returns trigger language plpgsql as $$
declare
    before kpi.chain;
begin
    insert into kpi.chain (scorecard) values (new.scorecard) on conflict do nothing;
    select * into before from kpi.chain where scorecard = new.scorecard for update;
    new.recorded_at := greatest(new.recorded_at, before.clock);
    new.digest := sha256(before.head || convert_to(kpi.reading_text(new), 'UTF8'));
    update kpi.chain
    set    entries = entries + 1,
           head = new.digest,
           clock = new.recorded_at
    where  scorecard = new.scorecard;
    return new;
end
$$;

-- The lines that stand already are chained in their order.
do $$
declare
    line kpi.reading;
    link bytea;
    last text := '';
    many bigint;
begin
    for line in select * from kpi.reading order by scorecard, reading_id loop
        if line.scorecard <> last then
            link := '\x';
            many := 0;
            last := line.scorecard;
        end if;
        link := sha256(link || convert_to(kpi.reading_text(line), 'UTF8'));
        many := many + 1;
        update kpi.reading set digest = link where reading_id = line.reading_id;
        insert into kpi.chain values (line.scorecard, many, link, line.recorded_at)
        on conflict (scorecard) do update
        set entries = excluded.entries,
            head = excluded.head,
            clock = greatest(kpi.chain.clock, excluded.clock);
    end loop;
end
$$;
alter table kpi.reading alter column digest set not null;
alter table kpi.reading enable trigger append_only;
create trigger chained before insert on kpi.reading for each row execute function kpi.chain_reading();

-- How far a KPI's recorded periods have been looked at again.
alter table kpi.definition add column visited date;

-- The text of every measure that a number was made with.
create table kpi.measure (
    definition_hash text primary key,
    body            text not null
);

-- What a KPI or a scorecard (number '') was at which time: for those who look back.
create table kpi.described (
    described_id bigint      generated always as identity primary key,
    scorecard    text        not null,
    kpi_number   text        not null,
    description  jsonb       not null,
    recorded_at  timestamptz not null
);
create index on kpi.described (scorecard, kpi_number, described_id desc);

-- What people say of a KPI's period. An empty text takes back what was said before it.
create table kpi.note (
    note_id      bigint      generated always as identity primary key,
    run_id       bigint      not null references kpi.run,
    scorecard    text        not null,
    kpi_number   text        not null,
    range_type   text        not null check (range_type in ('daily', 'weekly', 'monthly')),
    period       text        not null,
    period_start date        not null,
    body         text        not null,
    actor        text        not null,
    written_at   timestamptz not null
);
create index on kpi.note (scorecard, kpi_number, range_type, period_start);

-- How many rows a dataset holds for each day, with their digest; the empty day is that of rows without one.
create table kpi.profile (
    dataset text   primary key,
    load_id bigint not null references kpi.load,
    days    jsonb  not null
);

-- A publication that somebody asked for and that has not landed yet.
create table kpi.outbox (
    scorecard text        not null,
    target    text        not null,
    run_id    bigint      not null references kpi.run,
    asked_at  timestamptz not null,
    attempts  integer     not null default 1,
    failure   text        not null default '',
    primary key (scorecard, target)
);
alter table kpi.publication add column read_at timestamptz; -- the ledger's own clock when its numbers were read

-- The scorecard tables, made anew from the history alone.
create view kpi.replay as
select r.year, r.recorded_at as print_date, r.scorecard as sc_name, r.period_end - 1 as last_sunday, r.kpi_number,
       r.range_type, r.week_month, d.slug as field_name, d.title as field_details, r.value as field_value, r.numerator,
       r.denominator, r.period, r.period_start, r.period_end, r.starts_at, r.ends_at, r.state, r.note, r.run_id,
       r.definition_hash, r.reading_id
from   kpi.reading as r
join   kpi.definition as d using (scorecard, kpi_number)
where  not exists (select from kpi.reading as n where n.follows = r.reading_id);
comment on view kpi.replay is 'What the scorecard tables hold if nobody but this program has written to them.';
