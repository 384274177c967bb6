"""Two sessions, statement by statement, in every order that their steps can have.

Each session runs in a thread of its own and stops before every statement and before its commit. A session that waits
for a lock of the other is told by PostgreSQL itself; then the other goes on.
"""

import threading
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from core.databases import parse_url

Do = Callable[[sa.Connection], Any]
_WAITS = "select exists (select from pg_stat_activity where pid = %s and wait_event_type = 'Lock')"


class Actor:
    """One session; `play` begins what it does, `step` lets it go as far as its next stop."""

    def __init__(self, url: str, isolation: str, outside: psycopg.Connection[Any]) -> None:
        self.engine = sa.create_engine(parse_url(url), isolation_level=isolation)
        self.connection = self.engine.connect()
        self.pid = self.connection.execute(sa.text("select pg_backend_pid()")).scalar_one()
        self.connection.rollback()
        self.outside = outside
        self.go, self.stopped = threading.Semaphore(0), threading.Event()
        self.thread: threading.Thread | None = None
        self.result: Any = None
        event.listen(self.engine, "before_cursor_execute", self._stop)
        event.listen(self.engine, "commit", self._stop)

    def play(self, do: Do) -> None:
        self.result = None
        self.stopped.clear()
        self.thread = threading.Thread(target=self._play, args=(do,))
        self.thread.start()
        self.stopped.wait()

    def _play(self, do: Do) -> None:
        try:
            self.result = do(self.connection)
            self.connection.commit()
        except Exception as error:  # told by whoever looks at the result
            self.result = error
            self.connection.rollback()
        self.thread = None
        self.stopped.set()

    @property
    def is_done(self) -> bool:
        return self.thread is None

    def step(self) -> bool:
        """False when it waits for the other, or has nothing left to do."""
        if self.is_done or not self._arrives() or self.is_done:  # it may end while it is waited for
            return False
        self.stopped.clear()
        self.go.release()
        self._arrives()
        return True

    def _arrives(self) -> bool:
        """At its next stop, or at its end; False when it waits for a lock."""
        while not self.stopped.wait(0.001):
            if self.outside.execute(_WAITS, [self.pid]).fetchall() == [(True,)]:
                return self.stopped.is_set()
        return True

    def _stop(self, *_: object) -> None:
        if threading.current_thread() is self.thread:
            self.stopped.set()
            self.go.acquire()

    def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


def orders(first: int, second: int) -> Iterator[str]:
    """Every order of the steps of two sessions, such as AABBAB; the two serial ones come first and last."""
    everyone = range(first + second)
    for places in combinations(everyone, first):
        yield "".join("A" if n in places else "B" for n in everyone)


def play(a: Actor, b: Actor, order: str, do_a: Do, do_b: Do) -> int:
    """Both at once in that order; how often one of them had to wait."""
    a.play(do_a)
    b.play(do_b)
    waits = sum(not (a if who == "A" else b).step() for who in order)
    while not (a.is_done and b.is_done):
        a.step()
        b.step()
    return waits
