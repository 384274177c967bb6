"""What is kept between runs: there for who kept it, and not there as soon as anything is doubtful."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import kept
from core.kept import NOWHERE, Kept, program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache"


def test_what_is_kept_is_there_for_the_same_name_and_key(folder: Path) -> None:
    Kept(folder).save("plans", ("a", 1), {"x": 1})
    assert Kept(folder).load("plans", ("a", 1)) == {"x": 1}
    assert Kept(folder).load("plans", ("a", 2)) is None
    assert Kept(folder).load("catalog", ("a", 1)) is None
    Kept(folder).save("plans", ("a", 2), {"x": 2})
    assert Kept(folder).load("plans", ("a", 1)) is None
    assert [path.name for path in folder.iterdir()] == ["plans.pickle"]


def test_only_its_owner_may_read_it(folder: Path) -> None:
    Kept(folder).save("plans", "", 1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "plans.pickle").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(b"no pickle at all"),
        lambda path: path.write_bytes(path.read_bytes()[::-1]),
        lambda path: path.write_bytes(pickle.dumps("a text")),
        lambda path: path.write_bytes(pickle.dumps((program(), ""))),
        lambda path: path.write_bytes(pickle.dumps(("another program", "", 1))),
        lambda path: path.write_bytes(b"cnowhere\nnothing\n."),  # a class that is no more
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: path.chmod(0o660),
        lambda path: path.chmod(0o606),
    ],
    ids=["gone", "empty", "cut", "text", "mirrored", "shape", "short", "version", "class", "folder", "group", "all"],
)
def test_a_file_that_is_damaged_old_or_open_to_others_is_not_there(
    folder: Path, damage: Callable[[Path], object]
) -> None:
    Kept(folder).save("plans", "", 1)
    damage(folder / "plans.pickle")
    assert Kept(folder).load("plans", "") is None


def test_a_file_of_somebody_elses_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Kept(folder).save("plans", "", 1)
    somebody_else = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: somebody_else)
    assert Kept(folder).load("plans", "") is None


def test_a_file_that_is_not_ours_is_not_even_unpickled(folder: Path, tmp_path: Path) -> None:
    """To read a pickle is to run it."""
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> object:
            return (Path.touch, (ran,))

    folder.mkdir(parents=True)
    (folder / "plans.pickle").write_bytes(pickle.dumps((program(), "", Trap())))
    (folder / "plans.pickle").chmod(0o622)
    assert Kept(folder).load("plans", "") is None
    assert not ran.exists()


@pytest.mark.parametrize("value", [lambda: 1, sys.stdout, (n for n in ())], ids=["function", "file", "generator"])
def test_what_cannot_be_kept_is_worked_out_again(folder: Path, value: object) -> None:
    Kept(folder).save("plans", "", 1)
    Kept(folder).save("plans", "", value)
    assert Kept(folder).load("plans", "") == 1  # what was there is whole
    assert [path.name for path in folder.iterdir()] == ["plans.pickle"]


def test_a_place_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (Kept(tmp_path / "file"), Kept(tmp_path / "file" / "below"), NOWHERE):
        place.save("plans", "", 1)
        assert place.load("plans", "") is None


def test_a_write_that_breaks_off_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Kept(folder).save("plans", "", 1)
    (folder / "plans.pickle").chmod(0o600)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    Kept(folder).save("plans", "", 2)
    assert Kept(folder).load("plans", "") == 1
    assert [path.name for path in folder.iterdir()] == ["plans.pickle"]


def test_the_program_is_its_files_its_python_and_its_sqlglot(tmp_path: Path) -> None:
    """Asked in processes of their own: an answer is good for as long as its process runs."""
    for name in ("core", "sqlglot"):
        (tmp_path / name).mkdir()
    (tmp_path / "core" / "kept.py").write_text(Path(kept.__file__).read_text())
    (tmp_path / "core" / "__init__.py").write_text("")
    (tmp_path / "sqlglot" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "sqlglot" / "_version.py").write_text("one")

    def told() -> str:
        script = "from core.kept import program; print(program())"
        ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
        return ran.stdout

    seen = [told(), told()]
    assert seen[0] == seen[1]
    (tmp_path / "core" / "new.py").write_text("")
    seen.append(told())
    (tmp_path / "core" / "new.py").write_text("x = 1")
    seen.append(told())
    os.utime(tmp_path / "core" / "new.py", ns=(1, 1))
    seen.append(told())
    (tmp_path / "sqlglot" / "_version.py").write_text("other")
    seen.append(told())
    assert len(set(seen)) == 5
