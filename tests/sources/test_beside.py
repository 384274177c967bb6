"""Rules across tables and drift: asked while loading and where a table stands, of rows at the edge."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from core import Column, Dataset, conserved, no_drift, outliers, references
from core.catalog import BoundDataset
from core.checks import Check, Level, Verdict, score
from core.errors import BusyError, DefinitionError
from core.loads import Drift, Load, origin_of
from core.sources.beside import Beside
from core.sources.drift import drift
from core.sources.staging import check_in_place, stage

from .conftest import Bind, Warehouse

Write = Callable[..., Path]
Judge = Callable[..., Verdict]
TODAY = date(2026, 11, 20)
COLUMNS = (
    Column("sale_id", "integer"),
    Column("shop"),
    Column("amount", "decimal(9,2)"),
    Column("sold_at", "timestamptz"),
)
PAYMENTS = Dataset(
    owner="Money",
    columns=(
        Column("shop"),
        Column("amount", "decimal(9,2)"),
        Column("fee", "decimal(9,2)", sensitive=True),
        Column("paid_at", "timestamptz"),
    ),
)


@pytest.fixture(params=["while loading", "where it stands"])
def judged(request: pytest.FixtureRequest, warehouse: Warehouse, bind: Bind, file: Write) -> Judge:
    """The verdict of one rule over rows of sales, beside `staging.payments` if there is one."""

    def _judged(check: Check, *sales: str, zone: str = "Europe/London") -> Verdict:
        bound = bind(Dataset(owner="Sales", columns=COLUMNS, checks=(check,)), zone=zone)
        beside = Beside(datasets={"sales": bound, "payments": bind(PAYMENTS, "payments")})
        rows = file("sale_id,shop,amount,sold_at\n" + "".join(f"{n},{row}\n" for n, row in enumerate(sales)))
        with warehouse.transaction():
            found = stage(warehouse, bound, rows, today=TODAY, beside=beside)
        if request.param == "where it stands":
            found = check_in_place(warehouse, bound, TODAY, beside)
            warehouse.commit()
        (verdict,) = found.verdicts
        return verdict

    return _judged


@pytest.fixture
def payments(other: Warehouse) -> Callable[..., None]:
    """Makes `staging.payments` with rows of shop, amount, fee and moment."""

    def _payments(*rows: str, shop: str = "text") -> None:
        other.execute("create schema if not exists staging")
        other.execute(
            f"create table staging.payments (shop {shop}, amount numeric(9,2), fee numeric, paid_at timestamptz)"
        )
        for row in rows:
            other.execute(f"insert into staging.payments values ({row})")

    return _payments


def told(verdict: Verdict) -> tuple[int, int, str, list[dict[str, str]]]:
    return verdict.rows, verdict.of, str(verdict.level), [dict(sample) for sample in verdict.samples]


SHOPS = references("shop", to="payments.shop")


def test_a_value_that_the_other_table_does_not_have_is_at_fault(judged: Judge, payments: Callable[..., None]) -> None:
    payments("'York'", "'Leeds'", "'Leeds'", "null")
    found = judged(SHOPS, "York,1,", "york,1,", ",1,", "Leeds,1,", "Hull,1,", "Hull,1,")
    assert found.check == "shop stands in payments.shop"
    assert told(found) == (3, 6, "fail", [{"shop": "Hull"}, {"shop": "Hull"}, {"shop": "york"}])
    assert judged(references("shop", to="payments.shop", allowed=0.5), "York,1,", "Hull,1,").level is Level.PASS


def test_an_empty_other_table_knows_nothing(judged: Judge, payments: Callable[..., None]) -> None:
    payments()
    assert told(judged(SHOPS, "York,1,", ",1,")) == (1, 2, "fail", [{"shop": "York"}])


def test_keys_of_another_kind_of_text_are_compared_as_text(judged: Judge, payments: Callable[..., None]) -> None:
    payments("'7f3e3a54-0000-4000-8000-000000000001'", shop="uuid")
    given = "7f3e3a54-0000-4000-8000-000000000001,1,", "7f3e3a54-0000-4000-8000-000000000002,1,"
    assert judged(SHOPS, *given).rows == 1


@pytest.mark.parametrize("severity", ["warn", "fail"])
@pytest.mark.parametrize("word", [references, conserved])
def test_without_the_other_table_a_rule_is_not_checked_which_is_no_pass(
    judged: Judge, word: Any, severity: Any
) -> None:
    found = judged(word("shop", to="payments.shop", severity=severity), "York,1,")
    assert (str(found.level), found.rows, found.of) == (severity, 0, 0)
    assert found.unchecked == "there is no table staging.payments yet. Load payments, then this again"
    assert score([found, Verdict("other", "warn", 1.0, 0.0, 1, 4)]) == 0.75


def test_what_cannot_be_compared_is_told_and_undoes_the_load(judged: Judge, payments: Callable[..., None]) -> None:
    payments()
    with pytest.raises(DefinitionError, match=r'the rule "sale_id stands in payments.shop" cannot be asked: operator'):
        judged(references("sale_id", to="payments.shop"), "York,1,")


def test_an_other_table_that_is_being_loaded_is_told(
    judged: Judge, payments: Callable[..., None], ledger_url: str
) -> None:
    payments("'York'")
    with psycopg.connect(ledger_url) as loading:
        loading.execute("lock table staging.payments in access exclusive mode")
        with pytest.raises(BusyError, match=r"staging.payments is in use"):
            judged(SHOPS, "York,1,")


def test_a_sum_that_differs_from_the_other_by_more_than_is_let_pass_is_at_fault(
    judged: Judge, payments: Callable[..., None]
) -> None:
    payments("'York', 60", "'York', 40")
    sales = "York,99.00,", "York,,"
    assert told(judged(conserved("amount", to="payments.amount"), *sales)) == (
        *(1, 1, "fail"),
        [{"here": "99.00", "there": "100.00"}],
    )
    assert judged(conserved("amount", to="payments.amount", tolerance=0.01), *sales).level is Level.PASS
    assert judged(conserved("amount", to="payments.amount", tolerance=0.0099), *sales).level is Level.FAIL
    assert judged(conserved("amount", to="payments.amount"), "York,100,").level is Level.PASS


def test_rows_are_counted_where_a_star_stands(judged: Judge, payments: Callable[..., None]) -> None:
    payments("'York', null", "'York', 40")
    check = conserved("*", to="payments.*", severity="warn")
    assert check.name == "rows as in payments.*"
    assert told(judged(check, "York,1,")) == (1, 1, "warn", [{"here": "1", "there": "2"}])
    assert judged(check, "York,1,", "Hull,,").level is Level.PASS


def test_nothing_there_is_not_0_there(judged: Judge, payments: Callable[..., None]) -> None:
    payments()
    check = conserved("amount", to="payments.amount")
    assert told(judged(check, "York,0,"))[3] == [{"here": "0.00", "there": "null"}]
    assert judged(check, "York,,").level is Level.PASS  # nothing on either side


def test_every_day_of_the_scorecards_zone_is_held_against_the_same_day_there(
    judged: Judge, payments: Callable[..., None]
) -> None:
    """23:30 UTC on 1 July is 2 July in London; a day that only one has, and rows without a day, are at fault."""
    payments(
        "'York', 5, 0, '2026-07-02 12:00+00'",
        "'York', 7, 0, '2026-07-03 12:00+00'",
        "'York', 9, 0, '2026-07-04 12:00+00'",
    )
    check = conserved("amount", to="payments.amount", day="sold_at", to_day="paid_at")
    assert judged(check, "York,5,2026-07-01 23:30+00", "York,7,2026-07-03", "York,9,2026-07-04").level is Level.PASS
    assert judged(check, "York,5,2026-07-01 23:30+00", "York,7,2026-07-03", "York,9,2026-07-04", zone="UTC").rows == 2
    found = judged(check, "York,5,2026-07-02", "York,6,2026-07-03", "York,1,2026-07-05", "York,1,")
    assert told(found)[:2] == (4, 5)
    assert told(found)[3] == [
        {"day": "2026-07-03", "here": "6.00", "there": "7.00"},
        {"day": "2026-07-04", "here": "null", "there": "9.00"},
        {"day": "2026-07-05", "here": "1.00", "there": "null"},
    ]


def test_a_sum_of_what_is_personal_there_is_masked(judged: Judge, payments: Callable[..., None]) -> None:
    payments("'York', 5, 4711")
    assert told(judged(conserved("amount", to="payments.fee"), "York,1,"))[3] == [{"here": "1.00", "there": "•••"}]


def test_outliers_are_found_on_the_way_and_where_they_stand(judged: Judge) -> None:
    sales = [f"York,{n}," for n in range(1, 12)]
    for method in ("iqr", "z"):
        check = outliers("amount", method=method, columns=("sale_id",))  # type: ignore[arg-type]
        assert told(judged(check, *sales)) == (0, 11, "pass", [])
        assert told(judged(check, *sales, "Hull,99.50,", "Hull,,"))[3] == [{"sale_id": "11", "amount": "99.50"}]


@pytest.mark.parametrize(
    ("check", "what"),
    [
        (references("shop", to="payments"), "to='payments' names no column of a dataset"),
        (conserved("amount", to="payments.amount", tolerance=2), "tolerance=2 is not a number from 0 to 1"),
        (conserved("*", to="payments.amount"), 'rows are held against rows: "*" stands on both sides, or on none'),
    ],
)
def test_what_a_rule_says_is_judged_with_the_dataset(check: Check, what: str) -> None:
    (said,) = Dataset(owner="O", columns=COLUMNS, checks=(check,)).problems()
    assert said.startswith(f'check "{check.name}" {what}')


# Drift


NOW = {"Sale ID": "BIGINT", "amount": "DOUBLE", "region": "VARCHAR"}
DECLARED = (Column("sale_id", "integer"), Column("amount", "decimal(9,2)", also=("value",)))


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ({}, Drift()),
        (NOW, Drift()),
        ({"sale_id": "BIGINT", "VALUE": "DOUBLE", "Region ": "VARCHAR"}, Drift()),
        ({"sale_id": "BIGINT", "amount": "DOUBLE"}, Drift(added=("region",))),
        ({"region": "VARCHAR"}, Drift()),  # what the contract declares is expected
        (NOW | {"note": "VARCHAR", "tax": "DOUBLE"}, Drift(lost=("note", "tax"))),
        (NOW | {"amount": "BIGINT"}, Drift(changed=(("amount", "BIGINT", "DOUBLE"),))),
        (dict.fromkeys(NOW, ""), Drift()),  # a text file has no types
    ],
)
def test_columns_are_held_against_those_before(before: dict[str, str], found: Drift) -> None:
    assert drift(before, NOW, DECLARED) == found
    assert Drift.from_json(found.as_json()) == found


def test_drift_is_told_in_a_line() -> None:
    found = Drift(("region", "tax"), ("note",), (("price", "INTEGER", "DOUBLE"),))
    assert (str(found), found.count) == ("added region, tax; lost note; price is DOUBLE, was INTEGER", 4)
    assert str(Drift()) == ""


def columns(done: Load) -> dict[str, str]:
    return dict(done.columns)


def test_a_load_knows_what_its_source_held(warehouse: Warehouse, bind: Bind, file: Write, tmp_path: Path) -> None:
    bound = bind(columns=(Column("sale_id", "integer"),), checks=(no_drift(),), watermark="", index=())
    csv = stage(warehouse, bound, file("Sale ID,region,\n1,York,x\n"), today=TODAY)
    with duckdb.connect() as duck:
        duck.execute(f"copy (select 1 as sale_id, 2.5 as price) to '{tmp_path}/sales.parquet' (format parquet)")
    parquet = stage(warehouse, bound, tmp_path / "sales.parquet", today=TODAY)
    standing = check_in_place(warehouse, bound, TODAY)
    warehouse.commit()
    assert columns(csv) == {"Sale ID": "", "region": ""}
    assert columns(parquet) == {"sale_id": "INTEGER", "price": "DECIMAL(2,1)"}
    assert columns(standing) == {"sale_id": "bigint"}
    assert [origin_of(done.source) for done in (csv, parquet, standing)] == ["source", "source", "in place"]


def test_a_rule_against_drift_counts_and_names_the_columns(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    bound = bind(columns=(Column("sale_id", "integer"),), checks=(no_drift(),), watermark="", index=())
    beside = Beside(columns={"source": {"sale_id": "", "note": ""}, "in place": {"sale_id": "integer"}})
    done = stage(warehouse, bound, file("sale_id,region\n1,York\n"), today=TODAY, beside=beside)
    warehouse.commit()
    assert told(done.verdicts[-1]) == (
        *(2, 3, "warn"),
        [{"column": "region", "drift": "added"}, {"column": "note", "drift": "lost"}],
    )
    assert (done.level, done.score, str(done.drift)) == (Level.WARN, 1.0, "added region; lost note")
    standing = check_in_place(warehouse, bound, TODAY, beside)
    assert told(standing.verdicts[-1])[3] == [{"column": "sale_id", "drift": "is bigint, was integer"}]
    assert stage(warehouse, bound, file("sale_id\n1\n"), today=TODAY).level is Level.PASS


def test_a_masked_amount_is_no_sample_of_an_outlier(warehouse: Warehouse, bind: Bind, file: Write) -> None:
    secret: tuple[Column, ...] = (Column("salary", "decimal(9,2)", sensitive=True),)
    bound: BoundDataset = bind(columns=secret, checks=(outliers("salary"),), watermark="", index=())
    done = stage(warehouse, bound, file("salary\n1\n2\n3\n4\n9000\n"), today=TODAY)
    assert told(done.verdicts[-1]) == (1, 5, "warn", [{"salary": "•••"}])
