"""The catalog as people look through it: filters of kpi list, facts of kpi show, kpi docs, what kpi check asks for."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sql = Callable[..., list[tuple[Any, ...]]]
Kpi = Callable[..., Any]
Write = Callable[..., None]
QUERY = "select {} as value from staging.orders where at >= :start and at < :end"


@pytest.fixture
def catalog(shop: None, write: Write) -> None:
    """The shop's two KPIs, and three more that say who they are for."""
    body = 'kpi = KPI(title="{}", owner="{}", unit="orders", better="higher", {}, measure={})'
    count = 'Query("' + QUERY.format("count(*)") + '")'
    lead = 'type="north_star", tier="executive", tags=("Growth", "money"), kind="flow", dimensions=("amount",)'
    limits = 'limits=(Limit(-0.05, severity="high"), Limit(0.2))'
    write("sales", "kpi_03_lead.py", body.format("Lead", "Board", f"{lead}, {limits}", count))
    ratio = body.format("Basket", "Retention", 'type="driver", tier="operational"', 'ref("revenue") / ref("orders")')
    write("sales", "kpi_04_basket.py", ratio)
    write("team", "scorecard.py", 'scorecard = Scorecard(title="Our Team", owner="Team")')
    other = body.format("Other", "Board", 'tier="executive", tags=("growth",)', 'ref("sales.basket").mean(weeks=4)')
    write("team", "kpi_01_other.py", other)


def names(answer: Any) -> list[str]:
    return [row["kpi"] for row in json.loads(answer.out)]


FILTERS = [
    (["--owner", "board"], ["sales.lead", "team.other"]),
    (["--owner", "Board", "--owner", "RETENTION"], ["sales.lead", "sales.basket", "team.other"]),
    (["--tier", "Executive", "--type", "north_star"], ["sales.lead"]),
    (["--tag", "growth", "--scorecard", "team"], ["team.other"]),
    (["--scorecard", "OUR team"], ["team.other"]),
    (["sales", "--owner", "Board"], ["sales.lead"]),
    (["--type", "guardrail"], []),
    (["--tag", "growth", "--tag", "money", "--owner", "Retention"], []),
]


@pytest.mark.parametrize(("words", "expected"), FILTERS, ids=lambda words: " ".join(words))
def test_a_list_is_narrowed_by_what_its_kpis_say(
    words: list[str], expected: list[str], catalog: None, kpi: Kpi
) -> None:
    answer = kpi("list", *words, "--json")
    assert (answer.code, names(answer), answer.err) == (0, expected, "")


UNKNOWN = [
    (["--owner", "bord"], 'There is no owner "bord". Did you mean "Board"?'),
    (["--tier", "executives"], 'There is no tier "executives". Did you mean "executive"?'),
    (["--type", "star"], 'There is no type "star". Known are north_star, driver, guardrail, diagnostic.'),
    (["--tag", "xyz"], 'There is no tag "xyz". Known are Growth, growth, money.'),
    (["--scorecard", "sale"], 'There is no scorecard "sale". Did you mean "sales"?'),
    (["--tag", "growth", "--tag", "monney"], 'There is no tag "monney". Did you mean "money"?'),
]


@pytest.mark.parametrize(("words", "said"), UNKNOWN, ids=lambda words: " ".join(words))
def test_a_word_that_nobody_knows_is_misuse(words: list[str], said: str, catalog: None, kpi: Kpi) -> None:
    answer = kpi("list", *words)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_type_and_tier_stand_in_the_list_and_nothing_left_is_said(catalog: None, kpi: Kpi) -> None:
    answer = kpi("list", "--owner", "Board")
    (line,) = [line for line in answer.out.splitlines() if "Lead" in line]
    assert line.split()[-3:] == ["north", "star", "executive"]
    assert "Our Team  team, 1 KPI\n" in answer.out
    empty = kpi("list", "--type", "guardrail")
    assert empty == (0, "", "No KPI has all of that.\n")


def facts(answer: Any) -> dict[str, str]:
    """By word: what `kpi show` says; a second line of the same word is added."""
    found: dict[str, str] = {}
    last = ""
    for line in answer.out.splitlines():
        if told := re.fullmatch(r"  ([a-z]*) {2,}(\S.*)", line):
            last = told[1] or last
            found[last] = " / ".join(filter(None, [found.get(last, ""), told[2]]))
    return found


def test_show_tells_the_facts_of_a_query(catalog: None, kpi: Kpi) -> None:
    told = facts(kpi("show", "sales.lead", "--last", "1"))
    version = told.pop("version")
    contract = told.pop("contract")
    assert told == {
        "owner": "Board",
        "better": "higher",
        "target": "none",
        "type": "north star, executive",
        "tags": "Growth, money",
        "each": "week, UTC; a flow, summed",
        "limit": "falls by more than 5.0 % (high): holds in 2026-W46 (+50.0 %) / "
        "rises by more than 20.0 % (medium): broken in 2026-W46 (+50.0 %)",
        "from": "staging.orders: at",
        "by": "amount",
    }
    assert re.fullmatch(r"[0-9a-f]{16}", version)
    assert contract.startswith("orders: 1 rule, 1 of which hold its KPIs; watermark at")


def test_one_period_is_enough_to_know_whether_a_limit_is_broken(catalog: None, kpi: Kpi) -> None:
    answer = kpi("show", "sales.lead", "--last", "1", "--json")
    told = json.loads(answer.out)
    assert [reading["period"] for reading in told["readings"]] == ["2026-W46"]
    assert [(limit["severity"], limit["broken"], limit["was"]) for limit in told["limits"]] == [
        ("high", False, 0.5),
        ("medium", True, 0.5),
    ]
    assert told["sources"] == [{"name": "staging.orders", "columns": ["at"], "dataset": "orders"}]
    assert [rule["rule"] for rule in told["contracts"][0]["rules"]] == ["amount within 0.."]
    assert (told["type"], told["tier"], told["tags"], told["kind"]) == (
        "north_star",
        "executive",
        ["Growth", "money"],
        "flow",
    )


