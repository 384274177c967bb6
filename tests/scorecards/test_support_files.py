"""The eight files of support, from sample rows: always all, fixed heads, and the numbers of the KPIs."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.pipeline.loading import load
from core.pipeline.past import history
from core.pipeline.publishing import publish
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.settings import Settings

Sql = Callable[..., list[tuple[Any, ...]]]
ROOT = Path(__file__).parents[2]
DAY = "2026-09-11"  # the second day of an incident
HEADS = {
    "sla_summary.csv": ["priority", "region", "sla_pct", "mttr_hours", "case_count"],
    "backlog_summary.csv": ["region", "priority", "age", "open_cases"],
    "volume_trend.csv": ["day", "created", "closed", "open_cases"],
    "sla_at_risk_cases.csv": ["case_id", "priority", "region", "created_at", "elapsed_hours", "sla_hours"],
    "backlog_spike_summary.csv": ["day", "open_cases", "mean_7_days_before", "growth_pct", "spike"],
    "daily_ops_summary.csv": [
        *("kpi", "title", "period", "value", "unit", "previous", "target", "status", "alert", "state"),
    ],
    "data_quality_score.csv": [
        *("score", "null_id_rate", "null_created_rate", "non_positive_sla_rate", "duplicate_id_rate"),
    ],
}


class Files:
    """What was published, read as anybody would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def heads(self) -> dict[str, list[str]]:
        found = {}
        for path in self.folder.glob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                found[path.name] = next(csv.reader(file))
        return found


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


@pytest.fixture(scope="module")
def desk(
    new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """Six weeks of sample days on record, the last one in the middle of an incident."""
    home = tmp_path_factory.mktemp("desk")
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, date(2026, 9, 12))
    assert load(session, ["support_cases"], files={}, sample=True).problems == []
    assert backfill(session, ["support"], "2026-08-01", "last").exit_code == 0
    assert publish(session, ["support"], target="files").exit_code == 0
    yield session
    session.close()


@pytest.fixture
def files(desk: Session) -> Files:
    return Files(desk.settings.published / "support" / "files")


@pytest.fixture(scope="module")
def recorded(desk: Session) -> dict[str, Any]:
    """The numbers of the day, as the tabs show them."""
    found = history(desk, ["support"])
    return {t.definition.slug: t.line.reading.number for t in found if t.line.reading.period.label == DAY}


def test_all_eight_files_are_there_with_their_heads(files: Files) -> None:
    assert sorted(p.name for p in files.folder.iterdir()) == sorted([*HEADS, "daily_ops_summary.txt"])
    assert files.heads() == HEADS


def test_the_slices_of_a_file_add_up_to_the_kpi(files: Files, recorded: dict[str, Any]) -> None:
    sla, backlog = files.rows("sla_summary.csv"), files.rows("backlog_summary.csv")
    assert total(backlog, "open_cases") == recorded["open_backlog"].value
    assert total(sla, "case_count") == recorded["mttr"].denominator == recorded["sla_adherence"].denominator
    within = sum(Decimal(row["sla_pct"]) * Decimal(row["case_count"]) / 100 for row in sla)
    hours = sum(Decimal(row["mttr_hours"]) * Decimal(row["case_count"]) for row in sla)
    assert round(within, 3) == recorded["sla_adherence"].numerator
    assert abs(hours - recorded["mttr"].numerator) < Decimal("0.001")


def test_the_list_of_cases_at_risk_is_the_kpi_and_holds_no_breached_one(files: Files, recorded: dict[str, Any]) -> None:
    cases = files.rows("sla_at_risk_cases.csv")
    assert len(cases) == recorded["at_risk"].value
    assert cases
    for case in cases:
        used = Decimal(case["elapsed_hours"]) / Decimal(case["sla_hours"])
        assert Decimal("0.8") <= used < 1
        assert case["sla_hours"] == {"P1": "24", "P2": "72", "P3": "168"}.get(case["priority"], "336")


def test_the_trend_and_the_spikes_are_those_on_record(files: Files, recorded: dict[str, Any]) -> None:
    trend, spikes = files.rows("volume_trend.csv"), files.rows("backlog_spike_summary.csv")
    assert len(trend) == len(spikes) == 28
    assert trend[-1]["day"] == spikes[-1]["day"] == DAY
    assert Decimal(trend[-1]["created"]) == recorded["case_volume"].value
    assert Decimal(spikes[-1]["growth_pct"]) == round(100 * recorded["backlog_growth"].value, 6)
    before = [Decimal(row["open_cases"]) for row in spikes[-8:-1]]
    assert abs(Decimal(spikes[-1]["mean_7_days_before"]) - sum(before) / 7) < Decimal("0.000001")
    for row in spikes:
        assert row["spike"] == str(Decimal(row["growth_pct"]) > 20).lower()
    assert spikes[-1]["spike"] == "true"
    assert sum(row["spike"] == "true" for row in spikes) < 10


