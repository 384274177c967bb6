"""Scratch databases on the user's own server: made from one another in a moment, and dropped when the drill ends."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from core.databases import first_line, reaching
from core.errors import MisuseError, SourceError


@dataclass
class Scratch:
    """Databases `kpi_drill_<name>_<number>` beside the one that `url` names, in which nothing is written."""

    url: sa.URL
    name: str
    made: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def make(self, template: str = "template0") -> str:
        """A database that is empty, or like another one that nobody is connected to."""
        name = f"kpi_drill_{self.name}_{next(self._numbers)}"
        self.made.append(name)  # before it is made: whatever happens then, it is dropped
        try:
            self._tell(f'create database "{name}" template "{template}"')
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == "42501":
                raise _not_allowed(self.url) from None
            raise SourceError(f"The server refused to make a scratch database: {first_line(error)}.") from None
        return name

    def make_anew(self, name: str, template: str) -> None:
        self._tell(f'drop database "{name}" with (force)')
        self._tell(f'create database "{name}" template "{template}"')

    def drop(self, name: str) -> None:
        self._tell(f'drop database if exists "{name}" with (force)')
        self.made.remove(name)

    def drop_all(self, *, but: list[str]) -> None:
        for name in [name for name in self.made if name not in but]:
            with suppress(SQLAlchemyError, SourceError):  # the server is gone: nothing more can be done about it
                self.drop(name)

    def address(self, name: str) -> str:
        """The URL of a scratch database, for KPI_WAREHOUSE_URL. It may hold a password."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def connected(self, name: str) -> Iterator[sa.Connection]:
        """A connection that only reads, and is gone afterwards."""
        engine = sa.create_engine(self.url.set(database=name), poolclass=sa.NullPool)
        with reaching(engine.url), engine.connect() as connection:
            connection.execute(sa.text("set time zone 'UTC'"))
            yield connection

    def _tell(self, statement: str) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with reaching(engine.url), engine.connect() as connection:
            connection.exec_driver_sql(statement)


def _not_allowed(url: sa.URL) -> MisuseError:
    who = url.username or "this user"
    return MisuseError(
        f"A drill makes scratch databases, and {who} may not create databases on this server.",
        next_step=f'Let an administrator run: alter role "{who}" createdb. Or set KPI_WAREHOUSE_URL to another server.',
    )
