from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import KPI, Query, Scorecard, Target, ref
from core.catalog import Definition
from core.errors import PublishError
from core.grid import GROUP, LEFT_BLOCK, Grid, build
from core.looks import MARKS, Cell, Look, Tone, one_line
from core.pages import Page
from core.periods import Period, Week, parse
from core.readings import Number, Reading, State
from core.targets import Status
from core.units import is_share

CARD = Scorecard(title="Success", owner="Customer Success", timezone="Europe/London")
GOLDEN = Path(__file__).parent / "golden"
W47 = Week.of(2026, 47)


def definition(number: str = "06", card: Scorecard = CARD, **words: Any) -> Definition:
    told: dict[str, Any] = {
        "title": "Offboarding forms",
        "owner": "Customer Success",
        "unit": "forms",
        "better": "lower",
        "target": Target(12, warn=14),
        "measure": Query("select 1 as value"),
        **words,
    }
    return Definition(
        "success", number, f"kpi_{number}", KPI(**told), card, "Forms closed in the week.", Path("kpi.py")
    )


def reading(
    value: str | None, state: State = State.FINAL, note: str = "", week: Period = W47, number: str = "06"
) -> Reading:
    return Reading(f"success.{number}", week, Number(None if value is None else Decimal(value)), state, note)


def grid(definitions: list[Definition], *readings: Reading, year: int = 2026, card: Scorecard = CARD) -> Grid:
    return build("success", card, definitions, Page("weekly", year), {(r.kpi, r.period): r for r in readings})


def tab_of(page: Page, definitions: list[Definition], *readings: Reading) -> Grid:
    return build("success", CARD, definitions, page, {(r.kpi, r.period): r for r in readings})


def cell(value: str | None, state: State = State.FINAL, note: str = "", **words: Any) -> Cell:
    return grid([definition(**words)], reading(value, state, note)).cells["06", "2026-W47"]


@pytest.mark.parametrize(("year", "weeks", "first"), [(2025, 52, date(2024, 12, 30)), (2026, 53, date(2025, 12, 29))])
def test_a_tab_has_the_weeks_of_its_iso_year(year: int, weeks: int, first: date) -> None:
    tab = grid([definition()], year=year)
    assert tab.name == f"sc{year}"
    assert len(tab.periods) == weeks
    assert tab.cells["dates", f"{year}-W01"].value == first
    assert tab.cells["weeks", f"{year}-W{weeks}"].value == f"W{weeks}"


def test_the_last_days_of_the_iso_year_stand_in_week_53() -> None:
    week = Week.containing(date(2027, 1, 3))
    tab = grid([definition()], reading("9", week=week))
    assert tab.cells["06", "2026-W53"].value == 9
    assert grid([definition()], reading("9", week=week), year=2027).cells["06", "2027-W01"].value is None


def test_a_scorecard_whose_weeks_start_on_sunday_has_sundays_above() -> None:
    card = Scorecard(title="Success", owner="CS", week_start="sunday")
    tab = grid([definition(card=card)], card=card)
    assert tab.cells["dates", "2026-W01"].value == date(2025, 12, 28)
    assert "weeks from Sunday" in str(tab.cells["about", "number"].value)


def test_last_years_week_47_does_not_stand_in_this_years_tab() -> None:
    tab = grid([definition()], reading("99", week=Week.of(2025, 47)))
    assert all(tab.cells["06", week].value is None for week in tab.periods)
    assert tab.latest == ""


def test_a_reading_under_another_week_than_its_own_is_refused() -> None:
    wrong: Mapping[tuple[str, Period], Reading] = {("success.06", W47): reading("99", week=Week.of(2025, 47))}
    with pytest.raises(
        PublishError, match=r"success\.06 for 2025-W47 was about to stand under success\.06 in 2026-W47"
    ):
        build("success", CARD, [definition()], Page("weekly", 2026), wrong)


def test_rows_stand_in_the_order_of_their_numbers() -> None:
    tab = grid([definition(n) for n in ("16a", "10", "02", "16", "01")])
    assert tab.kpis == ("01", "02", "10", "16", "16a")


def test_only_weekly_kpis_of_the_year_and_scorecard_have_a_row() -> None:
    elsewhere = Definition("leadership", "09", "x", definition().kpi, CARD, "", Path("kpi.py"))
    tab = grid(
        [
            definition("01", cadence="monthly"),
            definition("02", retired="2025-W52"),
            definition("03", retired="2026-W01"),
            definition("04", since="2027-W01"),
            definition("05", since="2026-W53"),
            definition("06", measure=ref("success.kpi_05").mean(weeks=4)),
            elsewhere,
        ]
    )
    assert tab.kpis == ("03", "05", "06")


