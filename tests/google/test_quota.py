"""The quota that all processes of a home share."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import MisuseError
from core.google.quota import MOST, Quota
from core.google.waiting import REAL_TIME
from tests.google.played_time import PlayedTime


def test_no_minute_ever_sees_more(tmp_path: Path) -> None:
    time = PlayedTime()
    quota = Quota(tmp_path, "a", time.as_time())
    taken = []
    for n in range(3 * MOST):
        quota.take("writes", time.sleep)
        taken.append(time.at)
        time.at += n % 3  # now and then somebody works for a while
    assert all(later - earlier >= 60 for earlier, later in zip(taken, taken[MOST:], strict=False))


def test_reads_and_writes_are_counted_apart_and_accounts_too(tmp_path: Path) -> None:
    time = PlayedTime()
    for kind in ("reads", "writes"):
        for _ in range(MOST):
            Quota(tmp_path, "a", time.as_time()).take(kind, time.sleep)
    Quota(tmp_path, "b", time.as_time()).take("writes", time.sleep)
    assert time.waits == []
    assert Quota(tmp_path, "a", time.as_time()).taken() == {"reads": MOST, "writes": MOST}


def test_who_cannot_wait_gives_up_and_takes_nothing(tmp_path: Path) -> None:
    time = PlayedTime()
    quota = Quota(tmp_path, "a", time.as_time())
    for _ in range(MOST):
        quota.take("writes", time.sleep)

    def refuse(seconds: float) -> None:
        raise TimeoutError(seconds)

    with pytest.raises(TimeoutError):
        quota.take("writes", refuse)
    assert quota.taken() == {"writes": MOST}


@pytest.mark.parametrize("left", ["", "{", "[]", '{"writes": ["x"]}', '{"writes": [99999999999999]}', "null"])
def test_a_broken_file_or_one_of_the_future_counts_for_nothing(left: str, tmp_path: Path) -> None:
    time = PlayedTime()
    quota = Quota(tmp_path, "a", time.as_time())
    quota.take("writes", time.sleep)
    (file,) = tmp_path.iterdir()
    file.write_text(left)
    quota.take("writes", time.sleep)
    assert quota.taken() == {"writes": 1}


def test_a_home_that_cannot_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where a folder should be")
    with pytest.raises(MisuseError, match="Let KPI_HOME be a folder that can be written to"):
        Quota(tmp_path / "home", "a", REAL_TIME).take("reads", lambda seconds: None)


HOLD = """
import sys
from pathlib import Path
from core.google.quota import Quota
from core.google.waiting import REAL_TIME
with Quota(Path(sys.argv[1]), "a", REAL_TIME)._open():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_who_dies_while_counting_locks_nobody_out(tmp_path: Path) -> None:
    holds = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(holds, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        other.kill()
    quota = Quota(tmp_path, "a", REAL_TIME)
    quota.take("reads", lambda seconds: None)
    assert quota.taken() == {"reads": 1}


TAKE = """
import sys
from pathlib import Path
from core.google.quota import Quota
from core.google.waiting import REAL_TIME
quota = Quota(Path(sys.argv[1]), "a", REAL_TIME)
for _ in range(10):
    quota.take("reads", lambda seconds: None)
"""


def test_processes_share_it(tmp_path: Path) -> None:
    others = [subprocess.Popen([sys.executable, "-c", TAKE, str(tmp_path)]) for _ in range(4)]
    assert [other.wait() for other in others] == [0, 0, 0, 0]
    assert Quota(tmp_path, "a", REAL_TIME).taken() == {"reads": 40}
