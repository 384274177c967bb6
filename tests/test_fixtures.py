"""Fixtures beside a KPI: rows by type, and every fault of a file at once with its line and column."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.catalog import Definition
from core.cells import cell, narrowest
from core.examples import Example
from core.fixtures import Case, Given, numbers_given, parents_given, read_cases
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.periods import parse
from core.readings import Number

CARD = Scorecard(title="Sales", owner="Sales", timezone="Europe/London")
LONDON = CARD.zone
ORDERS = Given(
    "orders",
    {
        "no": "text",
        "at": "timestamptz",
        "day": "date",
        "local": "timestamp",
        "amount": "decimal(6,2)",
        "pieces": "integer",
        "weight": "float",
        "paid": "boolean",
    },
)
CLIENTS = Given("clients", {"no": "text", "since": "date"})
Read = Callable[..., tuple[list[Case], list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a CSV of that text beside a KPI, and the examples in its file."""

    def _read(text: str = "", *examples: Example, given: tuple[Given, ...] = (ORDERS,)) -> Any:
        kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("select 1"), examples=examples)
        path = tmp_path / "kpi_01_orders.py"
        if text:
            path.with_suffix(".csv").write_text(text, encoding="utf-8")
        cases, _, faults = read_cases(Definition("sales", "01", "orders", kpi, CARD, "", path), given)
        return cases, [f"{fault.path.name}: {fault.what}" for fault in faults]

    return _read


def test_rows_of_an_example_stand_together_and_have_the_types_of_their_columns(read: Read) -> None:
    cases, faults = read(
        "example,period,expect,no,at,day,local,amount,pieces,weight,paid\n"
        "two,2026-W27,1/2,A,2026-07-01 09:00,2026-07-01,2026-07-01 09:00,1.50,3,0.5,true\n"
        'two,,,"B, or C",2026-07-01T09:00:00.000001+02:00,,,,,,no\n'
        "\n"
        "none,2026-W28,unknown,,,,,,,,\n"
    )
    assert faults == []
    two, none = cases
    assert (two.name, two.period, two.place) == ("two", parse("2026-W27"), "line 2")
    assert two.expect == Number.ratio(Decimal(1), Decimal(2))
    first, second = two.rows["orders"]
    assert first == {
        "no": "A",
        "at": datetime(2026, 7, 1, 9, tzinfo=LONDON),
        "day": date(2026, 7, 1),
        "local": datetime(2026, 7, 1, 9),  # noqa: DTZ001
        "amount": Decimal("1.50"),
        "pieces": 3,
        "weight": 0.5,
        "paid": True,
    }
    assert second["no"] == "B, or C"
    assert second["at"] == datetime(2026, 7, 1, 7, 0, 0, 1, tzinfo=UTC)
    assert (second["day"], second["amount"], second["paid"]) == (None, None, False)
    assert (none.rows["orders"], none.expect) == ([], Number())


def test_every_fault_of_a_file_is_told_at_once_with_its_line_and_column(read: Read) -> None:
    cases, faults = read(
        "example,period,expect,at,amount,pieces,paid\n"
        "one,2026-W54,many,2026-13-01 09:00,1.234,1.5,maybe\n"
        "two,2026-W47,3,2026-11-18 09:00,1\n"
        "two,2026-W48,4,2026-11-18 09:00,1\n"
        "one,,,2026-11-18 09:00\n"
        "three,2026-11,1,,,,,,extra\n"
        "four,2026-11,1\n"
    )
    assert [case.name for case in cases] == ["two"]
    assert sorted(faults) == sorted(
        f"kpi_01_orders.csv: {told}"
        for told in [
            'line 2, column "period": There is no week 2026-W54: 2026 has 53 weeks.',
            'line 2, column "expect": "many" is none: write a number, a ratio as "3/4", or "unknown"',
            'line 2, column "at": "2026-13-01 09:00" should be a moment like 2026-11-20 08:30+00',
            'line 2, column "amount": "1.234" should be a number that fits decimal(6,2)',
            'line 2, column "pieces": "1.5" should be a whole number',
            'line 2, column "paid": "maybe" should be true or false',
            'line 4, column "period": "2026-W48" is another than on line 3, where the example begins',
            'line 4, column "expect": "4" is another than on line 3, where the example begins',
            'line 5, column "example": "one" began on line 2: its rows stand together',
            "line 6 has 9 cells, the header 7: put a text with a comma in quotes",
            'line 7, column "period": 2026-11 is monthly, the KPI is weekly',
        ]
    )


HEADS = {
    "name,week,rows": "line 1: the first columns are example, period, expect, not name, week, rows",
    "example,period,expect,amont": 'line 1: there is no column "amont". Did you mean "amount"?',
    "example,period,expect,no,no": 'line 1: column "no" stands twice',
}


@pytest.mark.parametrize("head", HEADS)
def test_a_header_that_is_not_understood_is_told(read: Read, head: str) -> None:
    assert read(f"{head}\nx,2026-W47,1\n") == ([], [f"kpi_01_orders.csv: {HEADS[head]}"])


def test_a_file_that_is_no_csv_is_told(read: Read) -> None:
    cases, (fault,) = read('example,period,expect,no\none,2026-W47,1,"open\n')
    assert cases == []
    assert fault.startswith("kpi_01_orders.csv: cannot be read as CSV in UTF-8")


