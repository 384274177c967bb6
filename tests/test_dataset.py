"""Datasets: the contract of a column finds its faults on real rows, and a definition tells its own."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from core.checks import Engine, Verdict, points, score, unique
from core.dataset import Column, Dataset
from core.measures import TYPES_TOLD, File

TODAY = date(2026, 11, 20)
SEVERITY = 'severity="error" is neither warn nor fail'


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


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (Column(5), ["name is of type int, not a text"]),
        (Column("x", 5), [f'has no type "5": use {TYPES_TOLD}']),
        (Column("x", nulls=1.5), ["nulls=1.5 is not a number from 0 to 1"]),
        (Column("x", nulls="5%"), ['nulls="5%" is not a number from 0 to 1']),
        (Column("x", pattern=5), ["pattern is of type int, not a text"]),
        (Column("x", max_length=2.5), ["max_length=2.5 is not a whole number"]),
        (Column("x", at_least=2, at_most=1), ["at_least=2 is above at_most=1: nothing lies between"]),
        (
            Column("x", at_least="2026-02-01", at_most="2026-01-31"),
            ["at_least=2026-02-01 is after at_most=2026-01-31: nothing lies between"],
        ),
        (Column("x", at_least="2015-01-01", at_most=":today"), []),
        (Column("x", at_least=Decimal("0.5"), at_most=Decimal("0.5")), []),
        (
            Column("x", at_most=":tomorrow"),
            ['at_most=\':tomorrow\' is neither a number, a date as text ("2026-01-31") nor ":today"'],
        ),
        (Column("x", allowed="open"), ['allowed is not a list of texts: write allowed=("one", "two")']),
        (Column("x", allowed=("1", 2)), ['allowed is not a list of texts: write allowed=("one", "two")']),
        (Column("x", also="X"), ['also is not a list of texts: write also=("one", "two")']),
        (Column("x", sensitive="no"), ["sensitive='no' is neither True, False nor \"hash\""]),
        (Column("x", severity="error", weight=-1), [SEVERITY, "weight=-1 is not a number of 0 or more"]),
    ],
)
def test_every_field_of_a_column_is_judged(column: Column, told: list[str]):
    assert column.problems() == [f'column "{column.name}" {what}' for what in told]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": 5}, "owner is of type int, not a text"),
        ({"columns": Column("id")}, "columns is not a list of columns"),
        ({"columns": ("id",)}, "columns is not a list of columns"),
        ({"source": "orders.csv"}, "source is neither a File(...) nor a Sheet(...)"),
        ({"source": File("")}, "source: path is missing"),
        ({"checks": unique("id")}, "checks is not a list of rules"),
        ({"checks": (unique("id", allowed=2),)}, 'check "unique id" allowed=2 is not a number from 0 to 1'),
        ({"watermark": 5}, "watermark is of type int, not a text"),
        ({"watermark": "id", "begins": "closed"}, 'begins names "closed", which is not a column'),
        ({"begins": "id"}, "begins says where the data begins, but no watermark says how far it reaches"),
        ({"grace_days": -1}, "grace_days=-1 is not a whole number of days"),
        ({"grace_days": 1.5}, "grace_days=1.5 is not a whole number of days"),
        ({"index": "id"}, "index is not a list of texts"),
        ({"warn_below": "high"}, 'warn_below="high" is not a number from 0 to 1'),
        ({"fail_below": 0.99}, "fail_below=0.99 is above warn_below=0.98: it would never warn"),
    ],
)
def test_every_field_of_a_dataset_is_judged(changes: dict[str, Any], told: str):
    found = Dataset(**({"owner": "Success", "columns": [Column("id")]} | changes)).problems()
    assert found[0].startswith(told)


def test_an_exact_limit_is_a_number_in_the_rule_too():
    column = Column("amount", "decimal(9,2)", at_least=Decimal("0.5"))  # type: ignore[arg-type]
    assert rows_at_fault(column, [Decimal("0.49"), Decimal("0.50")], "decimal(9,2)") == [Decimal("0.49")]


def test_a_dataset_without_columns_is_told():
    assert Dataset(owner="Success", columns=()).problems() == ["columns are missing"]


def test_columns_are_found_by_name_and_sensitive_ones_are_listed():
    dataset = Dataset(owner="Success", columns=[Column("id"), Column("client_email", sensitive=True)])
    assert dataset.column("client_email") == Column("client_email", sensitive=True)
    assert dataset.column("gone") is None
    assert dataset.sensitive == {"client_email"}


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (1.0, "100.0"),
        (0.99999, "99.9"),
        (0.987, "98.7"),
        (0.98699, "98.6"),
        (0.97999, "97.9"),
        (0.98, "98.0"),
        (0.0, "0.0"),
    ],
)
def test_a_score_is_told_from_0_to_100_and_never_better_than_it_is(share: float, told: str):
    assert points(share) == told


def test_a_rule_that_was_not_checked_is_no_part_of_the_score():
    checked = Verdict("a", "warn", 1.0, 0.0, 1, 10)
    unchecked = Verdict("b", "fail", 9.0, 0.0, 0, 0, unchecked="there is no table")
    assert score([checked, unchecked]) == 0.9
    assert (unchecked.level, Verdict("b", "warn", 9.0, 1.0, 0, 0, unchecked="x").level) == ("fail", "warn")
