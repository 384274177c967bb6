"""`kpi diff`: what is planted on a branch is what is listed, and what it foretells is what a backfill then does."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import psycopg
import pytest

from core.databases import parse_url
from core.errors import MisuseError
from core.pipeline.changes import Kind
from core.pipeline.correcting import correct
from core.pipeline.diff_report import Diff
from core.pipeline.diffing import LATELY, diff
from core.pipeline.publishing import publish
from core.pipeline.running import backfill, run
from core.pipeline.session import Session
from core.publish.published import Published
from core.settings import Settings
from tests.conftest import telling, writing

from .conftest import adding, filling, open_sales

Add = Callable[..., None]
Open = Callable[[str], Session]
Sql = Callable[..., list[tuple[Any, ...]]]
TODAY = "2026-11-20"
ORDERS = "select count(*) as value from staging.orders where at >= :start and at < :end"
REVENUE = "select sum(amount) as value from staging.orders where at >= :start and at < :end"
RETURNS = "select avg(weight) as value from staging.returns where at >= :start and at < :end"
LARGE = "select count(*) as value from staging.orders where at >= :start and at < :end and amount > 15"
RETURNS_COLUMNS = 'Column("at", "timestamptz"), Column("weight", "float")'
SALES = {"sales.orders", "sales.revenue", "sales.per_order", "sales.mean", "sales.returns"}


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *who, "-C", folder, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path) -> None:
    git(folder, "add", "--all", "scorecards")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "as it is")


@dataclass(frozen=True)
class Grown:
    """A checkout and a database, which each test has copies of: they take a second to make."""

    folder: Path
    database: str


@pytest.fixture(scope="module")
def grown(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """Two scorecards, formulas over formulas across them, seventeen weeks recorded and published; then a branch."""
    folder, url = tmp_path_factory.mktemp("grown"), new_database(migrated)
    folders = {"home": folder / "home", "data": folder / "data", "published": folder / "published"}
    settings = Settings(**folders, scorecards=folder / "scorecards", warehouse_url=url)
    settings.scorecards.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    with psycopg.connect(url, autocommit=True) as connection:
        _grow(settings.scorecards, telling(connection))
        commit(folder)
        session = Session(settings, date.fromisoformat(TODAY))
        backfill(session, [], "2026-W30", "last")
        assert telling(connection)("select distinct state from vl_analytics.scorecard") == [("final",)]
        publish(session, [])
        session.close()
    git(folder, "checkout", "--quiet", "-b", "change")
    return Grown(folder, str(parse_url(url).database))


def _grow(scorecards: Path, sql: Sql) -> None:
    write = writing(scorecards)
    add, fill = adding(write), filling(sql)
    open_sales(write, sql)
    write("success", "scorecard.py", 'scorecard = Scorecard(title="Success", owner="Success")')
    write("sales", "dataset_returns.py", f'dataset = Dataset(owner="S", watermark="at", columns=({RETURNS_COLUMNS}))')
    (scorecards / "sales" / "dataset_returns.sql").write_text("select $first::timestamptz as at, 1.5 as weight")
    sql("create table staging.returns (at timestamptz, weight float)")
    sql("insert into staging.returns select day + interval '12 hours', 1.1 + extract(day from day) / 7.0 "
        "from generate_series(date '2026-07-01', date '2026-11-17', interval '1 day') as day")  # fmt: skip
    add("01_orders", ORDERS, "target=4,")
    add("02_revenue", REVENUE, unit="GBP")
    add("03_per_order", 'ref("revenue") / ref("orders")', unit="GBP")
    add("04_mean", 'ref("orders").mean(weeks=4)')
    add("05_returns", RETURNS, unit="kg")
    add("01_double", 'ref("sales.per_order") * 2', scorecard="success", unit="GBP")
    add("02_large", LARGE, "empty=0,", scorecard="success")
    fill(reaches="2026-11-17", **{f"w2026_W{n:02}": n % 5 + 2 for n in range(26, 47)})
    sql("update staging.orders set amount = 10 + extract(day from at)")


def _has_a_shop(request: pytest.FixtureRequest) -> bool:
    return "shop" in request.fixturenames


@pytest.fixture
def ledger_url(request: pytest.FixtureRequest, new_database: Callable[[str], str], migrated: str) -> str:
    """Of a shop's test, with all that the shop has recorded."""
    return new_database(request.getfixturevalue("grown").database if _has_a_shop(request) else migrated)