@pytest.mark.parametrize(
    ("value", "state", "status", "tone", "mark"),
    [
        ("11", State.FINAL, Status.ON, Tone.ON, "●"),
        ("13", State.FINAL, Status.NEAR, Tone.NEAR, "▲"),
        ("15", State.FINAL, Status.OFF, Tone.OFF, "◆"),
        ("11", State.PROVISIONAL, Status.ON, Tone.ON, "○"),
        ("13", State.PROVISIONAL, Status.NEAR, Tone.NEAR, "△"),
        ("15", State.PROVISIONAL, Status.OFF, Tone.OFF, "◇"),
        ("15", State.HELD, Status.OFF, Tone.HELD, "‖"),
        ("15", State.FAILED, Status.OFF, Tone.FAILED, "!"),
        (None, State.MISSING, Status.UNKNOWN, Tone.FAILED, ""),
        (None, State.FINAL, Status.UNKNOWN, Tone.PLAIN, ""),
        (None, State.RETIRED, Status.UNKNOWN, Tone.PLAIN, ""),
    ],
)
def test_status_and_state_have_a_colour_and_a_mark(
    value: str | None, state: State, status: Status, tone: Tone, mark: str
) -> None:
    found = cell(value, state)
    assert (found.status, found.look.tone, found.look.mark) == (status, tone, mark)


def test_every_mark_is_another_one() -> None:
    marks = "".join(MARKS.values()).replace(" ", "")
    assert len(set(marks)) == len(marks)


def test_unknown_is_empty_and_never_0() -> None:
    assert cell(None).value is None
    assert cell("0").value == 0


@pytest.mark.parametrize(
    ("state", "note", "told"),
    [
        (State.FINAL, "", ""),
        (State.FINAL, "Restated: 10 -> 11.", "Restated: 10 -> 11."),
        (State.PROVISIONAL, "rows up to Thursday.", "Provisional: rows up to Thursday."),
        (State.PROVISIONAL, "", "Provisional: a source has not passed the end of the week yet."),
        (State.HELD, "doubled rows.", "Held: doubled rows."),
        (State.FAILED, "", "Failed: it could not be evaluated. The last good number stays."),
        (State.MISSING, "", "Missing: this week is due, but was never evaluated."),
    ],
)
def test_a_note_says_why(state: State, note: str, told: str) -> None:
    assert cell("11", state, note).note == told


def test_more_notes_stand_below_that_of_the_state() -> None:
    late = reading("11", State.PROVISIONAL, "late.")
    tab = build(
        "success", CARD, [definition()], Page("weekly", 2026), {("success.06", W47): late},
        notes={("success.06", W47): "Corrected by hand: 12 -> 11."},
    )  # fmt: skip
    assert tab.cells["06", "2026-W47"].note == "Provisional: late.\nCorrected by hand: 12 -> 11."


@pytest.mark.parametrize(
    ("unit", "value", "form"),
    [
        ("%", "0.118", "0.0%"),
        ("GBP", "308185.02", "#,##0"),
        ("GBP", "12.5", "#,##0.00"),
        ("forms", "12", "#,##0"),
        ("forms", "11.75", "#,##0.00"),
        ("hours", "3", "#,##0.0"),
    ],
)
def test_a_number_is_shown_in_its_unit_and_stays_exact(unit: str, value: str, form: str) -> None:
    found = cell(value, unit=unit)
    assert (found.look.format, found.value) == (form, Decimal(value))
    assert is_share(unit) == form.endswith("%")


def test_a_mark_stands_in_the_number_format_for_either_sign() -> None:
    assert Look(Tone.OFF, "#,##0", "◆").code == '"◆"* #,##0_0;"◆"* -#,##0_0'
    assert Look.parse(str(Look(Tone.OFF, "#,##0", "◆"))) == Look(Tone.OFF, "#,##0", "◆")


def test_the_target_in_force_is_shown_with_its_direction() -> None:
    steps = Target({date(2026, 1, 1): 12, date(2026, 7, 1): 10})
    tab = grid([definition(target=steps)], reading("11", week=Week.of(2026, 20)))
    target = tab.cells["06", "target"]
    assert (target.value, target.look.format) == (12, '"≤ "#,##0')
    assert tab.cells["06", "2026-W20"].status is Status.ON
    assert grid([definition(target=steps)], reading("11")).cells["06", "2026-W47"].status is Status.OFF
    assert grid([definition(target=None)]).cells["06", "target"].value is None