def test_the_score_has_its_four_components(files: Files, recorded: dict[str, Any]) -> None:
    (row,) = files.rows("data_quality_score.csv")
    rates = [Decimal(row[name]) for name in HEADS["data_quality_score.csv"][1:]]
    assert Decimal(row["score"]) == round(recorded["data_quality"].value, 6)
    assert abs(100 * (1 - sum(rates)) - Decimal(row["score"])) < Decimal("0.001")
    assert [rate > 0 for rate in rates] == [True, True, False, True]


def test_people_read_what_programs_read(files: Files) -> None:
    rows = files.rows("daily_ops_summary.csv")
    told = (files.folder / "daily_ops_summary.txt").read_text()
    assert [row["kpi"] for row in rows][:3] == ["sla_adherence", "mttr", "first_response"]
    assert len(rows) == 9
    assert told.startswith(f"Support, {DAY}\nAs of 2026-09-12 00:00 UTC, the end of the period.\n")
    for row in rows:
        assert row["title"] in told
    (growth,) = (row for row in rows if row["kpi"] == "backlog_growth")
    assert growth["status"] == "off"


@pytest.fixture
def quiet(settings: Settings, sql: Sql) -> Iterator[Session]:
    """A desk of two cases, neither of them on 11 September."""
    session = Session(replace(settings, scorecards=ROOT / "scorecards"), date(2026, 9, 12))
    bound = session.catalog.datasets["support_cases"]
    sql(f"create table {bound.table} ({', '.join(f'{c.name} {c.type}' for c in bound.dataset.columns)})")
    sql(
        """
        insert into staging.support_cases
        values ('C-1', 'P1', 'EMEA', '2026-08-01 09:00+00', '2026-08-01 10:00+00', '2026-08-01 11:00+00',
                '2026-08-01 11:00+00'),
               ('C-2', 'P1', 'EMEA', '2026-09-12 00:00+00', null, null, '2026-09-12 00:00+00')
        """
    )
    yield session
    session.close()


def test_a_day_without_a_case_has_all_eight_files_and_makes_nothing_up(quiet: Session) -> None:
    backfill(quiet, ["support"], "2026-09-01", "last")
    assert publish(quiet, ["support"], target="files").problems == []
    files = Files(quiet.settings.published / "support" / "files")
    assert files.heads() == HEADS
    assert [len(files.rows(name)) for name in HEADS] == [0, 0, 28, 0, 28, 9, 1]
    trend, spike = files.rows("volume_trend.csv")[-1], files.rows("backlog_spike_summary.csv")[-1]
    assert trend == {"day": DAY, "created": "0", "closed": "0", "open_cases": "0"}
    assert (spike["open_cases"], spike["mean_7_days_before"]) == ("0", "0")
    assert (spike["growth_pct"], spike["spike"]) == ("", ""), "nothing grows by a share of nothing"
    (sla, mttr, *_) = files.rows("daily_ops_summary.csv")
    assert sla["value"] == mttr["value"] == ""


def test_a_table_that_was_emptied_leaves_the_files_as_they_were(quiet: Session, sql: Sql) -> None:
    """Its contract holds every KPI: a list without a case at risk would be good news that nobody knows."""
    backfill(quiet, ["support"], "2026-09-01", "last")
    publish(quiet, ["support"], target="files")
    folder = quiet.settings.published / "support" / "files"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    sql("delete from staging.support_cases")
    report = publish(quiet, ["support"], target="files")
    assert report.exit_code == 1
    assert "sla_at_risk_cases.csv stays as it was: support.at_risk 2026-09-11 is held" in " ".join(report.problems)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_where_nothing_can_be_known_there_are_eight_files_all_the_same(quiet: Session, sql: Sql) -> None:
    sql("delete from staging.support_cases")
    backfill(quiet, ["support"], "2026-09-01", "last")
    assert publish(quiet, ["support"], target="files").exit_code == 1
    files = Files(quiet.settings.published / "support" / "files")
    assert files.heads() == HEADS
    assert [len(files.rows(name)) for name in HEADS] == [0, 0, 0, 0, 0, 9, 0]
    assert {row["value"] for row in files.rows("daily_ops_summary.csv")} == {""}
