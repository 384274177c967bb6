"""Scratch folders: what a killed load left behind does not stay, what a living one uses does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.sources.scratch import scratch


def test_rows_that_a_killed_process_left_are_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f"kpi-rows-{gone.pid}-abc"
    left.mkdir()
    (left / "rows.csv").write_text("secret")
    theirs = tmp_path / f"kpi-rows-{os.getppid()}-abc"
    theirs.mkdir()
    with scratch() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        assert not left.exists()
        assert theirs.exists()
    assert not folder.exists()
