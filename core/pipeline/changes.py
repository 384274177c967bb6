"""What differs between two readings of the same scorecards: each KPI with the kinds of its changes. Pure.

A KPI is known by its key, so a file that was given another slug is the same KPI, renamed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from core.catalog import BoundDataset, Definition
from core.kpi import KPI
from core.numbering import split_number
from core.pipeline.sides import Side
from core.query_text import amount_text


class Kind(StrEnum):
    """How a KPI differs; it may differ in several ways at once."""

    ADDED = "added"
    REMOVED = "removed"
    BROKEN = "file broken"
    MENDED = "file mended"
    RETIRED = "retired"
    LIFE = "life changed"  # it begins at another time, or ends no more
    RENAMED = "renamed"
    QUERY = "query changed"
    PARENT = "parent changed"
    EMPTY = "empty= changed"
    TOLERANCE = "tolerance changed"
    CADENCE = "cadence changed"
    ZONE = "time zone changed"
    WEEK_START = "week start changed"
    TARGET = "target changed"  # or its limits, or the good direction: statuses flip, numbers stay
    WORDS = "words changed"  # what people read of it
    CONTRACT = "contract changed"  # of a dataset that it rests on
    SAMPLE = "sample changed"


NUMBER_MAY_DIFFER = frozenset(
    {Kind.MENDED, Kind.QUERY, Kind.PARENT, Kind.EMPTY, Kind.TOLERANCE, Kind.ZONE, Kind.CONTRACT}
)
_HANDED_ON = frozenset({Kind.MENDED, Kind.BROKEN, Kind.QUERY, Kind.PARENT, Kind.EMPTY, Kind.ZONE, Kind.CADENCE})
_ELSEWHERE = frozenset({"measure", "target", "better", "cadence", "empty", "tolerance", "since", "retired"})
_WORDS = tuple(field.name for field in fields(KPI) if field.name not in _ELSEWHERE)
_CONTRACT = ("checks", "warn_below", "fail_below", "watermark", "begins", "grace_days", "source")


@dataclass(frozen=True)
class Change:
    """One KPI as it was and as it is, None where it is not there or its file has faults; what differs, by kind."""

    key: str
    name: str
    before: Definition | None
    now: Definition | None
    kinds: Mapping[Kind, str]

    @property
    def number_may_differ(self) -> bool:
        return self.now is not None and bool(self.kinds.keys() & NUMBER_MAY_DIFFER)

    def sentence(self) -> str:
        """`query changed; target changed: 12 → 10`."""
        return "; ".join(f"{kind}: {told}" if told else str(kind) for kind, told in self.kinds.items())


@dataclass(frozen=True)
class Beside:
    """What differs about a dataset, or about a scorecard itself, and the KPIs that rest on it."""

    name: str
    what: str
    kpis: Sequence[str] = ()


def changes(before: Side, now: Side) -> list[Change]:
    """Every KPI that differs, in the order of their numbers."""
    kinds = {key: dict(_kinds(before, now, key)) for key in {**before.files, **now.files}}
    contracts, samples = _contracts(before, now), _samples(before, now)
    for key, found in kinds.items():
        below = now.rests_on(key) if before.definition(key) else set()
        for kind, told in ((Kind.CONTRACT, contracts), (Kind.SAMPLE, samples)):
            if touched := [f"{name}: {told[name]}" for name in sorted(below & told.keys())]:
                found[kind] = ", ".join(touched)
    _hand_on(now, kinds)
    differing = [
        Change(key, _name(before, now, key), before.definition(key), now.definition(key), found)
        for key, found in kinds.items()
        if found
    ]
    return sorted(differing, key=lambda change: _order(change.key))


def beside(before: Side, now: Side) -> list[Beside]:
    """Datasets and scorecards that differ themselves."""
    found = [
        Beside(f"scorecard {name}", what)
        for name in sorted({*before.catalog.scorecards, *now.catalog.scorecards})
        if (what := _card(before, now, name))
    ]
    contracts, samples = _contracts(before, now), _samples(before, now)
    for name in sorted({*contracts, *samples}):
        told = [f"contract changed: {contracts[name]}"] if name in contracts else []
        told += [f"sample changed: {samples[name]}"] if name in samples else []
        resting = [d.name for d in now.catalog.definitions if name in now.rests_on(d.key)]
        found.append(Beside(f"dataset {name}", "; ".join(told), resting))
    return found


def _kinds(before: Side, now: Side, key: str) -> Iterator[tuple[Kind, str]]:
    was, is_now = before.definition(key), now.definition(key)
    if key not in now.files:
        yield Kind.REMOVED, ""
    elif is_now is None and (was or key not in before.files):
        yield Kind.BROKEN, now.fault(key)
    elif is_now and was:
        yield from _life(was.kpi, is_now.kpi)
        yield from _names(was, is_now)
        if before.measure(was) != now.measure(is_now):
            yield Kind.QUERY, "" if not (was.parents and is_now.parents) else f"{was.body} → {is_now.body}"
        yield from _rules(was, is_now)
    elif is_now:
        yield (Kind.MENDED if key in before.files else Kind.ADDED), ""


def _life(was: KPI, is_now: KPI) -> Iterator[tuple[Kind, str]]:
    if is_now.retired and is_now.retired != was.retired:
        yield Kind.RETIRED, f"after {is_now.retired}"
    elif is_now.retired != was.retired:
        yield Kind.LIFE, f"not retired any more, was after {was.retired}"
    if is_now.since != was.since:
        yield Kind.LIFE, f"since {_arrow(was.since, is_now.since)}"


def _names(was: Definition, is_now: Definition) -> Iterator[tuple[Kind, str]]:
    if was.slug != is_now.slug:
        yield Kind.RENAMED, f"{was.slug} → {is_now.slug}"
    words = [word for word in _WORDS if _plain(getattr(was.kpi, word)) != _plain(getattr(is_now.kpi, word))]
    words += ["docstring"] if was.doc != is_now.doc else []
    if words:
        yield Kind.WORDS, ", ".join(words)


def _rules(was: Definition, is_now: Definition) -> Iterator[tuple[Kind, str]]:
    compared = (
        (Kind.EMPTY, amount_text(was.kpi.empty), amount_text(is_now.kpi.empty)),
        (Kind.TOLERANCE, amount_text(was.kpi.tolerance), amount_text(is_now.kpi.tolerance)),
        (Kind.CADENCE, was.kpi.cadence, is_now.kpi.cadence),
        (Kind.ZONE, was.card.timezone, is_now.card.timezone),
        (Kind.WEEK_START, was.card.week_start, is_now.card.week_start),
        (Kind.TARGET, *_goals(was.kpi, is_now.kpi)),
    )
    for kind, before, now in compared:
        if before != now:
            yield kind, _arrow(before, now)


def _goals(was: KPI, is_now: KPI) -> tuple[str, str]:
    """Both targets; the good direction only where it is another one."""
    turned = was.better != is_now.better
    before, now = (f"{_goal(kpi)} ({kpi.better} is better)" if turned else _goal(kpi) for kpi in (was, is_now))
    return before.strip(), now.strip()


def _goal(kpi: KPI) -> str:
    """The target with its limits, in one spelling."""
    if kpi.goal is None:
        return ""
    steps, when = kpi.goal.value, "straight on" if kpi.goal.path == "straight" else "from"
    value = (
        ", ".join(f"{amount_text(steps[day])} {when} {day.isoformat()}" for day in sorted(steps))
        if isinstance(steps, Mapping)
        else ("none" if steps is None else amount_text(steps))
    )
    limits = [("warn", kpi.goal.warn), ("critical", kpi.goal.critical)]
    told = [value, *(f"{word} {amount_text(limit)}" for word, limit in limits if limit is not None)]
    return ", ".join(told)


def _hand_on(now: Side, kinds: dict[str, dict[Kind, str]]) -> None:
    """A change of a number goes on to the formulas over it, and to those over them."""
    for definition in now.catalog.parents_first(now.catalog.definitions):
        mine = kinds[definition.key]
        moved = [key for key in now.parents(definition) if kinds.get(key, {}).keys() & _HANDED_ON]
        if moved and not mine.keys() & {Kind.ADDED, Kind.MENDED}:
            mine[Kind.PARENT] = ", ".join(f"{key.partition('.')[0]}.{now.files[key]}" for key in moved)


def _contracts(before: Side, now: Side) -> dict[str, str]:
    """By dataset: what of its contract differs."""
    was, is_now = before.catalog.datasets, now.catalog.datasets
    told = dict.fromkeys(is_now.keys() - was.keys(), "its file is new, or mended")
    told |= dict.fromkeys(was.keys() - is_now.keys(), "its file is gone, or has faults")
    told |= {name: ", ".join(_terms(was[name], is_now[name])) for name in was.keys() & is_now.keys()}
    return {name: what for name, what in told.items() if what}


def _terms(was: BoundDataset, is_now: BoundDataset) -> Iterator[str]:
    columns = [{column.name: column for column in bound.dataset.columns} for bound in (was, is_now)]
    yield from (f"column {n}" for n in {**columns[0], **columns[1]} if columns[0].get(n) != columns[1].get(n))
    for word in _CONTRACT:
        if _plain(getattr(was.dataset, word)) != _plain(getattr(is_now.dataset, word)):
            yield word
    if was.card.timezone != is_now.card.timezone:
        yield "time zone"


def _samples(before: Side, now: Side) -> dict[str, str]:
    both = {**before.samples, **now.samples}
    return {n: "its SELECT" for n in both if before.samples.get(n) != now.samples.get(n)}


def _card(before: Side, now: Side, name: str) -> str:
    was, is_now = before.catalog.scorecards.get(name), now.catalog.scorecards.get(name)
    if was is None or is_now is None:
        return "is new, or mended" if is_now else "is gone, or has faults"
    words = [w for w in ("title", "owner", "timezone", "week_start") if getattr(was, w) != getattr(is_now, w)]
    return f"{', '.join(words)} changed" if words else ""


def _name(before: Side, now: Side, key: str) -> str:
    return f"{key.partition('.')[0]}.{now.files.get(key) or before.files[key]}"


def _order(key: str) -> tuple[str, int, str]:
    scorecard, _, number = key.partition(".")
    return scorecard, *split_number(number)


def _arrow(before: str, now: str) -> str:
    return f"{before or 'none'} → {now or 'none'}"


def _plain(said: Any) -> Any:
    """Tuples and lists of the same things are one."""
    return list(said) if isinstance(said, tuple | list) else said
