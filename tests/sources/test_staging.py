"""A load replaces a table as a whole or leaves it alone, and says what the contract thinks of the rows."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest

from core import Column, fresh, rows_per_day, rule
from core.catalog import BoundDataset
from core.checks import Level
from core.errors import BusyError, ContractError, DefinitionError, FactoryError, SourceError
from core.loads import Load
from core.sources.samples import Sample
from core.sources.staging import check_in_place, stage

from .conftest import GOOD, HEADER, SALES, Bind, Warehouse

Write = Callable[..., Path]
TODAY = date(2026, 11, 20)
LONDON = ZoneInfo("Europe/London")


def load(connection: Warehouse, bound: BoundDataset, source: Path | Sample) -> Load:
    with connection.transaction():
        return stage(connection, bound, source, today=TODAY)


def rows(connection: Warehouse) -> list[tuple[object, ...]]:
    with connection.transaction():
        return connection.execute("select sale_id, amount from staging.sales order by 1").fetchall()


LOADED = [(1, Decimal("9.50")), (2, Decimal("12.00"))]


def test_a_load_brings_rows_types_indexes_and_provenance(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    path = file(GOOD.replace("\n", ",x\n", 1).replace("00:00\n", "00:00,a\n").replace("30\n", "30,b\n"))
    done = load(warehouse, bind(), path)
    assert rows(warehouse) == LOADED
    assert (done.dataset, done.source, done.rows, done.columns_ignored) == ("sales", str(path), 2, ["x"])
    assert len(done.checksum) == 64
    assert done.watermark == datetime(2026, 11, 3, 18, 30, tzinfo=LONDON)
    assert (done.level, done.score) == (Level.PASS, 1.0)
    types = warehouse.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'staging.sales'::regclass and attnum > 0 order by attnum"
    ).fetchall()
    assert types == [
        ("sale_id", "bigint"),
        ("customer_email", "text"),
        ("amount", "numeric(9,2)"),
        ("sold_at", "timestamp without time zone"),
    ]
    indexes = warehouse.execute("select indexname from pg_indexes where schemaname = 'staging' order by 1").fetchall()
    assert indexes == [("sales__customer_email__sold_at",), ("sales__sold_at",)]


def test_loading_again_replaces_all_rows(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    load(warehouse, bind(), file(GOOD))
    load(warehouse, bind(), file(f"{HEADER}\n7,ann@example.com,1,2026-11-05\n"))
    assert rows(warehouse) == [(7, Decimal("1.00"))]


def test_the_callers_transaction_decides(warehouse: Warehouse, other: Warehouse, bind: Bind, file: Write) -> None:
    stage(warehouse, bind(), file(GOOD), today=TODAY)
    assert other.execute("select to_regclass('staging.sales')").fetchall() == [(None,)]
    warehouse.rollback()
    stage(warehouse, bind(), file(GOOD), today=TODAY)
    warehouse.commit()
    assert rows(other) == LOADED


@pytest.mark.parametrize(
    "content",
    ["", HEADER + "\n", "sale_id\n1\n", GOOD + "3,x,twelve,2026-11-04\n", GOOD + "3,x\n", GOOD + "3,\0,1,2026-11-04\n"],
    ids=["empty", "no rows", "columns", "text in a number", "short row", "zero byte"],
)
def test_bad_input_leaves_the_last_good_table(content: str, warehouse: Warehouse, bind: Bind, file: Write) -> None:
    load(warehouse, bind(), file(GOOD))
    with pytest.raises(SourceError) as told:
        stage(warehouse, bind(), file(content), today=TODAY)
    warehouse.commit()
    assert str(told.value).startswith("sales.csv")
    assert rows(warehouse) == LOADED


def test_a_value_that_postgresql_cannot_hold_leaves_the_last_good_table(
    warehouse: Warehouse, bind: Bind, tmp_path: Path, file: Write
) -> None:
    load(warehouse, bind(), file(GOOD))
    bound = bind()
    bound.sample.write_text(
        "select 1 as sale_id, 'secret' || chr(0) as customer_email, 1 as amount, timestamp '2026-11-02' as sold_at"
    )
    with pytest.raises(SourceError, match="PostgreSQL cannot hold a value of staging.sales") as told:
        stage(warehouse, bound, Sample(date(2026, 11, 1), date(2026, 11, 8)), today=TODAY)
    warehouse.commit()
    assert "secret" not in str(told.value)
    assert rows(warehouse) == LOADED


def test_rows_that_break_a_rule_are_loaded_and_told(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    broken = GOOD + "2,nobody,-1,2026-11-04\n2,cat@example.com,5000,\n"
    done = load(warehouse, bind(), file(broken))
    assert len(rows(warehouse)) == 4
    assert done.level is Level.FAIL
    found = {v.check: (v.rows, v.of, v.level, list(v.samples)) for v in done.verdicts}
    assert found["sale_id is not null"] == (0, 4, Level.PASS, [])
    assert found[r"customer_email matches ^\S+@\S+$"] == (1, 4, Level.FAIL, [{"customer_email": "•••"}])
    assert found["amount within 0.."] == (1, 4, Level.FAIL, [{"amount": "-1.00"}])
    assert found["unique sale_id"] == (2, 4, Level.FAIL, [{"sale_id": "2", "faults": "2"}])
    assert found["amount below 1,000"] == (1, 4, Level.WARN, [{"sale_id": "2", "amount": "5000.00"}])
    assert found["sold_at is not null"] == (1, 4, Level.FAIL, [{"sold_at": "null"}])


def test_samples_are_few_short_and_in_a_fixed_order(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    columns = [Column("code", max_length=2)]
    codes = "".join(f"{n:03}{'x' * 200}\n" for n in range(500, 0, -1))
    done = load(warehouse, bind(columns=columns, checks=(), watermark="", index=()), file("code\n" + codes))
    assert done.verdicts[0].rows == 500
    assert [s["code"][:4] for s in done.verdicts[0].samples] == ["001x", "002x", "003x"]
    assert [len(s["code"]) for s in done.verdicts[0].samples] == [60, 60, 60]


def test_a_sensitive_value_is_masked_under_another_name_too(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    from core.checks import Groups

    check = Groups(
        name="one sale a person",
        query="select lower(customer_email) as person, sale_id from {table}",
        columns=("sale_id",),
    )
    done = load(warehouse, bind(checks=(check,)), file(GOOD))
    assert done.verdicts[-1].samples == [{"person": "•••", "sale_id": "1"}, {"person": "•••", "sale_id": "2"}]


def test_a_sensitive_value_is_masked_also_under_the_name_of_a_plain_column(
    warehouse: Warehouse, bind: Bind, file: Write
) -> None:
    columns = [Column("day", "date"), Column("newest"), Column("born", "timestamp", sensitive=True)]
    checks = (rows_per_day("born", at_least=9), fresh("born", hours=1), rows_per_day("day", at_least=9))
    bound = bind(columns=columns, checks=checks, watermark="", index=())
    found = load(warehouse, bound, file("day,newest,born\n2026-11-02,x,1907-03-29\n")).verdicts
    assert [verdict.samples for verdict in found] == [
        [{"day": "•••", "rows_found": "•••"}],
        [{"newest": "•••"}],
        [{"day": "2026-11-02", "rows_found": "1"}],
    ]


def test_of_a_table_in_place_only_declared_columns_are_shown(
    warehouse: Warehouse, other: Warehouse, bind: Bind
) -> None:
    other.execute("create table staging.sales as select 5 as sale_id, 'ann@example.com' as whoever")
    columns, checks = [Column("sale_id", "integer")], (rule("small", holds="sale_id < 3"),)
    found = check_in_place(warehouse, bind(columns=columns, checks=checks, watermark="", index=()), TODAY)
    assert found.verdicts[0].samples == [{"sale_id": "5", "whoever": "•••"}]


def test_a_rule_that_stumbles_over_a_value_does_not_tell_it(
    warehouse: Warehouse, other: Warehouse, bind: Bind, file: Write
) -> None:
    checks = (rule("odd", holds="cast(customer_email as integer) > 0"),)
    with pytest.raises(SourceError, match='The rule "odd" could not be checked: ConversionException') as told:
        stage(warehouse, bind(checks=checks), file(GOOD), today=TODAY)
    assert "ann" not in str(told.value)
    warehouse.rollback()
    load(warehouse, bind(), file(GOOD))
    checks = (rule("odd", holds="cast(customer_email as regclass) is not null"),)
    with pytest.raises(SourceError, match='The rule "odd" could not be checked: InvalidSchemaName') as told:
        check_in_place(warehouse, bind(checks=checks), TODAY)
    assert "ann" not in str(told.value)


def test_a_rule_that_cannot_be_asked_is_told_and_undoes_the_load(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    load(warehouse, bind(), file(GOOD))
    bad = bind(checks=(rule("typo", holds="amuont > 0"),))
    with pytest.raises(DefinitionError, match='the rule "typo" cannot be asked: .*amuont'):
        stage(warehouse, bad, file(f"{HEADER}\n7,ann@example.com,1,2026-11-05\n"), today=TODAY)
    warehouse.commit()
    assert rows(warehouse) == LOADED


def test_views_grants_and_other_peoples_indexes_stay(
    warehouse: Warehouse, other: Warehouse, bind: Bind, file: Write
) -> None:
    load(warehouse, bind(), file(GOOD))
    other.execute("create view staging.big_sales as select sale_id from staging.sales where amount > 10")
    other.execute("grant select on staging.sales to public")
    other.execute("create index their_own on staging.sales (amount)")
    load(warehouse, bind(index=("sale_id",)), file(GOOD + "3,cat@example.com,50,2026-11-04\n"))
    assert other.execute("select sale_id from staging.big_sales order by 1").fetchall() == [(2,), (3,)]
    assert other.execute(
        "select relacl::text like '%=r/%' from pg_class where oid = 'staging.sales'::regclass"
    ).fetchall() == [(True,)]
    indexes = other.execute("select indexname from pg_indexes where tablename = 'sales' order by 1").fetchall()
    assert indexes == [("sales__sale_id",), ("their_own",)]


def test_columns_follow_the_contract(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    load(warehouse, bind(), file(GOOD))
    columns = [Column("sale_id"), Column("amount", "decimal(9,2)"), Column("shop")]
    changed = bind(columns=columns, checks=(), watermark="", index=("shop",))
    load(warehouse, changed, file("sale_id,amount,shop\nA7,1,York\n"))
    assert warehouse.execute("select sale_id, amount, shop from staging.sales").fetchall() == [
        ("A7", Decimal("1.00"), "York")
    ]


def test_a_view_on_a_column_that_goes_is_named(warehouse: Warehouse, other: Warehouse, bind: Bind, file: Write) -> None:
    load(warehouse, bind(), file(GOOD))
    other.execute("create view staging.people as select customer_email from staging.sales")
    slim = bind(columns=[c for c in SALES.columns if c.name != "customer_email"], index=())
    with pytest.raises(SourceError, match=r"staging.people needs the old ones. The last good table stays"):
        stage(warehouse, slim, file(GOOD), today=TODAY)
    warehouse.commit()
    assert rows(warehouse) == LOADED


def test_a_reader_with_an_older_snapshot_never_finds_the_table_empty(
    warehouse: Warehouse, ledger_url: str, bind: Bind, file: Write
) -> None:
    load(warehouse, bind(), file(GOOD))
    with psycopg.connect(ledger_url) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select 1")  # its snapshot is taken here
        load(warehouse, bind(), file(GOOD + "3,cat@example.com,50,2026-11-04\n"))
        assert reader.execute("select count(*) from staging.sales").fetchall() == [(3,)]


def test_a_table_in_use_is_told_and_stays(warehouse: Warehouse, ledger_url: str, bind: Bind, file: Write) -> None:
    load(warehouse, bind(), file(GOOD))
    with psycopg.connect(ledger_url) as reader:
        reader.execute("select count(*) from staging.sales")
        with pytest.raises(BusyError, match="staging.sales is in use"):
            stage(warehouse, bind(), file(f"{HEADER}\n7,ann@example.com,1,2026-11-05\n"), today=TODAY)
    warehouse.commit()
    assert rows(warehouse) == LOADED


def test_quotes_line_ends_and_empty_texts_arrive_unharmed(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    texts = ['a"b', "a,b", "a\nb", "a\rb", "\\.", "\\N", " ", "ü€😀"]
    lines = "".join('{},"{}"\n'.format(n, text.replace('"', '""')) for n, text in enumerate(texts)) + "99,\n"
    columns = [Column("n", "integer"), Column("t")]
    load(warehouse, bind(columns=columns, checks=(), watermark="", index=()), file("n,t\n" + lines))
    found = warehouse.execute("select t from staging.sales order by n").fetchall()
    assert found == [*((text,) for text in texts), (None,)]


def test_sample_rows_reach_to_their_last_day(warehouse: Warehouse, bind: Bind) -> None:
    bound = bind()
    bound.sample.write_text(
        "select 1 as sale_id, 'a@example.com' as customer_email, 5 as amount, $first + interval 9 hour as sold_at;"
    )
    days = Sample(date(2026, 7, 1), date(2026, 7, 8))
    done, later = load(warehouse, bound, days), load(warehouse, bound, Sample(date(2026, 7, 1), date(2026, 7, 9)))
    assert done.source == "sample rows from 2026-07-01 to 2026-07-08"
    assert done.watermark == datetime(2026, 7, 8, tzinfo=LONDON)
    assert done.checksum != later.checksum
    assert rows(warehouse) == [(1, Decimal("5.00"))]


def test_sample_rows_that_cannot_be_made_are_told(warehouse: Warehouse, bind: Bind) -> None:
    bound, days = bind(), Sample(date(2026, 7, 1), date(2026, 7, 8))
    with pytest.raises(SourceError, match=r"sales has no sample rows. Write a DuckDB SELECT .* dataset_sales.sql"):
        stage(warehouse, bound, days, today=TODAY)
    bound.sample.write_text("select nothing from nowhere")
    with pytest.raises(SourceError, match=r"dataset_sales.sql: .*nowhere"):
        stage(warehouse, bound, days, today=TODAY)


def test_a_table_of_another_system_is_judged_where_it_stands(
    warehouse: Warehouse, other: Warehouse, bind: Bind, file: Write
) -> None:
    bound = bind()
    loaded = load(warehouse, bound, file(GOOD + "2,nobody,-1,2026-11-04\n2,cat@example.com,5000,2026-11-05 10:00\n"))
    checked = check_in_place(warehouse, bound, TODAY)
    warehouse.commit()
    assert checked.verdicts == loaded.verdicts
    assert (checked.rows, checked.watermark, checked.level, checked.source) == (
        4,
        datetime(2026, 11, 5, 10, tzinfo=LONDON),
        loaded.level,
        "in place",
    )


def test_what_changes_begins_with_its_first_creation_and_reaches_to_its_last_change(
    warehouse: Warehouse, bind: Bind, file: Write
) -> None:
    columns = (Column("opened_at", "timestamp"), Column("changed_at", "timestamp"))
    bound = bind(columns=columns, checks=(), watermark="changed_at", begins="opened_at", index=())
    rows = "2026-11-02 09:00,2026-11-05 10:00\n2026-11-03 09:00,2026-11-04 12:00\n"
    loaded = load(warehouse, bound, file("opened_at,changed_at\n" + rows))
    checked = check_in_place(warehouse, bound, TODAY)
    warehouse.commit()
    ends = datetime(2026, 11, 2, 9, tzinfo=LONDON), datetime(2026, 11, 5, 10, tzinfo=LONDON)
    assert (loaded.begins, loaded.watermark) == (checked.begins, checked.watermark) == ends


def test_a_standing_table_may_use_other_types_of_the_same_kind(
    warehouse: Warehouse, other: Warehouse, bind: Bind
) -> None:
    other.execute("create type staging.mail as enum ('a@example.com')")
    other.execute(
        "create table staging.sales (sold_at timestamp(3), sale_id smallint, extra json, amount int, "
        "customer_email staging.mail)"
    )
    other.execute("insert into staging.sales values ('2026-11-02', 1, '{}', 5, 'a@example.com')")
    assert check_in_place(warehouse, bind(checks=()), TODAY).rows == 1


def test_an_empty_standing_table_holds_its_kpis(warehouse: Warehouse, other: Warehouse, bind: Bind) -> None:
    other.execute("create table staging.sales (sale_id bigint, customer_email text, amount numeric, sold_at timestamp)")
    checked = check_in_place(warehouse, bind(), TODAY)
    assert (checked.level, checked.rows, checked.watermark) == (Level.FAIL, 0, None)


def test_a_missing_or_other_table_is_told(warehouse: Warehouse, other: Warehouse, bind: Bind) -> None:
    with pytest.raises(SourceError, match=r"There is no table staging.sales. .*--sample"):
        check_in_place(warehouse, bind(), TODAY)
    other.execute("create table staging.sales (sale_id text, amounts numeric, sold_at timestamp)")
    with pytest.raises(ContractError) as told:
        check_in_place(warehouse, bind(), TODAY)
    for part in ('"sale_id" is text where the contract says integer', '"customer_email" is missing', "amounts"):
        assert part in str(told.value)


def test_a_view_is_never_replaced_by_a_load(warehouse: Warehouse, other: Warehouse, bind: Bind, file: Write) -> None:
    other.execute("create view staging.sales as select 1 as sale_id")
    with pytest.raises(FactoryError, match=r"staging.sales could not be replaced: .*sales.* is not a table"):
        stage(warehouse, bind(), file(GOOD), today=TODAY)
