"""Write points: the moments at which a command has just written something and goes on to write more.

A process that is killed at one of them, or anywhere between, must leave nothing that the next one does not complete.
`kpi drill` and the tests prove it: they arm a point, and the process dies there.
"""

import os
import signal
from collections.abc import Callable

POINTS = {
    "revision applied": "a migration has run, its transaction is open",
    "run opened": "the run's own row is in the ledger",
    "batch appended": "readings are appended, their transaction is open",
    "batch recorded": "their transaction has ended",
    "run evaluated": "every reading is recorded, the run's row is still open",
    "table replaced": "a dataset's rows are copied, their transaction is open",
    "load recorded": "its provenance stands beside the rows, the transaction is open",
    "load landed": "the transaction has ended",
    "note written": "a note is appended, its transaction is open",
    "note landed": "the transaction has ended",
    "publish asked": "a publication is owed",
    "publish announced": "what the file will hold is in the ledger",
    "file written": "the new file lies beside the old one",
    "file swapped": "it has taken the old one's place",
    "publish landed": "the ledger knows that it did",
}
"""Every write point and what has happened when it is reached."""

Act = Callable[[], None]
_armed: dict[str, tuple[int, Act]] = {}


def reached(point: str) -> None:
    """Told by whoever has just written; does nothing unless somebody armed the point."""
    if point not in _armed:
        return
    times, act = _armed[point]
    _armed[point] = (times - 1, act)
    if times == 1:
        act()


def arm(point: str, times: int = 1, act: Act | None = None) -> None:
    """Let the process die, or do something else, when the point is reached for the nth time."""
    if point not in POINTS:
        raise KeyError(f"there is no write point {point}")
    _armed[point] = (times, act or _die)


def disarm() -> None:
    _armed.clear()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
