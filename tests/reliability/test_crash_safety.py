"""Crash safety, as a user proves it: `kpi drill` kills real commands and compares with runs that nobody disturbed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from core.databases import parse_url
from core.pipeline.drill import Drill
from core.pipeline.drill_databases import Scratch
from core.pipeline.drill_forks import Forks
from core.pipeline.drill_report import SceneReport
from core.pipeline.drill_scenes import SCENES
from core.pipeline.drill_stage import Stage
from core.pipeline.drill_states import State, differences
from core.write_points import POINTS

KPI = [sys.executable, "-c", "from core.cli import main; main()"]
MANY = 1_000  # random moments of the long drill
SABOTAGED = """
from core.cli import _outcome
from core.pipeline.drill_forks import serve
from core.publish import atomic
atomic._sweep = lambda path: None
serve(_outcome)
"""


@pytest.fixture
def environment(ledger_url: str, scorecards: Path, tmp_path: Path) -> dict[str, str]:
    """Settings of a warehouse and folders of the test's own."""
    names = {"KPI_WAREHOUSE_URL": ledger_url, "KPI_SCORECARDS_DIR": str(scorecards), "KPI_HOME": str(tmp_path / "home")}
    return {**os.environ, **names, "TMPDIR": str(tmp_path)}


@pytest.fixture
def kpi(environment: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line in a process of its own."""

    def _kpi(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        told = {**environment, **more}
        return subprocess.run([*KPI, *words], env=told, cwd=tmp_path, capture_output=True, text=True, check=False)

    return _kpi


def drilled(kpi: Callable[..., Any], kills: int, seed: int) -> dict[str, Any]:
    """What the drill said, printed as a figure."""
    done = kpi("drill", "--random", str(kills), "--seed", str(seed), "--json")
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    told["exit"] = done.returncode
    points, moments = (sum(map(count, told["scenes"])) for count in (_points, lambda scene: scene["random"]))
    races, busy = (sum(scene[word] for scene in told["scenes"]) for word in ("races", "busy"))
    print(
        f"\n{date.today()}: seed {seed}: killed at {points} write points and {moments} random moments, "  # noqa: DTZ011
        f"{races} races ({busy} left with 75), {sum(len(s['faults']) for s in told['scenes'])} differed; "
        f"{told['seconds']} s"
    )
    return told


def _points(scene: dict[str, Any]) -> int:
    return sum(scene["points"].values())


def test_every_write_point_and_forty_random_moments_leave_what_an_undisturbed_run_leaves(
    kpi: Callable[..., Any], sql: Callable[..., list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    told = drilled(kpi, 40, seed=2026)
    assert [scene["faults"] for scene in told["scenes"]] == [[]] * len(SCENES)
    assert (told["healthy"], told["exit"]) == (True, 0)
    assert sum(scene["random"] for scene in told["scenes"]) >= 40
    assert {point for scene in told["scenes"] for point in scene["points"]} == set(POINTS), "a point no scene reaches"
    assert all(scene["equal"] == scene["kills"] + scene["races"] for scene in told["scenes"])
    assert sql("select count(*) from kpi.run") == [(0,)], "the user's own database was written to"
    assert list(tmp_path.glob("kpi-drill-*")) == [], "the scratch folder is left"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 5))
def test_a_thousand_random_moments_leave_what_an_undisturbed_run_leaves(kpi: Callable[..., Any], seed: int) -> None:
    told = drilled(kpi, MANY // 4, seed)
    assert [scene["faults"] for scene in told["scenes"]] == [[]] * len(SCENES)
    assert sum(scene["random"] for scene in told["scenes"]) == MANY // 4


CLEAN = State(
    tables={"history": [("a.01 2026-W05 line 1", "11"), ("a.01 2026-W06 line 1", "12")], "locks": []},
    files={"a.xlsx": b"one"},
)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"history": [("a.01 2026-W05 line 1", "11")]}, "lost: history: a.01 2026-W06 line 1"),
        (
            {"history": [("a.01 2026-W05 line 1", "11"), ("a.01 2026-W06 line 1", "13")]},
            "altered: history: a.01 2026-W06 line 1",
        ),
        (
            {"history": [*CLEAN.tables["history"], ("a.01 2026-W05 line 1", "11")]},
            "doubled: history: a.01 2026-W05 line 1",
        ),
        (
            {"history": [*CLEAN.tables["history"], ("a.01 2026-W07 line 1", "9")]},
            "added: history: a.01 2026-W07 line 1",
        ),
        ({"locks": [("advisory lock", "7304191 12")]}, "added: locks: advisory lock"),
    ],
)
def test_the_comparison_tells_rows_that_are_lost_altered_doubled_or_left(found: dict[str, Any], told: str) -> None:
    state = replace(CLEAN, tables={**CLEAN.tables, **found})
    assert [str(difference) for difference in differences(CLEAN, state)] == [told]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "lost: published file a.xlsx"),
        ({"a.xlsx": b"two"}, "altered: published file a.xlsx"),
        ({"a.xlsx": b"one", ".a.xlsx.abcd1234": b"on"}, "added: published file .a.xlsx.abcd1234"),
    ],
)
def test_the_comparison_tells_files_that_are_lost_altered_or_left(files: dict[str, bytes], told: str) -> None:
    assert [str(difference) for difference in differences(CLEAN, replace(CLEAN, files=files))] == [told]
    assert differences(CLEAN, CLEAN) == []


def test_a_program_that_leaves_its_half_written_files_lying_about_does_not_pass(
    ledger_url: str, tmp_path: Path
) -> None:
    scratch = Scratch(parse_url(ledger_url), f"test_{os.getpid()}")
    forks = Forks([sys.executable, "-c", SABOTAGED])
    try:
        stage = Stage(tmp_path / "drill", scratch, forks, seed=1)
        publishing = list(stage.rehearse(SCENES[:5]))[-1]
        report = SceneReport(publishing.scene.name, publishing.seconds)
        for case in Drill(stage, publishing, report).plan([], Random(1)):
            case()
    finally:
        forks.close()
        scratch.drop_all(but=[])
    (fault,) = report.faults
    assert fault.how == 'killed at "file written", time 1'
    assert len(fault.differences) == 1
    assert fault.differences[0].startswith("added: published file .drill.xlsx.")
    assert Path(fault.folder, "published", "drill.xlsx").exists()
    assert report.equal == report.cases - 1


def test_a_drill_that_is_stopped_by_hand_drops_what_it_made(
    environment: dict[str, str], sql: Callable[..., list[tuple[Any, ...]]], tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*KPI, "drill"], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as stopped:
        mine = "select count(*) from pg_database where datname like 'kpi_drill_' || %s || '%%'"
        while not (folders := list(tmp_path.glob("kpi-drill-*"))):
            assert stopped.poll() is None
            time.sleep(0.05)
        name = folders[0].name.split("-")[2]
        while sql(mine, name)[0][0] < 2:
            assert stopped.poll() is None
            time.sleep(0.05)
        stopped.send_signal(signal.SIGTERM)  # as Ctrl-C does, which a shell may have switched off
        told = stopped.communicate()
    assert stopped.returncode == 143, told
    assert sql(mine, name) == [(0,)]
    assert not folders[0].exists()


def test_who_may_not_make_databases_is_told_the_next_step_and_nothing_is_left(
    kpi: Callable[..., Any], ledger_url: str, worker: str, tmp_path: Path
) -> None:
    url, role = parse_url(ledger_url), f"kpi_test_plain_{worker}_{os.getpid()}"
    with psycopg.connect(ledger_url, autocommit=True) as connection:
        connection.execute(f"create role {role} login password 'kept quiet'")
        connection.execute(f'grant connect on database "{url.database}" to {role}')
        try:
            theirs = url.set(username=role, password="kept quiet").render_as_string(hide_password=False)
            done = kpi("drill", "--random", "0", KPI_WAREHOUSE_URL=theirs)
        finally:
            connection.execute(f"drop owned by {role}")
            connection.execute(f"drop role {role}")
    assert done.returncode == 2
    assert f"{role} may not create databases on this server" in done.stderr
    assert "createdb" in done.stderr
    assert "kept quiet" not in done.stderr
    assert list(tmp_path.glob("kpi-drill-*")) == []
