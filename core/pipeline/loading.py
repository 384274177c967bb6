"""Loading: datasets from their sources into staging, each with its provenance and its verdicts in the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import write_points
from core.catalog import BoundDataset
from core.checks import Level, Verdict, points
from core.errors import BusyError, FactoryError, MisuseError, did_you_mean
from core.ledger import runs
from core.loads import Load
from core.measures import File, Sheet
from core.pipeline.session import Session, load_of
from core.pipeline.standing import beside_of, standing_rows

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa

    from core.sources.beside import Beside
    from core.sources.google_tabs import ReadTab
    from core.sources.samples import Sample


@dataclass
class LoadReport:
    loads: list[Load] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return 1 if self.problems or any(load.level is Level.FAIL for load in self.loads) else 0

    def lines(self) -> list[str]:
        told = []
        for load in self.loads:
            told.append(
                f"{load.dataset}: {load.rows:,} rows {_whence(load.source)} in {load.seconds:.1f} s; "
                f"contract {load.level}, score {points(load.score)}"
            )
            told += [f"  columns since the load before: {load.drift}"] if load.drift.count else []
            told += [f"  {v.level}: {v.check}: {_found(v)}" for v in load.verdicts if v.level is not Level.PASS]
        return told

    def as_json(self) -> dict[str, object]:
        return {"loads": [_told(load) for load in self.loads], "problems": self.problems}


def load(
    session: Session,
    selectors: Sequence[str],
    *,
    files: Mapping[str, str],
    sample: bool = False,
    dry_run: bool = False,
) -> LoadReport:
    """Load every selected dataset; one that fails keeps its last good table and does not stop the others."""
    chosen = select(session, selectors)
    if unknown := [name for name in files if name not in {d.name for d in chosen}]:
        hint = did_you_mean(unknown[0], [d.name for d in chosen])
        raise MisuseError(f"--file {unknown[0]}=...: no such dataset is being loaded. {hint}".strip())
    if files and sample:
        raise MisuseError("--sample and --file exclude each other: rows are made up, or taken from a file.")
    report = LoadReport()
    session.require_ledger()
    if sample:
        spare_real_rows(session, chosen)
    for bound in others_first(chosen):
        try:
            _load_one(session, bound, files.get(bound.name, ""), sample, dry_run, report)
        except BusyError:
            raise
        except FactoryError as error:
            report.problems.append(f"{bound.scorecard}/{bound.name}: {error}")
            if not dry_run:
                _keep_failure(session, bound, files.get(bound.name, ""), sample, str(error))
    return report


def _keep_failure(session: Session, bound: BoundDataset, path: str, sample: bool, why: str) -> None:
    """The load's audit row: its transaction is gone, what went wrong is not."""
    with session.ledger() as connection:
        run = session.start(connection, "load", [bound.scorecard], dataset=bound.name, file=path, sample=sample)
        runs.finish(connection, run, "failed", {"problems": [why]}, session.now())


def select(session: Session, selectors: Sequence[str]) -> list[BoundDataset]:
    """Datasets by scorecard, by name, or both: `ecommerce`, `order_lines`, `ecommerce.order_lines`."""
    everything = list(session.catalog.datasets.values())
    if not selectors:
        return everything
    chosen: dict[str, BoundDataset] = {}
    for selector in selectors:
        found = [d for d in everything if any(fnmatchcase(name, selector) for name in _names(d))]
        if not found and selector not in session.catalog.scorecards:
            hint = did_you_mean(selector, [name for d in everything for name in _names(d)])
            raise MisuseError(f'There is no dataset or scorecard "{selector}". {hint}'.strip())
        chosen |= {d.name: d for d in found}
    return list(chosen.values())


def others_first(chosen: Sequence[BoundDataset]) -> list[BoundDataset]:
    """In their order, but each after those that its rules ask; of those that ask each other, one comes first."""
    mine = {bound.name: bound for bound in chosen}
    ordered: dict[str, BoundDataset] = {}

    def put(bound: BoundDataset, under: frozenset[str]) -> None:
        for name in bound.dataset.others:
            if name in mine and name not in under:
                put(mine[name], under | {name})
        ordered.setdefault(bound.name, bound)

    for bound in chosen:
        put(bound, frozenset([bound.name]))
    return list(ordered.values())


def _names(bound: BoundDataset) -> tuple[str, str, str]:
    return bound.scorecard, bound.name, f"{bound.scorecard}.{bound.name}"


