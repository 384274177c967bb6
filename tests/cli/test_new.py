"""`kpi new`: from a title to a recorded number."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Kpi = Callable[..., Any]


def test_a_new_kpi_takes_the_next_number_passes_the_check_and_records(shop: None, kpi: Kpi, scorecards: Path) -> None:
    made = kpi("new", "sales", "Onboarding calls held", "--unit", "calls", "--better", "higher")
    assert made.code == 0
    assert made.out == "scorecards/sales/kpi_03_onboarding_calls_held.py\n"
    assert "kpi show sales.onboarding_calls_held" in made.err
    assert kpi("check").code == 0
    assert json.loads(kpi("show", "sales.03", "--json").out)["readings"][-1]["value"] == 3
    assert kpi("run", "sales.03").code == 0
    assert json.loads(kpi("history", "sales.03", "--json").out)[0]["value"] == 3
    listed = json.loads(kpi("list", "sales.03", "--json").out)[0]
    assert (listed["title"], listed["owner"], listed["unit"]) == ("Onboarding calls held", "Sales team", "calls")


def test_a_number_that_the_ledger_knows_is_not_given_out_again(shop: None, kpi: Kpi, scorecards: Path) -> None:
    first = scorecards.parent / kpi("new", "sales", "Calls held").out.strip()
    assert first.name == "kpi_03_calls_held.py"
    assert kpi("run", "sales.03").code == 0
    first.unlink()
    assert kpi("new", "sales", "Visits paid").out == "scorecards/sales/kpi_04_visits_paid.py\n"


def test_a_share_has_two_parts_and_a_monthly_kpi_says_so(shop: None, kpi: Kpi, scorecards: Path) -> None:
    path = scorecards.parent / kpi("new", "sales", "Share sold", "--unit", "%", "--cadence", "monthly").out.strip()
    text = path.read_text()
    assert 'cadence="monthly",' in text
    assert "as numerator" in text
    assert kpi("check").code == 0
    assert json.loads(kpi("show", "sales.03", "--json").out)["readings"][-1]["value"] == 1


TITLES = {
    'The "big" one': "the_big_one",
    'Ends with a quote"': "ends_with_a_quote",
    "Back\\slash \\n {braces} %s": "back_slash_n_braces_s",
    "Größe der Rückläufer – früh": "grosse_der_rucklaufer_fruh",
    "Forms in 60 days.": "forms_in_60_days",
    'Three """ quotes': "three_quotes",
    "Two\nlines": "two_lines",
}


def test_any_title_makes_a_file_without_faults(shop: None, kpi: Kpi) -> None:
    for title, slug in TITLES.items():
        assert kpi("new", "sales", title).code == 0
        assert kpi("check", f"sales.{slug}", "--no-explain").code == 0
        told = json.loads(kpi("list", f"sales.{slug}", "--json").out)[0]
        assert told["title"] == title.rstrip(".").replace("\n", " ")


def test_a_title_that_makes_no_name_is_refused_and_nothing_is_written(shop: None, kpi: Kpi, scorecards: Path) -> None:
    before = sorted(scorecards.rglob("*.py"))
    for title in ["30 days to pay", "!!!", "", "三十日", "x" * 300]:
        answer = kpi("new", "sales", title)
        assert (answer.code, answer.out) == (2, ""), title
        assert sorted(scorecards.rglob("*.py")) == before


def test_a_name_is_never_taken_twice(shop: None, kpi: Kpi) -> None:
    answer = kpi("new", "sales", "Orders")
    assert answer.code == 2
    assert "kpi_01_orders.py is there already" in answer.err