def test_the_latest_week_is_marked_and_in_view() -> None:
    tab = grid([definition()], reading("11"), reading(None, State.MISSING, week=Week.of(2026, 48)))
    assert tab.latest == "2026-W47"
    assert tab.cells["weeks", "2026-W47"].look.tone is Tone.LATEST_WEEK
    assert tab.cells["weeks", "2026-W46"].look.tone is Tone.WEEK
    assert tab.first_in_view == "2026-W38"
    assert grid([definition()]).first_in_view == "2026-W01"


def test_text_is_cleaned_of_what_files_cannot_carry() -> None:
    assert one_line(" a\x00b\tc\nd \ud800\uffff") == "a b c d"
    assert len(one_line("x" * 40_000)) == 32_000
    tab = grid([definition(title="Forms\x07 done", owner="CS\nteam")])
    assert (tab.cells["06", "title"].value, tab.cells["06", "owner"].value) == ("Forms done", "CS team")


@pytest.mark.parametrize(
    ("cadence", "label", "name", "title", "about", "above", "heading", "noun"),
    [
        ("weekly", "2026-W47", "sc2026", "Success 2026", "weeks from Monday", "week from", "W47", "week"),
        ("monthly", "2026-11", "sc2026 months", "Success 2026", "months", "year", "Nov", "month"),
        ("daily", "2026-11-20", "sc2026-11", "Success November 2026", "days", "month", "Fri 20", "day"),
    ],
)
def test_a_tab_speaks_of_its_own_periods(
    cadence: str, label: str, name: str, title: str, about: str, above: str, heading: str, noun: str
) -> None:
    period = parse(label)
    late = reading("11", State.PROVISIONAL, week=period)
    others = [reading("12", week=period.shift(-1)), reading(None, week=period.shift(-2))]
    tab = tab_of(Page.of(period), [definition(cadence=cadence)], late, *others)
    assert (tab.name, tab.year, tab.latest) == (name, 2026, label)
    assert tab.cells["title", "number"].value == title
    assert tab.cells["about", "number"].value == f"Customer Success · {about}, Europe/London"
    assert tab.cells["dates", "trend"].value == above
    assert tab.cells["dates", label].value == period.start
    assert tab.cells["weeks", label].value == heading
    assert tab.cells["weeks", label].look.tone is Tone.LATEST_WEEK
    assert tab.cells["06", label].note == f"Provisional: a source has not passed the end of the {noun} yet."
    assert (
        tab.cells["06", others[1].period.label].note
        == f"Unknown: nothing to measure {'on' if noun == 'day' else 'in'} this {noun}."
    )


def test_each_kpi_stands_in_the_tabs_of_its_own_periods() -> None:
    cards = [definition("01"), definition("02", cadence="monthly"), definition("03", cadence="daily")]
    pages = [Page("weekly", 2026), Page("monthly", 2026), Page("daily", 2026, 11)]
    assert [tab_of(page, cards).kpis for page in pages] == [("01",), ("02",), ("03",)]


def test_a_day_has_no_number_of_the_month_or_week_that_begins_with_it() -> None:
    """1 June 2026 is a Monday."""
    june = [reading(str(n), week=parse(label)) for n, label in enumerate(("2026-W23", "2026-06", "2026-06-01"))]
    assert len({one.period.start for one in june}) == 1
    tab = tab_of(Page("daily", 2026, 6), [definition(cadence="daily")], *june)
    assert tab.cells["06", "2026-06-01"].value == 2
    assert tab.cells["06", "2026-06-02"].value is None


def test_a_kpi_stands_in_the_months_of_its_life_only() -> None:
    daily = definition(cadence="daily", since="2026-10-05", retired="2026-11-03")
    found = [n for n in range(9, 13) if tab_of(Page("daily", 2026, n), [daily]).kpis]
    assert found == [10, 11]


def test_kpis_of_a_tier_stand_together_and_each_row_says_so_itself() -> None:
    tab = grid(
        [
            definition("01", tier="operational", type="driver"),
            definition("02"),
            definition("03", tier="executive", type="driver"),
            definition("04", tier="executive", type="north_star"),
            definition("05", tier="diagnostic", type="diagnostic"),
            definition("06", type="guardrail"),
        ]
    )
    assert tab.kpis == ("04", "03", "01", "05", "06", "02")
    assert tab.left == ("number", "title", "owner", "unit", "group", "target", "trend")
    assert [tab.cells[row, GROUP].value for row in tab.kpis] == [
        "Executive · north star",
        "Executive · driver",
        "Operational · driver",
        "Diagnostic",
        "Guardrail",
        None,
    ]
    assert tab.cells["weeks", GROUP].value == "Tier · type"


