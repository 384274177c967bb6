"""Definition files: read before they are executed, every fault at once, and none of them stops the program."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.definition_file import read_file
from core.kpi import KPI

Read = Callable[..., list[str]]
SOUND = 'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={})'
QUERY = 'Query("select count(*) as value from staging.orders where at >= :start and at < :end")'
DATA = "a definition holds data: imports and assignments only"


@pytest.fixture
def faults(tmp_path: Path) -> Read:
    """What a KPI file with this body is told."""

    def _faults(body: str, imports: str = "from core import KPI, Blend, Query, ref") -> list[str]:
        path = tmp_path / "kpi_01_orders.py"
        path.write_text(f'"""Orders."""\n{imports}\n{body}\n', encoding="utf-8")
        return read_file(path, "kpi", KPI)[2]

    return _faults


def test_data_is_welcome_however_it_is_written(faults: Read) -> None:
    assert (
        faults(
            f'SHARED: dict = dict(title="T", owner="O")\nkpi = KPI(**SHARED, unit="u", better="lower", measure={QUERY})'
        )
        == []
    )
    assert faults(f'"""A remark."""\nunit = "u".upper()\n{SOUND.format(QUERY)}') == []


@pytest.mark.parametrize(
    "deed",
    [
        "raise SystemExit(3)",
        "while True: pass",
        "for n in range(3): print(n)",
        "def kpi(): ...",
        "class Other(KPI): ...",
        "if True: kpi = 1",
        "with open(__file__) as file: text = file.read()",
        "print(1)",
        "import_me()",
        "assert False",
    ],
)
def test_a_file_that_does_something_is_told_the_line_and_never_executed(faults: Read, deed: str) -> None:
    assert faults(f"{SOUND.format(QUERY)}\n{deed}")[0] == f"line 4: {DATA}"


@pytest.mark.parametrize("call", ["open", "exit", "eval", "input", "print", "__import__", "breakpoint"])
def test_an_assignment_calls_nothing_that_does_something(faults: Read, tmp_path: Path, call: str) -> None:
    assert faults(f'{SOUND.format(QUERY)}\nx = {call}("y")') == [f"line 4: {call}(...): {DATA}"]


def test_no_way_out_of_a_file_ends_the_program(faults: Read) -> None:
    assert faults('x = KPI.__init__.__globals__["__builtins__"]["exit"](4)') == ["SystemExit: 4"]


@pytest.mark.parametrize("terms", [2_000, 20_000])
def test_a_formula_without_end_is_a_fault_of_its_file_alone(faults: Read, terms: int) -> None:
    (told,) = faults(SOUND.format('ref("a")' + " + 1" * terms))
    assert "RecursionError" in told or "nested too deeply" in told


def test_fields_that_are_unpacked_are_not_reported_as_lacking(faults: Read) -> None:
    (told,) = faults('kpi = KPI(**{"title": "T"})')
    assert told.startswith("TypeError")
    assert "'owner'" in told
    assert "'title'" not in told


def test_what_plain_values_give_away_is_told_beside_what_keeps_the_file_from_being_executed(faults: Read) -> None:
    assert faults('import os\nkpi = KPI(titel="T", owner="", better="up", tolerance="abc", measure=Query(SQL))') == [
        "line 3: import os: a definition imports words from core, nothing else",
        'line 4: KPI has no field "titel". Did you mean "title"?',
        'line 4: KPI lacks the field "title"',
        'line 4: KPI lacks the field "unit"',
        "owner is missing",
        'better="up" is none of higher, lower, neither.',
        'tolerance="abc" is not a number of 0 or more',
    ]


def test_a_field_that_leans_on_an_unread_one_is_not_judged(faults: Read) -> None:
    assert faults(f'EACH = "monthly"\n{SOUND.format(QUERY)[:-1]}, cadence=EACH, since="2026-11", wran=1)') == [
        'line 4: KPI has no field "wran".'
    ]


def test_a_star_is_answered_with_what_to_write_instead(faults: Read) -> None:
    assert faults(SOUND.format(QUERY), "from core import *") == [
        "line 2: from core import *: name the words, such as KPI and Query"
    ]


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("Query(5)", "sql is of type int, not a text"),
        ('Blend(tables="report", sql="select 1 as value")', "tables names no input"),
        ("ref(5) * 2", "ref(5) is not the name of a KPI"),
    ],
)
def test_a_measure_of_the_wrong_kind_is_a_fault_of_its_file_alone(faults: Read, measure: str, told: str) -> None:
    (fault,) = faults(SOUND.format(measure))
    assert fault.startswith(told)


def test_examples_are_read_like_every_other_word(faults: Read) -> None:
    imports = "from core import KPI, Example, Query"
    body = SOUND[:-1].format(QUERY) + ", examples=({},))"
    sound = 'Example(period="2026-W47", expect="3/4", rows=[{"at": "2026-11-16"}])'
    assert faults(body.format(sound), imports) == []
    misused = 'Example("2026-W47", expects=3, period="2026-W54")'
    assert faults(body.format(misused), imports) == [
        "line 3: every field of Example is written with its name: period=...",
        'line 3: Example has no field "expects". Did you mean "expect"?',
        'line 3: Example lacks the field "expect"',
        "There is no week 2026-W54: 2026 has 53 weeks.",
    ]
    assert faults(body.format('Example(period="2026-W47", expect="many")'), imports) == [
        'example 1: expect=\'many\': write a number, a ratio as "3/4", or "unknown"'
    ]
