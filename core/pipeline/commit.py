"""The commit that the definitions are at, for the audit, and the last change of one file."""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Change:
    """The last commit that touched a file, its day and author; `edited` where the file differs from it by now.

    A file that was never committed has no commit.
    """

    commit: str
    day: str
    author: str
    edited: bool

    def __str__(self) -> str:
        if not self.commit:
            return "not committed yet"
        return f"{self.day} in {self.commit} by {self.author}{', and edited since' if self.edited else ''}"


def last_change(file: Path) -> Change | None:
    """Of this file; nothing where there is no git, or no commit."""
    if not _git(file.parent, "rev-parse", "HEAD"):
        return None
    told = _git(file.parent, "log", "-1", "--format=%h%x09%as%x09%an", "--", file.name).split("\t")
    commit, day, author = told if len(told) == 3 else ("", "", "")
    return Change(commit, day, author, edited=bool(_git(file.parent, "status", "--porcelain", "--", file.name)))


@cache
def commit_of(folder: Path) -> str:
    """The commit of the folder's repository, with a + where files in it differ; nothing where there is no git."""
    commit = _git(folder, "rev-parse", "HEAD")
    changed = commit and _git(folder, "status", "--porcelain", "--", ".")
    return f"{commit}+" if changed else commit


def _git(folder: Path, *words: str) -> str:
    try:
        asked = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
