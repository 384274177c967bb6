"""Loading: from files, samples and where a table stands, with provenance, and never over rows that are real."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import MisuseError
from core.ledger.runs import latest_loads
from core.pipeline.loading import load
from core.pipeline.reading import loads_below
from core.pipeline.running import run
from core.pipeline.session import Session

Sql = Callable[..., list[tuple[Any, ...]]]
CARD = 'scorecard = Scorecard(title="Sales", owner="Sales")'
COLUMNS = (
    '(Column("id", "integer", nulls=0), Column("at", "timestamptz", nulls=0), '
    'Column("mail", pattern=".+@.+", sensitive=True))'
)
GOOD = "id,at,mail\n1,2026-11-09 12:00:00+00,ann@example.org\n2,2026-11-17 12:00:00+00,bob@example.org\n"
MADE = (
    "select n as id, cast($first as timestamptz) + to_days(cast(n as integer)) as at, 'x@example.org' as mail "
    "from range(9) as r(n)"
)


@pytest.fixture
def shop(write: Callable[..., None], scorecards: Path, open_shop: Callable[[str], Session]) -> Session:
    write("sales", "scorecard.py", CARD)
    said = f'dataset = Dataset(owner="O", watermark="at", columns={COLUMNS}, checks=(unique("id"),)'
    write("sales", "dataset_orders.py", f'{said}, source=File("orders*.csv"))')
    write("sales", "dataset_synced.py", f"{said})")
    write("sales", "dataset_forms.py", f'{said}, source=Sheet("forms", tab="Forms"))')
    for name in ("orders", "synced", "forms"):
        (scorecards / "sales" / f"dataset_{name}.sql").write_text(MADE)
    write(
        "sales",
        "kpi_01_orders.py",
        'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure=Query("select count(*) as value '
        'from staging.orders where at >= :start and at < :end"))',
    )
    session = open_shop("2026-11-20")
    session.settings.data.mkdir()
    return session


def rows(sql: Sql, name: str = "orders") -> list[int]:
    return [number for (number,) in sql(f"select id from staging.{name} order by id")]


def test_a_file_is_found_in_the_data_folder_and_its_provenance_is_kept(shop: Session, sql: Sql) -> None:
    file = shop.settings.data / "orders_november.csv"
    file.write_text(GOOD)
    report = load(shop, ["orders"], files={})
    assert report.exit_code == 0
    assert rows(sql) == [1, 2]
    kept = sql(
        "select dataset, source, length(checksum), row_count, cast(watermark as text), level, run.command, run.state "
        "from kpi.load join kpi.run using (run_id)"
    )
    assert [row[:4] + row[5:] for row in kept] == [("orders", str(file), 64, 2, "pass", "load", "done")]
    verdicts = {
        rule: (level, at_fault) for rule, level, at_fault in sql("select rule, level, at_fault from kpi.verdict")
    }
    assert verdicts["unique id"] == ("pass", 0)
    assert len(verdicts) == 4


def test_a_named_file_is_taken_in_place_of_the_one_in_the_folder(shop: Session, sql: Sql, tmp_path: Path) -> None:
    (shop.settings.data / "orders.csv").write_text(GOOD)
    other = tmp_path / "other.csv"
    other.write_text(GOOD.replace("1,", "7,", 1))
    load(shop, ["sales.orders"], files={"orders": str(other)})
    assert rows(sql) == [2, 7]


def test_a_file_that_is_bad_keeps_the_last_good_table_and_its_provenance(shop: Session, sql: Sql) -> None:
    file = shop.settings.data / "orders.csv"
    file.write_text(GOOD)
    load(shop, ["orders"], files={})
    before = sql("select t::text from kpi.load as t"), sql("select t::text from kpi.verdict as t order by 1")
    for bad in ("", "id,at\n1,2026-11-09\n", GOOD.replace("2,2026-11-17", "two,2026-11-17"), GOOD + "3,never,x@y\n"):
        file.write_text(bad)
        report = load(shop, ["orders"], files={})
        assert report.exit_code == 1
        assert report.problems[0].startswith("sales/orders: ")
        assert "bob@" not in report.problems[0]
        assert rows(sql) == [1, 2]
    assert (sql("select t::text from kpi.load as t"), sql("select t::text from kpi.verdict as t order by 1")) == before


def test_one_dataset_that_fails_does_not_stop_the_others(shop: Session, sql: Sql) -> None:
    (shop.settings.data / "orders.csv").write_text(GOOD)
    report = load(shop, [], files={})
    assert [loaded.dataset for loaded in report.loads] == ["orders"]
    assert {problem.partition(":")[0] for problem in report.problems} == {"sales/forms", "sales/synced"}
    assert "There is no table staging.synced." in " ".join(report.problems)


def test_sensitive_values_are_masked_in_verdicts_and_in_what_is_told(shop: Session, sql: Sql) -> None:
    (shop.settings.data / "orders.csv").write_text(GOOD.replace("bob@example.org", "secret-without-at"))
    report = load(shop, ["orders"], files={})
    assert report.exit_code == 1
    assert "mail matches .+@.+: 1 of 2" in " ".join(report.lines())
    (kept,) = sql("select at_fault, samples::text from kpi.verdict where level = 'fail'")
    assert kept[0] == 1
    for told in (" ".join(report.lines()), str(report.as_json()), kept[1]):
        assert "mail" in told
        assert "secret" not in told


def test_a_load_that_breaks_its_contract_holds_the_kpis(shop: Session, sql: Sql) -> None:
    (shop.settings.data / "orders.csv").write_text(GOOD + GOOD.splitlines()[1] + "\n")
    load(shop, ["orders"], files={})
    report = run(shop, [])
    assert [(r.state, r.note) for r in report.troubles] == [("held", "orders breaks its contract: unique id (1)")]
    assert sql("select field_value, state from vl_analytics.scorecard") == [(None, "held")]


def test_a_dry_run_loads_judges_and_keeps_nothing(
    shop: Session, sql: Sql, everything: Callable[[], Any], tmp_path: Path
) -> None:
    (shop.settings.data / "orders.csv").write_text(GOOD)
    load(shop, ["orders"], files={})
    before = everything()
    (shop.settings.data / "orders.csv").write_text(GOOD + "3,2026-11-18 12:00:00+00,eve@example.org\n")
    report = load(shop, ["orders"], files={}, dry_run=True)
    assert report.loads[0].rows == 3
    assert load(shop, ["forms"], files={}, sample=True, dry_run=True).loads[0].rows == 9
    assert (rows(sql), everything()) == ([1, 2], before)
    assert not (shop.settings.data / "forms.xlsx").exists()


def test_sample_rows_replace_sample_rows_and_never_real_ones(shop: Session, sql: Sql) -> None:
    for _ in range(2):
        assert load(shop, ["orders"], files={}, sample=True).exit_code == 0
    assert rows(sql) == list(range(9))
    (shop.settings.data / "orders.csv").write_text(GOOD)
    load(shop, ["orders"], files={})
    with pytest.raises(MisuseError, match="would replace orders, which came from a real source"):
        load(shop, [], files={}, sample=True)
    assert rows(sql) == [1, 2]


def test_sample_rows_never_replace_a_table_that_another_system_fills(shop: Session, sql: Sql) -> None:
    load(shop, ["synced"], files={}, sample=True)
    load(shop, ["synced"], files={})  # a check where it stands says nothing of where the rows came from
    load(shop, ["synced"], files={}, sample=True)
    sql("truncate staging.synced")
    sql("insert into staging.synced values (1, '2026-11-17 12:00+00', 'x@example.org')")
    load(shop, ["synced"], files={})
    with pytest.raises(MisuseError, match="would replace synced"):
        load(shop, ["synced"], files={}, sample=True)
    assert rows(sql, "synced") == [1]


def test_a_table_that_nobody_loaded_is_real(shop: Session, sql: Sql) -> None:
    sql("create table staging.synced (id bigint, at timestamptz, mail text)")
    with pytest.raises(MisuseError, match="would replace synced"):
        load(shop, ["synced"], files={}, sample=True)


def test_a_sheets_sample_rows_lie_where_people_keep_them_and_load_from_there(shop: Session, sql: Sql) -> None:
    load(shop, ["forms"], files={}, sample=True)
    assert (shop.settings.data / "forms.xlsx").exists()
    made = rows(sql, "forms")
    assert load(shop, ["forms"], files={}).exit_code == 0
    assert rows(sql, "forms") == made == list(range(9))


@pytest.mark.parametrize(
    ("selectors", "files", "sample", "said"),
    [
        (["ordres"], {}, False, 'There is no dataset or scorecard "ordres". Did you mean "orders"?'),
        (["orders"], {"order": "x.csv"}, False, 'no such dataset is being loaded. Did you mean "orders"?'),
        (["orders"], {"orders": "x.csv"}, True, "--sample and --file exclude each other"),
    ],
)
def test_misuse_is_told_before_anything_is_loaded(
    shop: Session, selectors: list[str], files: dict[str, str], sample: bool, said: str, everything: Callable[[], Any]
) -> None:
    before = everything()
    with pytest.raises(MisuseError) as told:
        load(shop, selectors, files=files, sample=sample)
    assert said in str(told.value)
    assert everything() == before


def test_an_empty_table_that_stands_is_not_fine(shop: Session, sql: Sql) -> None:
    sql("create table staging.synced (id bigint, at timestamptz, mail text)")
    report = load(shop, ["synced"], files={})
    assert report.exit_code == 1
    assert sql("select level from kpi.load where dataset = 'synced'") == [("fail",)]


def test_the_actor_of_a_load_can_be_named(shop: Session, sql: Sql) -> None:
    shop.settings = replace(shop.settings, actor="nightly")
    (shop.settings.data / "orders.csv").write_text(GOOD)
    load(shop, ["orders"], files={})
    assert sql("select actor from kpi.run") == [("nightly",)]


def test_columns_that_come_go_or_change_are_told_kept_and_shown(shop: Session, sql: Sql) -> None:
    file = shop.settings.data / "orders.csv"
    for extra in ("note", "note", "region"):
        file.write_text(GOOD.replace("mail\n", f"mail,{extra}\n").replace("org\n", "org,x\n"))
        report = load(shop, ["orders"], files={})
    assert report.exit_code == 0
    assert "  columns since the load before: added region; lost note" in report.lines()
    (told,) = report.as_json()["loads"]  # type: ignore[misc]
    assert told["drift"] == {"added": ["region"], "lost": ["note"], "changed": []}  # type: ignore[index]
    assert sql("select details -> 'drift' ->> 'added' from kpi.load order by load_id") == [
        (None,),
        (None,),
        ('["region"]',),
    ]
    assert [str(found.drift) for found in loads_below(shop, shop.catalog.definitions)] == ["added region; lost note"]


def test_a_change_of_columns_that_holds_the_kpis_holds_them_until_it_is_mended(
    shop: Session, write: Callable[..., None], sql: Sql
) -> None:
    said = f'dataset = Dataset(owner="O", watermark="at", columns={COLUMNS}, checks=(no_drift(severity="fail"),)'
    write("sales", "dataset_orders.py", f'{said}, source=File("orders*.csv"))')
    shop = Session(shop.settings, shop.fixed_today)
    file = shop.settings.data / "orders.csv"
    other = GOOD.replace("mail\n", "mail,region\n").replace("org\n", "org,x\n")
    codes = []
    for content in (GOOD, other, other, GOOD):
        file.write_text(content)
        codes.append(load(shop, ["orders"], files={}).exit_code)
    assert codes == [0, 1, 1, 0]
    assert sql("select level from kpi.load order by load_id") == [("pass",), ("fail",), ("fail",), ("pass",)]
    shop.close()


def test_sample_rows_and_real_ones_are_not_held_against_each_other(shop: Session, scorecards: Path) -> None:
    (scorecards / "sales" / "dataset_orders.sql").write_text(MADE.replace(" from range", ", 1 as made from range"))
    load(shop, ["orders"], files={}, sample=True)
    (shop.settings.data / "orders.csv").write_text(GOOD)
    assert load(shop, ["orders"], files={}).loads[0].drift.count == 0
    assert load(shop, ["forms"], files={}, sample=True).loads[0].drift.count == 0


def test_what_a_rule_asks_is_loaded_first_and_what_is_not_there_is_told(
    shop: Session, write: Callable[..., None], sql: Sql
) -> None:
    said = f'dataset = Dataset(owner="O", watermark="at", columns={COLUMNS}, source=File("{{0}}.csv"), checks={{1}})'
    write("sales", "dataset_a_lines.py", said.format("lines", '(references("id", to="orders.id", severity="warn"),)'))
    write("sales", "dataset_b_lines.py", said.format("lines", '(references("id", to="synced.id"),)'))
    shop = Session(shop.settings, shop.fixed_today)
    (shop.settings.data / "orders.csv").write_text(GOOD)
    (shop.settings.data / "lines.csv").write_text(GOOD.replace("2,2026", "3,2026"))
    report = load(shop, ["a_lines", "b_lines", "orders"], files={})
    assert [done.dataset for done in report.loads] == ["orders", "a_lines", "b_lines"]
    assert report.lines()[-3:] == [
        "  warn: id stands in orders.id: 1 of 2, such as id 3",
        *[line for line in report.lines() if line.startswith("b_lines")],
        "  fail: id stands in synced.id: not checked: there is no table staging.synced yet. "
        "Load synced, then this again.",
    ]
    kept = sql("select level, at_fault, of_rows, samples::text from kpi.verdict where rule = 'id stands in synced.id'")
    assert kept[0][:3] == ("fail", 0, 0)
    assert "staging.synced" in kept[0][3]
    with shop.ledger() as connection:
        assert latest_loads(connection, ["b_lines"])["b_lines"].why == "id stands in synced.id (not checked)"
    shop.close()
