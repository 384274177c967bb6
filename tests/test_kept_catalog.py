"""The catalog that was kept: the same as the one that would be read, or it is read."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import time_ns

import pytest

from core.catalog import Catalog
from core.discovery import read_catalog
from core.kept import Kept
from core.kept_catalog import KeptCatalog

Write = Callable[..., None]
LONG_AGO = time_ns() - 3_600_000_000_000


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "home" / "cache")


def kpi(title: str = "T", sql: str = "select 1 as value") -> str:
    return f'kpi = KPI(title="{title}", owner="O", unit="u", better="higher", measure=Query("{sql}"))'


@pytest.fixture
def sales(write: Write, scorecards: Path) -> Path:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="S")')
    write(
        "sales",
        "dataset_orders.py",
        'dataset = Dataset(owner="O", columns=(Column("at", "date"), Column("n", "integer")))',
    )
    write("sales", "kpi_01_orders.py", kpi())
    write("sales", "kpi_02_returns.py", kpi())
    age(scorecards)
    return scorecards / "sales"


def age(folder: Path) -> None:
    """As if the files had been written a while ago; when a file's entry was changed nobody can turn back."""
    for path in folder.rglob("*"):
        os.utime(path, ns=(LONG_AGO, LONG_AGO))


def later(monkeypatch: pytest.MonkeyPatch, seconds: float = 10) -> None:
    """The clock goes on, so that what was just written is no longer fresh."""
    monkeypatch.setattr("core.kept_catalog.time_ns", lambda: time_ns() + int(seconds * 1e9))


def run(folder: Path, kept: Kept) -> tuple[Catalog, bool]:
    """One command: the catalog, and whether it was taken from what was kept."""
    one = KeptCatalog(folder, kept)
    found = one.read()
    taken = one._worked_out >= 0
    for definition in found.definitions:
        assert definition.hash
    one.keep(found)
    return found, taken


