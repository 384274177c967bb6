"""Finds the definition files and binds each to its place.

The path says which one it is: `scorecards/success/kpi_06_offboarding_forms.py` is number 06 of `success`. A file
that cannot be read stands in the list with all its faults, beside the good ones and never in their way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from core.catalog import BoundDataset, BoundSegments, Catalog, Definition, Fault
from core.dataset import Dataset
from core.definition_file import read_file
from core.errors import did_you_mean
from core.expressions import Expression, Ref
from core.kpi import KPI, Scorecard
from core.measures import Query
from core.numbering import in_full, next_number, padded
from core.parameters import with_parameters
from core.segments import Segments

_KPI_FILE = re.compile(r"kpi_(\d+[a-z]?)_([a-z][a-z0-9_]*)")


def read_catalog(folder: Path) -> Catalog:
    """Every definition below `folder`, sorted by path."""
    found = _Found()
    for place in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))):
        if any(place.glob("*.py")):
            _read_folder(place, found)
    found.definitions.sort(key=lambda d: d.order)
    sound = _numbered_once(found.definitions, found.faults)
    sound = _without_circles(_with_parents(sound, found.faults), found.faults)
    found.faults += _others_unknown(found)
    segments = list(_bound(found.segments, sound, found.faults))
    faults = sorted(found.faults, key=lambda f: f.path)
    return Catalog(found.scorecards, sound, found.datasets, faults, folder, segments)


@dataclass
class _Found:
    scorecards: dict[str, Scorecard] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)
    datasets: dict[str, BoundDataset] = field(default_factory=dict)
    segments: list[tuple[Path, Segments, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def _read_folder(place: Path, found: _Found) -> None:
    """One scorecard. Where its own file is broken, the others are read all the same, to tell their faults."""
    card = _read_scorecard(place, found.faults)
    aside = found if card else _Found(faults=found.faults)
    if card:
        found.scorecards[place.name] = card
    for path in sorted(place.glob("*.py")):
        if path.stem.startswith("kpi_"):
            aside.definitions += _read_kpi(path, card or _PLACEHOLDER, aside.faults)
        elif path.stem.startswith("dataset_"):
            _read_dataset(path, card or _PLACEHOLDER, aside.datasets, aside.faults)
        elif path.stem.startswith("segments_"):
            aside.segments += _read_segments(path, card or _PLACEHOLDER, aside.faults)
        elif path.stem not in ("scorecard", "__init__"):
            aside.faults.append(
                Fault(path, "is neither kpi_<number>_<slug>.py nor dataset_<name>.py: rename or move it")
            )
    aside.faults += _examples_of_nothing(place)


def _examples_of_nothing(place: Path) -> Iterator[Fault]:
    """A CSV bears the name of its KPI's file; any other would never be run."""
    for path in sorted(place.glob("kpi_*.csv")):
        if not path.with_suffix(".py").exists():
            yield Fault(path, f"holds examples, but there is no {path.stem}.py: give it the name of its KPI's file")


_PLACEHOLDER = Scorecard(title="?", owner="?")


def _read_scorecard(place: Path, faults: list[Fault]) -> Scorecard | None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", place.name):
        faults.append(Fault(place, "a scorecard's folder is named in lower case, digits and underscores"))
        return None
    path = place / "scorecard.py"
    if not path.exists():
        faults.append(Fault(path, "is missing: every folder of KPIs has a scorecard = Scorecard(...)"))
        return None
    card, _, found = read_file(path, "scorecard", Scorecard)
    faults += [Fault(path, what) for what in found]
    return card


def _read_kpi(path: Path, card: Scorecard, faults: list[Fault]) -> Iterator[Definition]:
    place = _KPI_FILE.fullmatch(path.stem)
    if not place:
        faults.append(Fault(path, "is named kpi_<number>_<slug>.py: kpi_06_offboarding_forms.py"))
    kpi, doc, found = read_file(path, "kpi", KPI)
    faults += [Fault(path, what) for what in found]
    if place and kpi:
        yield Definition(path.parent.name, padded(place[1]), place[2], card.defined(kpi), card, doc, path)


