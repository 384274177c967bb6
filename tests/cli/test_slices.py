"""`kpi show --by`: one number and what it is made of, as a table and as JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Kpi = Callable[..., Any]
Sql = Callable[..., list[tuple[Any, ...]]]
ASKED = "from staging.orders where at >= :start and at < :end"
MEASURES = {
    "01_orders": f"count(*) as value {ASKED}",
    "02_buyers": f"count(distinct buyer) as value {ASKED}",
    "03_revenue": f"sum(amount) as value {ASKED}",
    "04_basket": f"sum(amount) as numerator, count(*) filter (where amount > 0) as denominator {ASKED}",
}


@pytest.fixture
def run(write: Callable[..., None], sql: Sql, kpi: Kpi) -> Kpi:
    """A week of orders from four countries and from nowhere."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales team")')
    columns = (
        'Column("at", "timestamptz"), Column("amount", "decimal(12,2)"), Column("country"), Column("buyer"), '
        'Column("hour", "integer"), Column("email", sensitive=True)'
    )
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", columns=({columns}))')
    for place, measure in MEASURES.items():
        body = (
            f'kpi = KPI(title="{place[3:].title()}", owner="S", unit="GBP", better="higher", '
            f'dimensions=("country", "hour"), measure=Query("select {measure}"))'
        )
        write("sales", f"kpi_{place}.py", body)
    write("sales", "kpi_05_plain.py", 'kpi = KPI(title="P", owner="S", unit="x", better="lower", measure=ref("06"))')
    write(
        "sales",
        "kpi_06_alone.py",
        f'kpi = KPI(title="A", owner="S", unit="x", better="lower", measure=Query("select count(*) as value {ASKED}"))',
    )
    sql(
        "create table staging.orders (at timestamptz, amount numeric(12,2), country text, buyer text, hour integer, "
        "email text)"
    )
    rows: list[tuple[Any, ...]] = [
        *[("11-10", 100, "United Kingdom", "a", 9), ("11-10", 50, "United Kingdom", "b", 10)],
        *[("11-11", 30, "France", "a", 9), ("11-11", 10, None, "c", 9), ("11-12", 8, "Spain", "d", 10)],
        *[("11-12", -2, "Italy", "e", 9), ("10-20", 1, "France", "a", 9), ("11-17", 1, "France", "a", 9)],
    ]
    for day, *rest in rows:
        sql("insert into staging.orders values (%s, %s, %s, %s, %s, 'x@example.com')", f"2026-{day} 12:00+00", *rest)
    return kpi


def told(answer: Any) -> list[list[str]]:
    """The lines of the table, in words, without bars and empty ones."""
    lines = [line.replace("█", "").split("  ") for line in answer.out.splitlines()]
    return [[word.strip() for word in line if word.strip()] for line in lines if "".join(line).strip()]


def test_the_largest_stand_first_with_their_share_and_null_apart(run: Kpi) -> None:
    answer = run("show", "sales.revenue", "--by", "country", "--week", "2026-W46")
    assert told(answer) == [
        ["03 Revenue", "sales.revenue"],
        ["2026-W46, all: 196.00 GBP"],
        ["country", "GBP", "share"],
        ["United Kingdom", "150.00 GBP", "76.5 %"],
        ["France", "30.00 GBP", "15.3 %"],
        ["(none)", "10.00 GBP", "5.1 %"],
        ["Spain", "8.00 GBP", "4.1 %"],
        ["Italy", "-2.00 GBP", "-1.0 %"],
    ]
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[4].endswith("█" * 18)


def test_the_rest_is_said_and_one_alone_is_shown(run: Kpi) -> None:
    two = told(run("show", "sales.revenue", "--by", "country", "--week", "2026-W46", "--top", "2"))
    assert two[3:] == [
        ["United Kingdom", "150.00 GBP", "76.5 %"],
        ["France", "30.00 GBP", "15.3 %"],
        ["and 3 others: 16.00 GBP (8.2 %); --top 5 shows all."],
    ]
    assert len(told(run("show", "sales.revenue", "--by", "country", "--week", "2026-W46", "--top", "4"))) == 8
    none = told(run("show", "sales.buyers", "--by", "country", "--week", "2026-W46", "--top", "0"))
    assert none[-1] == ["and 5 others; --top 5 shows all."]


def test_no_share_is_claimed_where_slices_do_not_add_up(run: Kpi) -> None:
    buyers = told(run("show", "sales.buyers", "--by", "country", "--week", "2026-W46"))
    assert buyers[1:4] == [["2026-W46, all: 5.00 GBP"], ["country", "GBP"], ["United Kingdom", "2.00 GBP"]]
    assert "%" not in str(buyers)


def test_a_ratio_shows_what_it_is_made_of_and_an_unknown_one_is_a_dash(run: Kpi) -> None:
    basket = told(run("show", "sales.basket", "--by", "country", "--week", "2026-W46"))
    assert basket[2:5] == [
        ["country", "GBP", "made of"],
        ["United Kingdom", "75.00 GBP", "150 / 2"],
        ["France", "30.00 GBP", "30 / 1"],
    ]
    assert basket[-1] == ["Italy", "–", "-2 / 0"]


def test_a_pair_has_a_column_each(run: Kpi) -> None:
    for words in (["--by", "country", "--by", "hour"], ["--by", "country,hour"]):
        pair = told(run("show", "sales.orders", *words, "--week", "2026-W46", "--top", "2"))
        assert [line[:2] for line in pair[2:5]] == [["country", "hour"], ["France", "9"], ["Italy", "9"]]
        assert pair[5] == ["and 4 others: 4.00 GBP (66.7 %); --top 6 shows all."]
    found = json.loads(run("show", "sales.orders", "--by", "hour,country", "--week", "2026-W46", "--json").out)
    assert found["by"] == ["hour", "country"]
    assert {"hour": 10, "country": "Spain"} in [part["slice"] for part in found["slices"]]


