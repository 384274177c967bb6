"""Scratch folders: rows lie in them while they are loaded, so what a killed process left is swept away."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

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
        if owner and not _runs(int(owner[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, and alive
    return True