def test_it_is_taken_where_no_file_has_changed(
    sales: Path, kept: Kept, scorecards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    read, taken = run(scorecards, kept)
    assert not taken
    again, taken = run(scorecards, kept)
    assert taken
    assert again == read == read_catalog(scorecards)
    assert [d.hash for d in again.definitions] == [d.hash for d in read_catalog(scorecards).definitions]


def rewritten(path: Path) -> None:
    """Another text of the same length, and the file says it was written when it was before."""
    told = path.stat()
    path.write_text(path.read_text().replace('title="T"', 'title="X"'))
    os.utime(path, ns=(told.st_mtime_ns, told.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        lambda sales: (sales / "kpi_03_new.py").write_text((sales / "kpi_01_orders.py").read_text()),
        lambda sales: (sales / "kpi_02_returns.py").unlink(),
        lambda sales: (sales / "kpi_02_returns.py").rename(sales / "kpi_02_refunds.py"),
        lambda sales: (sales / "kpi_02_returns.py").rename(sales / "kpi_05_returns.py"),
        lambda sales: (sales / "kpi_02_returns.py").write_text("kpi = "),
        lambda sales: (sales / "kpi_01_orders.py").write_text((sales / "kpi_01_orders.py").read_text() + "\n"),
        lambda sales: rewritten(sales / "kpi_01_orders.py"),
        lambda sales: (sales / "dataset_orders.py").unlink(),
        lambda sales: (sales / "scorecard.py").write_text("'''S'''\n"),
        lambda sales: (sales / "kpi_01_orders.csv").write_text("example,period,expect\n"),
        lambda sales: (sales.parent / "returns").mkdir() or (sales.parent / "returns" / "kpi_01_x.py").write_text(""),
        lambda sales: sales.rename(sales.parent / "sales_old"),
    ],
    ids=[
        *("added", "removed", "slug", "number", "broken", "longer", "same length and time", "dataset", "scorecard"),
        *("fixture", "folder", "folder renamed"),
    ],
)
def test_any_change_of_a_file_is_seen(
    sales: Path, kept: Kept, scorecards: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    later(monkeypatch)
    run(scorecards, kept)
    change(sales)
    found, taken = run(scorecards, kept)
    assert not taken
    assert found == read_catalog(scorecards)


def test_a_file_written_just_now_is_read_again_until_it_is_sure(
    sales: Path, kept: Kept, scorecards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file system tells moments apart by the second, a second write within it would not show."""
    run(scorecards, kept)
    assert not run(scorecards, kept)[1]
    later(monkeypatch)
    assert not run(scorecards, kept)[1]  # read once more, and from then on sure
    assert run(scorecards, kept)[1]


def test_a_long_run_does_not_make_a_fresh_file_look_old(
    sales: Path, kept: Kept, scorecards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is written once more in the same moment, after it was read; the run takes a while, then keeps what it
    read. What counts is when it was read."""
    one = KeptCatalog(scorecards, kept)
    found = one.read()
    assert all(definition.hash for definition in found.definitions)
    later(monkeypatch)
    one.keep(found)
    assert not run(scorecards, kept)[1]


def test_a_link_is_followed_as_discovery_follows_it(
    sales: Path, kept: Kept, scorecards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    sales.rename(elsewhere)
    (scorecards / "sales").symlink_to(elsewhere)
    later(monkeypatch)
    run(scorecards, kept)
    assert run(scorecards, kept)[1]
    rewritten(elsewhere / "kpi_01_orders.py")
    found, taken = run(scorecards, kept)
    assert (found.by_name["sales.orders"].kpi.title, taken) == ("X", False)


def test_links_in_a_circle_and_links_to_nowhere_are_no_trouble(
    sales: Path, kept: Kept, scorecards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editors make a link to nowhere beside an open file."""
    (sales / ".#kpi_01_orders.py").symlink_to("somebody@somewhere.1234")
    (sales / "round").symlink_to(scorecards)
    later(monkeypatch)
    found, _ = run(scorecards, kept)
    assert found == run(scorecards, kept)[0] == read_catalog(scorecards)


def test_another_folder_has_a_catalog_of_its_own(
    sales: Path, kept: Kept, scorecards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Empty ones look alike; and paths begin with the folder as it is called."""
    later(monkeypatch)
    empty, other = tmp_path / "empty", tmp_path / "other"
    for folder in (empty, other):
        folder.mkdir()
    assert run(empty, kept)[0].folder == empty
    assert run(other, kept)[0].folder == other
    with pytest.raises(FileNotFoundError):
        run(tmp_path / "nowhere", kept)
    run(scorecards, kept)
    monkeypatch.chdir(tmp_path)
    found, taken = run(Path("scorecards"), kept)
    assert not taken
    assert found.by_name["sales.orders"].path == Path("scorecards/sales/kpi_01_orders.py")


def test_what_was_worked_out_later_is_kept_too(
    sales: Path, kept: Kept, scorecards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    one = KeptCatalog(scorecards, kept)
    one.keep(one.read())  # a command that needs no hash
    two = KeptCatalog(scorecards, kept)
    found = two.read()
    assert not any("hash" in vars(definition) for definition in found.definitions)
    assert all(definition.hash for definition in found.definitions)
    two.keep(found)
    assert all("hash" in vars(definition) for definition in KeptCatalog(scorecards, kept).read().definitions)


_SECOND = """
import sys, sqlalchemy
seen = []
def listen(event, details):
    if event == "import" and details[0].split(".")[0] == "sqlglot":
        seen.append("imported sqlglot")
    if event == "compile" and "scorecards" in str(details[1]):
        seen.append(f"compiled {details[1]}")
    if event == "open" and str(details[0]).endswith(".py") and "scorecards" in str(details[0]):
        seen.append(f"opened {details[0]}")
sys.addaudithook(listen)
from core.cli import main
sys.argv[0] = "kpi"
try:
    main()
except SystemExit as end:
    print("exit", end.code or 0)
print("seen", seen)
"""


def test_a_run_that_changed_nothing_in_its_files_parses_nothing(
    sales: Path, scorecards: Path, write: Write, ledger_url: str, tmp_path: Path, sql: Callable[..., object]
) -> None:
    """Neither a definition file nor a query: in a process of its own, as cron would start it."""
    sql("create table staging.orders as select date '2026-11-10' as at, 3 as n")
    for n, slug in ((1, "orders"), (2, "returns")):
        query = f"select sum(n) + {n} as value from staging.orders where at >= :start and at < :end"
        write("sales", f"kpi_0{n}_{slug}.py", kpi(sql=query))
    age(scorecards)
    environment = {
        **{"KPI_HOME": str(tmp_path / "home"), "KPI_SCORECARDS_DIR": str(scorecards), "KPI_WAREHOUSE_URL": ledger_url},
        **{"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])},
    }

    def command(*words: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-c", _SECOND, *words], env=environment, cwd=tmp_path, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert "exit 0" in ran.stdout, ran
        return ran.stdout.partition("seen ")[2].strip()

    first = command("--today", "2026-11-20", "run", "sales", "--week", "2026-W46")
    assert "imported sqlglot" in first
    assert "kpi_01_orders.py" in first
    _wait_until_sure(scorecards)
    command("--today", "2026-11-20", "run", "sales", "--week", "2026-W46")
    assert command("--today", "2026-11-20", "run", "sales", "--week", "2026-W46") == "[]"
    assert command("--today", "2026-11-20", "run", "sales", "--week", "2026-W45") == "[]"  # another week, the same text
    write("sales", "kpi_01_orders.py", kpi("Orders", "select max(n) as value from staging.orders where at < :end"))
    assert "kpi_01_orders.py" in command("--today", "2026-11-20", "run", "sales", "--week", "2026-W46")


def _wait_until_sure(folder: Path) -> None:
    from time import sleep

    newest = max(path.stat().st_ctime_ns for path in folder.rglob("*.py"))
    sleep(max(0.0, (newest + 2_200_000_000 - time_ns()) / 1e9))