@pytest.fixture
def sales(request: pytest.FixtureRequest, write: Add, sql: Sql) -> None:
    if not _has_a_shop(request):
        open_sales(write, sql)


@pytest.fixture
def place(request: pytest.FixtureRequest, scorecards: Path) -> Path:
    """The checkout: the scorecards are one folder of it."""
    if not _has_a_shop(request):
        git(scorecards.parent, "init", "--quiet", "--initial-branch", "main")
    return scorecards.parent


@pytest.fixture
def shop(place: Path, grown: Grown, sql: Sql) -> None:
    """A copy of what has grown; where it was published, the ledger tells by the whole path."""
    copytree(grown.folder, place, dirs_exist_ok=True)
    sql("update kpi.publication set target = replace(target, %s, %s)", str(grown.folder), str(place))


def found_by(session: Session, selectors: tuple[str, ...] = (), **asked: Any) -> Diff:
    return diff(session, selectors, **asked)


def kinds(found: Diff) -> dict[str, set[Kind]]:
    return {kpi.change.name: set(kpi.change.kinds) for kpi in found.kpis}


Plant = Callable[[Add, Add, Path], None]


def _zone(add: Add, write: Add, folder: Path) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales", timezone="Asia/Tokyo")')


def _weeks(add: Add, write: Add, folder: Path) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales", week_start="sunday")')


def _renamed(add: Add, write: Add, folder: Path) -> None:
    (folder / "sales" / "kpi_01_orders.py").rename(folder / "sales" / "kpi_01_purchases.py")
    add("03_per_order", 'ref("revenue") / ref("purchases")', unit="GBP")
    add("04_mean", 'ref("purchases").mean(weeks=4)')


def _contract(add: Add, write: Add, folder: Path) -> None:
    columns = RETURNS_COLUMNS.replace('"float"', '"float", at_most=1000')
    write("sales", "dataset_returns.py", f'dataset = Dataset(owner="S", watermark="at", columns=({columns}))')


def _sample(add: Add, write: Add, folder: Path) -> None:
    (folder / "sales" / "dataset_returns.sql").write_text("select $first::timestamptz as at, 2 as weight")


def _reformatted(add: Add, write: Add, folder: Path) -> None:
    add("01_orders", f"SELECT {ORDERS.removeprefix('select').replace(' and', '  and')}  -- of all shops", "target=4.0,")
    add("03_per_order", 'ref("sales.revenue")  /  ref("sales.01")', unit="GBP")
    add("02_large", LARGE, "empty=0.0,", scorecard="success")


