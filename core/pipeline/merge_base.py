"""The definitions as they were where a branch left another one, read from git into a folder that goes again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from core.errors import MisuseError

_FILES = frozenset({".py", ".sql"})


@dataclass(frozen=True, slots=True)
class Base:
    """The commit that `against` and the branch have in common, and its definitions in `folder`."""

    against: str
    commit: str
    folder: Path


@contextmanager
def base_of(scorecards: Path, against: str) -> Iterator[Base]:
    """The definitions at the merge base of HEAD and `against`; the folder is gone afterwards.

    Raises MisuseError where the folder lies in no git checkout, or the two have nothing in common.
    """
    if _git(scorecards, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise MisuseError(f"{scorecards} lies in git's own folder.", next_step="Set KPI_SCORECARDS_DIR.")
    against, commit = _merge_base(scorecards, against)
    prefix = os.fsdecode(_git(scorecards, "rev-parse", "--show-prefix").removesuffix(b"\n"))
    with TemporaryDirectory(prefix="kpi-base-") as place:
        _bring(scorecards, commit, prefix, Path(place))
        yield Base(against, commit, Path(place))


def _merge_base(folder: Path, against: str) -> tuple[str, str]:
    """A branch that only the remote has, as in a fresh checkout of a pull request, counts too."""
    for name in (against, f"origin/{against}"):
        found = _asked(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if found.returncode == 0 and not name.startswith("-"):
            break
    else:
        raise MisuseError(f'git knows no "{against}" here.', next_step="Name another branch or commit with --against.")
    common = _asked(folder, "merge-base", "HEAD", found.stdout.decode().strip())
    if common.returncode != 0:
        shallow = _git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true"
        remedy = "`git fetch --unshallow` brings the rest of the history." if shallow else "Name another --against."
        raise MisuseError(f"HEAD and {name} have no commit in common.", next_step=remedy)
    return name, common.stdout.decode().strip()


def _bring(folder: Path, commit: str, prefix: str, place: Path) -> None:
    """Every definition file of that commit, byte by byte."""
    listed = _git(folder, "ls-tree", "-r", "-z", "--full-tree", commit, *([prefix] if prefix else []))
    blobs = dict(_definition_files(listed, prefix))
    asked = "".join(f"{blob}\n" for blob in blobs.values()).encode()
    told = BytesIO(_git(folder, "cat-file", "--batch", given=asked))
    for path in blobs:
        size = int(told.readline().split()[-1])
        file = place / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(told.read(size))
        told.readline()


def _definition_files(listed: bytes, prefix: str) -> Iterator[tuple[PurePosixPath, str]]:
    """`<scorecard>/<file>` and the name of its content; what lies deeper, or is a link, defines nothing."""
    for line in filter(None, listed.split(b"\0")):
        facts, _, name = line.partition(b"\t")
        mode, _, blob = facts.decode().split(" ")
        path = PurePosixPath(os.fsdecode(name)).relative_to(prefix or ".")
        if len(path.parts) == 2 and path.suffix in _FILES and mode.startswith("100"):
            yield path, blob


def _git(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    """What git answers. Raises MisuseError with git's own sentence where it refuses."""
    asked = _asked(folder, *words, given=given)
    if asked.returncode != 0:
        said = asked.stderr.decode(errors="replace").strip().splitlines()
        why = said[0].removeprefix("fatal: ") if said else f"exit code {asked.returncode}"
        raise MisuseError(
            f"{folder} cannot be compared with another branch: git says {why.rstrip('.')}.",
            next_step="Call it in a git checkout of the scorecards.",
        )
    return asked.stdout


def _asked(folder: Path, *words: str, given: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    try:
        asking = ["git", "-C", str(folder), *words]
        return subprocess.run(asking, input=given, capture_output=True, timeout=60, check=False)
    except FileNotFoundError:
        raise MisuseError("There is no git on this machine to compare with.", next_step="Install it.") from None
    except subprocess.TimeoutExpired:
        raise MisuseError("git did not answer within a minute.", next_step="Try again.") from None
