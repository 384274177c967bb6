-- What a KPI counts, split into segments: one row for each segment, metric and period, as it is now. No history is
-- kept of it: it can be evaluated again from its dataset at any time.
create table vl_analytics.segment (
    sc_name         text        not null,
    segment_set     text        not null,
    set_details     text        not null,
    range_type      text        not null check (range_type in ('daily', 'weekly', 'monthly')),
    period          text        not null,
    period_start    date        not null,
    period_end      date        not null check (period_end > period_start),
    year            integer     not null,
    week_month      integer     not null,
    segment         text        not null,
    segment_details text        not null,
    metric          text        not null,
    unit            text        not null,
    place           integer     not null,
    metric_value    numeric     check (metric_value <> 'NaN' and abs(metric_value) < 'Infinity'),
    numerator       numeric,
    denominator     numeric,
    state           text        not null check (state in ('final', 'provisional')),
    note            text        not null,
    definition_hash text        not null,
    run_id          bigint      not null references kpi.run,
    print_date      timestamptz not null,
    primary key (sc_name, segment_set, range_type, period_start, segment, metric)
);
comment on table vl_analytics.segment is 'Segments of KPIs: one row for each segment, metric and period';
comment on column vl_analytics.segment.metric_value is 'null is unknown; an empty segment is 0; shares of a period add up to 1';
comment on column vl_analytics.segment.place is 'the order in which people read the segments and their metrics';
