"""The pages: every KPI and every dataset with all that is known of it, as Markdown that says what was written."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.dictionary.markdown import anchor, plain, table
from core.dictionary.pages import INDEX, pages_of
from core.discovery import read_catalog

Write = Callable[..., None]


@pytest.fixture
def pages(write: Write, scorecards: Path) -> Mapping[str, str]:
    card = (
        'scorecard = Scorecard(title="Sales & more", owner="Sales", timezone="Europe/London", parameters={"most": 9})'
    )
    write("sales", "scorecard.py", card)
    write("board", "scorecard.py", 'scorecard = Scorecard(title="Board", owner="All")')
    write(
        "sales",
        "dataset_orders.py",
        """dataset = Dataset(
            owner="Sales",
            source=File("orders.csv"),
            columns=(
                Column("at", "timestamptz", nulls=0, at_most=":today"),
                Column("kind", pattern="^a|b$", severity="warn"),
                Column("email", sensitive=True),
            ),
            checks=(rule("a < b | c", holds="true", allowed=0.05, severity="warn"), unique("at")),
            watermark="at",
            grace_days=1,
        )""",
        doc='"""Orders of *all* kinds, <b>."""',
    )
    write(
        "sales",
        "kpi_01_orders.py",
        """kpi = KPI(
            title="Orders [all], every | kind",
            owner="Sales",
            unit="orders",
            better="higher",
            target=Target({date(2026, 1, 1): 12, date(2026, 7, 1): 10}, warn=8),
            sensitivity=0.05,
            critical_drop=0.2,
            dimensions=("kind",),
            empty=0,
            type="north_star",
            tier="executive",
            tags=("one", "two"),
            kind="flow",
            limits=(Limit(-0.05, severity="high"), Limit(0.5)),
            measure=Query("select sum(1) as value from staging.orders where at >= :start and at < :end and 1 < :most"),
        )""",
        doc='"""Orders.\n\nWhat is < 3 and `a*b` stays.\n"""\n\nfrom datetime import date',
    )
    formula = 'kpi = KPI(title="Year on year", owner="All", unit="%", better="higher", measure={})'
    write("board", "kpi_02_yoy.py", formula.format('ref("sales.01") / ref("sales.orders").ago(weeks=52) - 1'))
    found = read_catalog(scorecards)
    assert [str(fault) for fault in found.faults] == []
    return pages_of(found)


def test_a_path_is_told_by_its_ends(write: Write, scorecards: Path) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    path = 'Target({date(2026, 6, 30): 0.2, date(2026, 3, 31): 0.1}, path="straight")'
    query = 'Query("select 1 as value")'
    said = f'kpi = KPI(title="T", owner="O", unit="%", better="higher", target={path}, measure={query})'
    write("sales", "kpi_01_t.py", said, doc='"""What."""\n\nfrom datetime import date')
    page = pages_of(read_catalog(scorecards))["sales.md"]
    assert "| target | in a straight line 10.0 % on 2026-03-31, 20.0 % on 2026-06-30 |" in page


def test_a_kpi_is_told_in_full(pages: Mapping[str, str]) -> None:
    section = pages["sales.md"].partition("## 01 Orders")[2].partition("## staging.orders")[0]
    for line in (
        "What is &lt; 3 and `a*b` stays.",
        "| owner | Sales |",
        "| target | 12 orders from 2026-01-01, 10 orders from 2026-07-01 (near down to 8 orders) |",
        "| each | week, Europe/London |",
        "| in longer periods | a flow, summed |",
        "| type, tier | north star, executive |",
        "| tags | one, two |",
        "| limits | falls by more than 5.0 % (high); rises by more than 50.0 % (medium) |",
        "| alarms | worth a look from a change of 5.0 %, an alarm from a fall by 20.0 % |",
        "| sliced by | kind |",
        "| nothing found | is 0 |",
        "| from | [staging.orders](#stagingorders): `at` |",
        "| children | [board.yoy](board.md#02-year-on-year) |",
        "select sum(1) as value from staging.orders where at >= :start and at < :end and 1 < 9",
    ):
        assert f"\n{line}\n" in section, line


def test_a_formula_is_told_with_its_parents(pages: Mapping[str, str]) -> None:
    page = pages["board.md"]
    assert "((sales.01 / sales.orders 52 weeks ago) - 1)" in page
    assert "| parents | [sales.orders](sales.md#01-orders-all-every--kind) |" in page
    assert "```sql" not in page


def test_a_dataset_is_told_with_its_contract(pages: Mapping[str, str]) -> None:
    section = pages["sales.md"].partition("## staging.orders")[2]
    assert "Orders of \\*all\\* kinds, &lt;b&gt;." in section
    assert "| comes from | the file orders.csv |" in section
    assert "| reach | at tells how far it reaches, and late rows are waited for 1 day |" in section
    assert "| `at` | timestamptz | is not null; within ..:today | holds the KPIs |" in section
    assert "| `kind` | text | matches ^a\\|b$ | warns |" in section
    assert "| `email` | text | personal: masked |  |" in section
    assert "| a &lt; b \\| c | 5% | warns |" in section


def test_the_scorecards_share_an_index(pages: Mapping[str, str]) -> None:
    assert set(pages) == {INDEX, "overview.svg", "sales.md", "sales.svg", "board.md", "board.svg"}
    assert "2 KPIs in 2 scorecards, from 1 dataset." in pages[INDEX]
    assert "| [Sales &amp; more](sales.md) | Sales | 1 | `orders` |" in pages[INDEX]
    assert "Its queries share numbers: `:most` is 9." in pages["sales.md"]


def test_every_link_leads_to_a_heading_or_a_drawing(pages: Mapping[str, str]) -> None:
    for name, text in pages.items():
        for link in re.findall(r"\]\(([^)]+)\)", text) if name.endswith(".md") else ():
            page, _, heading = link.partition("#")
            assert (page or name) in pages, link
            headings = re.findall(r"^#+ (.+)$", pages[page or name], re.MULTILINE)
            assert not heading or heading in {anchor(one) for one in headings}, link


def test_the_same_definitions_make_the_same_pages(pages: Mapping[str, str], scorecards: Path) -> None:
    assert pages_of(read_catalog(scorecards)) == pages


def test_markdown_keeps_what_was_meant() -> None:
    assert plain("2 * 3 < 7 [x](y) `a|b*`") == "2 \\* 3 &lt; 7 \\[x\\](y) `a|b*`"
    assert list(table(("a",), [["x|y\nz"]])) == ["| a |", "|---|", "| x\\|y z |"]
    assert list(table(("a",), [])) == []
    assert anchor("01 Share of the top 20, in %") == "01-share-of-the-top-20-in-"
