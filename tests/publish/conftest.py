"""Grids of a small scorecard, and what a workbook says when other programs read it."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.grid import Grid
from tests.sheets.conftest import make_grid as small_grid


@pytest.fixture
def make_grid() -> Callable[..., Grid]:
    """`changes` are value, state and note by number and week."""
    return small_grid


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