def test_a_change_from_an_unknown_number_breaks_no_limit(catalog: None, kpi: Kpi, sql: Sql) -> None:
    sql("delete from staging.orders where at < '2026-11-09'")
    told = facts(kpi("show", "sales.lead", "--last", "2"))
    assert told["limit"].split(" / ")[0] == "falls by more than 5.0 % (high): not known in 2026-W46"


def test_show_tells_parents_and_children(catalog: None, kpi: Kpi) -> None:
    told = facts(kpi("show", "sales.basket", "--last", "1"))
    assert (told["formula"], told["parents"], told["children"]) == (
        "(revenue / orders)",
        "sales.revenue, sales.orders",
        "team.other",
    )
    assert "from" not in told
    assert json.loads(kpi("show", "sales.orders", "--json").out)["children"] == ["sales.basket"]


def test_the_contract_is_told_as_it_stood_at_the_last_load(catalog: None, kpi: Kpi, sql: Sql) -> None:
    sql("insert into staging.orders values ('2026-11-17 12:00+00', -1)")
    assert kpi("load", "orders").code == 1
    told = facts(kpi("show", "sales.lead", "--last", "1"))
    assert told["contract"].endswith("last verdict fail, score 87.5")


def test_the_last_change_comes_from_git_and_is_missing_without(catalog: None, kpi: Kpi, scorecards: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=Ann Lee", "-c", "user.email=ann@example.com"]
        subprocess.run(["git", *who, "-C", scorecards, *words], check=True, capture_output=True)

    def changed() -> str:
        return facts(kpi("show", "sales.lead", "--last", "1")).get("changed", "")

    assert changed() == ""
    git("init", "--quiet")
    assert changed() == ""
    git("add", "sales/scorecard.py")
    git("commit", "--quiet", "--message", "begin", "--date", "2026-03-02T12:00:00")
    assert changed() == "not committed yet"
    git("add", "--all")
    git("commit", "--quiet", "--message", "more", "--date", "2026-03-02T12:00:00")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d in [0-9a-f]{7,} by Ann Lee", changed())
    file = scorecards / "sales" / "kpi_03_lead.py"
    file.write_text(file.read_text() + "\n")
    assert changed().endswith("by Ann Lee, and edited since")


def test_docs_are_written_checked_and_told(catalog: None, kpi: Kpi, tmp_path: Path) -> None:
    metrics = tmp_path / "docs" / "reference" / "metrics"
    missing = kpi("docs", "--check")
    assert missing.code == 1
    assert f"{metrics / 'sales.md'} is not current\n" in missing.out
    assert missing.err == "Renew them: kpi docs\n"
    assert not metrics.exists()
    assert kpi("docs", "--dry-run").code == 0
    assert not metrics.exists()
    written = kpi("docs")
    assert written.code == 0
    assert str(metrics / "README.md") in written.out
    assert kpi("docs", "--check") == (0, "", "6 files as before.\n")
    told = json.loads(kpi("docs", "--to", str(tmp_path / "else"), "--check", "--json").out)
    assert (told["folder"], len(told["outdated"]), told["dry_run"]) == (str(tmp_path / "else"), 6, True)
    assert kpi("docs", "--to", str(tmp_path / "else"), "--check").err == f"Renew them: kpi docs --to {tmp_path}/else\n"


FIELDS = {"title": '"T"', "owner": '"O"', "unit": '"u"', "better": '"higher"'}
LACKING = [
    ("owner", None, 'KPI lacks the field "owner"'),
    ("unit", None, 'KPI lacks the field "unit"'),
    ("better", None, 'KPI lacks the field "better"'),
    ("owner", '" "', "owner is missing"),
    ("unit", '""', "unit is missing"),
    ("better", '""', 'better="" is none of higher, lower, neither.'),
]


@pytest.mark.parametrize(("field", "value", "said"), LACKING)
def test_a_definition_without_an_owner_unit_or_direction_fails_the_check(
    field: str, value: str | None, said: str, shop: None, kpi: Kpi, write: Write
) -> None:
    fields = FIELDS | ({} if value is None else {field: value})
    given = ", ".join(f"{name}={v}" for name, v in fields.items() if not (name == field and value is None))
    write("sales", "kpi_03_lacking.py", f'kpi = KPI({given}, measure=Query("{QUERY.format("count(*)")}"))')
    answer = kpi("check")
    assert answer.code == 2
    assert said in answer.out


@pytest.mark.parametrize("doc", ["", '""""""', '"""   """', "# only a comment"])
def test_a_definition_without_a_docstring_fails_the_check(doc: str, shop: None, kpi: Kpi, write: Write) -> None:
    given = ", ".join(f"{name}={value}" for name, value in FIELDS.items())
    body = f'kpi = KPI({given}, measure=Query("{QUERY.format("count(*)")}"))'
    write("sales", "kpi_03_lacking.py", body, doc=doc)
    write("sales", "dataset_lacking.py", 'dataset = Dataset(owner="O", columns=(Column("a"),))', doc=doc)
    answer = kpi("check")
    assert answer.code == 2
    said = "the docstring is missing: say in a sentence what the file stands for"
    assert [line for line in answer.out.splitlines() if said in line] == [
        f"sales/dataset_lacking.py: {said}",
        f"sales/kpi_03_lacking.py: {said}",
    ]
