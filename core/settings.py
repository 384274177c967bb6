"""Settings: the one reader of the environment and of `.env`."""

import os
import re
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
    "KPI_GOOGLE_KEY_FILE": "key file of the service account that spreadsheets are shared with "
    "(default: GOOGLE_APPLICATION_CREDENTIALS)",
    "KPI_GOOGLE_BUDGET": "seconds that a command may wait for Google in all (default: 300)",
    "KPI_SHEETS_API_ENDPOINT": "another Sheets API than Google's, for tests",
}
_DATABASE = ("KPI_DATABASE_", "_URL")
_SPREADSHEET, _SHEET = "KPI_SPREADSHEET_", "KPI_SHEET_"
_FOLDERS = ("KPI_HOME", "KPI_DATA_DIR", "KPI_SCORECARDS_DIR", "KPI_PUBLISH_DIR", "KPI_GOOGLE_KEY_FILE")
_WHOLE = {"KPI_POOL": 4, "KPI_STATEMENT_TIMEOUT": 300, "KPI_LOCK_TIMEOUT": 30, "KPI_GOOGLE_BUDGET": 300}


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
    google_key: Path | None = None
    google_budget: int = 300
    sheets_endpoint: str = ""
    spreadsheets: Mapping[str, str] = field(default_factory=dict)  # by scorecard: where it is published
    sheets: Mapping[str, str] = field(default_factory=dict)  # by the name of a Sheet: where it is read
    unknown: tuple[str, ...] = ()  # sentences about KPI_ names that nothing reads

    @property
    def embedded(self) -> bool:
        return not self.warehouse_url

    @property
    def urls(self) -> Mapping[str, str]:
        """Of every database that queries name; that of the embedded one is empty."""
        return {"warehouse": self.warehouse_url, **self.database_urls}

    @property
    def asks_elsewhere(self) -> bool:
        """Whether the tables that queries read are in another database than the ledger."""
        return "warehouse" in self.database_urls


def read_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Settings from the environment, over those of the nearest `.env`.

    Raises MisuseError that lists every fault at once.
    """
    here = (folder or Path.cwd()).resolve()
    faults: list[str] = []
    values = _values(os.environ if environment is None else environment, here, faults)
    scorecards = Path(values.get("KPI_SCORECARDS_DIR") or _scorecards(here))
    if not scorecards.is_dir():
        faults.append(f"KPI_SCORECARDS_DIR: there is no folder {scorecards}.")
    numbers = {name: _whole(values, name, default, faults) for name, default in _WHOLE.items()}
    warehouse = _warehouse(values, faults)
    spreadsheets, sheets = (_ids(values, prefix, faults) for prefix in (_SPREADSHEET, _SHEET))
    key = values.get("KPI_GOOGLE_KEY_FILE") or values.get("GOOGLE_APPLICATION_CREDENTIALS")
    if faults:
        raise MisuseError("\n".join(faults), next_step="Set them in the environment or in .env.")
    home = Path(values.get("KPI_HOME") or scorecards.parent / ".kpi")
    return Settings(
        home=home,
        scorecards=scorecards,
        data=Path(values.get("KPI_DATA_DIR") or home / "data"),
        published=Path(values.get("KPI_PUBLISH_DIR") or home / "published"),
        warehouse_url=warehouse,
        database_urls=_databases(values),
        pool=numbers["KPI_POOL"],
        statement_timeout=numbers["KPI_STATEMENT_TIMEOUT"],
        lock_timeout=numbers["KPI_LOCK_TIMEOUT"],
        actor=values.get("KPI_ACTOR", ""),
        google_key=Path(key) if key else None,
        google_budget=numbers["KPI_GOOGLE_BUDGET"],
        sheets_endpoint=values.get("KPI_SHEETS_API_ENDPOINT", ""),
        spreadsheets=spreadsheets,
        sheets=sheets,
        unknown=tuple(unknown_settings(values)),
    )


def _values(environment: Mapping[str, str], here: Path, faults: list[str]) -> dict[str, str]:
    """What is set. A relative folder counts from where it is written: from the `.env`, else from here."""
    file = _dotenv(here)
    if file is None:
        return _placed(environment, here, faults)
    from dotenv import dotenv_values

    written = {name: text for name, text in dotenv_values(file).items() if text is not None and name not in environment}
    return _placed(written, file.parent, faults) | _placed(environment, here, faults)


def _placed(values: Mapping[str, str], folder: Path, faults: list[str]) -> dict[str, str]:
    placed = dict(values)
    for name in (name for name in _FOLDERS if values.get(name)):
        try:
            placed[name] = str(folder / Path(values[name]).expanduser())
        except RuntimeError:  # ~somebody
            faults.append(f"{name}: {values[name]} begins with nobody's home folder.")
    for name in (name for name in values if name.startswith(_DATABASE[0]) and name.endswith(_DATABASE[1])):
        if found := re.fullmatch(r"duckdb:///([^/:].*)", values[name]):
            placed[name] = f"duckdb:///{folder / found[1]}"
    return placed


def _dotenv(here: Path) -> Path | None:
    """The `.env` here or in a folder above, up to the one that holds the scorecards."""
    for folder in (here, *here.parents):
        if (folder / ".env").is_file():
            return folder / ".env"
        if (folder / "scorecards").is_dir():
            break
    return None


def _scorecards(here: Path) -> Path:
    for folder in (here, *here.parents):
        if (folder / "scorecards").is_dir():
            return folder / "scorecards"
    return here / "scorecards"


def unknown_settings(values: Mapping[str, str]) -> list[str]:
    """KPI_ names that nothing reads: probably typing errors. `kpi doctor` tells them."""
    ours = [name for name in values if name.startswith("KPI_") and not name.startswith("KPI_TEST_")]
    return [
        f"{name}: no such setting. {did_you_mean(name, KNOWN)}".strip()
        for name in ours
        if name not in KNOWN
        and not (name.startswith(_DATABASE[0]) and name.endswith(_DATABASE[1]))
        and not (name.startswith((_SPREADSHEET, _SHEET)) and not name.endswith("_"))
    ]


def _warehouse(values: Mapping[str, str], faults: list[str]) -> str:
    url = values.get("KPI_WAREHOUSE_URL", "")
    if url and not url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        faults.append("KPI_WAREHOUSE_URL: must start with postgresql://.")  # it may hold a password: not repeated
    return url


def _databases(values: Mapping[str, str]) -> dict[str, str]:
    prefix, suffix = _DATABASE
    return {
        name.removeprefix(prefix).removesuffix(suffix).lower(): url
        for name, url in values.items()
        if name.startswith(prefix) and name.endswith(suffix) and url
    }


def _ids(values: Mapping[str, str], prefix: str, faults: list[str]) -> dict[str, str]:
    """Spreadsheets by name in lower case; of an address only the id is kept."""
    found = {}
    for name, text in values.items():
        if not name.startswith(prefix) or not text.strip():
            continue
        match = re.search(r"/spreadsheets/(?:u/\d+/)?d/(?!e/)([\w-]+)", text) or re.fullmatch(r"\s*([\w-]+)\s*", text)
        if match:
            found[name.removeprefix(prefix).lower()] = match[1]
        else:
            faults.append(f"{name}: neither the id of a spreadsheet nor its address.")
    return found


def _whole(values: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    text = values.get(name) or str(default)
    if text.isdecimal() and int(text) > 0:
        return int(text)
    faults.append(f"{name}: a whole number above 0 is needed.")
    return default
