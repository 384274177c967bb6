"""Settings: the one reader of the environment and of `.env`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import MisuseError, did_you_mean

KNOWN = {
    "KPI_HOME": "folder of the embedded database, published workbooks and logs (default: .kpi)",
    "KPI_WAREHOUSE_URL": "the PostgreSQL that holds staging and the scorecards (default: embedded)",
    "KPI_DATA_DIR": "folder that `kpi load` takes source files from (default: KPI_HOME/data)",
    "KPI_SCORECARDS_DIR": "folder of the scorecards (default: scorecards, here or in a folder above)",
    "KPI_PUBLISH_DIR": "folder of published workbooks and CSV files (default: KPI_HOME/published)",
    "KPI_POOL": "how many KPIs are evaluated at once (default: 4)",
    "KPI_STATEMENT_TIMEOUT": "seconds that one query may take (default: 300)",
    "KPI_ACTOR": "who runs this, for the audit (default: the login name)",
    "KPI_LOCK_TIMEOUT": "seconds to wait for a lock on a table (default: 30)",
}
_DATABASE = ("KPI_DATABASE_", "_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    home: Path
    scorecards: Path
    data: Path
    published: Path
    warehouse_url: str = field(default="", repr=False)
    database_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    pool: int = 4
    statement_timeout: int = 300
    lock_timeout: int = 30
    actor: str = ""

    @property
    def embedded(self) -> bool:
        return not self.warehouse_url


def read_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Settings from the environment, over those of the nearest `.env`.

    Raises MisuseError that lists every fault at once.
    """
    here = (folder or Path.cwd()).resolve()
    values = {**_dotenv(here), **(os.environ if environment is None else environment)}
    faults: list[str] = []
    scorecards = Path(values["KPI_SCORECARDS_DIR"]) if values.get("KPI_SCORECARDS_DIR") else _scorecards(here)
    if not (here / scorecards).is_dir():
        faults.append(f"KPI_SCORECARDS_DIR: there is no folder {scorecards}.")
    home = here / (values.get("KPI_HOME") or scorecards.parent / ".kpi")
    numbers = {
        name: _whole(values, name, default, faults)
        for name, default in (("KPI_POOL", 4), ("KPI_STATEMENT_TIMEOUT", 300), ("KPI_LOCK_TIMEOUT", 30))
    }
    warehouse = values.get("KPI_WAREHOUSE_URL", "")
    if warehouse and not warehouse.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        faults.append("KPI_WAREHOUSE_URL: must start with postgresql://.")
    if faults:
        raise MisuseError("\n".join(faults), next_step="Set them in the environment or in .env.")
    return Settings(
        home=home,
        scorecards=here / scorecards,
        data=here / (values.get("KPI_DATA_DIR") or home / "data"),
        published=here / (values.get("KPI_PUBLISH_DIR") or home / "published"),
        warehouse_url=warehouse,
        database_urls=_databases(values),
        pool=numbers["KPI_POOL"],
        statement_timeout=numbers["KPI_STATEMENT_TIMEOUT"],
        lock_timeout=numbers["KPI_LOCK_TIMEOUT"],
        actor=values.get("KPI_ACTOR", ""),
    )


def _dotenv(here: Path) -> dict[str, str]:
    for folder in (here, *here.parents):
        if (folder / ".env").is_file():
            from dotenv import dotenv_values

            return {k: v for k, v in dotenv_values(folder / ".env").items() if v is not None}
        if (folder / "scorecards").is_dir():
            break
    return {}


def _scorecards(here: Path) -> Path:
    for folder in (here, *here.parents):
        if (folder / "scorecards").is_dir():
            return folder / "scorecards"
    return here / "scorecards"


def unknown_settings(environment: Mapping[str, str] | None = None) -> list[str]:
    """KPI_ names that nothing reads: probably typing errors. `kpi doctor` tells them."""
    values = os.environ if environment is None else environment
    ours = [name for name in values if name.startswith("KPI_") and not name.startswith("KPI_TEST_")]
    return [
        f"{name}: no such setting. {did_you_mean(name, KNOWN)}".strip()
        for name in ours
        if name not in KNOWN and not (name.startswith(_DATABASE[0]) and name.endswith(_DATABASE[1]))
    ]


def _databases(values: Mapping[str, str]) -> dict[str, str]:
    prefix, suffix = _DATABASE
    return {
        name.removeprefix(prefix).removesuffix(suffix).lower(): url
        for name, url in values.items()
        if name.startswith(prefix) and name.endswith(suffix) and url
    }


def _whole(values: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    text = values.get(name) or str(default)
    if text.isdecimal() and int(text) > 0:
        return int(text)
    faults.append(f"{name}: a whole number above 0 is needed.")
    return default
