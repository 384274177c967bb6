"""One of two readings of the same scorecards: what is defined, and which files should define something."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from core.catalog import Catalog, Definition, Fault
from core.numbering import in_full, padded
from core.query_text import measure_text

_FILE = re.compile(r"kpi_(\d+[a-z]?)_(.*)")


@dataclass(frozen=True)
class Side:
    """A catalog, the slugs of all KPI files by key, sound or not, and the text of each dataset's sample."""

    catalog: Catalog
    files: Mapping[str, str]
    samples: Mapping[str, str]

    @classmethod
    def of(cls, catalog: Catalog) -> "Side":
        """Everything is read now: the folder may be gone later."""
        samples = {
            name: bound.sample.read_text(encoding="utf-8", errors="replace")
            for name, bound in catalog.datasets.items()
            if bound.sample.exists()
        }
        return cls(catalog, dict(_kpi_files(catalog.folder)), samples)

    def definition(self, key: str) -> Definition | None:
        return self.catalog.by_name.get(key)

    def key_of(self, name: str) -> str:
        """The key of a KPI by its full name, though its file may have faults; the name itself where there is none."""
        known = self.catalog.by_name.get(name)
        return known.key if known else self._key_of_file.get(name, name)

    @cached_property
    def _key_of_file(self) -> dict[str, str]:
        return {f"{key.partition('.')[0]}.{slug}": key for key, slug in self.files.items()}

    def fault(self, key: str) -> str:
        """Why the file of a KPI defines nothing."""
        scorecard, slug = key.partition(".")[0], self.files[key]
        mine = [fault for fault in self.catalog.faults if fault.path.parent.name == scorecard]
        own = [f for f in mine if _slug(f) == slug] + [f for f in mine if f.path.stem == "scorecard"]
        return own[0].what if own else "it cannot be read"

    def measure(self, definition: Definition) -> str:
        """The one spelling of its measure, other KPIs by their keys: a renamed part is the same part."""
        return measure_text(definition.kpi.measure, lambda name: self.key_of(in_full(name, definition.scorecard)))

    def parents(self, definition: Definition) -> list[str]:
        """Their keys, those with faults in their files too."""
        return [self.key_of(name) for name in definition.parents]

    def rests_on(self, key: str) -> set[str]:
        """Every dataset below a KPI, directly or through others."""
        return {name for definition in self._family(key) for name in definition.datasets}

    def _family(self, key: str) -> Iterator[Definition]:
        seen, stack = set[str](), [key]
        while stack:
            definition = self.definition(stack.pop())
            if definition and definition.key not in seen:
                seen.add(definition.key)
                stack += self.parents(definition)
                yield definition


def _kpi_files(folder: Path) -> Iterator[tuple[str, str]]:
    for place in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))):
        for path in sorted(place.glob("kpi_*.py")):
            if named := _FILE.fullmatch(path.stem):
                yield f"{place.name}.{padded(named[1])}", named[2]


def _slug(fault: Fault) -> str:
    named = _FILE.fullmatch(fault.path.stem)
    return named[2] if named else ""