def _read_dataset(path: Path, card: Scorecard, datasets: dict[str, BoundDataset], faults: list[Fault]) -> None:
    name = path.stem.removeprefix("dataset_")
    dataset, doc, found = read_file(path, "dataset", Dataset)
    faults += [Fault(path, what) for what in found]
    if name in datasets:
        faults.append(
            Fault(path, f'dataset "{name}" also stands in {datasets[name].scorecard}: staging has one table of a name')
        )
    elif dataset:
        datasets[name] = BoundDataset(path.parent.name, name, dataset, card, doc, path)


def _others_unknown(found: _Found) -> Iterator[Fault]:
    """Rules that ask a dataset or a column that there is not. One whose own file is broken is not their fault."""
    broken = {f.path.stem for f in found.faults}
    for bound in found.datasets.values():
        for check in bound.dataset.checks:
            name, column = check.other
            other = found.datasets.get(name)
            if other and column != "*" and not other.dataset.column(column):
                hint = did_you_mean(column, [c.name for c in other.dataset.columns])
                yield Fault(bound.path, f'check "{check.name}": {name} has no column "{column}". {hint}'.strip())
            elif name and not other and f"dataset_{name}" not in broken:
                hint = did_you_mean(name, found.datasets)
                yield Fault(bound.path, f'check "{check.name}" names no dataset. {hint}'.strip())


def _read_segments(path: Path, card: Scorecard, faults: list[Fault]) -> Iterator[tuple[Path, Segments, str]]:
    segments, doc, found = read_file(path, "segments", Segments)
    faults += [Fault(path, what) for what in found]
    if segments:
        measure = with_parameters(segments.measure, card.parameters)
        assert isinstance(measure, Query)
        yield path, replace(segments, measure=measure), doc


def _bound(
    found: Sequence[tuple[Path, Segments, str]], definitions: Sequence[Definition], faults: list[Fault]
) -> Iterator[BoundSegments]:
    """Each with the KPI of its own scorecard that it splits. A KPI whose own file is broken is not its fault."""
    by_name = {d.name: d for d in definitions}
    broken = _broken(faults)
    for path, segments, doc in found:
        name = f"{path.parent.name}.{segments.of}"
        if name in by_name:
            yield BoundSegments(path.stem.removeprefix("segments_"), segments, by_name[name], doc, path)
        elif name not in broken:
            mine = [d.slug for d in definitions if d.scorecard == path.parent.name]
            hint = did_you_mean(segments.of, mine)
            faults.append(Fault(path, f'of="{segments.of}" names no KPI of this scorecard. {hint}'.strip()))


def _broken(faults: Sequence[Fault]) -> set[str]:
    """Names of the KPIs whose files have faults."""
    return {f"{f.path.parent.name}.{m[2]}" for f in faults if (m := _KPI_FILE.fullmatch(f.path.stem))}


def _numbered_once(definitions: Sequence[Definition], faults: list[Fault]) -> list[Definition]:
    """A number or a slug that stands twice makes all its bearers faulty: neither may win by chance."""
    bearers: dict[str, list[Definition]] = {}
    for definition in definitions:
        bearers.setdefault(definition.key, []).append(definition)
        bearers.setdefault(definition.name, []).append(definition)
    sound = []
    for definition in definitions:
        alike = {d.path: d for d in (*bearers[definition.key], *bearers[definition.name])}
        twins = [twin for path, twin in alike.items() if path != definition.path]
        for twin in twins:
            word = f"number {definition.number}" if twin.key == definition.key else f'slug "{definition.slug}"'
            free = next_number(d.number for d in definitions if d.scorecard == definition.scorecard)
            faults.append(Fault(definition.path, f"{word} also stands in {twin.path.name}: {free} is free"))
        if not twins:
            sound.append(definition)
    return sound


