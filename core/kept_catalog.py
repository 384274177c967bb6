"""The catalog as it was read last, where no file below its folder has changed since: then none is read again.

What was worked out of the definitions meanwhile (the hash of each, which means reading its SQL) is kept with them.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from time import time_ns

from core.catalog import Catalog
from core.discovery import read_catalog
from core.kept import Kept

Files = tuple[tuple[str, int, int, int], ...]
"""Of each file: path, size, when it was written and when anything of it was changed, in nanoseconds."""

_RACE = 2_000_000_000  # nanoseconds: some file systems tell no two moments apart that are closer


@dataclass(frozen=True)
class _Known:
    catalog: Catalog
    read_at: int

    def is_sure(self, files: Files) -> bool:
        """A file that was written just before it was read may have been written once more in the same moment."""
        return self.read_at - max((max(written, changed) for _, _, written, changed in files), default=0) > _RACE


@dataclass
class KeptCatalog:
    folder: Path
    kept: Kept
    _files: Files = ()
    _read_at: int = 0
    _worked_out: int = -1

    def read(self) -> Catalog:
        self._read_at, self._files = time_ns(), files_below(self.folder)
        known = self.kept.load("catalog", self._key)
        if isinstance(known, _Known) and known.is_sure(self._files):
            self._worked_out, self._read_at = _worked_out(known.catalog), known.read_at
            return known.catalog
        return read_catalog(self.folder)

    @property
    def _key(self) -> tuple[str, str, Files]:
        """The folder as it is called as well: the catalog's own paths begin so."""
        return str(self.folder), str(self.folder.resolve()), self._files

    def keep(self, catalog: Catalog) -> None:
        """For the next command, where more is known now than was kept."""
        if _worked_out(catalog) > self._worked_out:
            self.kept.save("catalog", self._key, _Known(catalog, self._read_at))


def files_below(folder: Path) -> Files:
    """What discovery reads, and the fixtures beside it. Links are followed, as it follows them."""
    found = []
    for place, folders, files in os.walk(folder.resolve(), followlinks=True):
        depth = len(Path(place).relative_to(folder.resolve()).parts)
        folders[:] = [name for name in folders if not (depth or name.startswith((".", "_")))]
        found += [_stamp(f"{place}/{name}") for name in files if name.endswith((".py", ".csv"))]
    return tuple(sorted(found))


def _stamp(path: str) -> tuple[str, int, int, int]:
    try:
        told = Path(path).stat()
    except OSError:  # a link to nowhere, as editors make them beside an open file; or just gone
        return path, -1, 0, 0
    return path, told.st_size, told.st_mtime_ns, told.st_ctime_ns


def _worked_out(catalog: Catalog) -> int:
    return sum("hash" in vars(definition) for definition in catalog.definitions)
