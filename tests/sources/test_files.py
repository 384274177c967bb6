"""Files arrive whole and as declared, or with a sentence that says where they do not."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from core import Column, File
from core.errors import ContractError, SourceError
from core.sources.files import checksum, find_file, open_table, read_file

from .conftest import GOOD, HEADER, SALES

Write = Callable[..., Path]
Duck = duckdb.DuckDBPyConnection
ROWS = [
    (1, "ann@example.com", Decimal("9.50"), datetime(2026, 11, 2, 9)),  # noqa: DTZ001 - as the table holds it
    (2, "bob@example.com", Decimal("12.00"), datetime(2026, 11, 3, 18, 30)),  # noqa: DTZ001
]


def rows(duck: Duck) -> list[tuple[object, ...]]:
    return duck.execute("select * from sales order by 1").fetchall()


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace(HEADER, '"SaleID","Customer Email",AMOUNT,SoldAt'),
        GOOD.replace("sale_id", "Number"),
        GOOD.replace("12,", " 12 ,").replace("2026-11-03 18", "2026-11-03T18"),
    ],
    ids=["plain", "bom", "crlf", "semicolons", "tabs", "blank lines", "other spelling", "also", "spaces"],
)
def test_a_csv_is_read_however_it_is_dressed(content: str, duck: Duck, file: Write) -> None:
    assert open_table(duck, "sales", file(content), SALES.columns).rows == 2
    assert rows(duck) == ROWS


def test_columns_are_found_by_header_and_the_others_are_told(duck: Duck, file: Write) -> None:
    moved = "remark,sold_at,amount,customer_email,sale_id\nx,2026-11-02 09:00,9.5,ann@example.com,1\n"
    assert open_table(duck, "sales", file(moved), SALES.columns).ignored == ["remark"]
    assert rows(duck) == ROWS[:1]


def test_missing_and_doubled_columns_are_told_in_one_error(duck: Duck, file: Write) -> None:
    with pytest.raises(SourceError) as told:
        open_table(duck, "sales", file("Number,sale_id,amont,sold_at\n1,1,2,2026-11-02\n"), SALES.columns)
    assert 'column "sale_id" stands there 2 times (Number, sale_id)' in str(told.value)
    assert 'column "customer_email" is missing;' in str(told.value)
    assert 'column "amount" is missing (did you mean the header "amont"?)' in str(told.value)


def test_values_that_do_not_fit_are_counted_with_the_first_place(duck: Duck, file: Write) -> None:
    bad = GOOD + "3,cat@example.com,twelve,2026-11-04\n4,dan@example.com,n/a,yesterday\n"
    with pytest.raises(ContractError) as told:
        open_table(duck, "sales", file(bad), SALES.columns)
    assert '2 values of "amount" should be plain numbers that fit decimal(9, 2), the first at row 4 (twelve).' in str(
        told.value
    )
    assert '1 value of "sold_at"' in str(told.value)
    assert "the first at row 5 (yesterday)" in str(told.value)


def test_a_sensitive_value_never_stands_in_a_message(duck: Duck, file: Write) -> None:
    with pytest.raises(ContractError) as told:
        open_table(duck, "t", file("pin\n1234\nsecret\n"), [Column("pin", "integer", sensitive=True)])
    assert "secret" not in str(told.value)
    assert "row 3 (•••)" in str(told.value)


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("integer", "1.5"),
        ("integer", "1_000"),
        ("integer", "1,000"),
        ("integer", "99999999999999999999"),
        ("decimal(9, 2)", "1.005"),
        ("decimal(9,0)", "1.5"),
        ("decimal(4, 2)", "123.45"),
        ("decimal(9,2)", "1.234,50"),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "1e999"),
        ("date", "2026-02-30"),
        ("date", "02/03/2026"),
        ("date", "2026-11-20 08:00"),
        ("timestamp", "12/1/2010 8:26"),
        ("boolean", "perhaps"),
    ],
)
def test_nothing_is_rounded_or_guessed(declared: str, value: str, duck: Duck, file: Write) -> None:
    with pytest.raises(ContractError, match="row 2"):
        open_table(duck, "t", file(f'x\n"{value}"\n'), [Column("x", declared)])


@pytest.mark.parametrize(
    ("declared", "value", "read"),
    [
        ("integer", "17850.0", 17850),
        ("integer", "+7", 7),
        ("decimal(9, 2)", "2.5500000000000003", Decimal("2.55")),
        ("decimal(9, 2)", "1e3", Decimal("1000.00")),
        ("float", "-.5", -0.5),
        ("date", "2026-11-20 00:00:00", date(2026, 11, 20)),
        ("timestamp", "2026-07-01T12:00Z", datetime(2026, 7, 1, 13)),  # noqa: DTZ001 - local time in London
        ("boolean", "Yes", True),
        ("text", " kept as it is ", " kept as it is "),
    ],
)
def test_other_spellings_of_the_same_value_are_read(
    declared: str, value: str, read: object, duck: Duck, file: Write
) -> None:
    open_table(duck, "t", file(f"x\n{value}\n"), [Column("x", declared)])
    assert duck.execute("select x from t").fetchall() == [(read,)]


def test_an_empty_text_is_null(duck: Duck, file: Write) -> None:
    open_table(duck, "t", file('a,b\n"",\n'), [Column("a"), Column("b", "integer")])
    assert duck.execute("select * from t").fetchall() == [(None, None)]


def test_latin_1_is_read_and_said(duck: Duck, file: Write) -> None:
    opened = open_table(duck, "t", file("city,price\nOrléans,5€\n".encode("cp1252")), [Column("city"), Column("price")])
    assert duck.execute("select * from t").fetchall() == [("Orléans", "5€")]
    assert opened.source == "sales.csv, read as Latin-1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty"),
        (HEADER + "\n", "has a header but no rows"),
        (GOOD + "3,x\n", "line 4 has fewer fields than the header"),
        (GOOD + "3,x,1,2026-11-04,5\n4,y,1,2026-11-04,5\n", r"line 4 has more fields than the header \(2 such faults"),
        (GOOD + '3,"x,1,2026-11-04\n', "line 4 has a quotation mark that is not closed"),
        (GOOD.encode("utf-16"), "is not text in UTF-8 or Latin-1"),
        (GOOD + "3," + "x" * 10_000_000 + ",1,2026-11-04\n", "line 4 is longer than 2,000,000 characters"),
        (GOOD + "3," + "x" * 1_500_000 + ",1,2026-11-04\n", '"customer_email" should be texts of at most 1,000,000'),
        ("x" * 10_000_000, "has no header that can be read"),
    ],
    ids=["empty", "no rows", "short row", "long rows", "quote", "utf-16", "10 million", "1.5 million", "one line"],
)
def test_a_csv_that_is_not_whole_says_where(content: str | bytes, sentence: str, duck: Duck, file: Write) -> None:
    with pytest.raises(SourceError, match=sentence) as told:
        open_table(duck, "sales", file(content), SALES.columns)
    assert len(str(told.value)) < 500


def test_a_parquet_file_keeps_its_types_where_they_fit(duck: Duck, tmp_path: Path) -> None:
    path = tmp_path / "sales[1].parquet"
    duck.execute(
        "copy (select 1.0::double as SaleID, '' as customer_email, 9.5::double as amount, "
        "timestamp '2026-11-02 09:00' as sold_at union all "
        "select 2, 'bob@example.com', 'nan'::double, timestamp '2026-11-03 18:30') "
        f"to '{path}' (format parquet)"
    )
    open_table(duck, "sales", path, SALES.columns)
    assert rows(duck) == [(1, None, *ROWS[0][2:]), (*ROWS[1][:2], None, ROWS[1][3])]


def test_a_number_that_is_a_key_is_text_without_a_fraction(duck: Duck, tmp_path: Path) -> None:
    path = tmp_path / "keys.parquet"
    duck.execute(f"copy (select unnest([17850.0::double, null, 5.5]) as customer_id) to '{path}' (format parquet)")
    open_table(duck, "t", path, [Column("customer_id")])
    assert duck.execute("select * from t").fetchall() == [("17850",), (None,), ("5.5",)]


def test_a_text_of_10_million_characters_in_parquet_is_told_not_loaded(duck: Duck, tmp_path: Path) -> None:
    path = tmp_path / "long.parquet"
    duck.execute(f"copy (select repeat('x', 10000000) as remark) to '{path}' (format parquet)")
    with pytest.raises(SourceError, match="texts of at most 1,000,000 characters, the first at row 1") as told:
        open_table(duck, "t", path, [Column("remark")])
    assert len(str(told.value)) < 500


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99], ids=["nothing", "half", "all but the end"])
def test_a_truncated_parquet_file_is_told(kept: float, duck: Duck, file: Write, tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    duck.execute(f"copy (select range as sale_id from range(100000)) to '{whole}' (format parquet)")
    content = whole.read_bytes()
    cut = file(content[: int(len(content) * kept)] or b"PAR1", "cut.parquet")
    with pytest.raises(SourceError, match="is not a whole Parquet file"):
        open_table(duck, "t", cut, [Column("sale_id", "integer")])


def test_a_parquet_file_with_a_broken_page_is_told(duck: Duck, file: Write, tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    duck.execute(f"copy (select md5(range::text) as x from range(50000)) to '{whole}' (format parquet, codec 'zstd')")
    content = bytearray(whole.read_bytes())
    content[1000:60000] = b"\xff" * 59000
    with pytest.raises(SourceError, match="is not a whole Parquet file"):
        open_table(duck, "t", file(bytes(content), "broken.parquet"), [Column("x")])


def test_a_file_without_declared_columns_is_read_as_it_is(duck: Duck, tmp_path: Path, file: Write) -> None:
    duck.execute(f"copy (select 1 as n, 'x' as t) to '{tmp_path / 'a.parquet'}' (format parquet)")
    read_file(File("a.parquet"), tmp_path / "a.parquet", duck, "a")
    read_file(File("b.csv", columns={"n": "integer"}), file("N,t\n1,x\n", "b.csv"), duck, "b")
    assert duck.execute("select * from a").fetchall() == [(1, "x")]
    assert duck.execute("select * from b").fetchall() == [(1,)]


def test_a_misfit_beside_a_column_that_has_its_type_already_is_told(duck: Duck, tmp_path: Path) -> None:
    duck.execute(f"copy (select now() as seen_at, 'x' as n) to '{tmp_path / 'a.parquet'}' (format parquet)")
    with pytest.raises(ContractError, match=r'"n" should be whole numbers, the first at row 1 \(x\)'):
        open_table(duck, "a", tmp_path / "a.parquet", [Column("seen_at", "timestamptz"), Column("n", "integer")])


def test_the_file_of_a_pattern_is_found_and_a_path_wins(tmp_path: Path, file: Write) -> None:
    found, named = file(GOOD, "order_lines.csv"), file(GOOD, "mine.csv")
    file("", "order_lines.txt")
    assert find_file(File("order_lines.*"), tmp_path) == found
    assert find_file(File("order_lines.*"), tmp_path, named) == named


def test_several_files_for_one_pattern_are_told_by_name(tmp_path: Path, file: Write) -> None:
    file(GOOD, "order_lines.csv")
    file(GOOD, "order_lines.parquet")
    with pytest.raises(SourceError, match=r"order_lines.csv, order_lines.parquet all match .*--file order_lines=PATH"):
        find_file(File("order_lines.*"), tmp_path, dataset="order_lines")


@pytest.mark.parametrize("override", [None, Path("absent.csv")])
def test_a_file_that_is_not_there_tells_the_next_step(override: Path | None, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no .*--file order_lines=PATH"):
        find_file(File("order_lines.*"), tmp_path, override, dataset="order_lines")


def test_only_files_that_can_be_read_are_taken(tmp_path: Path, file: Write) -> None:
    with pytest.raises(SourceError, match="is not a CSV, Parquet or .xlsx file"):
        find_file(File("x.*"), tmp_path, file("x", "x.docx"))
    with pytest.raises(SourceError, match="is not a CSV, Parquet or .xlsx file"):
        find_file(File("x.*"), tmp_path, tmp_path)


def test_the_checksum_is_that_of_the_bytes(file: Write) -> None:
    assert checksum(file("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
