"""Programs that this project does not depend on, each in an environment of its own, installed when first used."""

import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path


def environment_of(name: str, packages: Sequence[str]) -> Path:
    """The folder of its programs. It stays in the temporary folder for the next time."""
    folder = Path(tempfile.gettempdir()) / "kpi-benchmarks" / name
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_text() != "\n".join(packages):
        print(f"installing {', '.join(packages)} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        installed.write_text("\n".join(packages))
    return folder / "bin"
