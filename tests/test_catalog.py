"""The catalog: selectors, run order, and what makes a definition another one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.catalog import Catalog
from core.discovery import read_catalog
from core.errors import DefinitionError, MisuseError
from core.numbering import padded

QUERY = 'Query("select count(*) as value from staging.orders where at >= :start and at < :end")'

HASHES_OF_0_2 = {
    "sales.01": "e5eb395b56d4f8b9",
    "sales.02": "3b4d7d76e20ac79b",
    "sales.32": "86b944be84a6fa55",
    "success.07": "3b4d7d76e20ac79b",
}


def body(measure: str = QUERY, title: str = "T") -> str:
    return f'kpi = KPI(title="{title}", owner="O", unit="u", better="higher", measure={measure})'


@pytest.fixture
def catalog(write: Callable[..., None], scorecards: Path) -> Catalog:
    for scorecard in ("sales", "success"):
        write(scorecard, "scorecard.py", 'scorecard = Scorecard(title="S", owner="O")')
    write("sales", "kpi_01_ratio.py", body('ref("orders") / ref("success.churn")'))
    write("sales", "kpi_02_orders.py", body())
    write("sales", "kpi_32_double.py", body('ref("ratio") * 2'))
    write("success", "kpi_07_churn.py", body())
    return read_catalog(scorecards)


@pytest.mark.parametrize(
    ("selectors", "names"),
    [
        ([], ["sales.ratio", "sales.orders", "sales.double", "success.churn"]),
        (["sales"], ["sales.ratio", "sales.orders", "sales.double"]),
        (["sales.32"], ["sales.double"]),
        (["sales.2"], ["sales.orders"]),
        (["success.007"], ["success.churn"]),
        (["s*.*r*"], ["sales.ratio", "sales.orders", "success.churn"]),
        (["sales.0?"], ["sales.ratio", "sales.orders"]),
        (["s*.3*"], ["sales.double"]),
        (["success", "sales.orders"], ["sales.orders", "success.churn"]),
        (["+sales.double"], ["sales.ratio", "sales.orders", "sales.double", "success.churn"]),
    ],
)
def test_selectors(catalog: Catalog, selectors: list[str], names: list[str]) -> None:
    assert [d.name for d in catalog.select(selectors)] == names


def test_a_selector_that_names_nothing_is_misuse_with_a_suggestion(catalog: Catalog) -> None:
    with pytest.raises(MisuseError, match='no KPI or scorecard "sales.order". Did you mean "sales.orders"'):
        catalog.select(["sales.order"])


@pytest.mark.parametrize("word", ["sales.9*", "sales.²", "sales.2Q", "sales.2ab"])
def test_what_only_looks_like_a_number_names_nothing(catalog: Catalog, word: str) -> None:
    with pytest.raises(MisuseError, match="There is no KPI or scorecard"):
        catalog.select([word])


@pytest.mark.parametrize("selectors", [[], ["sales"], ["sales.01"]])
def test_choosing_from_an_empty_folder_is_misuse_and_not_nothing(scorecards: Path, selectors: list[str]) -> None:
    with pytest.raises(MisuseError) as told:
        read_catalog(scorecards).select(selectors)
    assert told.value.what == f"There are no scorecards in {scorecards}."
    assert told.value.next_step


def test_where_every_scorecard_is_broken_their_faults_are_the_answer(
    write: Callable[..., None], scorecards: Path
) -> None:
    write("sales", "scorecard.py", "scorecard = Scorecard(")
    write("stock", "kpi_01_orders.py", body())
    with pytest.raises(DefinitionError) as told:
        read_catalog(scorecards).select([])
    assert [fault.split(":")[0] for fault in told.value.faults] == ["sales/scorecard.py", "stock/scorecard.py"]


def test_a_broken_file_is_named_in_one_sentence(write: Callable[..., None], scorecards: Path, catalog: Catalog) -> None:
    write("sales", "kpi_50_gone.py", "import os")
    with pytest.raises(MisuseError) as told:
        read_catalog(scorecards).select(["sales.gone"])
    assert ".." not in str(told.value)


def test_parents_come_before_children_across_scorecards(catalog: Catalog) -> None:
    order = [d.name for d in catalog.parents_first(catalog.definitions)]
    assert order.index("sales.double") > order.index("sales.ratio") > order.index("success.churn")
    assert order.index("sales.ratio") > order.index("sales.orders")


def test_a_number_has_one_spelling() -> None:
    assert {padded("1"), padded("01"), padded("001")} == {"01"}
    assert padded("16a") == "16a"


def test_datasets_are_found_in_queries_but_not_in_their_comments(
    write: Callable[..., None], scorecards: Path, catalog: Catalog
) -> None:
    sql = "select 1 as value from staging.A join STAGING.b using (id) -- staging.c\\n/* staging.d */"
    write("sales", "kpi_40_x.py", body(f'Query("{sql}")'))
    assert read_catalog(scorecards).by_name["sales.40"].datasets == ("a", "b")


def test_a_title_may_change_without_the_definition_being_another_one(
    write: Callable[..., None], scorecards: Path, catalog: Catalog
) -> None:
    before = {d.key: d.hash for d in catalog.definitions}
    write("sales", "kpi_02_purchases.py", body(title="Purchases"))
    (scorecards / "sales" / "kpi_02_orders.py").unlink()
    write("success", "kpi_07_churn.py", body('Query("select 2 as value")'))
    after = {d.key: d.hash for d in read_catalog(scorecards).definitions}
    assert after["sales.02"] == before["sales.02"]
    assert after["success.07"] != before["success.07"]


def test_white_space_and_comments_make_no_other_definition(
    write: Callable[..., None], scorecards: Path, catalog: Catalog
) -> None:
    before = {d.key: d for d in catalog.definitions}
    write("sales", "kpi_01_ratio.py", body('ref("sales.02") / ref("success.churn")'))
    write("sales", "kpi_02_orders.py", body(QUERY.replace(" from", "  -- all\\n from").replace("and", "AND")))
    write("sales", "kpi_32_double.py", body('ref("sales.ratio") * 2.0'))
    write("success", "kpi_07_churn.py", body(f"{QUERY}, empty=0"))
    after = {d.key: d for d in read_catalog(scorecards).definitions}
    assert {key for key in before if after[key].hash == before[key].hash} == {"sales.02", "sales.32"}
    assert {key for key in before if after[key].hash_as_written == before[key].hash_as_written} == set()
    assert after["sales.02"].made(before["sales.02"].hash)
    assert not after["sales.02"].made(before["sales.02"].hash_as_written), "it is written otherwise now"
    assert before["sales.02"].made(before["sales.02"].hash_as_written)


def test_the_hash_of_the_letters_is_that_of_the_ledgers_of_version_0_2(catalog: Catalog) -> None:
    """Found in such ledgers: it may never change."""
    assert {d.key: d.hash_as_written for d in catalog.definitions} == HASHES_OF_0_2