BELOW_ORDERS = {name: {Kind.PARENT} for name in ("sales.per_order", "sales.mean", "success.double")}
PLANTED: dict[str, tuple[Plant, Mapping[str, set[Kind]]]] = {
    "added": (lambda add, write, folder: add("09_visits", ORDERS), {"sales.visits": {Kind.ADDED}}),
    "removed": (
        lambda add, write, folder: (folder / "success" / "kpi_02_large.py").unlink(),
        {"success.large": {Kind.REMOVED}},
    ),
    "removed under a formula": (
        lambda add, write, folder: (folder / "sales" / "kpi_02_revenue.py").unlink(),
        {
            "sales.revenue": {Kind.REMOVED},
            "sales.per_order": {Kind.BROKEN},
            "success.double": {Kind.PARENT},
        },
    ),
    "retired": (
        lambda add, write, folder: add("02_large", LARGE, 'empty=0, retired="2026-W50",', scorecard="success"),
        {"success.large": {Kind.RETIRED}},
    ),
    "since": (
        lambda add, write, folder: add("02_large", LARGE, 'empty=0, since="2026-W40",', scorecard="success"),
        {"success.large": {Kind.LIFE}},
    ),
    "renamed": (_renamed, {"sales.purchases": {Kind.RENAMED}}),
    "query": (
        lambda add, write, folder: add("01_orders", f"{ORDERS} and amount > 20", "target=4,"),
        {"sales.orders": {Kind.QUERY}, **BELOW_ORDERS},
    ),
    "formula": (
        lambda add, write, folder: add("03_per_order", 'ref("revenue") / ref("orders") + 1', unit="GBP"),
        {"sales.per_order": {Kind.QUERY}, "success.double": {Kind.PARENT}},
    ),
    "target": (
        lambda add, write, folder: add("01_orders", ORDERS, "target=Target(5, warn=4),"),
        {"sales.orders": {Kind.TARGET}},
    ),
    "words": (
        lambda add, write, folder: add("02_revenue", REVENUE, unit="EUR"),
        {"sales.revenue": {Kind.WORDS}},
    ),
    "cadence": (
        lambda add, write, folder: add("02_large", LARGE, 'empty=0, cadence="monthly",', scorecard="success"),
        {"success.large": {Kind.CADENCE}},
    ),
    "time zone": (
        _zone,
        {name: {Kind.ZONE} for name in SALES}
        | {"sales.per_order": {Kind.ZONE, Kind.PARENT}, "sales.mean": {Kind.ZONE, Kind.PARENT}}
        | {name: {Kind.ZONE, Kind.CONTRACT} for name in ("sales.orders", "sales.revenue", "sales.returns")}
        | {"sales.per_order": {Kind.ZONE, Kind.PARENT, Kind.CONTRACT}}
        | {"sales.mean": {Kind.ZONE, Kind.PARENT, Kind.CONTRACT}}
        | {"success.double": {Kind.PARENT, Kind.CONTRACT}, "success.large": {Kind.CONTRACT}},
    ),
    "week start": (_weeks, {name: {Kind.WEEK_START} for name in SALES} | {"success.double": {Kind.BROKEN}}),
    "empty": (
        lambda add, write, folder: add("02_large", LARGE, "empty=1,", scorecard="success"),
        {"success.large": {Kind.EMPTY}},
    ),
    "tolerance": (
        lambda add, write, folder: add("05_returns", RETURNS, "tolerance=0.5,", unit="kg"),
        {"sales.returns": {Kind.TOLERANCE}},
    ),
    "contract": (_contract, {"sales.returns": {Kind.CONTRACT}}),
    "sample": (_sample, {"sales.returns": {Kind.SAMPLE}}),
    "broken": (
        lambda add, write, folder: write("sales", "kpi_01_orders.py", "kpi = KPI(titel=1)"),
        {"sales.orders": {Kind.BROKEN}, **BELOW_ORDERS},
    ),
    "several at once": (
        lambda add, write, folder: add("05_returns", RETURNS.replace("avg", "max"), "target=9, empty=0,", unit="kg"),
        {"sales.returns": {Kind.QUERY, Kind.TARGET, Kind.EMPTY}},
    ),
    "nothing but looks": (_reformatted, {}),
}


def planted(shop: None, name: str, add: Add, write: Add, place: Path) -> None:
    PLANTED[name][0](add, write, place / "scorecards")


@pytest.mark.parametrize("name", PLANTED)
def test_the_kpis_listed_are_those_that_were_changed_and_foretell_what_a_backfill_and_a_publish_do(
    shop: None, name: str, add: Add, write: Add, place: Path, open_shop: Open, sql: Sql,
    everything: Callable[[], object],
) -> None:  # fmt: skip
    planted(shop, name, add, write, place)
    before, marks = everything(), published(sql)
    found = found_by(open_shop(TODAY))
    assert kinds(found) == PLANTED[name][1]
    assert everything() == before, "nothing is recorded"
    foretold = {(k.change.key, m.label): m.becomes.value for k in found.kpis for m in k.restated}
    session, standing = open_shop(TODAY), numbers(sql)
    backfill(session, [], "2026-W30", "last")
    after = numbers(sql)
    assert foretold == {key: value for key, value in after.items() if key in standing and standing[key] != value}
    publish(session, [])
    cells = {(t.scorecard, t.tab, c.row, c.column) for t in found.tabs for c in t.cells if c.row != "about"}
    moved = {at for at, mark in published(sql).items() if at in marks and marks[at] != mark}
    assert cells == {at for at in moved if at[2] not in ("about", "view")}
    new = {(t.scorecard, row) for t in found.tabs for row in t.new_rows}
    assert new == {(card, row) for card, _, row, _ in published(sql)} - {(card, row) for card, _, row, _ in marks}


def numbers(sql: Sql) -> dict[tuple[str, str], Decimal | None]:
    rows = sql("select sc_name || '.' || kpi_number, period, field_value from vl_analytics.scorecard")
    return {(key, period): value for key, period, value in rows}


