"""The quota: a service account is one user, whatever process speaks for it.

Requests of the last minute stand in a small file that all processes of this home share. We stay below Google's 60
reads and 60 writes a minute, so that people who use the same account find some left.
"""

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.errors import MisuseError
from core.google.waiting import Time

MOST, WINDOW = 50, 60.0
"""So many requests of a kind in any so many seconds."""


class Quota:
    def __init__(self, home: Path, address: str, time: Time) -> None:
        self._file = home / f"google-quota-{hashlib.sha256(address.encode()).hexdigest()[:12]}.json"
        self._time = time

    def take(self, kind: str, wait: Callable[[float], None]) -> None:
        """Take one of `reads` or `writes`; while none is left, `wait` so many seconds: it may give up by raising."""
        while (delay := self._try(kind)) > 0:
            wait(delay)

    def taken(self) -> dict[str, int]:
        """How many of each kind the last minute saw."""
        with self._open() as file:
            return {kind: len(times) for kind, times in self._recent(file).items()}

    def _try(self, kind: str) -> float:
        """0 when taken; otherwise the seconds until one is free."""
        with self._open() as file:
            recent = self._recent(file)
            times = recent.setdefault(kind, [])
            now = self._time.wall()
            if len(times) >= MOST:
                return max(times[-MOST] + WINDOW - now, 0.05)
            times.append(now)
            file.seek(0)
            file.truncate()
            json.dump(recent, file)
            return 0

    def _recent(self, file: IO[str]) -> dict[str, list[float]]:
        """What a broken file or a clock that was set back left behind counts for nothing."""
        file.seek(0)
        now = self._time.wall()
        try:
            said = json.load(file)
            return {str(k): sorted(float(t) for t in v if now - WINDOW < t <= now + 1) for k, v in said.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    @contextmanager
    def _open(self) -> Iterator[IO[str]]:
        """Alone: the lock goes with the process that holds it. Raises MisuseError."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
        except OSError as error:
            raise MisuseError(
                f"The count of requests to Google cannot be kept in {self._file} ({error.strerror}).",
                next_step="Let KPI_HOME be a folder that can be written to.",
            ) from None
