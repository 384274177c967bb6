"""The commit that the definitions are at, for the audit."""

import subprocess
from functools import cache
from pathlib import Path


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
