"""Google is down, slow, out of quota, or carries a write out and then drops the line: what is wanted lands, once.

A sequence is a few weeks of publishing. Every request of it may meet a fault, at any byte of its answer; a process
may die with its announcement in the ledger. When Google is well again, one more publish has to be enough.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import FactoryError
from core.grid import Grid
from core.publish.published import token
from core.readings import State
from tests.google.played_time import PlayedTime
from tests.sheets.conftest import KPIS, Desk, make_grid, shown
from tests.sheets_server import people
from tests.sheets_server.faults import KINDS, WRITES, Fault
from tests.sheets_server.server import SheetsServer

SEEDS = range(int(os.environ.get("KPI_TEST_SEED", 0)), int(os.environ.get("KPI_TEST_SEED", 99)) + 1)
LONG = range(2_000)
REFUSING = [kind for kind in KINDS if kind != "delay"]  # to wait for real would only take long
MARGIN = 10
NOTE = "kept by hand"


class Killed(BaseException):
    """The process is gone, whatever it was doing."""


@contextmanager
def at_desk(folder: Path, chance: float) -> Iterator[Desk]:
    time = PlayedTime(chance)
    with SheetsServer(now=time.wall) as server:
        server.faults.limited = True
        yield Desk(server, folder, time, server.new_book("Scorecards").id)


def play(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    with at_desk(folder, 0.2 + 0.8 * chance.random()) as desk:
        weeks = chance.randint(2, 5)
        desk.largest = chance.choice([desk.largest, 4_000])  # small batches: a tab is then written in several
        for week in range(1, weeks + 1):
            desk.server.faults.script.extend(_faults(chance))
            _published(desk, chance, _wanted(seed, week))
            if chance.random() < 0.5 and desk.book.named("sc2026"):
                desk.change(people.type_in, (2, 9), NOTE)
            desk.time.at += chance.choice([0, 1, 61])  # google-auth signs by the real clock: an hour must not pass
            if chance.random() < 0.2:
                desk.server.door.forget_tokens()
        desk.server.faults.script.clear()
        desk.time.at += 61
        wanted = _wanted(seed, weeks)
        desk.publish(wanted)
        _stands(desk, wanted)
        _is_polite(desk)


def _published(desk: Desk, chance: random.Random, wanted: Grid) -> None:
    """It may fail, and it may be killed at its announcement; nothing else may happen."""
    doomed = chance.random() < 0.15
    try:
        if doomed:
            _killed_at_its_announcement(desk, wanted)
        else:
            desk.publish(wanted, budget=chance.choice([1, 30, 300]))
    except (FactoryError, Killed):
        pass


def _killed_at_its_announcement(desk: Desk, wanted: Grid) -> None:
    from core.publish.sheets.publish import Target, publish

    def announce_and_die(published: object) -> None:
        desk.stored.append(published)  # type: ignore[arg-type]
        raise Killed

    place = Target(desk.sheets(30), desk.spreadsheet, "success", list(desk.stored), desk.largest)
    publish([wanted], place, intend=announce_and_die)


def _faults(chance: random.Random) -> Iterator[Fault | None]:
    for _ in range(chance.randint(0, 12)):
        if chance.random() < 0.35:
            yield None
        else:
            kind = chance.choice(REFUSING)
            yield Fault(kind, chance.choice([chance.randint(0, 400), chance.randint(0, 20_000)]))


def _wanted(seed: int, week: int) -> Grid:
    """Week after week: new numbers, restated ones, provisional ones that become final, later a KPI more."""
    chance = random.Random(f"{seed} {week}")
    news: dict[tuple[str, int], tuple[str | None, State, str]] = {}
    for number in KPIS:
        for n in range(1, week + 1):
            state = chance.choice([State.FINAL, State.FINAL, State.PROVISIONAL, State.HELD])
            value = None if chance.random() < 0.1 else str(chance.randint(1, 40))
            news[number, n] = (value, state, "late rows" if chance.random() < 0.2 else "")
    kpis = {number: words for number, words in KPIS.items() if number != "07" or week > 2}
    return make_grid(upto=week, changes=news, kpis=kpis)


def _stands(desk: Desk, wanted: Grid) -> None:
    """The tab shows every number, note and look that is wanted, once, and nothing else."""
    (tab,) = [tab for tab in desk.book.tabs if tab.title.startswith("sc2026")]
    seen = shown(tab)
    names = {wanted.cells["weeks", column].value: column for column in wanted.columns}
    assert {number for number, _ in seen} == set(wanted.kpis)
    for number in wanted.kpis:
        for name, column in names.items():
            if column != "trend":
                due = wanted.cells[number, column].value
                assert _token(seen.get((number, str(name)))) == token(due), (number, column)
    keys = [c["userEnteredValue"] for (_, column), c in tab.cells.items() if column == 0 and "userEnteredValue" in c]
    assert len(keys) == len({str(key) for key in keys}), "no row stands twice"
    again = desk.publish(wanted, dry_run=True)
    assert (again.changes, again.edits_kept) == ([], [])
    said = [c for c in tab.cells.values() if c.get("userEnteredValue") == {"stringValue": NOTE}]
    assert len(said) <= 1
    notes = sorted(c["note"] for c in tab.cells.values() if "note" in c)
    assert notes == sorted(c.note for c in wanted.cells.values() if c.note)


def _token(value: object) -> str:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) else f"{value:.15g}"  # type: ignore[str-format]


def _is_polite(desk: Desk) -> None:
    writes = [one.at for one in desk.server.log if one.method == "POST"]
    for most in (WRITES, WRITES - MARGIN):  # Google's limit, and ours below it
        assert all(later - earlier > 59.999 for earlier, later in zip(writes, writes[most:], strict=False))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_wanted_lands_once_whatever_happens_on_the_way(tmp_path: Path, seed: int) -> None:
    play(tmp_path, seed)


@pytest.mark.long
def test_many_more_sequences(tmp_path: Path) -> None:
    for seed in LONG:
        folder = tmp_path / str(seed)
        folder.mkdir()
        play(folder, seed)


def test_at_every_byte_of_the_answer(tmp_path: Path) -> None:
    """The answer to the write of a small weekly publish, cut after each byte of its head and more of its body."""
    with at_desk(tmp_path, 0.1) as desk:
        desk.publish(make_grid(upto=1))
        for n, after in enumerate([*range(0, 200, 7), *range(200, 2_000, 150)]):
            desk.server.faults.script.extend([None, Fault("cut", after)])
            wanted = make_grid(upto=1, changes={("05", 1): (str(n), State.FINAL, "")})
            desk.publish(wanted)
            assert shown(desk.tab())["05", "W01"] == n
            desk.time.at += 60
        _is_polite(desk)
