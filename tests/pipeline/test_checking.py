"""`kpi check`: faults of files and queries, told with their file; what cannot be checked is a remark."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.pipeline.checking import check
from core.pipeline.session import Session

Open = Callable[[str], Session]


def told(session: Session, *selectors: str, ask_database: bool = False) -> list[str]:
    return [str(fault) for fault in check(session, selectors, ask_database=ask_database)[0]]


@pytest.fixture
def broken(add: Callable[..., None], count: Callable[..., str], write: Callable[..., None]) -> None:
    add("01_orders", count())
    add("02_clock", "select count(*) as value from staging.orders where at >= now() and at < :end")
    add("03_column", count(chosen="sum(price) as value"))
    add("04_until", count().replace(":end", ":until"))
    write("sales", "kpi_05_syntax.py", "kpi = KPI(")
    write("other", "scorecard.py", "scorecard = 3")
    add("01_lost", 'ref("sales.nothing")', scorecard="other")


def test_every_fault_of_every_file_and_query_is_told_at_once_with_its_file(broken: None, open_shop: Open) -> None:
    faults = told(open_shop("2026-11-20"))
    files = {fault.partition(":")[0] for fault in faults}
    assert files == {
        "sales/kpi_02_clock.py",
        "sales/kpi_03_column.py",
        "sales/kpi_04_until.py",
        "sales/kpi_05_syntax.py",
        "other/scorecard.py",
    }
    assert any("now()" in fault for fault in faults)
    assert any("price" in fault for fault in faults)


WORDS = [
    (["sales.orders"], set[str]()),
    (["sales.clock"], {"sales/kpi_02_clock.py"}),
    (["sales.05", "sales.orders"], {"sales/kpi_05_syntax.py"}),
    (["sales.syn*"], {"sales/kpi_05_syntax.py"}),
    (["oth*"], {"other/scorecard.py"}),
    (["sales.c*"], {"sales/kpi_02_clock.py", "sales/kpi_03_column.py"}),
]


def test_words_choose_whose_faults_are_told(broken: None, open_shop: Open) -> None:
    shop = open_shop("2026-11-20")
    for selectors, files in WORDS:
        assert {fault.partition(":")[0] for fault in told(shop, *selectors)} == files, selectors


def test_the_database_reads_the_queries_that_their_text_leaves_in_peace(
    add: Callable[..., None], count: Callable[..., str], broken: None, open_shop: Open
) -> None:
    add("06_cast", count(chosen="count(*) filter (where amount = 'x') as value"))
    add("07_crm", 'Query("select 1 as value where :start < :end", database="crm")')
    shop = open_shop("2026-11-20")
    without = told(shop)
    with_database = told(shop, ask_database=True)
    (new,) = [fault for fault in with_database if fault not in without]
    assert new.startswith("sales/kpi_06_cast.py: the database says: ")


def test_tables_that_are_not_loaded_are_a_remark_and_no_fault(
    add: Callable[..., None], count: Callable[..., str], open_shop: Open, sql: Callable[..., object]
) -> None:
    add("01_orders", count())
    shop = open_shop("2026-11-20")
    assert check(shop, [], ask_database=True) == ([], [])
    sql("drop table staging.orders")
    assert check(shop, [], ask_database=True) == (
        [],
        ["Not loaded yet, so not explained: orders. `kpi load` brings them."],
    )


def test_without_a_database_the_queries_are_not_explained_and_that_is_said(
    add: Callable[..., None], count: Callable[..., str], open_shop: Open
) -> None:
    add("01_orders", count())
    shop = open_shop("2026-11-20")
    shop.settings = replace(shop.settings, warehouse_url="postgresql://me:hunter2@127.0.0.1:1/gone")
    faults, remarks = check(shop, [], ask_database=True)
    assert faults == []
    assert remarks[0].startswith("Queries were not explained: The database at 127.0.0.1:1/gone cannot be reached")
    assert "hunter2" not in remarks[0]
