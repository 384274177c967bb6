"""Datasets: the contract of a column finds its faults on real rows, and a definition tells its own."""

from collections.abc import Sequence
from datetime import date

import duckdb
import pytest

from core.checks import Engine, unique
from core.dataset import Column, Dataset

TODAY = date(2026, 11, 20)


def rows_at_fault(column: Column, values: Sequence[object], type_: str = "text") -> list[object]:
    """What each rule of the column finds among the values, in DuckDB."""
    engine: Engine = "duckdb"
    with duckdb.connect() as connection:
        connection.execute(f'create table held ("{column.name}" {type_})')
        connection.executemany("insert into held values (?)", [[value] for value in values])
        found = [connection.execute(check.rows_at_fault("held", engine, TODAY)).fetchall() for check in column.checks()]
    return [value for rows in found for (value,) in rows]


@pytest.mark.parametrize(
    ("column", "type_", "values", "faults"),
    [
        (Column("country", nulls=0), "text", ["France", None, "Spain"], [None]),
        (
            Column("invoice_no", pattern=r"^[CA]?\d{6}$"),
            "text",
            ["536365", "C536379", "x", "5363651"],
            ["x", "5363651"],
        ),
        (Column("description", max_length=3), "text", ["abc", "abcd", None], ["abcd"]),
        (Column("quantity", "integer", at_least=-10, at_most=10), "integer", [-11, -10, 10, 11, None], [-11, 11]),
        (Column("unit_price", "float", at_least=0), "double", [0.0, -0.5], [-0.5]),
        (Column("status", allowed=("open", "it's closed")), "text", ["open", "it's closed", "shut", None], ["shut"]),
        (
            Column("day", "date", at_least="2010-01-01", at_most=":today"),
            "date",
            [date(2009, 12, 31), date(2010, 1, 1), TODAY],
            [date(2009, 12, 31)],
        ),
    ],
)
def test_each_rule_finds_the_rows_that_break_it(
    column: Column, type_: str, values: Sequence[object], faults: Sequence[object]
):
    assert sorted(map(str, rows_at_fault(column, values, type_))) == sorted(map(str, faults))


def test_a_column_without_rules_has_no_checks():
    assert Column("region").checks() == []


def test_the_share_of_nulls_that_is_tolerated_is_told_to_the_check():
    (check,) = Column("customer_id", nulls=0.25).checks()
    assert check.allowed == 0.25
    assert check.name == "customer_id null at most 25%"


def test_severity_and_weight_reach_every_rule_of_a_column():
    column = Column("unit_price", "float", nulls=0, at_least=0, pattern="^x$", severity="warn", weight=2.0)
    assert {(check.severity, check.weight) for check in column.checks()} == {("warn", 2.0)}
    assert len(column.checks()) == 3


def test_a_contract_holds_the_rules_of_the_columns_and_then_of_the_table():
    dataset = Dataset(owner="Success", columns=[Column("id", nulls=0)], checks=[unique("id")])
    assert [check.name for check in dataset.contract()] == ["id is not null", "unique id"]


def test_a_sound_dataset_has_no_problems():
    dataset = Dataset(
        owner="Success",
        columns=[Column("id", nulls=0), Column("closed_at", "timestamp"), Column("amount", "decimal(12,2)")],
        watermark="closed_at",
        index=("closed_at", "id, closed_at"),
    )
    assert dataset.problems() == []


def test_every_fault_is_told_at_once():
    told = Dataset(
        owner="",
        columns=[Column("id"), Column("id"), Column("amount", "money")],
        watermark="closed",
        index=("id, opened",),
    ).problems()
    assert told[0] == "owner is missing"
    assert told[1] == 'column "id" stands twice'
    assert told[2].startswith('column "amount" has no type "money"')
    assert told[3:] == [
        'watermark names "closed", which is not a column',
        'index names "opened", which is not a column',
    ]


def test_a_dataset_without_columns_is_told():
    assert Dataset(owner="Success", columns=()).problems() == ["columns are missing"]


def test_columns_are_found_by_name_and_sensitive_ones_are_listed():
    dataset = Dataset(owner="Success", columns=[Column("id"), Column("client_email", sensitive=True)])
    assert dataset.column("client_email") == Column("client_email", sensitive=True)
    assert dataset.column("gone") is None
    assert dataset.sensitive == {"client_email"}
