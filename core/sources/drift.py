"""Drift: the columns of a source now, against those it had at the load before."""

from collections.abc import Mapping, Sequence

from core.checks import NoDrift, Verdict
from core.dataset import Column, Dataset
from core.loads import Drift
from core.sources.headers import called


def drift(before: Mapping[str, str], now: Mapping[str, str], columns: Sequence[Column]) -> Drift:
    """What was added, lost, or is of another type; nothing where nothing is known of before.

    A column under contract is expected, so it is never added; one that lacks is an error long before. Types are
    compared where both sources have some.
    """
    if not before:
        return Drift()
    was, is_now = _by_name(before, columns), _by_name(now, columns)
    declared = {column.name for column in columns}
    changed = [
        (header, was[name][1], kind)
        for name, (header, kind) in is_now.items()
        if name in was and kind and was[name][1] and kind != was[name][1]
    ]
    return Drift(
        added=tuple(header for name, (header, _) in is_now.items() if name not in was and name not in declared),
        lost=tuple(header for name, (header, _) in was.items() if name not in is_now),
        changed=tuple(changed),
    )


def drift_verdicts(dataset: Dataset, found: Drift, now: Mapping[str, str]) -> list[Verdict]:
    """Of the rules that ask for none: columns at fault among all that there are, or were."""
    named = [("added", name) for name in found.added] + [("lost", name) for name in found.lost]
    named += [(f"is {kind}, was {was}", name) for name, was, kind in found.changed]
    samples = [{"column": name, "drift": what} for what, name in named]
    return [
        Verdict(
            check.name, check.severity, check.weight, check.allowed, found.count, len(now) + len(found.lost), samples
        )
        for check in dataset.contract()
        if isinstance(check, NoDrift)
    ]


def _by_name(given: Mapping[str, str], columns: Sequence[Column]) -> dict[str, tuple[str, str]]:
    return {called(header, columns): (header, kind) for header, kind in given.items()}