def test_several_tables_are_told_apart_by_the_column_dataset(read: Read) -> None:
    given = (ORDERS, CLIENTS)
    cases, faults = read(
        "example,period,expect,dataset,no,at,since\n"
        "one,2026-W47,1,orders,A,2026-11-18 09:00,\n"
        "one,,,clients,A,,2020-01-01\n"
        "two,2026-W47,1,client,A,,\n"
        "three,2026-W47,1,clients,A,2026-11-18 09:00,\n",
        given=given,
    )
    assert cases[0].rows["clients"] == [{"no": "A", "since": date(2020, 1, 1)}]
    assert faults == [
        'kpi_01_orders.csv: line 4, column "dataset": the query reads no "client". Did you mean "clients"?',
        'kpi_01_orders.csv: line 5: there is no column "at". Known are no, since.',
    ]
    without = read("example,period,expect,no\nx,2026-W47,1,A\n", given=given)[1]
    assert without == [
        "kpi_01_orders.csv: line 1: the fourth column is dataset: it says whose row it is, of orders, clients"
    ]


def test_examples_in_the_file_may_hold_values_or_texts(read: Read) -> None:
    rows: list[dict[str, object]] = [
        {"day": date(2026, 11, 18), "amount": 2, "pieces": 3, "paid": False, "local": date(2026, 11, 18)},
        {"day": "2026-11-18", "amount": "2.5", "at": datetime(2026, 11, 18, 9, tzinfo=UTC), "no": 7},
        {},
    ]
    (case,), faults = read("", Example(period="2026-W47", expect=3, rows=rows))
    assert (case.name, case.place, faults) == ("example 1", "example 1", [])
    assert case.rows["orders"] == [
        {
            "day": date(2026, 11, 18),
            "amount": Decimal(2),
            "pieces": 3,
            "paid": False,
            "local": datetime(2026, 11, 18),  # noqa: DTZ001
        },
        {
            "day": date(2026, 11, 18),
            "amount": Decimal("2.5"),
            "at": datetime(2026, 11, 18, 9, tzinfo=UTC),
            "no": "7",
        },
        {},
    ]


def test_faults_of_examples_in_the_file_name_example_row_and_column(read: Read) -> None:
    sound = Example(period="2026-W47", expect=3)
    faulty = Example(period="2026-W47", expect=3, rows=[{}, {"pieces": True, "at": "today", "piece": 1}])
    assert read("", sound, faulty)[1] == [
        'kpi_01_orders.py: example 2, row 2, column "pieces": "True" should be a whole number',
        'kpi_01_orders.py: example 2, row 2, column "at": "today" should be a moment like 2026-11-20 08:30+00',
        'kpi_01_orders.py: example 2, row 2: there is no column "piece". Did you mean "pieces"?',
    ]
    several = read("", Example(period="2026-W47", expect=3, rows=[{"no": "A"}]), given=(ORDERS, CLIENTS))[1]
    assert several == [
        'kpi_01_orders.py: example 1: the query reads several tables: write rows={"orders": [...], "clients": [...]}'
    ]


def test_numbers_of_parents_belong_to_the_periods_that_end_with_the_examples_own(read: Read) -> None:
    cases, faults = read(
        "example,period,expect,orders,ago\n"
        "by order,2026-W03,1,3,\n"
        "by order,,,1/2,\n"
        "by order,,,unknown,\n"
        "by name,2026-W03,1,3,52\n"
        "by name,,,4,0\n",
        given=(parents_given(["orders"]),),
    )
    assert faults == []
    by_order, by_name = (numbers_given(case) for case in cases)
    assert by_order == {
        ("orders", parse("2026-W01")): Number(Decimal(3)),
        ("orders", parse("2026-W02")): Number.ratio(Decimal(1), Decimal(2)),
        ("orders", parse("2026-W03")): Number(),
    }
    assert by_name == {
        ("orders", parse("2025-W03")): Number(Decimal(3)),
        ("orders", parse("2026-W03")): Number(Decimal(4)),
    }


def test_a_column_that_nobody_declared_has_the_type_of_its_values(read: Read) -> None:
    given = Given("report", {}, unlimited=True)
    (case,), faults = read("example,period,expect,week,calls,rate\nx,2026-W47,1,W1,3,0.5\n", given=(given,))
    assert faults == []
    assert case.rows["report"] == [{"week": "W1", "calls": 3, "rate": Decimal("0.5")}]
    listed = [["1", "2"], ["1", "2.5"], ["2026-11-18", None], ["2026-11-18 09:00"], ["2026-11-18 09:00+00"], ["no"]]
    assert [narrowest(list(values), LONDON) for values in [*listed, ["no", "1"]]] == [
        *("integer", "decimal(38,10)", "date", "timestamp", "timestamptz", "boolean", "text")
    ]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("2026-02-30", "date"),
        ("2026-11-18 09:00", "date"),
        ("2026-11-18 09:00+00", "timestamp"),
        ("25:00", "timestamptz"),
        ("1,5", "float"),
        ("1e400", "float"),
        ("10000", "decimal(6,2)"),
        ("99999999999999999999", "integer"),
        (True, "integer"),
        ("ja", "boolean"),
    ],
)
def test_a_value_fits_its_column_or_is_told(said: object, kind: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        cell(said, kind, LONDON)
