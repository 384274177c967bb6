"""The catalog: every definition bound to its place, chosen by selectors, parents before children."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from textwrap import dedent

from core.dataset import Dataset
from core.errors import DefinitionError, MisuseError, did_you_mean
from core.expressions import Expression
from core.kpi import KPI, Scorecard
from core.measures import Blend, Query, Sheet
from core.numbering import KPI_NUMBER, in_full, padded, split_number
from core.periods import Period, parse
from core.query_text import amount_text, measure_text
from core.segments import Segments

_STAGING = re.compile(r'(?:\bstaging|"staging")\s*\.\s*"?([a-z_][a-z0-9_]*)', re.IGNORECASE)
_LEDGER = re.compile(r'(?:\bvl_analytics|"vl_analytics")\s*\.', re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with one file, as a sentence."""

    path: Path
    what: str

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}: {self.what}"


@dataclass(frozen=True)
class Definition:
    """A KPI bound to its place: `key` never changes (`success.06`), `name` follows its slug."""

    scorecard: str
    number: str
    slug: str
    kpi: KPI
    card: Scorecard
    doc: str
    path: Path

    @property
    def key(self) -> str:
        return f"{self.scorecard}.{self.number}"

    @property
    def name(self) -> str:
        return f"{self.scorecard}.{self.slug}"

    @property
    def order(self) -> tuple[str, int, str]:
        """Sorts 1, 2, 10, 16, 16a."""
        return self.scorecard, *split_number(self.number)

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the KPIs its formula refers to, in full, each once."""
        if not isinstance(self.kpi.measure, Expression):
            return ()
        return tuple(dict.fromkeys(in_full(name, self.scorecard) for name in self.kpi.measure.names()))

    def lives(self, period: Period) -> bool:
        """Whether the KPI is there in that period: since it began, until it was retired."""
        since, retired, weekday = self.kpi.since, self.kpi.retired, self.card.first_weekday
        if since and period.start < parse(since, weekday).start:
            return False
        return not retired or period.start <= parse(retired, weekday).start

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Datasets its queries and sheets name, each once."""
        return tuple(dict.fromkeys(_datasets(self.kpi.measure)))

    @property
    def reads_the_ledger(self) -> bool:
        """Whether its query asks what this program records: other KPIs, their status, the quality of loads."""
        return isinstance(self.kpi.measure, Query) and bool(_LEDGER.search(_COMMENT.sub(" ", self.kpi.measure.sql)))

    @property
    def body(self) -> str:
        """The text of the measure: a query, a blend with its inputs, or a formula."""
        return _body(self.kpi.measure)

    @cached_property
    def hash(self) -> str:
        """Changes when the number could: with the measure, the zone, the week start or the rule for nothing found.

        It goes by what a query says: white space, comments and line breaks are no change.
        """
        said = measure_text(self.kpi.measure, lambda name: in_full(name, self.scorecard))
        return _digest(said, self.kpi.cadence, amount_text(self.kpi.empty), self.card.timezone, self.card.week_start)

    @cached_property
    def hash_as_written(self) -> str:
        """Changes with every letter of the measure too. Lines that version 0.2 recorded bear it."""
        return _digest(self.kpi.measure, self.kpi.cadence, self.kpi.empty, self.card.timezone, self.card.week_start)

    def made(self, definition_hash: str) -> bool:
        """Whether a line of the ledger that bears this hash was made by the definition as it is."""
        return definition_hash in (self.hash, self.hash_as_written)


@dataclass(frozen=True)
class BoundDataset:
    """A dataset bound to its place; its table is `staging.<name>`."""

    scorecard: str
    name: str
    dataset: Dataset
    card: Scorecard
    doc: str
    path: Path

    @property
    def table(self) -> str:
        return f"staging.{self.name}"

    @property
    def sample(self) -> Path:
        """Beside it lies the DuckDB SELECT that makes its sample rows."""
        return self.path.with_suffix(".sql")


