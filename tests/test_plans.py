"""Plans: which KPIs go together, in which form, what the engine's words decide, what is remembered and forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.catalog import Definition
from core.discovery import read_catalog
from core.kept import Kept
from core.periods import Period, Week, span
from core.plans import APART, FEW, FRESH, TOGETHER, Access, Batch, Plans, batches, way
from core.rewrite.shape import Form

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
WEEKS = [*span(Week.of(2026, 1), Week.of(2026, 20))]
WEEK = "at >= :start and at < :end"
INDEXED, SCANNED = Access(True, 10, 9, 0.001, NOW), Access(False, 90_000, 9_000, 0.001, NOW)
SMALL = replace(SCANNED, cost=90)
FAR_INDEXED, FAR_SCANNED = replace(INDEXED, seconds=0.02), replace(SCANNED, seconds=0.02)
Shop = Callable[..., Plans]


@pytest.fixture
def shop(write: Callable[..., None], scorecards: Path) -> Shop:
    """Plans for queries, numbered from 1; `cards` are the scorecards they stand in, "a" unless told otherwise."""

    def _shop(*queries: str, cards: Sequence[str] = (), kept: Kept | None = None) -> Plans:
        for card, zone in (("a", "UTC"), ("b", "Europe/London"), ("c", "UTC")):
            write(card, "scorecard.py", f'scorecard = Scorecard(title="S", owner="S", timezone="{zone}")')
        columns = 'columns=(Column("at", "timestamptz"), Column("day", "date"))'
        write("a", "dataset_sales.py", f'dataset = Dataset(owner="O", {columns})')
        write("a", "dataset_calls.py", 'dataset = Dataset(owner="O", columns=(Column("at", "date"),))')
        for n, query in enumerate(queries, start=1):
            sql, _, database = query.partition(" on ")
            told = f"Query({sql!r}{f', database={database!r}' if database else ''})"
            card = cards[n - 1] if cards else "a"
            text = f'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={told})'
            write(card, f"kpi_{n:02}_k{n}.py", text)
        catalog = read_catalog(scorecards)
        assert not catalog.faults, catalog.faults
        return Plans(catalog, NOW, kept) if kept else Plans(catalog, NOW)

    return _shop


def counted(where: str = WEEK, table: str = "staging.sales") -> str:
    return f"select count(*) as value from {table} where {where}"


def together(plans: Plans, form: Form | None = None, pool: int = 4, periods: Sequence[Period] = WEEKS) -> list[str]:
    found = batches([(d, periods) for d in plans.catalog.definitions], plans, form, pool)
    return sorted(" ".join(member.number for member in batch.members) for batch in found)


def only(plans: Plans, periods: Sequence[Period] = WEEKS) -> Batch:
    (batch,) = batches([(d, periods) for d in plans.catalog.definitions], plans, None, 4)
    return batch


def first(plans: Plans) -> Definition:
    return plans.catalog.definitions[0]


# What goes together.


def test_queries_over_the_same_rows_and_periods_go_together(shop: Shop) -> None:
    plans = shop(
        counted(f"{WEEK} and a > 1"),
        counted(f"{WEEK} and b", "staging.sales as s"),
        counted(f"{WEEK}", "staging.calls"),
        counted("day >= :start and day < :end"),
        counted(f"{WEEK} and a in (select a from staging.open)"),
        f"select count(*) as value from staging.sales where {WEEK} group by a",
        "select 1 as value",
    )
    assert together(plans) == ["01 02", "03", "04", "05", "06", "07"]


def test_another_database_zone_or_list_of_periods_is_asked_apart(shop: Shop) -> None:
    plans = shop(*[counted()] * 5, f"{counted()} on elsewhere", cards="aabbca")
    assert together(plans) == ["01 02 05", "03 04", "06"]
    work = [(d, WEEKS[: 3 + (d.number == "01")]) for d in plans.catalog.definitions]
    found = [[m.number for m in batch.members] for batch in batches(work, plans, None, 4)]
    assert sorted(found) == [["01"], ["02", "05"], ["03", "04"], ["06"]]


def test_every_kpi_is_in_exactly_one_batch_with_its_own_periods(shop: Shop) -> None:
    plans = shop(*[counted(f"{WEEK} and n > {n}") for n in range(120)], counted("false"), "select 1 as value")
    work = [(d, WEEKS if d.number != "05" else []) for d in plans.catalog.definitions]
    for form in (None, "loop", "lateral", "scan", "shared"):
        for pool in (1, 2, 8, 200):
            found = batches(work, plans, form, pool)  # type: ignore[arg-type]
            members = [m.number for batch in found for m in batch.members]
            assert sorted(members) == sorted(d.number for d in plans.catalog.definitions)
            assert all(list(b.periods) == {d.number: p for d, p in work}[m.number] for b in found for m in b.members)
            assert max(len(batch.members) for batch in found) <= (TOGETHER if form in (None, "shared") else 1)


@pytest.mark.parametrize(
    ("count", "pool", "sizes"),
    [
        (2, 8, [2]),
        (APART * 2 - 1, 8, [APART * 2 - 1]),  # not worth two statements
        (APART * 2, 8, [APART, APART]),
        (APART * 2, 1, [APART * 2]),
        (40, 2, [20, 20]),
        (120, 2, [40, 40, 40]),  # never more than fit
        (100, 8, [12, 12, 12, 12, 13, 13, 13, 13]),
    ],
)
def test_sizes_suit_the_connections_that_are_free(shop: Shop, count: int, pool: int, sizes: list[int]) -> None:
    plans = shop(*[counted(f"{WEEK} and n > {n}") for n in range(count)])
    found = batches([(d, WEEKS) for d in plans.catalog.definitions], plans, None, pool)
    assert sorted(len(batch.members) for batch in found) == sizes
    assert all(batch.shape and len(batch.shape.columns) == len(batch.members) for batch in found)


@pytest.mark.parametrize("form", ["loop", "lateral", "scan"])
def test_another_form_is_asked_of_each_alone(shop: Shop, form: Form) -> None:
    assert together(shop(counted(f"{WEEK} and a"), counted(f"{WEEK} and b")), form) == ["01", "02"]


# What the engine's words decide.


@pytest.mark.parametrize(
    ("query", "access", "count", "form"),
    [
        (counted(), INDEXED, 19, "loop"),
        (counted(), INDEXED, 20, "lateral"),
        (counted(), FAR_INDEXED, 20, "lateral"),
        (counted(), SCANNED, 20, "scan"),
        (counted(), FAR_SCANNED, 20, "scan"),
        (counted(), None, 20, "scan"),  # an engine that keeps columns
        (counted(), SMALL, 20, "scan"),
        (counted(), SCANNED, FEW, "scan"),
        (counted(), SMALL, 19, "loop"),  # what is read in no time is not worth a sample that proves another statement
        (counted(), SCANNED, FEW - 1, "loop"),
        (counted(), SCANNED, 1, "loop"),
        (counted(f"{WEEK} and y = :year"), INDEXED, 20, "loop"),
        (counted(f"{WEEK} and y = :year"), FAR_INDEXED, 20, "lateral"),
        (counted(f"{WEEK} and y = :year"), SCANNED, 20, "loop"),
        (counted(f"{WEEK} and y = :year"), None, 20, "lateral"),
        (counted(f"{WEEK} and y = :year"), None, 19, "loop"),
        (counted("at >= :end - 364 and at < :end"), None, 20, "lateral"),
        (f"select sum(value) as value from ({counted(f'{WEEK} and y = :year')} group by a) as x", None, 20, "lateral"),
        (counted(f"{WEEK} and y = :year", "staging.sales join staging.calls using (a)"), None, 20, "loop"),
        (counted(f"{WEEK} and y = :year and a in (select a from staging.calls)"), None, 20, "loop"),
        (f"select (select count(*) from staging.calls where at < :end) as value where {WEEK}", None, 20, "loop"),
        (f"{counted()} group by a", FAR_SCANNED, 20, "lateral"),
        (f"{counted()} and b < now()", FAR_SCANNED, 20, "loop"),
    ],
)
def test_one_query_alone(shop: Shop, query: str, access: Access | None, count: int, form: Form) -> None:
    plans = shop(query)
    assert way(only(plans, WEEKS[:count]), plans, None, access) == form


@pytest.mark.parametrize(
    ("where", "access", "count", "form"),
    [
        (WEEK, INDEXED, 1, "shared"),
        (WEEK, SCANNED, 1, "shared"),
        (WEEK, INDEXED, 20, "lateral"),
        (WEEK, SCANNED, 20, "scan"),
        (WEEK, SCANNED, 2, "scan"),
        (WEEK, SMALL, 2, "scan"),
        (WEEK, None, 20, "scan"),
        (f"{WEEK} and y = :year", SCANNED, 20, "lateral"),
        (f"{WEEK} and y = :year", None, 20, "lateral"),
        (f"{WEEK} and y = :year", None, 19, "shared"),
        (f"{WEEK} and y = :year and n in (select n from staging.calls)", None, 20, "shared"),
    ],
)
def test_several_together(shop: Shop, where: str, access: Access | None, count: int, form: Form) -> None:
    plans = shop(counted(f"{where} and a"), counted(f"{where} and b"))
    assert way(only(plans, WEEKS[:count]), plans, None, access) == form


@pytest.mark.parametrize(
    ("query", "asked_for", "form"),
    [
        (counted(), "loop", "loop"),
        (counted(), "lateral", "lateral"),
        (counted(), "scan", "scan"),
        (counted(f"{WEEK} and y = :year"), "scan", "loop"),
        (counted(f"{WEEK} and y = :year"), "lateral", "lateral"),
        (f"{counted()} limit 1", "scan", "loop"),
        (f"{counted()} limit 1", "lateral", "lateral"),
        (counted(f"{WEEK} and random() < 0.5"), "lateral", "loop"),
        (counted(f"{WEEK} and random() < 0.5"), "scan", "loop"),
    ],
)
def test_a_form_that_is_asked_for_is_taken_where_it_is_possible(
    shop: Shop, query: str, asked_for: Form, form: Form
) -> None:
    plans = shop(query)
    for access in (None, INDEXED, SCANNED):
        for count in (1, 20):
            assert way(only(plans, WEEKS[:count]), plans, asked_for, access) == form


# What is remembered, and what is forgotten.


def test_the_type_of_a_column_is_known_where_all_datasets_of_a_query_agree(shop: Shop) -> None:
    plans = shop(
        counted(),
        counted(WEEK, "staging.calls"),
        counted(f"{WEEK} and a in (select a from staging.calls)"),
        counted(WEEK, "elsewhere.sales"),
    )
    shapes = [plans.anatomy(d).shape for d in plans.catalog.definitions]
    assert [shape and shape.moment_type for shape in shapes] == ["timestamptz", "date", "", ""]


def test_what_an_engine_said_is_good_for_a_week(shop: Shop) -> None:
    plans = shop(counted())
    batch = only(plans)
    assert plans.access(batch) is None
    plans.remember(batch, INDEXED)
    assert plans.access(batch) == INDEXED
    assert replace(plans, now=NOW + FRESH - timedelta(seconds=1)).access(batch) == INDEXED
    assert replace(plans, now=NOW + FRESH).access(batch) is None


def test_a_proof_is_of_one_form_of_one_statement_and_of_one_of_its_kpis(shop: Shop) -> None:
    plans = shop(counted(f"{WEEK} and a"), counted(f"{WEEK} and b"))
    both, one = only(plans), Batch((first(plans),), tuple(WEEKS), plans.anatomy(first(plans)).shape)
    plans.prove(both, "scan", first(plans))
    assert plans.is_proved(both, "scan", first(plans))
    assert plans.is_proved(replace(both, periods=tuple(WEEKS[:3])), "scan", first(plans))  # whatever the periods are
    assert not plans.is_proved(both, "scan", both.members[1])
    assert not plans.is_proved(both, "lateral", first(plans))
    assert not plans.is_proved(one, "scan", first(plans))


def test_another_text_has_to_be_proved_anew_even_where_the_statement_stays(shop: Shop) -> None:
    """What the anatomy leaves out of a text, the statement does not show: only the loop does."""
    plans = shop(counted(f"{WEEK} and a"), counted(f"{WEEK} and b"))
    batch = only(plans)
    plans.prove(batch, "scan", batch.members[1])
    other = first(shop(f"{counted(f'{WEEK} and a')} order by 1", counted(f"{WEEK} and b")))
    changed = replace(batch, members=(other, batch.members[1]))
    assert changed.sql == batch.sql
    assert not plans.is_proved(changed, "scan", batch.members[1])


def test_what_was_seen_to_say_something_else_is_forgotten_with_what_led_there(shop: Shop) -> None:
    plans = shop(counted(f"{WEEK} and a"), counted(f"{WEEK} and b"))
    batch = only(plans)
    plans.remember(batch, SCANNED)
    for member in batch.members:
        plans.prove(batch, "scan", member)
    plans.disprove(batch, "scan")
    assert not any(plans.is_proved(batch, "scan", member) for member in batch.members)
    assert plans.access(batch) is None


def test_another_database_of_the_same_name_is_another_one(shop: Shop, tmp_path: Path) -> None:
    """Who asks, and the password, make no difference, and neither is kept."""
    kept = Kept(tmp_path / "cache")
    plans = replace(shop(counted(), kept=kept), urls={"warehouse": "postgresql://me:secret@here:5432/shop"})
    batch = only(plans)
    plans.remember(batch, INDEXED)
    plans.prove(batch, "scan", first(plans))
    plans.keep()
    (file,) = (tmp_path / "cache").iterdir()
    assert b"secret" not in file.read_bytes()
    for url, known in (
        ("postgresql://you:other@here:5432/shop", True),
        ("postgresql://me:secret@there:5432/shop", False),
        ("postgresql://me:secret@here:5432/other", False),
        ("duckdb:///here.duckdb", False),
        ("", False),
    ):
        later = Plans(plans.catalog, NOW, kept, {"warehouse": url, "elsewhere": plans.urls["warehouse"]})
        assert later.is_proved(batch, "scan", first(plans)) is known, url
        assert (later.access(batch) == INDEXED) is known, url


def test_all_of_it_outlives_the_run(shop: Shop, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "cache")
    plans = shop(counted(), kept=kept)
    batch = only(plans)
    plans.remember(batch, INDEXED)
    plans.prove(batch, "lateral", first(plans))
    assert Plans(plans.catalog, NOW, kept).access(batch) is None  # nothing is kept before it is told to
    plans.keep()
    later = Plans(plans.catalog, NOW + timedelta(days=1), kept)
    assert later.access(batch) == INDEXED
    assert later.is_proved(batch, "lateral", first(plans))
    assert later.anatomy(first(plans)) == plans.anatomy(first(plans))


def test_a_run_that_learns_nothing_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "cache")
    plans = shop(counted(), kept=kept)
    only(plans)
    plans.keep()
    (file,) = (tmp_path / "cache").iterdir()
    written = file.stat().st_mtime_ns
    again = Plans(plans.catalog, NOW, kept)
    only(again)
    again.keep()
    assert file.stat().st_mtime_ns == written


def test_a_contract_that_says_another_type_makes_another_anatomy(shop: Shop, write: Callable[..., None]) -> None:
    plans = shop(counted())
    assert only(plans).shape
    key = only(plans).key
    write("a", "dataset_sales.py", 'dataset = Dataset(owner="O", columns=(Column("at", "date"),))')
    plans.catalog = read_catalog(plans.catalog.folder)
    shape = only(plans).shape
    assert shape is not None
    assert shape.moment_type == "date"
    assert only(plans).key != key  # its statement is another one, and is to be proved anew