def test_json_has_the_whole_and_every_slice_with_its_parts(run: Kpi) -> None:
    found = json.loads(run("show", "sales.basket", "--by", "country", "--week", "2026-W46", "--json").out)
    assert (found["kpi"], found["period"], found["by"], found["adds_up"]) == (
        "sales.basket",
        "2026-W46",
        ["country"],
        False,
    )
    assert found["headline"]["numerator"] == 196
    assert found["headline"]["denominator"] == 5
    assert (found["headline"]["value"], found["headline"]["state"]) == (39.2, "final")
    assert found["slices"][-1] == {
        "slice": {"country": "Italy"},
        "value": None,
        "numerator": -2,
        "denominator": 0,
        "share": None,
    }
    assert {"country": None} in [part["slice"] for part in found["slices"]]
    assert found["others"] == {"slices": 0}
    top = json.loads(run("show", "sales.revenue", "--by", "country", "--week", "2026-W46", "--top", "3", "--json").out)
    assert [len(top["slices"]), top["others"]["slices"], top["others"]["value"]] == [3, 2, 6]


def test_a_text_that_looks_like_null_or_like_nothing_is_quoted(run: Kpi, sql: Sql) -> None:
    for country in ("(none)", "", "a\nb", "x" * 70):
        sql("insert into staging.orders values ('2026-11-10 12:00+00', 1, %s, 'z', 1, null)", country)
    out = run("show", "sales.orders", "--by", "country", "--week", "2026-W46").out
    assert all(text in out for text in ("'(none)'", "''", r"'a\nb'", "x" * 59 + "…"))


def test_a_week_without_rows_says_so(run: Kpi, sql: Sql) -> None:
    answer = run("show", "sales.orders", "--by", "country", "--week", "2026-W45")
    assert told(answer)[1:] == [["2026-W45, all: 0.00 GBP"], ["Nothing of 2026-W45 is there to slice."]]
    assert answer.code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["sales.orders", "--by", "contry"], 'sales.orders has no dimension "contry". Did you mean "country"?'),
        (["sales.alone", "--by", "country"], 'sales.alone declares no dimensions. Add dimensions=("region",) to its'),
        (["sales.plain", "--by", "country"], "sales.plain declares no dimensions."),
        (["sales.orders", "--by", "country,hour,hour"], "--by takes one dimension or a pair of them."),
        (["sales.orders", "--top", "3"], "--top goes with --by. Say by which dimension: --by country."),
        (["sales.orders", "--by", "country", "--last", "3"], "--by slices one period, so it does not go with --last."),
        (["sales.orders", "--by", "country", "--week", "2026-11"], "sales.orders is weekly; 2026-11 is not."),
    ],
)
def test_misuse_is_told_in_a_sentence(words: list[str], why: str, run: Kpi) -> None:
    answer = run("show", *words)
    assert (answer.code, answer.out) == (2, "")
    assert why in answer.err


def test_a_query_that_is_not_asked_has_no_slices_and_fails(run: Kpi, write: Callable[..., None]) -> None:
    body = (
        'kpi = KPI(title="B", owner="S", unit="x", better="lower", dimensions=("country",), measure=Query("select '
        'count(*) as value from staging.orders where at between :start and :end"))'
    )
    write("sales", "kpi_07_broken.py", body)
    answer = run("show", "sales.broken", "--by", "country", "--week", "2026-W46")
    assert answer.code == 1
    assert "all: –  failed: The query is not asked" in answer.out
    assert json.loads(run("show", "sales.broken", "--by", "country", "--json").out)["slices"] == []


def test_check_says_why_a_kpi_cannot_be_sliced_and_never_shows_what_is_sensitive(
    run: Kpi, write: Callable[..., None]
) -> None:
    assert run("check", "--no-explain").code == 0
    body = 'kpi = KPI(title="B", owner="S", unit="x", better="lower", dimensions=({}), measure=Query("{}"))'
    write("sales", "kpi_07_top.py", body.format('"country",', f"select count(*) as value {ASKED} limit 1"))
    write("sales", "kpi_08_mails.py", body.format('"email",', f"select count(*) as value {ASKED}"))
    answer = run("check", "--no-explain")
    assert answer.code == 2
    assert (
        "sales/kpi_07_top.py: its query cannot be sliced by its dimensions: it has a LIMIT at the top, where there is "
        "one row. Take it away, or put it into the FROM."
    ) in answer.out
    assert 'dimension "email" would show the values of email, which is sensitive. Choose another column.' in answer.out
    shown = run("show", "sales.mails", "--by", "email", "--week", "2026-W46")
    assert (shown.code, shown.out) == (2, "")
    assert "@" not in shown.err


def test_show_names_the_dimensions_of_a_formula_too(run: Kpi, write: Callable[..., None]) -> None:
    body = 'kpi = KPI(title="M", owner="S", unit="x", better="lower", measure=ref("orders").mean(weeks=2))'
    write("sales", "kpi_07_mean.py", body)
    assert "by       country, hour" in run("show", "sales.mean", "--last", "1").out
    mean = told(run("show", "sales.mean", "--by", "country", "--week", "2026-W46"))
    assert mean[1:4] == [
        ["2026-W46, all: 3.0 x"],
        ["country", "x", "share"],
        ["United Kingdom", "1.0 x", "33.3 %"],
    ]
