-- What PostgreSQL itself refuses, whoever asks.
alter table vl_analytics.scorecard
    add constraint scorecard_state check (state in ('final', 'provisional', 'held', 'failed')),
    add constraint scorecard_reading foreign key (reading_id) references kpi.reading;
alter table kpi.reading
    add constraint reading_reason check (reason in (
        'first', 'recovered', 'settled', 'held', 'failed',
        'late data', 'query change', 'source fix', 'manual correction', 'correction withdrawn'));

create trigger append_only before update or delete or truncate on kpi.note
    for each statement execute function kpi.refuse_change();
create trigger append_only before update or delete or truncate on kpi.verdict
    for each statement execute function kpi.refuse_change();
create trigger append_only before update or delete or truncate on kpi.load
    for each statement execute function kpi.refuse_change();
create trigger append_only before update or delete or truncate on kpi.measure
    for each statement execute function kpi.refuse_change();
create trigger append_only before update or delete or truncate on kpi.described
    for each statement execute function kpi.refuse_change();

-- The audit rows: opened, closed once, never removed.
create function kpi.close_once() returns trigger language plpgsql as $$
begin
    if old.state <> 'running' then
        raise exception 'kpi.run %: it is closed and stays as it is', old.run_id;
    end if;
    return new;
end
$$;
create trigger closed_once before update on kpi.run for each row execute function kpi.close_once();
create trigger kept before delete or truncate on kpi.run for each statement execute function kpi.refuse_change();
create trigger kept before delete or truncate on kpi.publication for each statement execute function kpi.refuse_change();
