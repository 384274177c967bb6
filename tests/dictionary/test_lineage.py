"""The graph: what stands in it, which way its edges lead, and that scorecards never close a circle."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.catalog import Catalog
from core.dictionary.lineage import Graph, Kind, all_sources, children_of, graph_of, overview_of, parents_of
from core.discovery import read_catalog

Write = Callable[..., None]
QUERY = 'kpi = KPI(title="{}", owner="O", unit="u", better="higher", measure=Query("{}"))'
FORMULA = 'kpi = KPI(title="{}", owner="O", unit="u", better="higher", measure={})'
COUNT = "select count(*) as value from staging.orders where at >= :start and at < :end"


@pytest.fixture
def catalog(write: Write, scorecards: Path) -> Catalog:
    for name in ("sales", "board", "lone"):
        write(name, "scorecard.py", f'scorecard = Scorecard(title="{name.title()}", owner="O")')
    columns = '(Column("at", "timestamptz"), Column("amount", "integer"))'
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", columns={columns})')
    write("sales", "kpi_01_orders.py", QUERY.format("Orders", COUNT))
    write("sales", "kpi_02_revenue.py", QUERY.format("Revenue", COUNT.replace("count(*)", "sum(amount)")))
    write("sales", "kpi_03_basket.py", FORMULA.format("Basket", 'ref("revenue") / ref("sales.01")'))
    write("board", "kpi_01_basket.py", FORMULA.format("Basket", 'ref("sales.basket").mean(weeks=4)'))
    write("board", "kpi_02_busy.py", QUERY.format("Busy", COUNT))
    write("lone", "kpi_01_none.py", QUERY.format("Lone", "select 1 as value from x where at = :start"))
    found = read_catalog(scorecards)
    assert not found.faults
    return found


def drawn(catalog: Catalog, scorecard: str) -> tuple[dict[str, Kind], set[tuple[str, str]]]:
    graph = graph_of(catalog, all_sources(catalog), scorecard)
    return {node.key: node.kind for node in graph.nodes}, set(graph.edges)


def test_edges_lead_from_datasets_to_kpis_to_formulas_also_where_a_number_is_named(catalog: Catalog) -> None:
    nodes, edges = drawn(catalog, "sales")
    assert nodes == {
        "staging.orders": Kind.SOURCE,
        "sales.orders": Kind.QUERY,
        "sales.revenue": Kind.QUERY,
        "sales.basket": Kind.FORMULA,
        "board.basket": Kind.ELSEWHERE,
    }
    assert edges == {
        ("staging.orders", "sales.orders"),
        ("staging.orders", "sales.revenue"),
        ("sales.orders", "sales.basket"),
        ("sales.revenue", "sales.basket"),
        ("sales.basket", "board.basket"),
    }


def test_what_lies_in_another_scorecard_is_marked(catalog: Catalog) -> None:
    nodes, edges = drawn(catalog, "board")
    assert nodes["sales.basket"] is Kind.ELSEWHERE
    assert ("staging.orders", "board.busy") in edges
    assert "sales.revenue" not in nodes


def test_parents_and_children_are_each_others(catalog: Catalog) -> None:
    orders, basket = catalog.by_name["sales.orders"], catalog.by_name["sales.basket"]
    assert [d.name for d in parents_of(catalog, basket)] == ["sales.revenue", "sales.orders"]
    assert children_of(catalog, orders) == [basket]
    assert [d.name for d in children_of(catalog, basket)] == ["board.basket"]


def test_the_overview_says_what_one_scorecard_uses_of_another(catalog: Catalog) -> None:
    graph = overview_of(catalog, all_sources(catalog))
    assert {node.key: node.below for node in graph.nodes} == {
        "sales": "3 KPIs, 1 dataset",
        "board": "2 KPIs, 0 datasets",
        "lone": "1 KPI, 0 datasets",
    }
    assert graph.hints == {("sales", "board"): "sales.basket, staging.orders"}


def test_scorecards_that_use_each_other_make_no_circle(catalog: Catalog, write: Write, scorecards: Path) -> None:
    write("lone", "kpi_02_a.py", FORMULA.format("A", 'ref("board.busy")'))
    write("sales", "kpi_04_b.py", FORMULA.format("B", 'ref("lone.a")'))
    found = read_catalog(scorecards)
    graph = overview_of(found, all_sources(found))
    assert set(graph.edges) < {("sales", "board"), ("board", "lone"), ("lone", "sales")}
    assert len(graph.edges) == 2
    assert isinstance(graph, Graph)
