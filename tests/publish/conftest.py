"""Grids of a small scorecard, and what a workbook says when other programs read it."""

import zipfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import KPI, Query, Scorecard, Target
from core.catalog import Definition
from core.grid import Grid, build
from core.periods import Period, Week
from core.readings import Number, Reading, State

CARD = Scorecard(title="Success", owner="Customer Success", timezone="Europe/London")
KPIS: dict[str, dict[str, Any]] = {
    "05": {"title": "Offboarding forms", "unit": "forms", "better": "lower", "target": Target(12, warn=14)},
    "06": {"title": "Early offboarding share", "unit": "%", "better": "lower", "target": 0.12},
    "07": {"title": "Revenue", "unit": "GBP", "better": "higher", "target": 300_000},
    "16": {"title": "Replacement processes", "unit": "processes", "better": "neither"},
}
VALUES = {"05": "11.75", "06": "0.118", "07": "308185.02", "16": "4"}


@pytest.fixture
def make_grid() -> Callable[..., Grid]:
    """`changes` are values, states or whole (value, state, note) by number and week."""

    def make(
        year: int = 2026,
        upto: int = 3,
        changes: Mapping[tuple[str, int], tuple[str | None, State, str]] | None = None,
        kpis: Mapping[str, Mapping[str, Any]] | None = None,
        notes: Mapping[tuple[str, Period], str] | None = None,
        as_of: str = "",
    ) -> Grid:
        chosen = KPIS if kpis is None else kpis
        found: dict[tuple[str, Period], Reading] = {}
        for number in chosen:
            for week in range(1, upto + 1):
                value, state, note = (changes or {}).get((number, week), (VALUES.get(number, "7"), State.FINAL, ""))
                period = Week.of(year, week)
                exact = Number(None if value is None else Decimal(value))
                found[f"success.{number}", period] = Reading(f"success.{number}", period, exact, state, note)
        definitions = [
            Definition(
                "success",
                number,
                f"kpi_{number}",
                KPI(**{"owner": "Customer Success", "measure": Query("select 1 as value"), **words}),
                CARD,
                f"{words['title']}.",
                Path("kpi.py"),
            )
            for number, words in chosen.items()
        ]
        return build("success", CARD, definitions, year, found, notes=notes, as_of=as_of)

    return make


@pytest.fixture
def parts() -> Callable[[Path], dict[str, bytes]]:
    def read(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    return read


@pytest.fixture
def rewrite() -> Callable[[Path, str, Callable[[bytes], bytes]], None]:
    """Edits one part of a workbook as a program would, and leaves the others alone."""

    def change(path: Path, part: str, edit: Callable[[bytes], bytes]) -> None:
        with zipfile.ZipFile(path) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        assert edit(held[part]) != held[part]
        held[part] = edit(held[part])
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in held.items():
                archive.writestr(name, data)

    return change
