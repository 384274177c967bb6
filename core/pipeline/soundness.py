"""Queries are checked before they are asked: once for each version of a query, its contracts and this program."""

import hashlib
from collections.abc import Mapping, Sequence

from core import __version__
from core.catalog import Catalog, Definition
from core.ledger.names import Named
from core.pipeline.checking import wrong_number_faults

Checks = Mapping[str, tuple[str, str]]
"""By KPI key: what was checked, as a digest, and what was found, or nothing."""


def checks_of(catalog: Catalog, definitions: Sequence[Definition], known: Mapping[str, Named]) -> Checks:
    """The check of every query, taken from the ledger where it is still good."""
    contracts = _digest(*(repr((d.table, d.dataset.columns)) for d in catalog.datasets.values()), *catalog.scorecards)
    found: dict[str, tuple[str, str]] = {}
    for definition in definitions:
        version = _digest(definition.hash_as_written, contracts, __version__)  # faults may lie in comments too
        before = known.get(definition.key)
        faults = before.faults if before and before.checked == version else _faults(catalog, definition)
        found[definition.key] = (version, faults)
    return found


def unsound(checks: Checks) -> dict[str, str]:
    """By KPI key: what is wrong with its query, where something is."""
    return {key: f"The query is not asked: {faults}" for key, (_, faults) in checks.items() if faults}


def _faults(catalog: Catalog, definition: Definition) -> str:
    return " ".join(wrong_number_faults(catalog, definition))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
