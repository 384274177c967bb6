"""`kpi diff`: what a branch changes about the KPIs, and what that would do to the numbers on record.

Nothing is recorded: the definitions of both ends are read, and the new ones evaluated as `kpi backfill` would.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase

from core.catalog import Definition
from core.discovery import read_catalog
from core.errors import FactoryError, MisuseError
from core.grid import HEAD_ROWS
from core.ledger import publications
from core.periods import Period, Week, parse
from core.pipeline.changes import Change, Kind, beside, changes
from core.pipeline.diff_bench import Bench, open_bench
from core.pipeline.diff_report import Diff, KpiDiff, Moved, Trouble
from core.pipeline.merge_base import base_of
from core.pipeline.renumbering import Progress, Renumbered, Work, with_needed
from core.pipeline.session import Session
from core.pipeline.sides import Side
from core.pipeline.touched_cells import Touched, touched
from core.readings import State

LATELY = 53  # recorded periods: a year of weeks
_WITHOUT_NUMBER = (State.FAILED, State.HELD, State.MISSING)


def diff(
    session: Session,
    selectors: Sequence[str],
    *,
    against: str = "main",
    first: str = "",
    last: str = "",
    ask_database: bool = True,
    progress: Progress | None = None,
) -> Diff:
    """What differs from the merge base of HEAD and `against`; the working tree as it is counts as now.

    Recorded periods from `first` to `last` are compared; without either, the last 53 of each KPI. Raises MisuseError
    where there is no git checkout, no such branch, or a selector names nothing at either end.
    """
    span = _between(first, last)
    with base_of(session.settings.scorecards, against) as base:
        before = Side.of(read_catalog(base.folder))
    now = Side.of(session.catalog)
    wanted = _wanted(before, now, selectors)
    everything = changes(before, now)
    chosen = [change for change in everything if wanted(change)]
    found = Diff(base.against, base.commit[:12], [KpiDiff(change) for change in chosen])
    found = found if selectors else replace(found, beside=beside(before, now))
    if not ask_database or not (chosen or found.beside):
        return replace(found, numbers="" if ask_database else "Numbers were not compared.")
    try:
        bench = open_bench(session, before, now, everything, found.cards)
        return _compared(bench, found, everything, span, progress)
    except FactoryError as error:
        return replace(found, numbers="Numbers were not compared.", problems=(str(error),))


def _compared(
    bench: Bench, found: Diff, everything: Sequence[Change], span: "Span | None", progress: Progress | None
) -> Diff:
    changed = [kpi.change for kpi in found.kpis]
    windows = {c.key: _window(bench, c.now, span) for c in changed if c.now}
    differing = [c.now for c in everything if c.now and c.number_may_differ and c.key not in bench.refused]
    work = {d.key: windows.get(d.key, []) for d in differing}
    after = bench.evaluate(bench.now, with_needed(work, bench.now.catalog, bench.known), progress)
    without = bench.evaluate(bench.before, _unlike(after, bench.before), None)
    kpis = [_kpi(bench, change, windows.get(change.key, ()), after, without) for change in changed]
    found = replace(found, kpis=kpis)
    told = f"the recorded periods {span[2]}" if span else f"the last {LATELY} recorded periods of each KPI"
    return replace(found, tabs=list(_tabs(bench, found)), numbers=f"Compared were {told}.")


Span = tuple[date, date, str]


def _between(first: str, last: str) -> Span | None:
    """From and to, both in, and as words. Raises PeriodError for what is no period."""
    if not first and not last:
        return None
    start = parse(first).start if first else date.min
    end = parse(last).start if last not in ("", "last") else date.max
    if start > end:
        raise MisuseError(f"{first} is later than {last}.", next_step="Give the earlier one with --from.")
    words = [f"from {first}"] if first else []
    return start, end, " ".join([*words, *([f"to {last}"] if last else [])])


def _wanted(before: Side, now: Side, selectors: Sequence[str]) -> Callable[[Change], bool]:
    """Selectors name KPIs of either end: one that is gone, or whose file has faults, can be asked for too."""
    if not before.files:
        now.catalog.select([])  # it tells an empty folder
    keys = {key for word in selectors for key in _named(before, now, word)}
    return lambda change: not selectors or change.key in keys


def _named(before: Side, now: Side, word: str) -> set[str]:
    """The keys that a selector names. Raises MisuseError for one that names nothing at either end."""
    keys = {
        key
        for side in (before, now)
        for key, slug in side.files.items()
        if any(fnmatchcase(name, word) for name in _names(key, slug))
    }
    refused: MisuseError | None = None
    for side in (before, now):
        try:
            keys |= {d.key for d in side.catalog.select([word])}
        except MisuseError as error:
            refused = error
    if refused and not keys:
        raise refused
    return keys


def _names(key: str, slug: str) -> tuple[str, str, str]:
    scorecard = key.partition(".")[0]
    return scorecard, key, f"{scorecard}.{slug}"


def _window(bench: Bench, definition: Definition, span: Span | None) -> list[Period]:
    """The recorded periods that are compared, of the KPI's own kind and life."""
    mine = [
        period
        for period in sorted(bench.known.get(definition.key, {}), key=lambda period: period.start)
        if period.cadence == definition.kpi.cadence and definition.lives(period)
        if not isinstance(period, Week) or period.start.weekday() == definition.card.first_weekday
    ]
    if span is None:
        return mine[-LATELY:]
    return [period for period in mine if span[0] <= period.start <= span[1]]


