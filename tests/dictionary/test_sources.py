"""Where a number comes from, down to the columns: what the text of a query proves, and nothing else."""

from pathlib import Path

import pytest

from core.catalog import BoundDataset, Catalog
from core.dataset import Column, Dataset
from core.dictionary.sources import Source, sources_of
from core.expressions import ref
from core.kpi import Scorecard
from core.measures import Blend, File, Measure, Query, Sheet

CARD = Scorecard(title="Shop", owner="O")
WEEKLY = "at >= :start and at < :end"


def bound(name: str, *columns: str, source: File | Sheet | None = None) -> BoundDataset:
    dataset = Dataset(owner="O", columns=[Column(column) for column in columns], source=source)
    return BoundDataset("shop", name, dataset, CARD, "Rows.", Path(f"scorecards/shop/dataset_{name}.py"))


CATALOG = Catalog(
    scorecards={"shop": CARD},
    datasets={
        "orders": bound("orders", "order_id", "client_id", "at", "amount", "note"),
        "clients": bound("clients", "client_id", "region", "email"),
        "report": bound("report", "week", "calls", source=Sheet("weekly", tab="Calls")),
        "budget": bound("budget", "week", "calls", source=File("budget.csv")),
    },
)


def read(measure: Measure) -> dict[str, set[str]]:
    return {source.name: set(source.columns) for source in sources_of(CATALOG, measure)}


TRACED = [
    ("select count(*) as value from staging.orders where {weekly}", {"at"}),
    ("select sum(o.amount) as value from Staging.Orders as o where {weekly}", {"amount", "at"}),
    ("select sum(a) as value from (select amount as a, at from staging.orders) as x where {weekly}", {"amount", "at"}),
    ("with o as (select * from staging.orders) select sum(amount) as value from o where {weekly}", {"amount", "at"}),
    ("select count(*) as value from staging.orders where note = 'email' and at < :end", {"note", "at"}),
    (
        "select max(x.note) as value from staging.orders as x where exists ("
        "select from staging.orders as y where y.client_id = x.client_id and y.at < :start)",
        {"note", "client_id", "at"},
    ),
]


@pytest.mark.parametrize(("sql", "orders"), TRACED)
def test_columns_are_traced_through_aliases_subqueries_and_ctes(sql: str, orders: set[str]) -> None:
    assert read(Query(sql.format(weekly=WEEKLY))) == {"staging.orders": orders}


def test_a_join_reads_its_key_on_both_sides() -> None:
    using = f"select count(region) as value from staging.orders join staging.clients using (client_id) where {WEEKLY}"
    on = using.replace("using (client_id)", "on clients.client_id = orders.client_id")
    expected = {"staging.orders": {"client_id", "at"}, "staging.clients": {"client_id", "region"}}
    assert read(Query(using)) == read(Query(on)) == expected


def test_a_table_without_a_contract_is_named_without_columns() -> None:
    found = sources_of(CATALOG, Query("select sum(x) as value from vl_analytics.scorecard where week = :week"))
    assert found == [Source("vl_analytics.scorecard")]


def test_another_database_is_said_and_its_tables_are_not_ours() -> None:
    found = sources_of(CATALOG, Query(f"select count(*) as value from staging.orders where {WEEKLY}", database="crm"))
    assert found == [Source("crm: staging.orders")]


def test_the_inputs_of_a_blend_are_known_by_what_people_call_them() -> None:
    sheet = Sheet("weekly", tab="Calls", columns={"week": "text", "calls": "integer", "note": "text"})
    inputs = {
        "report": sheet,
        "plan": File("budget.csv", columns={"week": "text"}),
        "other": File("prices.xlsx"),
        "sold": Query(f"select count(*) as n from staging.orders where {WEEKLY}"),
    }
    sql = "select sum(calls) as value from report, plan, other, sold where report.week = :week"
    found = {source.name: source for source in sources_of(CATALOG, Blend(tables=inputs, sql=sql))}
    assert set(found) == {"weekly, tab Calls", "budget.csv", "prices.xlsx", "staging.orders"}
    assert found["weekly, tab Calls"].dataset == "report"
    assert set(found["weekly, tab Calls"].columns) == {"calls", "week"}
    assert found["budget.csv"] == Source("budget.csv", ("week",), "budget")
    assert found["prices.xlsx"] == Source("prices.xlsx")
    assert found["staging.orders"] == Source("staging.orders", ("at",), "orders")


def test_a_formula_and_a_query_that_cannot_be_read_have_no_sources() -> None:
    assert sources_of(CATALOG, ref("orders") / ref("clients")) == []
    assert sources_of(CATALOG, Query("select from where (")) == []
