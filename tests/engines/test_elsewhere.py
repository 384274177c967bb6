"""KPI_DATABASE_WAREHOUSE_URL: queries that name the warehouse are asked elsewhere, the ledger stays in PostgreSQL."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.pipeline.checking import check
from core.pipeline.doctor import examine
from core.pipeline.loading import load
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.rewrite.shape import Form
from core.settings import Settings, read_settings

Sql = Callable[..., list[tuple[Any, ...]]]
Write = Callable[..., None]
COUNT = 'Query("select count(*) as value from staging.orders where at >= :start and at < :end")'
SUM = 'Query("select sum(amount) as value from staging.orders where at >= :start and at < :end")'


def kpi(measure: str) -> str:
    return f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={measure})'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as duck:
        duck.execute("create schema staging")
        duck.execute('create table staging.orders ("at" timestamptz, amount decimal(12, 2))')
        for day, amount in (("10-26", "1.10"), ("11-02", "2.20"), ("11-03", "3.30"), ("11-18", "4.40")):
            duck.execute(f"insert into staging.orders values ('2026-{day} 12:00:00+00', {amount})")
    return tmp_path / "sales.duckdb"


@pytest.fixture
def moved(place: Path, settings: Settings, scorecards: Path, write: Write) -> Iterator[Session]:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = '(Column("at", "timestamptz"), Column("amount", "decimal(12,2)"))'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="Sales", watermark="at", columns={columns})')
    write("sales", "kpi_01_orders.py", kpi(COUNT))
    write("sales", "kpi_02_amount.py", kpi(SUM))
    urls = {"warehouse": f"duckdb:///{place}"}
    session = Session(replace(settings, scorecards=scorecards, database_urls=urls), date(2026, 11, 20))
    yield session
    session.close()


def kept(sql: Sql) -> dict[tuple[str, str], tuple[Decimal | None, str]]:
    rows = sql("select scorecard || '.' || kpi_number, period, value, state from kpi.reading order by reading_id")
    return {(kpi, period): (value, state) for kpi, period, value, state in rows}


@pytest.mark.parametrize("form", ["loop", "lateral", "scan", "shared", None])
def test_a_backfill_reads_there_and_records_here(moved: Session, sql: Sql, form: Form | None) -> None:
    report = backfill(moved, [], "2026-W44", "2026-W46", form=form)
    assert report.exit_code == 0, report
    assert kept(sql) == {
        ("sales.01", "2026-W44"): (1, "final"),
        ("sales.01", "2026-W45"): (2, "final"),
        ("sales.01", "2026-W46"): (0, "final"),
        ("sales.02", "2026-W44"): (Decimal("1.10"), "final"),
        ("sales.02", "2026-W45"): (Decimal("5.50"), "final"),
        ("sales.02", "2026-W46"): (None, "final"),
    }


def test_final_weeks_are_asked_again_once_the_warehouse_has_moved(moved: Session, sql: Sql, write: Write) -> None:
    """What `kpi load` brought into staging says nothing of what another engine holds."""
    columns = '(Column("at", "timestamptz"), Column("amount", "decimal(12,2)"))'
    loaded = f'Dataset(owner="Sales", source=File("orders.csv"), watermark="at", columns={columns})'
    write("sales", "dataset_orders.py", f"dataset = {loaded}")
    moved.settings.data.mkdir(exist_ok=True)
    rows = ["2026-10-26T12:00:00+00:00,1.10", "2026-11-17T12:00:00+00:00,9.90"]
    (moved.settings.data / "orders.csv").write_text("\n".join(["at,amount", *rows]), encoding="utf-8")
    here = Session(replace(moved.settings, database_urls={}), moved.fixed_today)
    load(here, ["orders"], files={})
    assert backfill(here, [], "2026-W44", "2026-W46").evaluated == 6
    assert backfill(here, [], "2026-W44", "2026-W46").evaluated == 0
    here.close()
    report = backfill(moved, [], "2026-W44", "2026-W46")
    assert (report.evaluated, report.exit_code) == (6, 0)
    assert kept(sql)["sales.01", "2026-W45"] == (2, "final")
    assert backfill(moved, [], "2026-W44", "2026-W46").evaluated == 6


def test_how_far_a_dataset_reaches_is_asked_where_it_is_read(moved: Session, sql: Sql, place: Path) -> None:
    """What a load brought into staging says nothing of the rows that are read."""
    sql('create table staging.orders ("at" timestamptz, amount numeric(12, 2))')
    sql("insert into staging.orders values ('2026-11-19 12:00+00', 9)")
    with duckdb.connect(str(place)) as duck:
        duck.execute("delete from staging.orders where amount > 4")
    report = run(moved, [])
    assert {reading.state.value for reading in report.waiting} == {"missing"}
    assert "orders reaches only 2026-11-03 12:00" in report.waiting[0].note
    assert kept(sql) == {}


def test_an_empty_table_or_none_holds_its_kpis(moved: Session, sql: Sql, place: Path) -> None:
    with duckdb.connect(str(place)) as duck:
        duck.execute("delete from staging.orders")
    assert {reading.state.value for reading in run(moved, []).troubles} == {"held"}
    moved.databases.close()
    with duckdb.connect(str(place)) as duck:
        duck.execute("drop table staging.orders")
    report = run(moved, [], week="2026-W46")
    assert {reading.state.value for reading in report.troubles} == {"held"}
    assert "could not be checked" in report.troubles[0].note


def test_what_cannot_be_asked_there_is_told_by_check_and_never_asked(moved: Session, sql: Sql, write: Write) -> None:
    sentence = '"sum(amount) / sum(1)" may divide by zero'
    ratio = "select sum(amount) / sum(1) as value from staging.orders where at >= :start and at < :end"
    write("sales", "kpi_03_mean.py", kpi(f'Query("{ratio}")'))
    faults, _ = check(moved, [], ask_database=False)
    assert [(fault.path.name, sentence in fault.what) for fault in faults] == [("kpi_03_mean.py", True)]
    assert faults[0].what.startswith("The query cannot be asked of DuckDB: ")
    report = run(moved, [], week="2026-W46")
    assert [reading.kpi for reading in report.troubles] == ["sales.03"]
    assert sentence in report.troubles[0].note
    assert check(moved, ["sales.orders"], ask_database=True) == ([], [])


def test_the_doctor_asks_it(moved: Session, place: Path) -> None:
    told = {finding.what: (finding.fine, finding.said) for finding in examine(moved)}
    assert told["database warehouse"] == (True, "answers")
    moved.databases.close()
    place.unlink()
    fine, said = {f.what: (f.fine, f.said) for f in examine(moved)}["database warehouse"]
    assert (fine, "There is no DuckDB database" in said) == (False, True)


def test_a_blend_reads_from_another_engine(moved: Session, sql: Sql, write: Write) -> None:
    rows = 'Query("select amount from staging.orders where at >= :start and at < :end")'
    blend = f'Blend(tables={{"orders": {rows}}}, sql="select sum(amount) as value from orders where :start < :end")'
    write("sales", "kpi_03_blend.py", kpi(blend))
    assert backfill(moved, ["sales.blend"], "2026-W45", "2026-W46").exit_code == 0
    assert kept(sql) == {
        ("sales.03", "2026-W45"): (Decimal("5.50"), "final"),
        ("sales.03", "2026-W46"): (None, "final"),
    }


def test_a_relative_path_counts_from_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "scorecards").mkdir()
    given = {"KPI_DATABASE_CRM_URL": "duckdb:///data/crm.duckdb", "KPI_DATABASE_LAKE_URL": "duckdb:////data/lake"}
    urls = read_settings(given, tmp_path).database_urls
    assert urls == {"crm": f"duckdb:///{tmp_path}/data/crm.duckdb", "lake": "duckdb:////data/lake"}
