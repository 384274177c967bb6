"""What the ledger promises, asked of PostgreSQL after every step."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg

from core.pipeline.reading import status

from .expected import Work
from .figures import Cell, Line

if TYPE_CHECKING:
    from .corner_shop import Shop

SET_BY_HAND = "manual correction"
_LINES = """
    select reading_id, kpi_number, period_start, value, numerator, denominator, state, reason, because <> '' as by_hand,
           follows, recorded_at, digest, kpi.reading_text(r) as text
    from   kpi.reading as r
    where  reading_id > %s
    order  by reading_id
"""
_GROWN = "select count(*), coalesce(sum(hashtextextended(r::text, 0)), 0) from kpi.reading as r where reading_id <= %s"
_UNLIKE = """
    (select 'table' as only_in, t::text from (table vl_analytics.scorecard except table kpi.replay) as t)
    union all
    (select 'replay', t::text from (table kpi.replay except table vl_analytics.scorecard) as t)
"""
_DOUBLED = """
    select sc_name, kpi_number, period from vl_analytics.scorecard group by 1, 2, 3 having count(*) > 1
"""
_SHOWN = "select kpi_number, period_start, field_value, state, reading_id from vl_analytics.scorecard"


class Promises:
    """Keeps what was seen of the history, so that every look compares with the one before."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.last = 0
        self.fingerprint: Any = (0, 0)
        self.head = b""
        self.recorded_at: Any = None
        self.lines = 0

    def asked_of(self, connection: psycopg.Connection[Any]) -> Promises:
        """The same, of a copy of the database."""
        found = copy(self)
        found.connection = connection
        return found

    def hold(self, shop: Shop, done: Work | None = None, *, killed: bool = False) -> None:
        """Raises AssertionError that says which promise was broken where."""
        assert self._ask(_GROWN, self.last)[0] == self.fingerprint, "a line of history was changed"
        new = self._ask(_LINES, self.last)
        self._chain(new)
        _as_expected(shop, new, done or Work(), killed=killed)
        if new:
            self.last = new[-1][0]
            self.fingerprint = self._ask(_GROWN, self.last)[0]
        self.tables(shop)

    def tables(self, shop: Shop) -> None:
        """The tables are the replay of the history, one row a cell, and as expected; the grid has no hole."""
        assert self._ask(_UNLIKE) == [], "the scorecard table is not the replay of the history"
        assert self._ask(_DOUBLED) == []
        shown = {(kpi, week): (value, state, line) for kpi, week, value, state, line in self._ask(_SHOWN)}
        expected = {
            cell: (lines[-1].number[0], lines[-1].state, lines[-1].id) for cell, lines in shop.expected.cells.items()
        }
        assert shown == expected
        found = status(shop.session, [])
        grid: dict[Cell, str] = {}
        for line in found:
            for reading in line.readings:
                cell = (line.definition.number, reading.period.start)
                assert cell not in grid, f"{cell} is in two states"
                grid[cell] = str(reading.state)
        assert grid == shop.expected.grid()

    def _chain(self, new: Sequence[Any]) -> None:
        for line in new:
            assert line[11] == hashlib.sha256(self.head + line[12].encode()).digest(), f"the chain breaks at {line[0]}"
            self.head = line[11]
            assert self.recorded_at is None or line[10] >= self.recorded_at, "the ledger's clock ran backwards"
            self.recorded_at = line[10]
        self.lines += len(new)
        row = self._ask("select entries, head from kpi.chain where scorecard = 'shop'")
        assert not row or (row[0][0], bytes(row[0][1])) == (self.lines, bytes(self.head))

    def _ask(self, sql: str, *values: object) -> list[Any]:
        return self.connection.execute(sql, values or None).fetchall()


def _as_expected(shop: Shop, new: Sequence[Any], done: Work, *, killed: bool) -> None:
    """Exactly the expected lines were recorded; of a killed command some batches, each whole or not at all."""
    cells, batches = {(row[1], row[2]) for row in new}, list(done.batches)
    if killed:
        lost = [batch for batch in batches if not cells & set(batch)]
        assert not (cells and batches[0] in lost and batches[0]), "formulas were recorded before their parts"
        for batch in lost:
            shop.expected.undo(batch)
        batches = [batch for batch in batches if batch not in lost]
    wanted: dict[Cell, Line] = {cell: shop.expected.cells[cell][-1] for batch in batches for cell in batch}
    told = [(row[1], row[2], row[3], row[6], row[7]) for row in new]
    assert cells == set(wanted), f"recorded {told}, expected {_told(wanted)}"
    assert len(new) == len(wanted), f"recorded twice: {told}"
    for row in new:
        cell: Cell = (row[1], row[2])
        _one(cell, row, wanted[cell], shop.expected.cells[cell])


def _one(cell: Cell, row: Any, line: Line, lines: Sequence[Line]) -> None:
    number, state, reason = (row[3], row[4], row[5]), row[6], row[7]
    where = f"{cell[0]} {cell[1]}"
    assert _same(number, line.number), f"{where}: {number}, expected {line.number}"
    assert state == line.state, f"{where} is {state}, expected {line.state}"
    true = set(line.reasons())
    assert reason in true, f'{where}: "{reason}" is not why {lines[-2:-1]} became {line}; {true} would be'
    assert row[8] == line.set_by_hand
    assert row[9] == (lines[-2].id if len(lines) > 1 else None), f"{where} does not follow the line before it"
    line.reason, line.id = reason, row[0]


def _same(found: Sequence[Decimal | None], expected: Sequence[Decimal | None]) -> bool:
    return all(
        f == e or (f is not None and e is not None and abs(f - e) <= abs(e) * Decimal("1e-20"))
        for f, e in zip(found, expected, strict=True)
    )


def _told(wanted: dict[Cell, Line]) -> list[tuple[str, date, object, str]]:
    return [(k, w, line.number[0], line.state) for (k, w), line in wanted.items()]
