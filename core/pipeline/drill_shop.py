"""The shop that a drill works on: a small scorecard, its files at a first time and with a late row at a second."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

FIRST_DAY, FIRST_DAYS, LATER_DAYS = date(2025, 11, 24), 75, 82  # files as of 7 February 2026, and a week later
LATE_DAY = date(2026, 1, 29)  # of the last week but one when the second files are there: it is looked at again
CUSTOMERS = 40

_DEFINITIONS = {
    "scorecard.py": 'scorecard = Scorecard(title="Drill", owner="Nobody")',
    "dataset_orders.py": """
dataset = Dataset(
    owner="Nobody",
    source=File("orders.csv"),
    watermark="at",
    columns=(
        Column("id", "integer", nulls=0),
        Column("at", "timestamptz", nulls=0),
        Column("amount", "decimal(12,2)", at_least=0),
        Column("customer", "text", sensitive="hash"),
    ),
)
""",
    "dataset_customers.py": """
dataset = Dataset(
    owner="Nobody",
    source=File("customers.csv"),
    columns=(
        Column("customer", "text", nulls=0),
        Column("since", "date", nulls=0),
        Column("region", "text", allowed=("north", "south")),
    ),
)
""",
}
_WITHIN = "from staging.orders where at >= :start and at < :end"
_MEASURES = {
    "01_orders": f'Query("select count(*) as value {_WITHIN}")',
    "02_revenue": f'Query("select sum(amount) as value {_WITHIN}")',
    "03_basket": f'Query("select sum(amount) as numerator, count(*) as denominator {_WITHIN}")',
    "04_big_orders": f'Query("select count(*) as value {_WITHIN} and amount >= 80")',
    "05_customers": 'Query("select count(*) as value from staging.customers where since < :end")',
    "06_orders_4w": 'ref("orders").mean(weeks=4)',
    "07_orders_of_a_customer": 'ref("orders") / ref("customers")',
    "08_growth": 'ref("revenue") / ref("revenue").ago(weeks=4) - 1',
}


@dataclass(frozen=True)
class Shop:
    """Where everything lies; the folders are the same for every case, for publications are known by their path."""

    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        """The KPI_ settings of a command in this shop, but for its database."""
        names = {
            "KPI_HOME": "home",
            "KPI_SCORECARDS_DIR": "scorecards",
            "KPI_DATA_DIR": "data",
            "KPI_PUBLISH_DIR": "published",
        }
        return {name: str(self.folder / place) for name, place in names.items()} | {"KPI_ACTOR": "drill"}

    @property
    def published(self) -> Path:
        return self.folder / "published"

    def write(self, seed: int) -> None:
        """The definitions, and both states of the files."""
        from core import __all__ as words

        card = self.folder / "scorecards" / "drill"
        card.mkdir(parents=True)
        (self.folder / "home").mkdir()
        for name, body in [*_DEFINITIONS.items(), *_kpis()]:
            text = f'"""Made up for a drill."""\n\nfrom core import {", ".join(words)}\n\n{body.strip()}\n'
            (card / name).write_text(text, encoding="utf-8")
        _write_files(self._files(late=False), seed, late=False)
        _write_files(self._files(late=True), seed, late=True)

    def set_up(self, published: Path | None, *, late: bool) -> None:
        """The folders as a case finds them: files of the first or the second time, and what was published before."""
        for place, source in ((self.folder / "data", self._files(late=late)), (self.published, published)):
            shutil.rmtree(place, ignore_errors=True)
            if source is not None:
                shutil.copytree(source, place)

    def _files(self, *, late: bool) -> Path:
        return self.folder / "files" / ("late" if late else "first")


def _kpis() -> list[tuple[str, str]]:
    return [
        (
            f"kpi_{place}.py",
            f'kpi = KPI(title="{place}", owner="Nobody", unit="units", better="higher", measure={measure})',
        )
        for place, measure in _MEASURES.items()
    ]


def _write_files(folder: Path, seed: int, *, late: bool) -> None:
    """The same rows for the same seed; the second time a week more, and one that came late."""
    folder.mkdir(parents=True)
    orders = list(_orders(Random(seed), LATER_DAYS if late else FIRST_DAYS))
    if late:
        orders.append(f"{LATE_DAY}T12:00:00+00:00,99.5,c0")
    _write(folder / "orders.csv", "id,at,amount,customer", [f"{n},{row}" for n, row in enumerate(orders, start=1)])
    chance = Random(seed + 1)
    since = [FIRST_DAY + timedelta(days=chance.randrange(-90, 70)) for _ in range(CUSTOMERS)]
    customers = [f"c{n},{day},{chance.choice(('north', 'south'))}" for n, day in enumerate(since)]
    _write(folder / "customers.csv", "customer,since,region", customers)


def _orders(chance: Random, days: int) -> Iterator[str]:
    for day in range(days):
        midnight = datetime.combine(FIRST_DAY + timedelta(days=day), time(), UTC)
        for _ in range(chance.randint(1, 4)):
            at, cents = midnight + timedelta(minutes=chance.randrange(1440)), chance.randrange(500, 20000)
            yield f"{at.isoformat()},{cents / 100},c{chance.randrange(CUSTOMERS)}"


def _write(file: Path, head: str, rows: Sequence[str]) -> None:
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
