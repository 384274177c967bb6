"""The catalog: every definition file found, bound to its name, parents before children.

The path says which one it is: `scorecards/success/kpi_06_offboarding_forms.py` is number 06 of `success`. A file
that cannot be read stands in the list with all its faults, beside the good ones and never in their way.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from core.dataset import Dataset
from core.errors import DefinitionError, FactoryError, MisuseError, did_you_mean
from core.kpi import KPI, Scorecard
from core.measures import Blend, Expression, Query, Sheet

_KPI_FILE = re.compile(r"kpi_(\d+[a-z]?)_([a-z][a-z0-9_]*)")
_STAGING = re.compile(r"\bstaging\.([a-z_][a-z0-9_]*)", re.IGNORECASE)
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

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Datasets its queries and sheets name, each once."""
        return tuple(dict.fromkeys(_datasets(self.kpi.measure)))

    @cached_property
    def hash(self) -> str:
        """Changes when the number could: with the measure, the zone, the week start or the rule for nothing found."""
        parts = (self.kpi.measure, self.kpi.cadence, self.kpi.empty, self.card.timezone, self.card.week_start)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


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
class Catalog:
    scorecards: Mapping[str, Scorecard] = field(default_factory=dict)
    definitions: Sequence[Definition] = ()
    datasets: Mapping[str, BoundDataset] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