def published(sql: Sql) -> dict[tuple[str, str, str, str], tuple[str, str]]:
    """The marks that landed last: by scorecard, tab and place the value and the look."""
    last = "select distinct on (scorecard) scorecard, published from kpi.publication order by 1, publication_id desc"
    return {
        (card, tab, *at): (mark.value, mark.look)
        for card, stored in sql(last)
        for tab, marks in Published.from_json(stored).tabs.items()
        for at, mark in marks.items()
    }


def test_a_file_that_is_mended_is_compared_with_what_is_recorded(
    shop: None, add: Add, write: Add, place: Path, open_shop: Open
) -> None:
    write("sales", "kpi_02_revenue.py", "kpi = KPI(")
    commit(place)
    git(place, "branch", "--force", "main", "change")
    add("02_revenue", REVENUE.replace("sum(amount)", "sum(amount) + 1"), unit="GBP")
    found = found_by(open_shop(TODAY), ("sales.revenue",))
    assert kinds(found) == {"sales.revenue": {Kind.MENDED}}
    assert [moved.change for moved in found.kpis[0].restated] == [1] * 17


def test_statuses_flip_without_a_number_moving(shop: None, add: Add, open_shop: Open, sql: Sql) -> None:
    add("01_orders", ORDERS, "target=Target(6, warn=4),")
    (kpi,) = found_by(open_shop(TODAY)).kpis
    assert kpi.restated == []
    values = sql("select period, field_value from vl_analytics.scorecard where field_name = 'orders' order by 1")
    flipped = {period: ("on", "near") for period, value in values if 4 <= value < 6}
    assert flipped
    assert {m.label: (m.status_was, m.status) for m in kpi.flips} == flipped


def test_numbers_that_move_without_the_change_are_told_apart(shop: None, add: Add, fill: Add, open_shop: Open) -> None:
    fill(w2026_W44=2)
    add("01_orders", f"{ORDERS} and at <> timestamptz '2026-11-04 12:00+00'", "target=4,")
    add("05_returns", RETURNS.replace("avg", "max"), unit="kg")
    (kpi,) = found_by(open_shop(TODAY), ("sales.orders",)).kpis
    assert kpi.restated == []
    assert [(m.label, m.becomes.value) for m in kpi.by_data] == [("2026-W44", 8)]
    assert kpi.remarks() == ["1 period would move without the change too: data came since"]


def test_late_rows_and_the_change_together_are_the_changes(shop: None, add: Add, fill: Add, open_shop: Open) -> None:
    fill(w2026_W44=2)
    add("01_orders", ORDERS.replace("count(*)", "2 * count(*)"), "target=4,")
    (kpi,) = found_by(open_shop(TODAY), ("sales.orders",)).kpis
    assert (len(kpi.restated), kpi.by_data) == (17, [])
    assert {m.label: m.becomes.value for m in kpi.restated}["2026-W44"] == 16


def test_a_correction_stands_and_the_formulas_over_it_rest_on_it(shop: None, add: Add, open_shop: Open) -> None:
    session = open_shop(TODAY)
    correct(session, "sales.orders", "2026-W46", "50", "counted by hand")
    run(session, [])
    add("01_orders", ORDERS.replace("count(*)", "2 * count(*)"), "target=4,")
    by_name = {kpi.change.name: kpi for kpi in found_by(open_shop(TODAY)).kpis}
    assert "2026-W46" not in {m.label for m in by_name["sales.orders"].restated}
    assert "2026-W46" not in {m.label for m in by_name["sales.per_order"].restated}
    mean = {m.label: m.becomes.value for m in by_name["sales.mean"].restated}["2026-W46"]
    assert mean == Decimal(50 + 2 * (43 % 5 + 44 % 5 + 45 % 5 + 6)) / 4


def test_a_formula_in_a_short_range_reads_the_new_numbers_before_it(shop: None, add: Add, open_shop: Open) -> None:
    add("01_orders", ORDERS.replace("count(*)", "2 * count(*)"), "target=4,")
    found = found_by(open_shop(TODAY), ("sales.mean",), first="2026-W46")
    (kpi,) = found.kpis
    ((week, was, becomes),) = [(m.label, m.was.value, m.becomes.value) for m in kpi.restated]
    assert (week, kpi.compared, was) == ("2026-W46", ["2026-W46"], Decimal(43 % 5 + 44 % 5 + 45 % 5 + 46 % 5 + 8) / 4)
    assert becomes == 2 * was
    assert found.numbers == "Compared were the recorded periods from 2026-W46."


