"""Scratch folders: rows lie in them while they are loaded, so what a killed process left is swept away."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from core.processes import lives

_OURS = re.compile(r"kpi-rows-(\d+)-")


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that nobody else can read, gone at the end; those of processes that are no more go first."""
    _sweep(Path(gettempdir()))
    with TemporaryDirectory(prefix=f"kpi-rows-{os.getpid()}-") as folder:
        yield Path(folder)


def _sweep(place: Path) -> None:
    for folder in place.glob("kpi-rows-*"):
        owner = _OURS.match(folder.name)
        if owner and not lives(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)
