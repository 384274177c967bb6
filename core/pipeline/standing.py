"""Tables that other systems fill: their contracts are checked where they stand, whenever KPIs rest on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from core.catalog import BoundDataset
from core.errors import FactoryError
from core.ledger import runs
from core.pipeline.session import Session

if TYPE_CHECKING:
    from core.sources.beside import Beside


@dataclass(frozen=True)
class Standing:
    """By dataset: what the check found, or why it could not be made (no table, other columns)."""

    checked: dict[str, runs.LoadOnRecord] = field(default_factory=dict)
    unchecked: dict[str, str] = field(default_factory=dict)


def check_standing(session: Session, datasets: Sequence[BoundDataset], run: int) -> Standing:
    """Check them all; the verdicts are kept under the run's number. Run 0 is a dry run, which keeps nothing.

    Where queries ask other tables than those in staging, what is known of staging says nothing: how far a dataset
    reaches is asked there, and its contract is not checked.
    """
    found = Standing()
    if session.settings.asks_elsewhere:
        _look_elsewhere(session, datasets, found)
        return found
    standing = [bound for bound in datasets if bound.dataset.source is None]
    if not standing:
        return found
    from core.sources.staging import check_in_place

    for bound in standing:
        try:
            with session.ledger() as connection:
                beside, today = beside_of(session, connection, bound), session.day_of_check(bound.card)
                load = check_in_place(session.driver(connection), bound, today, beside)
                if run:
                    runs.record_load(connection, run, load, session.now())
            found.checked[bound.name] = runs.on_record(load, session.now())
        except FactoryError as error:
            found.unchecked[bound.name] = str(error)
    return found


def beside_of(session: Session, connection: sa.Connection, bound: BoundDataset) -> "Beside":
    """What a load of the dataset is judged beside: what its source was like before, and the other datasets."""
    from core.sources.beside import Beside

    return Beside(runs.columns_before(connection, bound.name), session.catalog.datasets)


def _look_elsewhere(session: Session, datasets: Sequence[BoundDataset], found: Standing) -> None:
    from core.sources.reach import reach

    for bound in datasets:
        try:
            engine = session.databases.reader("warehouse", bound.card.timezone)
            load = reach(engine, bound, today=session.day_of_check(bound.card))
            found.checked[bound.name] = runs.on_record(load, session.now())
        except FactoryError as error:
            found.unchecked[bound.name] = str(error)


def shrunken(connection: sa.Connection, checked: Sequence[runs.LoadOnRecord]) -> dict[str, str]:
    """By dataset: tables with fewer rows than at their check. A sync that empties and refills shows for a while
    what a query would take for a quiet week."""
    lost = {}
    for load in checked:
        rows = standing_rows(connection, load.dataset)
        if rows is None:
            lost[load.dataset] = f"{load.dataset} went while it was read"
        elif rows < load.rows:
            lost[load.dataset] = f"{load.dataset} shrank from {load.rows:,} to {rows:,} rows while it was read"
    return lost


def standing_rows(connection: sa.Connection, dataset: str) -> int | None:
    """How many rows stand in a dataset's table; None without a table."""
    table = f'staging."{dataset}"'
    if not connection.execute(sa.text("select to_regclass(:name)"), {"name": table}).scalar():
        return None
    count = sa.text(f"select count(*) from {table}")  # noqa: S608 - a dataset's own name
    return int(connection.execute(count).scalar_one())
