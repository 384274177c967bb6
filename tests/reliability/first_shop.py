"""The shop whose ledger is kept in `ledger_0001.sql`, as it was when its last run of that revision ended."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import alembic.command
import sqlalchemy as sa
from alembic.config import Config

from core.databases import parse_url
from core.ledger import schema

WEEKS, NOW = 6, "2026-02-13T14:00:00+00:00"
_FIRST = datetime(2025, 12, 29, 1, tzinfo=UTC)
_LATE = "9999,2026-01-15T12:00:00+00:00,75"
_WITHIN = "from staging.orders where at >= :start and at < :end"
_DEFINITIONS = {
    "scorecard.py": 'scorecard = Scorecard(title="Shop", owner="Shop")',
    "dataset_orders.py": """dataset = Dataset(
    owner="Shop",
    source=File("orders.csv"),
    watermark="at",
    columns=(
        Column("id", "integer"),
        Column("at", "timestamptz", nulls=0),
        Column("amount", "decimal(12,2)", at_least=0),
    ),
)""",
}
_MEASURES = {
    "01_orders": f'Query("select count(*) as value {_WITHIN}")',
    "02_big_orders": f'Query("select count(*) as value {_WITHIN} and amount >= 60")',
    "03_basket": f'Query("select sum(amount) as numerator, count(*) as denominator {_WITHIN}")',
    "04_orders_2w": 'ref("orders").mean(weeks=2)',
    "05_surplus": f'Query("select 100 / (count(*) - 14) as value {_WITHIN}")',  # fails in weeks of fourteen orders
}


def write_shop(folder: Path) -> dict[str, str]:
    """Its definitions and files; the settings of a command in it, but for the database."""
    card, data = folder / "scorecards" / "shop", folder / "data"
    for made in (card, data):
        made.mkdir(parents=True)
    for name, body in [*_DEFINITIONS.items(), *map(_kpi, _MEASURES)]:
        words = "KPI, Column, Dataset, File, Query, Scorecard, ref"
        (card / name).write_text(f'"""What it stands for."""\n\nfrom core import {words}\n\n{body}\n', encoding="utf-8")
    orders = [f"{n},{(_FIRST + timedelta(hours=12 * n)).isoformat()},{n * 37 % 101}" for n in range(WEEKS * 14 + 2)]
    (data / "orders.csv").write_text("\n".join(["id,at,amount", *orders, _LATE]) + "\n", encoding="utf-8")
    places = {"SCORECARDS_DIR": card.parent, "DATA_DIR": data, "PUBLISH_DIR": folder / "published", "HOME": folder}
    return {f"KPI_{name}": str(place) for name, place in places.items()}


def fill_first_ledger(url: str, folder: Path) -> None:
    """Bring an empty database to revision 0001 and to the rows that its program left."""
    engine, config = sa.create_engine(parse_url(url)), Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    recorded = Path(__file__).with_name("ledger_0001.sql").read_text(encoding="utf-8")
    with engine.begin() as connection:
        connection.exec_driver_sql("create schema kpi")
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "0001")
        driver = connection.connection.driver_connection
        assert driver
        driver.execute(recorded.replace("/srv/shop", str(folder)))  # several statements, no parameters
    engine.dispose()


def _kpi(place: str) -> tuple[str, str]:
    words = f'title="{place}", owner="Shop", unit="orders", better="higher"'
    return f"kpi_{place}.py", f"kpi = KPI({words}, measure={_MEASURES[place]})"