def test_without_a_tier_or_type_nothing_is_said_of_groups() -> None:
    tab = grid([definition("01"), definition("02")])
    assert tab.left == LEFT_BLOCK
    assert not any(GROUP in place for place in tab.cells)


def test_a_month_of_days_as_people_see_it() -> None:
    definitions = [
        definition(
            "01", title="SLA adherence", unit="%", better="higher", target=0.9, cadence="daily", tier="executive"
        ),
        definition("04", title="Open backlog", unit="cases", cadence="daily", tier="operational", type="guardrail"),
    ]
    told = {"01": ["0.94", "0.87", None, "0.9"], "04": ["11", "13", "15", "12"]}
    found = [
        reading(value, State.PROVISIONAL if day == 20 else State.FINAL, week=parse(f"2026-11-{day}"), number=number)
        for number, values in told.items()
        for day, value in enumerate(values, start=17)
    ]
    tab = tab_of(Page("daily", 2026, 11), definitions, *found)
    shown = [f"2026-11-{day}" for day in range(17, 22)]
    assert drawn(tab, shown) == (GOLDEN / "grid_sc2026-11.txt").read_text(encoding="utf-8")


def test_the_tab_as_people_see_it() -> None:
    definitions = [
        definition("05", title="Offboarding forms, mean of four weeks"),
        definition("06"),
        definition("07", title="Early offboarding share", unit="%", target=Target(0.12, warn=0.15)),
        definition("09", title="Revenue", owner="Finance", unit="GBP", better="higher", target=300_000),
        definition("16", title="Replacement processes", unit="processes", better="neither", target=None),
    ]
    told = {
        "05": ["11.75", "12.25", "14.5", "13"],
        "06": ["11", "0", "18", "11"],
        "07": ["0.118", "0.131", None, "0.2"],
        "09": ["308185.02", "-1566.23", "299999.99", "300000"],
        "16": ["4", None, "3", "2"],
    }
    states = {
        ("05", 3): State.PROVISIONAL,
        ("06", 3): State.HELD,
        ("09", 3): State.PROVISIONAL,
        ("16", 1): State.FAILED,
    }
    readings = [
        reading(value, states.get((number, i), State.FINAL), week=Week.of(2026, 44 + i), number=number)
        for number, values in told.items()
        for i, value in enumerate(values)
    ]
    tab = grid(definitions, *readings)
    shown = tab.periods[tab.periods.index("2026-W44") : tab.periods.index("2026-W48") + 1]
    assert drawn(tab, shown) == (GOLDEN / "grid_sc2026.txt").read_text(encoding="utf-8")


def drawn(tab: Grid, shown: Sequence[str]) -> str:
    """Title lines, the left block and the last periods that have numbers, then every note."""
    lines = [str(tab.cells[row, "number"].value) for row in ("title", "about", "legend")]
    for row in ("dates", "weeks", *tab.kpis):
        widths = {"number": "<4", "title": "<39", "owner": "<18", "unit": "<11", "group": "<24", "target": ">10"}
        lead = "".join(f"{_text(tab.cells.get((row, c))):{widths[c]}}" for c in tab.left if c != "trend")
        lines.append((lead + "".join(f"{_text(tab.cells[row, w]):>13}" for w in shown)).rstrip())
    lines.append("")
    lines += [f"{r} {c}: {cell.note}" for (r, c), cell in tab.cells.items() if cell.note and c != "title"]
    return "\n".join(lines) + "\n"


def _text(found: Cell | None) -> str:
    if found is None or found.value is None:
        return ""
    if isinstance(found.value, date):
        return found.value.strftime({"d mmm": "%d %b", "yyyy": "%Y", "mmm": "%b"}[found.look.format])
    if not isinstance(found.value, Decimal):
        return str(found.value)
    _, lead, form = found.look.format.split('"') if '"' in found.look.format else ("", "", found.look.format)
    places = len(form.rstrip("%").partition(".")[2])
    value = found.value * 100 if form.endswith("%") else found.value
    return f"{found.look.mark} {lead}{value:,.{places}f}{'%' if form.endswith('%') else ''}".strip()
