"""What every cell must be: the ledger's promises as people tell them, in plain Python, without a line of the product.

The shop it knows: orders that another system fills, visits that come in a file, five KPIs over them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .around import FIX, LATE, LONDON, WEEK, Seen, Source, midnight, monday, weeks
from .figures import (
    FORMULAS,
    ORDERS,
    QUERIES,
    UNKNOWN,
    VISITS,
    Cell,
    Evaluated,
    Line,
    Number,
    asked,
    computed,
    parts_of,
)

AGES = (1, 2, 4, 13)  # after how many weeks a closed one is looked at again
QUERY, CORRECTED, WITHDRAWN = "query change", "manual correction", "correction withdrawn"
RESTATED = (LATE, FIX, QUERY, CORRECTED)


@dataclass
class KPI:
    slug: str
    query: int = 0  # which wording of it
    retired: date | None = None
    due_from: date | None = None
    visited: date | None = None


@dataclass
class Ledger:
    """Cells and their lines; `work` does what a run does, in the batches that it records in."""

    now: datetime
    sources: dict[str, Source] = field(default_factory=lambda: {ORDERS: Source(), VISITS: Source()})
    loaded: Seen | None = None
    kpis: dict[str, KPI] = field(default_factory=dict)
    cells: dict[Cell, list[Line]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(LONDON).date()

    @property
    def last(self) -> date:
        """The Monday of the last week that ended before today."""
        return monday(self.today) - WEEK

    def load(self) -> None:
        self.loaded = self.sources[VISITS].seen(self.today)

    # What is due.

    def first(self, kpi: str) -> date:
        recorded = [week for number, week in self.cells if number == kpi]
        known = [*recorded, *filter(None, [self.kpis[kpi].due_from])]
        return min(known, default=self.end(kpi))

    def end(self, kpi: str) -> date:
        return min(self.last, self.kpis[kpi].retired or self.last)

    def lives(self, kpi: str, week: date) -> bool:
        return week <= (self.kpis[kpi].retired or week)

    def state(self, kpi: str, week: date) -> str:
        lines = self.cells.get((kpi, week))
        return lines[-1].state if lines else "missing" if week <= self.end(kpi) else "retired"

    def grid(self) -> dict[Cell, str]:
        """Every KPI and due week, each in its one state."""
        return {(k, week): self.state(k, week) for k in self.kpis for week in weeks(self.first(k), self.last)}

    def _due(self, kpi: str) -> set[date]:
        missed = {w for w in weeks(self.first(kpi), self.end(kpi)) if self.state(kpi, w) != "final"}
        if kpi in FORMULAS:
            return missed
        lasts = [*weeks(self.kpis[kpi].visited or self.last, self.last), self.last]
        old = {last - WEEK * (age - 1) for last in lasts for age in AGES}
        return missed | {w for w in old if self.lives(kpi, w) and self.state(kpi, w) == "final"}

    def _outdated(self, formula: str, work: Mapping[str, set[date]]) -> set[date]:
        return {
            week
            for (kpi, week), lines in self.cells.items()
            if kpi == formula
            for part, needed in parts_of(formula, week)
            if (there := self.cells.get((part, needed)))
            if there[-1].id > lines[-1].id or needed in work.get(part, ())
        }

    # What is done.

    def run(self, chosen: Sequence[str], week: date | None = None) -> "Work":
        work: dict[str, set[date]] = {}
        for kpi in chosen:
            due = self._due(kpi) if week is None else {week} if self.lives(kpi, week) else set()
            work[kpi] = due | (self._outdated(kpi, work) if kpi in FORMULAS else set())
        for kpi, periods in work.items():
            if periods:
                self.kpis[kpi].due_from = min(filter(None, [self.kpis[kpi].due_from, *periods]))
        return self._work(work)

    def backfill(self, chosen: Sequence[str], first: date, last: date) -> "Work":
        return self._work({k: {w for w in weeks(first, last) if self.lives(k, w)} for k in chosen})

    def visit(self, done: "Work") -> None:
        """A run of what is due has ended well."""
        for kpi in done.asked:
            if kpi not in done.troubled:
                self.kpis[kpi].visited = max(filter(None, [self.kpis[kpi].visited, self.last]))

    def correct(self, kpi: str, week: date, value: Decimal | None) -> "Work":
        number: Number = (value, None, None)
        lines = self.cells.setdefault((kpi, week), [])
        if lines and lines[-1].set_by_hand and lines[-1].number == number:
            return Work()
        new = Line(number, "final", lambda: [CORRECTED], Evaluated(number, "final"), self.kpis[kpi].query, True)
        lines.append(new)
        return Work([[(kpi, week)]])

    def withdraw(self, kpi: str, week: date) -> "Work":
        lines = self.cells[kpi, week]
        before = next((line for line in reversed(lines) if not line.set_by_hand), None)
        if before:
            new = Line(before.number, before.state, _withdrawn, before.of, before.query)
        else:
            new = Line(UNKNOWN, "provisional", _withdrawn, Evaluated(UNKNOWN, "provisional"), lines[-1].query)
        lines.append(new)
        return Work([[(kpi, week)]])

    def corrected(self) -> list[Cell]:
        return [cell for cell, lines in self.cells.items() if lines and lines[-1].set_by_hand]

    def undo(self, batch: Sequence[Cell]) -> None:
        for cell in batch:
            self.cells[cell].pop()
            if not self.cells[cell]:
                del self.cells[cell]

    def _work(self, wanted: Mapping[str, set[date]]) -> "Work":
        done = Work(asked=wanted)
        views = {ORDERS: self.sources[ORDERS].seen(self.today), VISITS: self.loaded}
        fresh: dict[Cell, Evaluated] = {}
        for group in (tuple(QUERIES), *((formula,) for formula in FORMULAS)):
            batch = []
            for kpi in (k for k in group if k in wanted):
                for week in sorted(wanted[kpi]):
                    evaluated = self._evaluate(kpi, week, views, fresh)
                    fresh[kpi, week] = evaluated
                    if evaluated.state in ("held", "failed"):
                        done.troubled.add(kpi)
                    if evaluated.state != "missing" and (line := self._next(kpi, week, evaluated)):
                        self.cells.setdefault((kpi, week), []).append(line)
                        batch.append((kpi, week))
            done.batches.append(batch)
        return done

    # What a number is.

    def _evaluate(
        self, kpi: str, week: date, views: Mapping[str, Seen | None], fresh: Mapping[Cell, Evaluated]
    ) -> Evaluated:
        if kpi in FORMULAS:
            return self._formula(kpi, week, views, fresh)
        seen = views[QUERIES[kpi]]
        assert seen is not None
        if seen.broken or (kpi != "03" and not seen.rows):
            return Evaluated(UNKNOWN, "held", (seen.broken, seen.rows == 0), seen)
        start, end = midnight(week), midnight(week + WEEK)
        if seen.begins and seen.begins >= end:
            return Evaluated(UNKNOWN, "missing")
        if seen.reaches and seen.reaches <= start:
            return Evaluated(UNKNOWN, "missing")
        state = "provisional" if seen.reaches and seen.reaches < end else "final"
        try:
            value = asked(kpi, self.kpis[kpi].query, seen.of(week))
        except ZeroDivisionError:
            return Evaluated(UNKNOWN, "failed", "division by zero", seen)
        if value is None and seen.reaches is None:
            state = "provisional"
        return Evaluated((value, None, None), state, None, seen)

    def _formula(
        self, kpi: str, week: date, views: Mapping[str, Seen | None], fresh: Mapping[Cell, Evaluated]
    ) -> Evaluated:
        found = {cell: self._part(cell, views, fresh) for cell in parts_of(kpi, week)}
        for state in ("failed", "held", "missing"):
            for (part, needed), (evaluated, _) in found.items():
                if evaluated.state == state:
                    return Evaluated(UNKNOWN, state, (self.kpis[part].slug, needed, evaluated.trouble))
        number = computed(kpi, [evaluated.number[0] for evaluated, _ in found.values()])
        open_ = any(evaluated.state == "provisional" for evaluated, _ in found.values())
        lines = {cell: line for cell, (_, line) in found.items()}
        return Evaluated(number, "provisional" if open_ else "final", parts=lines)

    def _part(
        self, cell: Cell, views: Mapping[str, Seen | None], fresh: Mapping[Cell, Evaluated]
    ) -> tuple[Evaluated, Line | None]:
        """What stands counts; what nobody has recorded is evaluated on the way."""
        lines, now = self.cells.get(cell), fresh.get(cell)
        if lines:
            return Evaluated(lines[-1].number, lines[-1].state, lines[-1].of.trouble), lines[-1]
        if now:
            return now, None
        if not self.lives(*cell):
            return Evaluated(UNKNOWN, "missing"), None
        return self._evaluate(*cell, views, fresh), None

    # What may follow what.

    def _next(self, kpi: str, week: date, evaluated: Evaluated) -> Line | None:
        lines, query = self.cells.get((kpi, week)), self.kpis[kpi].query

        def line(number: Number, *reasons: str) -> Line:
            return Line(number, evaluated.state, lambda: reasons, evaluated, query)

        if not lines:
            return line(evaluated.number, "first")
        there = lines[-1]
        if there.set_by_hand:
            return None
        if evaluated.state in ("held", "failed"):
            same = (there.state, there.of.trouble) == (evaluated.state, evaluated.trouble)
            return None if there.state == "final" or same else line(there.number, evaluated.state)
        if there.state == "final" and (evaluated.state == "provisional" or _cut(there, evaluated, week)):
            return None
        if not there.has_number:
            return line(evaluated.number, "recovered")
        if there.number != evaluated.number:
            why = self._why(kpi, week, there, evaluated)
            return Line(evaluated.number, evaluated.state, why, evaluated, query)
        if (there.state, evaluated.state) == ("provisional", "final"):
            return line(there.number, "settled")
        return None

    def _why(self, kpi: str, week: date, there: Line, now: Evaluated) -> Callable[[], Iterable[str]]:
        """Which reasons are true: what has happened, since the line that stands, to what the number rests on."""
        if there.query != self.kpis[kpi].query:
            return lambda: [QUERY]
        if kpi in FORMULAS:
            return lambda: self._why_parts(there, now, week)
        if there.of.seen is None:
            return lambda: [LATE, FIX]  # nobody knows what the number before was made of
        assert now.seen is not None
        events = self.sources[QUERIES[kpi]].events[there.of.seen.until : now.seen.until]
        return lambda: {kind for kind, day in events if day < week + WEEK}

    def _why_parts(self, there: Line, now: Evaluated, week: date) -> set[str]:
        reasons: set[str] = set()
        for cell, line in now.parts.items():
            before = there.of.parts.get(cell)
            if line is None or (before is None and not line.has_number):
                reasons |= {LATE, FIX}  # evaluated on the way, and recorded nowhere
            elif line is not before:
                first = before.id if before else 0
                since = [other for other in self.cells.get(cell, []) if first < other.id <= line.id]
                reasons |= {_told(other.reason) for other in since}
                if before is None:
                    reasons |= {LATE, FIX}
        return reasons


@dataclass
class Work:
    """What a command records, batch by batch: each lands whole or not at all, and none before the one before it."""

    batches: list[list[Cell]] = field(default_factory=list)
    asked: Mapping[str, set[date]] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)


def _cut(there: Line, now: Evaluated, week: date) -> bool:
    """The source has dropped its past up to within the week: what it still holds is not the whole."""
    was = there.of.seen
    return bool(was and now.seen and was.has_before(week) and not now.seen.has_before(week))


def _withdrawn() -> Iterable[str]:
    return [WITHDRAWN]


def _told(reason: str) -> str:
    """A correction and its withdrawal are both a person's doing; a part that settled or recovered had new data."""
    if reason == WITHDRAWN:
        return CORRECTED
    return reason if reason in RESTATED else LATE