def _unlike(after: Renumbered, before: Side) -> Work:
    """Periods that look otherwise now, to be evaluated by the definitions of the base too."""
    unlike: dict[str, list[Period]] = {}
    for (key, period), reading in after.evaluated.items():
        entry = after.entries.get((key, period))
        moved = entry is not None and entry.reading.number != after.known[key][period].reading.number
        if before.definition(key) and (moved or reading.state in _WITHOUT_NUMBER):
            unlike.setdefault(key, []).append(period)
    return unlike


def _kpi(bench: Bench, change: Change, window: Sequence[Period], after: Renumbered, without: Renumbered) -> KpiDiff:
    refused = bench.refused.get(change.key, "")
    if change.now is None or refused or not (change.number_may_differ or Kind.TARGET in change.kinds):
        return KpiDiff(change, refused=refused)
    moved = [_moved(change, change.now, period, after, without) for period in window]
    return KpiDiff(
        change,
        compared=[period.label for period in window],
        moved=[m for m in moved if m.restated or m.flips or m.by_data],
        troubles=list(_troubles(change, window, after, without)),
    )


def _moved(change: Change, now: Definition, period: Period, after: Renumbered, without: Renumbered) -> Moved:
    was = after.known[change.key][period].reading
    becomes = after.standing(change.key, period) or was
    base, before = without.entries.get((change.key, period)), change.before or now
    tolerance = Decimal(str(now.kpi.tolerance))
    by_data = (
        was.number != becomes.number and base is not None and becomes.number.same_as(base.reading.number, tolerance)
    )
    return Moved(was, becomes, before.kpi.status(was.value, period), now.kpi.status(becomes.value, period), by_data)


def _troubles(change: Change, window: Sequence[Period], after: Renumbered, without: Renumbered) -> Iterator[Trouble]:
    """Periods without a number that the definitions of the base would have one for."""
    by_state: dict[State, list[Period]] = {}
    for period in window:
        reading, base = after.evaluated.get((change.key, period)), without.evaluated.get((change.key, period))
        if reading is None or reading.state not in _WITHOUT_NUMBER:
            continue
        if (
            base is None
            or base.state is not reading.state
            or (reading.state is State.HELD and Kind.CONTRACT in change.kinds)
        ):
            by_state.setdefault(reading.state, []).append(period)
    for state, periods in by_state.items():
        yield Trouble(state, after.evaluated[change.key, periods[0]].note, [period.label for period in periods])


def _tabs(bench: Bench, found: Diff) -> Iterator[Touched]:
    """Cells of the KPIs at hand alone; the head of a tab only where whole scorecards are compared."""
    moves = {(k.change.key, m.was.period): m.becomes for k in found.kpis for m in k.moved if not m.by_data}
    rows: dict[str, set[str]] = {name: set(HEAD_ROWS) for name in found.cards}
    for scorecard, _, number in (kpi.change.key.partition(".") for kpi in found.kpis):
        rows.setdefault(scorecard, set()).add(number)
    for scorecard, mine in sorted(rows.items()):
        with bench.session.ledger() as connection:
            landed = publications.landed(connection, scorecard)
        if not landed:
            continue
        before, now = bench.tabs(bench.before, scorecard, {}), bench.tabs(bench.now, scorecard, moves)
        for tab in touched(scorecard, before, now, landed):
            cells = [cell for cell in tab.cells if cell.row in mine]
            new = [row for row in tab.new_rows if row in mine]
            if cells or new:
                yield replace(tab, cells=cells, new_rows=new)