def test_only_the_last_year_of_weeks_is_compared_unless_more_is_asked_for(
    shop: None, add: Add, open_shop: Open, sql: Sql
) -> None:
    sql("insert into staging.returns select day, 2 "
        "from generate_series(timestamptz '2025-06-01 12:00+00', '2026-06-30', interval '1 day') as day")  # fmt: skip
    backfill(open_shop(TODAY), ["sales.returns"], "2025-W30", "last")
    add("05_returns", RETURNS.replace("avg", "2 * max"), unit="kg")
    found = found_by(open_shop(TODAY))
    (kpi,) = found.kpis
    assert (len(kpi.compared), kpi.compared[-1], LATELY) == (53, "2026-W46", 53)
    assert found.numbers == "Compared were the last 53 recorded periods of each KPI."
    (kpi,) = found_by(open_shop(TODAY), first="2025-W01").kpis
    assert (kpi.compared[0], len(kpi.compared), len(kpi.restated)) == ("2025-W30", 69, 69)
    (kpi,) = found_by(open_shop(TODAY), first="2026-W44", last="2026-W45").kpis
    assert list(kpi.compared) == ["2026-W44", "2026-W45"]
    with pytest.raises(MisuseError, match="2026-W45 is later than 2026-W44"):
        found_by(open_shop(TODAY), first="2026-W45", last="2026-W44")


def test_a_query_that_fails_takes_no_number_away_and_says_so(shop: None, add: Add, open_shop: Open) -> None:
    add("02_large", LARGE.replace("count(*)", "1 / (count(*) - count(*))"), "empty=0,", scorecard="success")
    (kpi,) = found_by(open_shop(TODAY)).kpis
    assert kpi.restated == []
    (trouble,) = kpi.troubles
    assert (trouble.state, len(trouble.periods)) == ("failed", 17)
    assert "division by zero" in trouble.note


def test_a_week_that_becomes_unknown_is_a_restatement(shop: None, add: Add, open_shop: Open) -> None:
    add("02_revenue", REVENUE.replace("sum(amount)", "sum(amount) filter (where amount > 29)"), unit="GBP")
    (kpi,) = found_by(open_shop(TODAY), ("sales.revenue",)).kpis
    unknown = [m.label for m in kpi.restated if m.becomes.value is None]
    assert unknown
    assert f"{len(unknown)} periods would become unknown" in kpi.remarks()


def test_what_main_did_since_is_not_this_branchs_doing(shop: None, add: Add, place: Path, open_shop: Open) -> None:
    add("02_large", LARGE.replace("15", "12"), "empty=0,", scorecard="success")
    commit(place)
    git(place, "checkout", "--quiet", "main")
    add("05_returns", RETURNS.replace("avg", "max"), unit="kg")
    commit(place)
    git(place, "checkout", "--quiet", "change")
    assert kinds(found_by(open_shop(TODAY))) == {"success.large": {Kind.QUERY}}
    add("01_orders", ORDERS, "target=9,")  # not committed yet
    assert kinds(found_by(open_shop(TODAY))).keys() == {"sales.orders", "success.large"}
    assert kinds(found_by(open_shop(TODAY), against="HEAD")).keys() == {"sales.orders"}


def test_a_branch_that_only_the_remote_has_is_found(shop: None, add: Add, place: Path, open_shop: Open) -> None:
    git(place, "update-ref", "refs/remotes/origin/main", "main")
    git(place, "branch", "--quiet", "--delete", "main")
    add("02_large", LARGE, "empty=0, target=3,", scorecard="success")
    found = found_by(open_shop(TODAY))
    assert (found.against, kinds(found)) == ("origin/main", {"success.large": {Kind.TARGET}})


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        (("success",), {"success.double", "success.large"}),
        (("sales.orders",), {"sales.orders"}),
        (("sales.1", "success.02"), {"sales.orders", "success.large"}),
        (("*.double",), {"success.double"}),
        (("+success.double",), {"sales.orders", "sales.per_order", "success.double"}),
    ],
)
def test_selectors_choose_also_what_is_gone(
    shop: None, add: Add, place: Path, open_shop: Open, selectors: tuple[str, ...], names: set[str]
) -> None:
    add("01_orders", f"{ORDERS} and amount > 20", "target=4,")
    (place / "scorecards" / "success" / "kpi_02_large.py").unlink()
    assert kinds(found_by(open_shop(TODAY), selectors)).keys() == names


