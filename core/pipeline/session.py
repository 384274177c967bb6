"""A session: one command's settings, catalog, databases and clock, opened and closed together."""

import getpass
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from core.catalog import Catalog
from core.errors import SourceError
from core.kept import Kept
from core.kpi import Scorecard
from core.settings import Settings, read_settings

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy as sa

    from core.databases import Databases
    from core.google.client import Sheets
    from core.kept_catalog import KeptCatalog
    from core.plans import Plans
    from core.sources.google_tabs import Tabs


@dataclass(frozen=True)
class Clock:
    """What a command takes for today, and for now; unset, the machine's own clock tells."""

    today: date | None = None
    now: datetime | None = None


def _without_lock() -> None:
    """Nothing is held, so nothing can be lost."""


@dataclass
class Session:
    settings: Settings
    fixed_today: date | None = None
    fixed_now: datetime | None = None
    patience: float = 0  # seconds to wait for those who hold a lock
    _still_alone: Callable[[], None] = field(default_factory=lambda: _without_lock, init=False, repr=False)

    @cached_property
    def catalog(self) -> Catalog:
        return self._kept_catalog.read()

    @cached_property
    def _kept_catalog(self) -> "KeptCatalog":
        from core.kept_catalog import KeptCatalog

        return KeptCatalog(self.settings.scorecards, self.kept)

    @property
    def kept(self) -> Kept:
        """What may be taken from the last run."""
        return Kept(self.settings.home / "cache")

    @cached_property
    def plans(self) -> "Plans":
        """What is known of the queries, from earlier runs too."""
        from core.plans import Plans

        return Plans(self.catalog, self.now(), self.kept, self.settings.urls)

    @cached_property
    def databases(self) -> "Databases":
        from core.databases import Databases

        return Databases(self.settings)

    @cached_property
    def sheets(self) -> "Sheets":
        """The one Google Sheets client. Raises MisuseError where no key file is set."""
        from core.google.client import connect

        return connect(self.settings)

    @cached_property
    def tabs(self) -> "Tabs":
        """The tabs of Google Sheets that are read as sources."""
        from core.sources.google_tabs import Tabs

        return Tabs(lambda: self.sheets, self.settings.sheets)

    def now(self) -> datetime:
        return self.fixed_now or datetime.now(UTC)

    def today(self, card: Scorecard) -> date:
        """Today where the scorecard is read; a day given on the command line holds everywhere."""
        return self.fixed_today or self.now().astimezone(card.zone).date()

    def day_of_check(self, card: Scorecard) -> date:
        """The day that data is judged on: rows may not be younger than the real day, whatever day is played."""
        return max(self.today(card), self.now().astimezone(card.zone).date())

    @property
    def actor(self) -> str:
        """Who runs this, for the audit: the login name, or cron's."""
        try:
            return self.settings.actor or getpass.getuser()
        except (KeyError, OSError):
            return f"uid {os.getuid()}"

    def start(self, connection: "sa.Connection", command: str, scorecards: Iterable[str], **arguments: object) -> int:
        """Open the audit row of what is being done, with its filters; its number."""
        from core.ledger import runs
        from core.pipeline.commit import commit_of

        told = {name: value for name, value in arguments.items() if value}
        commit = commit_of(self.settings.scorecards)
        return runs.start(connection, command, sorted(scorecards), self.actor, self.now(), told, commit)

    @contextmanager
    def writing(self) -> Iterator["sa.Connection"]:
        """One transaction on the warehouse: everything in it lands, or nothing."""
        from sqlalchemy.exc import DBAPIError

        from core.databases import first_line, reaching

        engine = self.databases.writer()
        try:
            with reaching(engine.url), engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise SourceError(
                f"The warehouse refused: {first_line(error)}.", next_step="Nothing was changed."
            ) from error

    @contextmanager
    def ledger(self) -> Iterator["sa.Connection"]:
        """Like `writing`, once the ledger's tables are known to be those of this version.

        The embedded database is brought up to date by itself; a database of the user's own is not.
        """
        self.require_ledger()
        with self.writing() as connection:
            yield connection

    @contextmanager
    def recording(self) -> Iterator["sa.Connection"]:
        """Like `ledger`, under the role that records and cannot alter history, where this user may take it.

        Only for what that role may do: loads and new tables are their owner's.
        """
        from core.databases import WRITER
        from core.ledger import roles

        self._still_alone()  # or another one may have begun meanwhile
        with self.ledger() as connection:
            if self._as_writer is None:
                self._as_writer = roles.may_record(connection)
            if self._as_writer:
                connection.exec_driver_sql(f"set local role {WRITER}")
            yield connection

    _as_writer: bool | None = None

    def require_ledger(self) -> None:
        """Reach the warehouse and make sure of its tables, once a session: before locks are taken and files opened."""
        from core.ledger import schema
        from core.pipeline.migrating import bring_up_to_date

        if self._ready:
            return
        with self.writing() as connection:
            if self.settings.embedded and schema.revision(connection) != schema.REVISION:
                bring_up_to_date(self, connection)
            schema.require(connection)
        self._ready = True

    _ready = False

    @contextmanager
    def locked(self, *names: str, beside: Iterable[str] = ()) -> Iterator[None]:
        """Nobody else holds these names meanwhile; those in `beside` others may share, but nobody holds alone.

        A run holds its scorecards, a load `load <dataset>`, a publish `publish <scorecard>`. Raises BusyError.
        """
        from core.databases import lock

        before = self._still_alone
        with lock(self.databases.writer(), *names, shared=beside, wait=self.patience) as self._still_alone:
            try:
                yield
            finally:
                self._still_alone = before

    @staticmethod
    def driver(connection: "sa.Connection") -> "psycopg.Connection[Any]":
        """The psycopg connection below, in the same transaction: for COPY."""
        driver: Any = connection.connection.driver_connection
        return cast("psycopg.Connection[Any]", driver)

    def close(self) -> None:
        if "catalog" in self.__dict__:
            self._kept_catalog.keep(self.catalog)
        if "databases" in self.__dict__:
            self.databases.close()


def load_of(dataset: str) -> str:
    """The name that a load holds alone and a run shares."""
    return f"load {dataset}"


@contextmanager
def open_session(clock: Clock | None = None, folder: Path | None = None) -> Iterator[Session]:
    clock = clock or Clock()
    session = Session(read_settings(folder=folder), clock.today, clock.now)
    try:
        yield session
    finally:
        session.close()
