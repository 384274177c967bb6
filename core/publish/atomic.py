"""Files replaced whole or not at all: a reader, a crash or a full disk never meets half a file."""

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core import write_points
from core.errors import PublishError


def replace_file(path: Path, data: bytes, *, unchanged: Callable[[], bool] = lambda: True) -> None:
    """Writes beside the file, then swaps. `unchanged` is asked last: has nobody saved it meanwhile?

    Raises PublishError; the file is then as it was.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            _try_lock(file.fileno())  # while it is held, its writer lives: nobody sweeps it away
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
            write_points.reached("file written")
            if not unchanged():
                raise PublishError(
                    f"{path.name} was saved by someone while it was being published; theirs stays.",
                    next_step="Publish again.",
                )
        temporary.replace(path)
        write_points.reached("file swapped")
    except OSError as error:
        raise PublishError(
            f"{path.name} cannot be written ({error.strerror or type(error).__name__}); it is as it was.",
            next_step="Close it where it is open, or give the folder write permission, then publish again.",
        ) from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Takes away what writers of this file left when they were killed. Those that live hold a lock on theirs."""
    left = re.compile(re.escape(f".{path.name}.") + "[a-z0-9_]{8}")  # as `tempfile` names them
    for temporary in path.parent.iterdir():
        if left.fullmatch(temporary.name) and temporary.is_file():
            with suppress(OSError), temporary.open("r+b") as file:
                _try_lock(file.fileno())
                temporary.unlink()


def standing(path: Path) -> bytes | None:
    """What a file of ours holds, None when there is none. Raises PublishError."""
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise PublishError(
            f"{path.name} cannot be read ({error.strerror or type(error).__name__}); it was left as it is.",
            next_step="Give the folder read and write permission, then publish again.",
        ) from None


def read_file(path: Path) -> bytes | None:
    """None when there is none. Raises PublishError when it could not be replaced either: read-only or open."""
    if not path.exists():
        return None
    for owner_file in (path.with_name(f".~lock.{path.name}#"), path.with_name(f"~${path.name}")):
        if owner_file.exists():
            raise _closed(path, "is open in a spreadsheet program", f"(or delete {owner_file.name} if it is not)")
    try:
        if not path.is_file():
            raise PublishError(
                f"{path.name} is a folder, not a workbook.", next_step="Move it away, then publish again."
            )
        if not path.stat().st_mode & 0o222:
            raise _closed(path, "is read-only", "or make it writable")
        with path.open("r+b") as file:
            _try_lock(file.fileno())
            return file.read()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _closed(path, f"is locked or cannot be opened ({why})") from None


def _closed(path: Path, why: str, otherwise: str = "") -> PublishError:
    return PublishError(
        f"{path.name} {why}; it was left as it is.",
        next_step=f"Close it {otherwise}".rstrip() + ", then publish again.",
    )


def _try_lock(descriptor: int) -> None:
    """Fails when another program holds the file; on systems without these locks, opening it has failed already."""
    try:
        import fcntl
    except ImportError:
        return
    for lock in (fcntl.flock, fcntl.lockf):
        try:
            lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise
        except OSError:  # a network folder without locks
            continue


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