def test_a_selector_that_names_nothing_at_either_end_is_misuse(shop: None, open_shop: Open) -> None:
    with pytest.raises(MisuseError, match='no KPI or scorecard "sales.order"'):
        found_by(open_shop(TODAY), ("sales.order",))


def test_without_a_checkout_a_branch_or_a_common_past_a_sentence_says_so(
    add: Add, count: Callable[..., str], scorecards: Path, open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(scorecards.parent.parent))
    add("01_orders", count())
    with pytest.raises(MisuseError, match="git says not a git repository"):
        found_by(open_shop(TODAY))
    git(scorecards.parent, "init", "--quiet", "--initial-branch", "main")
    with pytest.raises(MisuseError, match='git knows no "main" here. Name another branch or commit with --against'):
        found_by(open_shop(TODAY))
    commit(scorecards.parent)
    git(scorecards.parent, "checkout", "--quiet", "--orphan", "alone")
    git(scorecards.parent, "commit", "--quiet", "--message", "another beginning")
    with pytest.raises(MisuseError, match="HEAD and main have no commit in common"):
        found_by(open_shop(TODAY))
    with pytest.raises(MisuseError, match='git knows no "--all" here'):
        found_by(open_shop(TODAY), against="--all")


def test_scorecards_that_were_nowhere_at_the_base_are_all_new(
    place: Path, add: Add, count: Callable[..., str], open_shop: Open
) -> None:
    git(place, "commit", "--quiet", "--allow-empty", "--message", "before")
    git(place, "checkout", "--quiet", "-b", "change")
    add("01_orders", count())
    assert kinds(found_by(open_shop(TODAY))) == {"sales.orders": {Kind.ADDED}}


def test_datasets_and_scorecards_are_told_with_what_rests_on_them(
    shop: None, write: Add, add: Add, place: Path, open_shop: Open
) -> None:
    _contract(add, write, place / "scorecards")
    write("success", "scorecard.py", 'scorecard = Scorecard(title="Customers", owner="Success")')
    found = found_by(open_shop(TODAY))
    assert [(b.name, b.what, list(b.kpis)) for b in found.beside] == [
        ("scorecard success", "title changed", []),
        ("dataset returns", "contract changed: column weight", ["sales.returns"]),
    ]
    assert [(t.scorecard, [(c.row, c.column, c.becomes) for c in t.cells]) for t in found.tabs] == [
        ("success", [("title", "number", "'Customers 2026")])
    ]


def test_a_contract_that_the_data_breaks_holds_its_kpis(shop: None, write: Add, open_shop: Open) -> None:
    columns = RETURNS_COLUMNS.replace('"float"', '"float", at_most=1')
    write("sales", "dataset_returns.py", f'dataset = Dataset(owner="S", watermark="at", columns=({columns}))')
    (kpi,) = found_by(open_shop(TODAY)).kpis
    assert [(t.state, len(t.periods)) for t in kpi.troubles] == [("held", 17)]


def test_a_number_that_was_another_kpis_is_refused_as_a_run_refuses_it(
    shop: None, add: Add, place: Path, open_shop: Open
) -> None:
    (place / "scorecards" / "success" / "kpi_02_large.py").unlink()
    add("02_small", LARGE.replace(">", "<"), scorecard="success")
    (kpi,) = found_by(open_shop(TODAY)).kpis
    assert kpi.refused.startswith('success.02 has rows of "02_large" (large), another KPI than small.')
    assert (kpi.restated, list(kpi.compared)) == ([], [])


def test_weeks_that_start_on_another_day_are_refused_as_a_run_refuses_them(
    shop: None, write: Add, add: Add, place: Path, open_shop: Open
) -> None:
    _weeks(add, write, place / "scorecards")
    found = found_by(open_shop(TODAY), ("sales.orders",))
    assert "17 weeks on record start on another day than sunday" in found.kpis[0].refused


def test_without_a_ledger_the_definitions_are_compared_all_the_same(
    shop: None, add: Add, open_shop: Open, sql: Sql
) -> None:
    add("01_orders", f"{ORDERS} and amount > 20", "target=4,")
    found = found_by(open_shop(TODAY), ask_database=False)
    assert (kinds(found).keys(), found.numbers) == ({"sales.orders", *BELOW_ORDERS}, "Numbers were not compared.")
    sql("drop schema kpi cascade")
    found = found_by(open_shop(TODAY))
    assert (kinds(found).keys(), len(found.problems)) == ({"sales.orders", *BELOW_ORDERS}, 1)
