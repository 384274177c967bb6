"""How far a dataset reaches in the database that queries ask, where that is another one than the ledger's."""

from datetime import date, datetime, time, timedelta

from core.catalog import BoundDataset
from core.checks import Verdict, overall, quoted, score
from core.engines.engine import Engine
from core.loads import Load
from core.sources.database import ask_all

MOMENTS = ("date", "timestamp", "timestamptz")
_NO_ROWS = Verdict("it has rows", "fail", 1.0, 0.0, 1, 1)
"""An empty table breaks no rule over rows, and every count over it would be a believable 0."""


def reach(engine: Engine, bound: BoundDataset, today: date) -> Load:
    """Rows, first and newest moment, as a load that nobody checked. Raises SourceError.

    A row that is dated later than today says nothing of how far the data reaches.
    """
    ends, told = dict(zip(("min", "max"), bound.dataset.ends, strict=True)), ""
    if all(column is not None and column.type in MOMENTS for column in ends.values()):
        names = [(end, quoted(column.name)) for end, column in ends.items() if column]
        told = "".join(
            f", cast({end}({name}) filter (where {name} < :tomorrow) as timestamp) as {end}" for end, name in names
        )
    sql = f"select count(*) as rows{told} from {bound.table}"  # noqa: S608 - the dataset's own names
    (row,) = ask_all(engine, sql, {"tomorrow": today + timedelta(days=1)} if told else {}).rows
    rows = int(str(row[0]))
    first, last = (_moment(value, bound) for value in (row[1:] or (None, None)))
    verdicts = [] if rows else [_NO_ROWS]
    return Load(
        dataset=bound.name,
        source="in place",
        checksum="",
        rows=rows,
        begins=first,
        watermark=last,
        verdicts=verdicts,
        level=overall(verdicts, warn_below=bound.dataset.warn_below, fail_below=bound.dataset.fail_below),
        score=score(verdicts),
        seconds=0.0,
    )


def _moment(value: object, bound: BoundDataset) -> datetime | None:
    """What the clock of the scorecard shows, as a moment."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=bound.card.zone) if value.tzinfo is None else value.astimezone(bound.card.zone)
    return datetime.combine(value, time(), bound.card.zone) if isinstance(value, date) else None
