"""Kept between runs: what took long to work out and can be worked out again at any time.

Each thing lies in a file of its own under KPI_HOME, beside the key that it is good for: another key, another version
of this program, a damaged file, and it is not there. Only files of this user that nobody else may write are read.
"""

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of such files."""

    folder: Path

    def load(self, name: str, key: object) -> object | None:
        path = self.folder / f"{name}.pickle"
        try:
            with path.open("rb") as file:
                if not _is_ours(file.fileno()):
                    return None
                version, of, value = pickle.load(file)  # our own file: nobody else may write it
        except Exception:  # no file, half a file, a class that is no more: all of them mean that nothing is kept
            return None
        return value if (version, of) == (program(), key) else None

    def save(self, name: str, key: object, value: object) -> None:
        """Keep it; where that is not possible, the next run works it out again."""
        with suppress(Exception):  # a full disk, a folder of somebody else's, a value that cannot be written down
            content = pickle.dumps((program(), key, value), protocol=pickle.HIGHEST_PROTOCOL)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(dir=self.folder)  # only its owner may read it
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                Path(part).replace(self.folder / f"{name}.pickle")
            finally:
                Path(part).unlink(missing_ok=True)


NOWHERE = Kept(Path(os.devnull) / "nowhere")


@cache
def program() -> str:
    """This program as its files lie here, the Python that runs it and the sqlglot that reads its queries: a change of
    any of them makes everything be worked out anew."""
    digest = hashlib.sha256(sys.version.encode())
    for folder, _, files in sorted(os.walk(Path(__file__).parent)):
        for name in sorted(f for f in files if f.endswith(".py")):
            _add(digest, Path(folder) / name)
    found = find_spec("sqlglot")  # it is looked for, not imported
    if found and found.origin:
        for path in sorted(Path(found.origin).parent.glob("*.py")):  # _version.py among them
            _add(digest, path)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", path: Path) -> None:
    told = path.stat()
    digest.update(f"{path} {told.st_size} {told.st_mtime_ns}\n".encode())


def _is_ours(descriptor: int) -> bool:
    told = os.fstat(descriptor)
    return told.st_uid == os.getuid() and not told.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
