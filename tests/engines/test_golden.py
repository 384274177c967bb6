"""KPI files of the repository, and each form, as each engine is asked: golden SQL."""

from pathlib import Path

import pytest

from core.discovery import read_catalog
from core.engines.engine import LABELS
from core.measures import Query
from core.periods import Week
from core.rewrite.anatomy import anatomy
from core.rewrite.dialects import Spoken, description, tables_of, translated
from core.rewrite.forms import lateral, scan

from .snippets import WHOLE

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "dialects"
CATALOG = read_catalog(ROOT / "scorecards")
CONTRACTS = {bound.table: bound.dataset.columns for bound in CATALOG.datasets.values()}
WEEKS = [Week.of(2026, 53), Week.of(2027, 1)]
NAMES = (
    *(
        "ecommerce.total_revenue",
        "ecommerce.revenue_per_order",
        "ecommerce.order_count",
        "ecommerce.repeat_customer_rate",
    ),
    *("ecommerce.new_customers", "ecommerce.product_concentration", "ecommerce.weekend_share"),
    *("ecommerce.peak_hour_share", "success.active_agreements", "success.offboarding_forms"),
    *("success.early_offboarding_share", "success.churn_52w", "applications.screened_within_48h"),
    *("applications.time_to_first_response", "lending.cure_rate", "lending.null_rate", "support.mttr"),
    *(
        "support.sla_adherence",
        "support.at_risk",
        "team_stats.daily_active_staff",
        "product_growth.median_days_since_prior",
    ),
)
"""At least one for each way of writing a query."""


def texts() -> dict[str, tuple[str, str]]:
    """By name: what is translated, and the time zone it is asked in."""
    queries = {name: _query(name) for name in NAMES}
    forms = {}
    for name in ("ecommerce.order_count", "success.offboarding_forms"):
        sql, zone = queries[name]
        columns = CATALOG.datasets[tables_of(sql)[0].removeprefix("staging.")].dataset.columns
        shape = anatomy(sql, {column.name: column.type for column in columns}).shape
        assert shape is not None
        forms[f"{name} as lateral"] = lateral(sql, WEEKS).sql, zone
        forms[f"{name} as scan"] = scan(shape, WEEKS, by="join").sql, zone
    return queries | forms


def _query(name: str) -> tuple[str, str]:
    definition = CATALOG.by_name[name]
    assert isinstance(definition.kpi.measure, Query)
    return definition.kpi.measure.sql, definition.card.timezone


def written(dialect: str) -> str:
    """Every text in one dialect, each under its name; why not, where it cannot be."""
    told = []
    for name, (sql, zone) in texts().items():
        found = translated(sql, dialect, CONTRACTS, zone=zone, pretty=True)
        told.append(f"-- {name}\n{found.text if isinstance(found, Spoken) else f'-- {found}'}\n")
    return "\n".join(told)


@pytest.mark.parametrize("dialect", LABELS)
def test_kpi_files_and_forms_are_asked_like_this(dialect: str) -> None:
    """Renew with: python -m tests.engines.test_golden"""
    assert written(dialect) == (GOLDEN / f"{dialect}.sql").read_text(encoding="utf-8")


def test_values_are_handed_over_as_each_driver_takes_them() -> None:
    sql = "select count(*) as value from staging.order_lines where invoice_date >= :start and 'x%' <> :week"
    spoken = {dialect: translated(sql, dialect, CONTRACTS) for dialect in LABELS}
    assert all(isinstance(one, Spoken) for one in spoken.values())
    texts = {dialect: one.text for dialect, one in spoken.items() if isinstance(one, Spoken)}
    marks = {"duckdb": "$week", "spark": ":week", "bigquery": "@week", "trino": "?", "snowflake": "%(week)s"}
    assert all(texts[dialect].endswith(f"<> {mark}") for dialect, mark in marks.items())
    assert "'x%%'" in texts["snowflake"]
    assert "'x%'" in texts["duckdb"]
    trino = spoken["trino"]
    assert isinstance(trino, Spoken)
    assert trino.handed({"start": 1, "week": "w", "end": 2}) == {"0": 1, "1": "w"}


def test_a_comment_behind_a_semicolon_makes_no_other_query() -> None:
    sql = "select count(*) as value from staging.order_lines where invoice_date >= :start"
    assert translated(f"{sql}; -- done", "duckdb", CONTRACTS) == translated(sql, "duckdb", CONTRACTS)
    assert tables_of(f"{sql}; -- done") == ("staging.order_lines",)


def test_names_are_those_of_the_engine() -> None:
    sql = 'select count("Order") as value from staging."order" where "group" >= :start'
    spoken = {
        dialect: translated(sql.replace('"group"', "cast('2026-01-01' as date)"), dialect, {"staging.order": ()})
        for dialect in ("duckdb", "snowflake")
    }
    texts = {dialect: one.text for dialect, one in spoken.items() if isinstance(one, Spoken)}
    assert '"STAGING"."ORDER"' in texts["snowflake"]
    assert 'count("Order") AS "VALUE"' in texts["snowflake"]
    assert 'count("Order") AS "value"' in texts["duckdb"]
    assert description("staging.order_lines", "snowflake") == 'SELECT * FROM "STAGING"."ORDER_LINES" WHERE 1 = 0'
    assert description("staging.order_lines", "spark") == "SELECT * FROM `staging`.`order_lines` WHERE 1 = 0"


def test_dialects_without_a_counterpart_say_so() -> None:
    things = {"staging.order_lines": CONTRACTS["staging.order_lines"]}
    percentile = "select percentile_cont(0.5) within group (order by quantity) as value from staging.order_lines"
    product = "select sum(unit_price * unit_price * quantity * unit_price) as value from staging.order_lines"
    laterals = [sql for sql in WHOLE if "lateral" in sql]
    assert "has no exact counterpart" in str(translated(percentile, "trino", things))
    assert "has no exact counterpart" in str(translated(percentile, "bigquery", things))
    assert isinstance(translated(percentile, "snowflake", things), Spoken)
    assert "12 digits after the point, too many to keep" in str(translated(product, "bigquery", things))
    assert isinstance(translated(product, "spark", things), Spoken)  # which fails where it would round
    assert "has no counterpart" in str(translated(laterals[0], "bigquery", things))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for dialect in LABELS:
        (GOLDEN / f"{dialect}.sql").write_text(written(dialect), encoding="utf-8")