def _with_parents(definitions: Sequence[Definition], faults: list[Fault]) -> list[Definition]:
    """Without those that refer to nothing. A parent whose own file is broken is not the child's fault."""
    by_name = {d.name: d for d in definitions} | {d.key: d for d in definitions}
    names = by_name.keys()
    broken = _broken(faults)
    sound = []
    for definition in definitions:
        faults += [Fault(definition.path, what) for what in _other_periods(definition, by_name)]
        lost = [p for p in definition.parents if p not in names and p not in broken]
        faults += [Fault(definition.path, f'ref("{p}") names no KPI. {did_you_mean(p, names)}'.strip()) for p in lost]
        sound += [] if lost or any(_other_periods(definition, by_name)) else [definition]
    return sound


def _other_periods(definition: Definition, by_name: Mapping[str, Definition]) -> Iterator[str]:
    """A formula reads the same kind of period as its own, or rolls up another kind by the rule for what is counted."""
    expression = definition.kpi.measure
    if not isinstance(expression, Expression):
        return
    for ref in expression.refs():
        parent = by_name.get(in_full(ref.name, definition.scorecard))
        if parent:
            yield from filter(None, [_period_fault(ref, parent, definition), _roll_fault(ref, parent, definition)])


def _period_fault(ref: Ref, parent: Definition, definition: Definition) -> str:
    theirs, mine, counted = parent.kpi.cadence, definition.kpi.cadence, ref.cadence
    if counted and counted not in (theirs, mine):
        return f"counts in {counted} periods, but this KPI is {mine}"
    if counted and counted != theirs:
        return f'ref("{parent.name}") counts in {counted} periods, but that KPI is {theirs}'
    if theirs != mine and not ref.roll:
        how = {"stock": "last", "flow": "sum"}.get(parent.kpi.kind, "mean")
        return (
            f'ref("{parent.name}") is {theirs}, this KPI is {mine}: roll it up, as '
            f'ref("{parent.name}").{how}({_UNITS[theirs]}={1 if how == "last" else _MANY[theirs]})'
        )
    if theirs == "weekly" and parent.card.first_weekday != (definition.card.first_weekday if mine == "weekly" else 0):
        return f'ref("{parent.name}") has weeks that start on {parent.card.week_start}'
    return ""


_UNITS = {"daily": "days", "weekly": "weeks", "monthly": "months"}
_MANY = {"daily": 7, "weekly": 4, "monthly": 3}
_WRONG_ROLLS = {
    ("sum", "stock"): "is a stock: its sum counts the same things again and again. Take .last(...) or .mean(...)",
    ("sum", "ratio"): "is a ratio, and ratios have no sum: .mean(...) makes the ratio of the summed parts",
    ("last", "flow"): "is a flow: the last period is a part of it. Take .sum(...)",
}


def _roll_fault(ref: Ref, parent: Definition, definition: Definition) -> str:
    """A flow is summed, a stock is taken at the end, a ratio is made of its parts; the rest stays as it is."""
    wrong = _WRONG_ROLLS.get((ref.roll, parent.kpi.kind), "")
    if ref.roll and not parent.kpi.kind and parent.kpi.cadence != definition.kpi.cadence:
        wrong = (
            'says no kind: where it is a flow, a stock or a ratio, say kind="flow" in its file; a median or a distinct '
            "count of a longer period needs a query of its own"
        )
    return f'ref("{parent.name}").{ref.roll}(...): {parent.name} {wrong}' if wrong else ""


def _without_circles(definitions: Sequence[Definition], faults: list[Fault]) -> list[Definition]:
    sound = list(definitions)
    while True:
        by_name = {d.name: d for d in sound} | {d.key: d for d in sound}
        graph = {d.name: [by_name[p].name for p in d.parents if p in by_name] for d in sound}
        try:
            TopologicalSorter(graph).prepare()
            return sound
        except CycleError as error:
            circle: list[str] = error.args[1]
            told = " → ".join(reversed(circle))
            faults += [
                Fault(by_name[name].path, f"refers to itself in a circle: {told}") for name in dict.fromkeys(circle)
            ]
            sound = [d for d in sound if d.name not in circle]
