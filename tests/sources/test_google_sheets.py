"""Tabs of Google Sheets as sources: what people keep there arrives as declared, or the cell is named that does not."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core import Column, Sheet
from core.errors import ContractError, SourceError
from core.google.answers import NotShared, Unreachable
from core.google.client import connect
from core.settings import Settings
from core.sources.google_tabs import Tabs
from core.sources.sheets import open_tab, read_sheet
from tests.google.played_time import PlayedTime
from tests.sheets_server import people
from tests.sheets_server.__main__ import plant
from tests.sheets_server.faults import Fault
from tests.sheets_server.server import SheetsServer

Duck = duckdb.DuckDBPyConnection
SHEET = Sheet("report", "Weekly", {"week": "text", "replacements": "integer"})
KEPT_BY_HAND: list[list[Any]] = [
    ["Weekly report of Customer Success"],
    [],
    ["Remark", "Replacements", "", "WEEK"],
    ["", 3, "", "2026-W46"],
    [],
    ["only a remark"],
    ["", "'12", "", "2026-W47"],
    ["", "' 7 ", "", "2026-W47"],
]
Plant = Callable[..., Tabs]


@pytest.fixture
def server() -> Iterator[SheetsServer]:
    with SheetsServer() as server:
        yield server


@pytest.fixture
def keep(server: SheetsServer, tmp_path: Path) -> Plant:
    """Puts rows into the tab `Weekly` of a spreadsheet, and opens it as sources do."""

    def _keep(rows: Sequence[Sequence[Any]], locale: str = "en_US", tab: str = "Weekly") -> Tabs:
        plant(server, "book", {"tabs": {tab: rows}, "locale": locale})
        return tabs(server, tmp_path)

    return _keep


def tabs(server: SheetsServer, folder: Path, page: int = 5_000) -> Tabs:
    settings = Settings(
        home=folder,
        scorecards=folder,
        data=folder,
        published=folder,
        google_key=server.key_file(folder / "key.json"),
        sheets_endpoint=server.url,
    )
    return Tabs(lambda: connect(settings, time=PlayedTime().as_time()), {"report": "book"}, page)


def rows_of(duck: Duck) -> list[tuple[Any, ...]]:
    return duck.execute("select * from report").fetchall()


def test_a_tab_kept_by_hand_is_read_by_its_headers(keep: Plant, duck: Duck, tmp_path: Path) -> None:
    opened = read_sheet(SHEET, tmp_path, duck, "report", keep(KEPT_BY_HAND))
    assert rows_of(duck) == [("2026-W46", 3), ("2026-W47", 12), ("2026-W47", 7)]
    assert (opened.source, opened.ignored) == ("report, tab Weekly", ["Remark"])


@pytest.mark.parametrize("word", ["n/a", "twelve", "'1,5"])
def test_a_word_in_a_number_cell_is_told_by_its_cell_alone(word: str, keep: Plant, duck: Duck, tmp_path: Path) -> None:
    kept = keep([*KEPT_BY_HAND, [], ["", word, "", "2026-W48"]])
    with pytest.raises(ContractError, match=r"the first at Weekly!B10 \(•••\)"):
        read_sheet(SHEET, tmp_path, duck, "report", kept)


@pytest.mark.parametrize(
    ("locale", "amount", "day"),
    [
        ("en_US", "'1,234.56", "'2/28/2026"),
        ("en_GB", "'1,234.56", "'28/2/2026"),
        ("de_DE", "'1.234,56", "'28.2.2026"),
        ("fr_FR", "'1 234,56", "'28/02/2026"),
        ("fr_FR", "'1\u202f234,56", "'28/02/2026"),
        ("tr_TR", "'1.234,56", "'28.02.2026"),
        ("de_DE", 1234.56, "2026-02-28"),
        ("tr_TR", "'1234.56", "'2026-02-28"),
    ],
)
def test_numbers_and_days_are_read_as_the_locale_writes_them(
    locale: str, amount: object, day: object, keep: Plant, duck: Duck
) -> None:
    columns = [Column("amount", "decimal(12,2)"), Column("day", "date")]
    kept = keep([["Amount", "Day"], [amount, day]], locale)
    open_tab(duck, "report", kept.read(SHEET), columns)
    assert rows_of(duck) == [(Decimal("1234.56"), date(2026, 2, 28))]


def test_a_day_is_a_serial_number_a_formatted_one_or_a_text(keep: Plant, duck: Duck) -> None:
    columns = [Column("day", "date"), Column("at", "timestamp"), Column("key")]
    kept = keep(
        [
            ["Day", "At", "Key"],
            [46081, 46081.25, 17850],
            ["2/28/2026", "2/28/2026 6:00", "0042"],
            ["'2026-02-28", "'2026-02-28 06:00", "'0042"],
        ]
    )
    open_tab(duck, "report", kept.read(SHEET), columns)
    six = datetime(2026, 2, 28, 6)  # noqa: DTZ001 - sheets know no zones
    assert rows_of(duck) == [(date(2026, 2, 28), six, key) for key in ("17850", "42", "0042")]


def test_headers_that_are_missing_or_there_twice_are_all_told(keep: Plant, duck: Duck, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'"week" is missing.*"replacements" stands there 2 times'):
        read_sheet(SHEET, tmp_path, duck, "report", keep([["Weak", "Replacements", "replacements"], ["a", 1, 2]]))
    with pytest.raises(SourceError, match=r"tab Weekly, row 2: .* 2 times \(B2 Replacements, C2 replacements\)"):
        read_sheet(SHEET, tmp_path, duck, "report", keep([["Our report"], ["Week", "Replacements", "replacements"]]))


def test_a_formula_that_failed_matters_only_where_it_is_read(keep: Plant, duck: Duck, tmp_path: Path) -> None:
    head = ["Remark", "Replacements", "Week"]
    read_sheet(SHEET, tmp_path, duck, "report", keep([head, ["=1/0", 3, "2026-W46"]]))
    assert rows_of(duck) == [("2026-W46", 3)]
    with pytest.raises(SourceError, match=r"report, tab Weekly: cell B2 shows #DIV/0!\. Mend its formula"):
        read_sheet(SHEET, tmp_path, duck, "report", keep([head, ["", "=1/0", "2026-W46"]]))


def test_a_formulas_value_counts(keep: Plant, duck: Duck, tmp_path: Path) -> None:
    read_sheet(SHEET, tmp_path, duck, "report", keep([["Week", "Replacements"], ['="2026-W"&46', "=1+2"]]))
    assert rows_of(duck) == [("2026-W46", 3)]


def test_a_tab_that_is_not_there_is_told_with_those_that_are(keep: Plant, duck: Duck, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'report has no tab "Weekly"; it has Weeklly\. Did you mean "Weeklly"\?'):
        read_sheet(SHEET, tmp_path, duck, "report", keep(KEPT_BY_HAND, tab="Weeklly"))


def test_a_tab_is_read_once_for_all_who_ask(keep: Plant, server: SheetsServer, duck: Duck, tmp_path: Path) -> None:
    kept = keep(KEPT_BY_HAND)
    for name in ("report", "once_more"):
        read_sheet(SHEET, tmp_path, duck, name, kept)
    assert [one.method for one in server.log] == ["GET", "GET"]


def test_a_spreadsheet_that_is_not_shared_or_cannot_be_reached(
    keep: Plant, server: SheetsServer, duck: Duck, tmp_path: Path
) -> None:
    kept = keep(KEPT_BY_HAND)
    server.books["book"].forbidden = True
    with pytest.raises(NotShared, match=f"^{SHEET.name}: .* Share it with {server.address}"):
        read_sheet(SHEET, tmp_path, duck, "report", kept)
    server.books["book"].forbidden = False
    server.faults.script.extend([Fault("503")] * 500)
    with pytest.raises(Unreachable):
        read_sheet(SHEET, tmp_path, duck, "report", kept)


def test_a_large_tab_is_read_page_by_page_and_a_row_that_comes_in_between_is_noticed(
    keep: Plant, server: SheetsServer, duck: Duck, tmp_path: Path
) -> None:
    many = 12_000
    kept = keep([["Week", "Replacements"], *(["2026-W46", n] for n in range(many))])
    hand = lambda _: server.keep(people.insert(server.books["book"], 0, "ROWS", 2))  # noqa: E731
    server.faults.before_reads.extend([None, None, hand])  # after the first page
    read_sheet(SHEET, tmp_path, duck, "report", kept)
    assert duck.execute("select count(*), count(distinct replacements) from report").fetchone() == (many, many)
    assert len(server.log) == 1 + 3 + 1 + 3, "begun anew, and the size was compared at the end"


def test_rows_that_are_added_at_the_end_meanwhile_are_noticed(
    keep: Plant, server: SheetsServer, duck: Duck, tmp_path: Path
) -> None:
    many = 5_400
    kept = keep([["Week", "Replacements"], *(["2026-W46", n] for n in range(many))])

    def add(_: object) -> None:
        server.keep(people.insert(server.books["book"], 0, "ROWS", many, 2))
        server.keep(people.type_in(server.books["book"], 0, (many, 0), "2026-W46"))
        server.keep(people.type_in(server.books["book"], 0, (many, 1), many + 1))

    server.faults.before_reads.extend([None, None, None, add])  # after the last page
    read_sheet(SHEET, tmp_path, duck, "report", kept)
    assert duck.execute("select count(*) from report").fetchone() == (many + 1,)


def test_what_was_read_has_a_digest_and_a_source(keep: Plant, server: SheetsServer, tmp_path: Path) -> None:
    one = keep(KEPT_BY_HAND).read(SHEET)
    assert one.source == "https://docs.google.com/spreadsheets/d/book, tab Weekly"
    assert one.digest == tabs(server, tmp_path).read(SHEET).digest
    server.keep(people.type_in(server.books["book"], 0, (3, 1), 4))
    assert one.digest != tabs(server, tmp_path).read(SHEET).digest
