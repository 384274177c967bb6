create schema if not exists staging;
create schema if not exists vl_analytics;
create schema if not exists kpi;

-- One execution of a command, with its report. A run that was killed stays `running` here.
create table kpi.run (
    run_id      bigint      generated always as identity primary key,
    command     text        not null,
    scorecards  text[]      not null,
    actor       text        not null,
    version     text        not null,
    state       text        not null default 'running' check (state in ('running', 'done', 'failed')),
    started_at  timestamptz not null,
    finished_at timestamptz,
    report      jsonb
);

-- What a KPI is called today. Readings are keyed by number; names may change without losing history.
create table kpi.definition (
    scorecard       text not null,
    kpi_number      text not null,
    slug            text not null,
    title           text not null,
    owner           text not null,
    unit            text not null,
    better          text not null,
    definition_hash text not null,
    due_range       text,
    due_from        date,                      -- the first period that was ever due
    checked         text not null default '',  -- what the check below was made of: query, contracts, program
    faults          text not null default '',  -- what the check of the query found, or nothing
    primary key (scorecard, kpi_number)
);

-- Every load of a dataset: where the rows came from and how far they reach.
create table kpi.load (
    load_id    bigint      generated always as identity primary key,
    run_id     bigint      not null references kpi.run,
    dataset    text        not null,
    source     text        not null,
    checksum   text        not null,
    row_count  bigint      not null,
    begins     timestamptz,
    watermark  timestamptz,
    level      text        not null check (level in ('pass', 'warn', 'fail')),
    score      numeric     not null,
    details    jsonb       not null,
    loaded_at  timestamptz not null
);
create index on kpi.load (dataset, load_id desc);

create table kpi.verdict (
    load_id  bigint  not null references kpi.load,
    rule     text    not null,
    severity text    not null check (severity in ('warn', 'fail')),
    level    text    not null check (level in ('pass', 'warn', 'fail')),
    at_fault bigint  not null,
    of_rows  bigint  not null,
    samples  jsonb   not null,
    primary key (load_id, rule)
);

-- Every reading ever recorded, in order. Nothing here is changed or removed: the scorecard tables are its replay.
create table kpi.reading (
    reading_id      bigint      generated always as identity primary key,
    run_id          bigint      not null references kpi.run,
    scorecard       text        not null,
    kpi_number      text        not null,
    range_type      text        not null check (range_type in ('daily', 'weekly', 'monthly')),
    period          text        not null,
    period_start    date        not null,
    period_end      date        not null check (period_end > period_start),
    starts_at       timestamptz not null,
    ends_at         timestamptz not null check (ends_at > starts_at),
    year            integer     not null,
    week_month      integer     not null,
    value           numeric     check (value <> 'NaN' and abs(value) < 'Infinity'),
    numerator       numeric     check (numerator <> 'NaN' and abs(numerator) < 'Infinity'),
    denominator     numeric     check (denominator <> 'NaN' and abs(denominator) < 'Infinity'),
    state           text        not null check (state in ('final', 'provisional', 'held', 'failed')),
    note            text        not null,
    reason          text        not null,
    definition_hash text        not null,
    recorded_at     timestamptz not null
);
create index on kpi.reading (scorecard, kpi_number, range_type, period_start, reading_id desc);

create function kpi.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'kpi.% is append-only: % is refused', tg_table_name, lower(tg_op);
end
$$;
create trigger append_only before update or delete or truncate on kpi.reading
    for each statement execute function kpi.refuse_change();

-- What was last published where, so that a hand edit can be told from our own number.
create table kpi.publication (
    publication_id bigint      generated always as identity primary key,
    run_id         bigint      not null references kpi.run,
    scorecard      text        not null,
    target         text        not null,
    published      jsonb       not null,
    published_at   timestamptz not null,
    landed_at      timestamptz  -- null: announced, and perhaps killed before or after the file was swapped
);
create index on kpi.publication (scorecard, target, publication_id desc);

-- The standard row, one per KPI and period. Each scorecard has its own part: vl_analytics.scorecard_<domain>.
create table vl_analytics.scorecard (
    year            integer     not null,
    print_date      timestamptz not null,
    sc_name         text        not null,
    last_sunday     date        not null,
    kpi_number      text        not null,
    range_type      text        not null,
    week_month      integer     not null,
    field_name      text        not null,
    field_details   text        not null,
    field_value     numeric,
    numerator       numeric,
    denominator     numeric,
    period          text        not null,
    period_start    date        not null,
    period_end      date        not null,
    starts_at       timestamptz not null,
    ends_at         timestamptz not null,
    state           text        not null,
    note            text        not null,
    run_id          bigint      not null,
    definition_hash text        not null,
    reading_id      bigint      not null,
    primary key (sc_name, kpi_number, range_type, period_start)
) partition by list (sc_name);
comment on table vl_analytics.scorecard is 'Every KPI and period, one row each; scorecard_<domain> holds one domain.';
comment on column vl_analytics.scorecard.year is 'ISO year of the week: 2027-01-03 stands in 2026';
comment on column vl_analytics.scorecard.last_sunday is 'the last day of the period';
comment on column vl_analytics.scorecard.field_value is 'null is unknown, never 0';
