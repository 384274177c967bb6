"""The three-way compare: last published, in the sheet now, wanted."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from core.grid import Grid
from core.looks import Cell, Look, Place, Tone
from core.publish.plan import AddColumn, AddRow, AddTab, Found, SetLook, SetNote, SetValue, SetView, Snapshot, plan
from core.publish.published import VIEW, Mark, Published, mark, number

HERE: Place = ("05", "2026-W03")
MakeGrid = Callable[..., Grid]


def as_it_stands(grid: Grid) -> tuple[Snapshot, dict[Place, Mark]]:
    """The tab right after this grid was published."""
    marks = {place: mark(cell) for place, cell in grid.cells.items()}
    cells = {place: Found(m.value, m.look, m.note) for place, m in marks.items()}
    rows, columns = ({key: i for i, key in enumerate(keys)} for keys in (grid.rows, grid.columns))
    return Snapshot(rows, columns, cells, view=grid.first_in_view), {**marks, VIEW: Mark(grid.first_in_view)}


def seen(there: Snapshot, place: Place, found: Found) -> Snapshot:
    return replace(there, cells={**there.cells, place: found})


def wanted(grid: Grid, place: Place, cell: Cell) -> Grid:
    return replace(grid, cells={**grid.cells, place: cell})


def cell(value: str | None, tone: Tone = Tone.ON, note: str = "") -> Cell:
    return Cell(None if value is None else Decimal(value), Look(tone, "#,##0.00", "●"), note)


@pytest.fixture
def grid(make_grid: MakeGrid) -> Grid:
    return wanted(make_grid(), HERE, cell("11.75"))


def test_a_tab_that_is_not_there_is_added_whole(grid: Grid) -> None:
    found = plan(grid, None, {})
    assert found.operations == [AddTab(grid)]
    assert found.marks[HERE].value == "11.75"


def test_nothing_is_done_where_all_three_agree(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    found = plan(grid, there, last)
    assert (found.operations, found.edits) == ([], [])


def test_a_cell_as_we_left_it_takes_the_new_value(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    found = plan(wanted(grid, HERE, cell("12")), there, last)
    assert found.operations == [SetValue(HERE, Decimal(12), "11.75")]
    assert found.marks[HERE].value == "12"


def test_a_withdrawn_number_is_emptied_and_not_made_0(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    found = plan(wanted(grid, HERE, cell(None)), there, last)
    assert found.operations == [SetValue(HERE, None, "11.75")]


def test_a_hand_edit_stays_and_is_reported(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    found = plan(wanted(grid, HERE, cell("12")), seen(there, HERE, Found("13")), last)
    assert found.operations == []
    assert [(e.theirs, e.ours) for e in found.edits] == [("13", "12")]
    assert "someone wrote 13 where 12 was due" in str(found.edits[0])


def test_a_kept_hand_edit_is_still_one_next_week(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    edited = seen(there, HERE, Found("13"))
    first = plan(wanted(grid, HERE, cell("12")), edited, last)
    second = plan(wanted(grid, HERE, cell("12.5")), edited, first.marks)
    assert len(second.edits) == 1
    back = plan(wanted(grid, HERE, cell("12.5")), seen(there, HERE, Found("11.75")), second.marks)
    assert SetValue(HERE, Decimal("12.5"), "11.75") in back.operations


def test_a_hand_edit_is_overwritten_by_policy(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    found = plan(grid, seen(there, HERE, Found("13", str(grid.cells[HERE].look))), last, "take ours")
    assert found.operations == [SetValue(HERE, Decimal("11.75"), "13")]
    assert found.edits == []


def test_a_hand_edit_that_agrees_with_the_new_number_is_no_edit(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    look = str(grid.cells[HERE].look)
    found = plan(wanted(grid, HERE, cell("12")), seen(there, HERE, Found("12", look)), last)
    assert (found.operations, found.edits) == ([], [])
    assert found.marks[HERE].value == "12"


def test_an_emptied_cell_is_an_edit_too(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    found = plan(grid, seen(there, HERE, Found("")), last)
    assert [e.theirs for e in found.edits] == [""]


def test_a_formula_in_our_cell_stays_and_one_that_others_rest_on_always_does(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    assert plan(grid, seen(there, HERE, Found("=A1*2")), last).operations == []
    master = plan(grid, seen(there, HERE, Found("=A1*2", locked=True)), last, "take ours")
    assert (len(master.operations), len(master.edits)) == (0, 1)


def test_without_a_memory_only_empty_and_equal_cells_are_ours(grid: Grid) -> None:
    there, _ = as_it_stands(grid)
    look = str(grid.cells[HERE].look)
    assert plan(grid, there, {}).edits == []
    assert plan(grid, seen(there, HERE, Found("", look)), {}).operations == [SetValue(HERE, Decimal("11.75"))]
    assert len(plan(grid, seen(there, HERE, Found("9", look)), {}).edits) == 1


def test_a_persons_format_stays_until_the_status_changes(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    painted = seen(there, HERE, Found("11.75", None))
    assert plan(grid, painted, last).operations == []
    turned = plan(wanted(grid, HERE, cell("11.75", Tone.OFF)), painted, last)
    assert [type(step) for step in turned.operations] == [SetLook]
    assert turned.operations[0].was == str(grid.cells[HERE].look)  # type: ignore[union-attr]


def test_notes_are_written_only_where_empty_or_ours(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    noted = wanted(grid, HERE, cell("11.75", note="Provisional: late."))
    look = str(grid.cells[HERE].look)
    assert plan(noted, there, last).operations == [SetNote(HERE, "Provisional: late.")]
    theirs = plan(noted, seen(there, HERE, Found("11.75", look, "ask Finance")), last)
    assert (theirs.operations, theirs.edits) == ([], [])
    there, last = as_it_stands(noted)
    assert plan(grid, there, last).operations == [SetNote(HERE, "", "Provisional: late.")]
    removed = seen(there, HERE, Found("11.75", look, ""))
    assert plan(noted, removed, last).operations == [], "a note that a person removed does not come back"


def test_a_new_kpi_is_a_new_row_and_a_removed_row_stays_away(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    without = replace(there, rows={k: i for k, i in there.rows.items() if k != "16"})
    never = {place: m for place, m in last.items() if place[0] != "16"}
    assert plan(grid, without, never).operations[0] == AddRow("16")
    removed = plan(grid, without, last)
    assert removed.operations == []
    assert "KPI 16 was removed by hand" in str(removed.edits[0])
    assert plan(grid, without, last, "take ours").operations[0] == AddRow("16")


def test_a_removed_week_stays_away_unless_ours_is_taken(grid: Grid) -> None:
    there, last = as_it_stands(grid)
    without = replace(there, columns={k: i for k, i in there.columns.items() if k != "2026-W01"})
    assert [e.place for e in plan(grid, without, last).edits] == [("", "2026-W01")]
    assert plan(grid, without, last, "take ours").operations[0] == AddColumn("2026-W01")


def test_the_tab_opens_at_the_latest_weeks_unless_a_person_scrolled_it(make_grid: MakeGrid) -> None:
    there, last = as_it_stands(make_grid(upto=20))
    later = make_grid(upto=21)
    assert SetView("2026-W12") in plan(later, there, last).operations
    scrolled = replace(there, view="2026-W01")
    assert not any(isinstance(step, SetView) for step in plan(later, scrolled, last).operations)


@pytest.mark.parametrize(
    ("exact", "told"),
    [
        ("0.1180", "0.118"),
        ("1000", "1000"),
        ("-0", "0"),
        ("9747747.93", "9747747.93"),
        ("0.1234567890123456789", "0.123456789012346"),
        ("NaN", ""),
        ("1E-7", "0.0000001"),
    ],
)
def test_a_number_has_one_spelling_of_at_most_15_digits(exact: str, told: str) -> None:
    assert number(Decimal(exact)) == told
    if told:
        assert number(Decimal(repr(float(told)))) == told, "it comes back from a binary float unchanged"


def test_what_was_published_survives_json(grid: Grid) -> None:
    _, last = as_it_stands(wanted(grid, HERE, cell("11.75", note="Held: doubled rows.")))
    kept = Published("abc", {"sc2026": {place: m for place, m in last.items() if any(m)}})
    assert Published.from_json(kept.to_json()) == kept
    assert Published.from_json({}) == Published()