def _load_one(
    session: Session, bound: BoundDataset, path: str, sample: bool, dry_run: bool, report: LoadReport
) -> None:
    with session.locked(load_of(bound.name)), session.ledger() as connection:
        if sample and not dry_run:
            _write_workbook(session, bound)
        beside = beside_of(session, connection, bound)
        found = _bring(session, session.driver(connection), bound, path, sample, beside)
        if dry_run:
            connection.rollback()
        else:
            write_points.reached("table replaced")
            run = session.start(connection, "load", [bound.scorecard], dataset=bound.name, file=path, sample=sample)
            runs.record_load(connection, run, found, session.now())
            runs.finish(connection, run, "done", _told(found), session.now())
            write_points.reached("load recorded")
    write_points.reached("load landed")
    report.loads.append(found)


def _bring(
    session: Session,
    connection: "psycopg.Connection[Any]",
    bound: BoundDataset,
    path: str,
    sample: bool,
    beside: "Beside",
) -> Load:
    """The rows land in the connection's transaction, which the caller ends: table and provenance land together."""
    from core.sources.files import find_file
    from core.sources.staging import check_in_place, stage

    source, today = bound.dataset.source, session.day_of_check(bound.card)
    if sample:
        rows: Path | Sample | ReadTab = sample_of(session, bound)
    elif path:
        rows = find_file(source or File(path), session.settings.data, Path(path))
    elif source is None:
        return check_in_place(connection, bound, today, beside)
    elif isinstance(source, Sheet) and session.tabs.knows(source):
        rows = session.tabs.read(source)
    else:
        rows = find_file(source, session.settings.data, dataset=bound.name)
    return stage(connection, bound, rows, today=today, beside=beside)


def _write_workbook(session: Session, bound: BoundDataset) -> None:
    """A sheet's sample rows also lie where people would keep them."""
    from core.sources.samples import write_sample_workbook

    if isinstance(bound.dataset.source, Sheet):
        write_sample_workbook(bound, sample_of(session, bound), session.settings.data)


def spare_real_rows(session: Session, chosen: Sequence[BoundDataset]) -> None:
    """Sample rows replace sample rows only: raises MisuseError before anything is written.

    What a sheet brought may go: its workbook is guarded by itself.
    """
    with session.ledger() as connection:
        loads = runs.latest_loads(connection, [d.name for d in chosen])
        real = [
            bound.name
            for bound in chosen
            if not isinstance(bound.dataset.source, Sheet)
            and _holds_real_rows(connection, bound, loads.get(bound.name))
        ]
    if real:
        raise MisuseError(
            f"Sample rows would replace {', '.join(real)}, which came from a real source.",
            next_step="Try them in a home of their own: KPI_HOME=.demo kpi demo.",
        )


def _holds_real_rows(connection: "sa.Connection", bound: BoundDataset, latest: runs.LoadOnRecord | None) -> bool:
    """Other rows than a sample's, brought by a load or, told by their count, by a system that fills the table."""
    rows = standing_rows(connection, bound.name)
    return rows is not None and not (latest and latest.is_sample and rows == latest.brought_rows)


SAMPLE_WEEKS = 160  # two years to show, and the year before each week that some KPIs look back to


def sample_of(session: Session, bound: BoundDataset) -> "Sample":
    """Whole weeks back from the last complete one, and the days since."""
    from datetime import timedelta

    from core.periods import last_complete
    from core.sources.samples import Sample

    today = session.today(bound.card)
    last = last_complete("weekly", today, bound.card.first_weekday)
    return Sample(last.start - timedelta(weeks=SAMPLE_WEEKS - 1), today)


def _whence(source: str) -> str:
    return f"({source})" if source.startswith(("sample", "in place")) else f"from {source}"


def _found(verdict: Verdict) -> str:
    if verdict.unchecked:
        return f"not checked: {verdict.unchecked}."
    told = f", such as {_sample(verdict.samples)}" if verdict.samples else ""
    return f"{verdict.rows:,} of {verdict.of:,}{told}"


def _sample(samples: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(", ".join(f"{name} {value}" for name, value in sample.items()) for sample in samples)


def _told(load: Load) -> dict[str, object]:
    return {
        "dataset": load.dataset,
        "source": load.source,
        "checksum": load.checksum,
        "rows": load.rows,
        "watermark": load.watermark,
        "level": load.level,
        "score": load.score,
        "seconds": load.seconds,
        "columns_ignored": list(load.columns_ignored),
        "drift": load.drift.as_json(),
        "verdicts": [
            {
                "rule": v.check,
                "severity": v.severity,
                "level": v.level,
                "rows": v.rows,
                "of": v.of,
                "samples": list(v.samples),
                **({"unchecked": v.unchecked} if v.unchecked else {}),
            }
            for v in load.verdicts
        ],
    }