@dataclass(frozen=True)
class BoundSegments:
    """Segments bound to their place and to the KPI that they split."""

    slug: str
    segments: Segments
    of: Definition
    doc: str
    path: Path

    @property
    def name(self) -> str:
        return f"{self.of.scorecard}.{self.slug}"

    @property
    def card(self) -> Scorecard:
        return self.of.card

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Datasets that its query names, each once."""
        return tuple(dict.fromkeys(_datasets(self.segments.measure)))

    @cached_property
    def hash(self) -> str:
        """Changes when a number could."""
        said, told = measure_text(self.segments.measure, str), [*self.segments.names, *self.segments.metrics]
        return _digest(said, told, self.of.kpi.cadence, self.card.timezone, self.card.week_start)


@dataclass(frozen=True)
class Catalog:
    """All that was found in `folder`: `definitions` in the order of their numbers, every fault of every file."""

    scorecards: Mapping[str, Scorecard] = field(default_factory=dict)
    definitions: Sequence[Definition] = ()
    datasets: Mapping[str, BoundDataset] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    folder: Path = Path("scorecards")
    segments: Sequence[BoundSegments] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Definition]:
        """By name and by key: slugs are names for code, numbers are keys for rows."""
        return {d.name: d for d in self.definitions} | {d.key: d for d in self.definitions}

    def segments_of(self, definitions: Iterable[Definition]) -> list[BoundSegments]:
        """The segments that split one of these KPIs."""
        keys = {d.key for d in definitions}
        return [bound for bound in self.segments if bound.of.key in keys]

    def parents_first(self, definitions: Iterable[Definition]) -> list[Definition]:
        """The same definitions, every one after the KPIs that its formula refers to."""
        chosen = {d.name: d for d in definitions}
        order = TopologicalSorter({n: [p for p in self._parents(d) if p in chosen] for n, d in chosen.items()})
        return [chosen[name] for name in order.static_order()]

    def _parents(self, definition: Definition) -> list[str]:
        return [self.by_name[p].name for p in definition.parents if p in self.by_name]

    def select(self, selectors: Sequence[str]) -> list[Definition]:
        """The KPIs that the words name: `success`, `success.32`, `success.churn*`, `+x` for its parents too.

        No word means all. Raises MisuseError for a word that names nothing, and where there is nothing to choose
        from: nothing is due in an empty folder either, and that must not look healthy.
        """
        if not self.scorecards:
            raise self._empty()
        if not selectors:
            return list(self.definitions)
        chosen: dict[str, Definition] = {}
        for selector in selectors:
            for definition in self._matches(selector.removeprefix("+")):
                chosen[definition.key] = definition
                if selector.startswith("+"):
                    chosen |= {d.key: d for d in self._ancestors(definition)}
        return sorted(chosen.values(), key=lambda d: d.order)

    def one(self, selector: str) -> Definition:
        """Exactly one KPI."""
        found = self.select([selector])
        if len(found) != 1:
            names = ", ".join(d.name for d in found[:4])
            raise MisuseError(f'"{selector}" names {len(found)} KPIs ({names}, ...).', next_step="Name one of them.")
        return found[0]

    def _empty(self) -> MisuseError:
        if self.faults:
            return DefinitionError(map(str, self.faults))
        return MisuseError(
            f"There are no scorecards in {self.folder}.",
            next_step="Make a folder with a scorecard.py in it, or set KPI_SCORECARDS_DIR.",
        )

    def _matches(self, selector: str) -> list[Definition]:
        scorecard, _, rest = selector.partition(".")
        if KPI_NUMBER.fullmatch(rest):
            selector = f"{scorecard}.{padded(rest)}"
        found = [d for d in self.definitions if rest == "" and fnmatchcase(d.scorecard, scorecard)]
        found = found or [d for d in self.definitions if any(fnmatchcase(n, selector) for n in (d.name, d.key))]
        if not found and selector not in self.scorecards:
            raise MisuseError(self._unknown(selector, scorecard), next_step="`kpi list` shows them all.")
        return found

    def _unknown(self, selector: str, scorecard: str) -> str:
        broken = [
            f for f in self.faults if f.path.parent.name == scorecard and selector.partition(".")[2] in f.path.stem
        ]
        if broken and "." in selector:
            return f'The file of "{selector}" has faults: {str(broken[0]).rstrip(".")}.'
        known = [*self.scorecards, *(d.name for d in self.definitions)]
        return f'There is no KPI or scorecard "{selector}". {did_you_mean(selector, known)}'.strip()

    def _ancestors(self, definition: Definition) -> Iterator[Definition]:
        for name in self._parents(definition):
            yield self.by_name[name]
            yield from self._ancestors(self.by_name[name])

    def problems_of(self, scorecards: Iterable[str]) -> list[Fault]:
        """Faults of these scorecards' files."""
        wanted = set(scorecards)
        return [fault for fault in self.faults if fault.path.parent.name in wanted]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _body(measure: object) -> str:
    if isinstance(measure, Query):
        return dedent(measure.sql).strip()
    if isinstance(measure, Blend):
        inputs = [f"-- {name}: {_input(source)}" for name, source in measure.tables.items()]
        return "\n".join([*inputs, dedent(measure.sql).strip()])
    return str(measure)


def _input(source: object) -> str:
    if isinstance(source, Query):
        return f"{source.database}: {' '.join(source.sql.split())}"
    return str(getattr(source, "name", "") or getattr(source, "path", ""))


def _datasets(measure: object) -> Iterator[str]:
    if isinstance(measure, Query):
        yield from (name.lower() for name in _STAGING.findall(_COMMENT.sub(" ", measure.sql)))
    elif isinstance(measure, Blend):
        for source in measure.tables.values():
            yield from _datasets(source)
    elif isinstance(measure, Sheet):
        yield measure.name
