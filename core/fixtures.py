"""Fixtures: the examples of a KPI, from the CSV beside its file and from the file itself, as cases to try.

`kpi_32_churn_52w.csv` has the columns example, period, expect, then those of the dataset. Rows of one example belong
together; period and expect stand on its first row. A column `dataset` after them says whose row it is, where the query
reads several. Every fault of a file is told at once, with its line and column.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from core.catalog import Definition, Fault
from core.cells import cell, narrowest
from core.errors import did_you_mean
from core.examples import expected, period_fault
from core.periods import Cadence, Period, parse
from core.readings import Number

Row = Mapping[str, object]
Rows = Mapping[str, Sequence[Row]]
HEAD = ("example", "period", "expect")
NUMBER = "number"  # the type of a column that holds numbers of KPIs: 3, 3/4 or unknown
OPEN = ""  # the type of a column that nobody declared
_AGO = "ago"


@dataclass(frozen=True, slots=True)
class Given:
    """A table that an example gives rows of: a dataset, an input of a Blend, or the numbers of a formula's parents.

    `columns` are their types by name; an `unlimited` one takes every other column too.
    """

    name: str
    columns: Mapping[str, str]
    unlimited: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One example, ready to be tried. `place` is where it stands: "line 7", "example 2"."""

    name: str
    period: Period
    expect: Number
    rows: Rows
    place: str


@dataclass
class _Draft:
    """An example as it is written: cells in texts or values, each row with its place."""

    name: str
    place: str
    period: object
    expect: object
    rows: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)  # place, table, cells


def fixture_of(definition: Definition) -> Path:
    """The CSV beside a KPI's file, whether it is there or not."""
    return definition.path.with_suffix(".csv")


def parents_given(names: Sequence[str]) -> Given:
    """What an example of a formula gives: a number of each parent for a period, `ago` periods before its own."""
    return Given("parents", dict.fromkeys(names, NUMBER) | {_AGO: "integer"})


def read_cases(definition: Definition, given: Sequence[Given]) -> tuple[list[Case], list[Given], list[Fault]]:
    """Every example of a KPI, the tables with a type for each column, and every fault."""
    faults: list[Fault] = []
    path = fixture_of(definition)
    drafts: list[_Draft] = []
    if path.exists():
        drafts += _from_csv(path, given, faults)
    written = [*drafts, *_from_file(definition, given, faults)]
    zone, weekday = definition.card.zone, definition.card.first_weekday
    typed = _typed(given, written, zone)
    cases = []
    for draft in written:
        where = path if draft in drafts else definition.path
        found = list(_faults(draft, typed, zone, definition.kpi.cadence))
        faults += [Fault(where, what) for what in found]
        if not found:
            period = parse(str(draft.period), weekday)
            cases.append(Case(draft.name, period, expected(draft.expect), _rows(draft, typed, zone), draft.place))
    return cases, typed, faults


def _from_csv(path: Path, given: Sequence[Given], faults: list[Fault]) -> list[_Draft]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            told = [(lines.line_num, line) for line in lines if any(text.strip() for text in line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        faults.append(Fault(path, f"cannot be read as CSV in UTF-8: {error}"))
        return []
    head = [name.strip() for name in told[0][1]] if told else []
    found = list(_head_faults(head, given))
    faults += [Fault(path, what) for what in found]
    if found:
        return []
    drafts: list[_Draft] = []
    for number, line in told[1:]:
        faults += [Fault(path, f"line {number}{what}") for what in _read_line(number, line, head, given, drafts)]
    return drafts


def _columns_after(head: Sequence[str], given: Sequence[Given]) -> int:
    """How many columns come before those of the datasets."""
    return 4 if len(given) > 1 and list(head[3:4]) == ["dataset"] else 3


def _head_faults(head: Sequence[str], given: Sequence[Given]) -> Iterator[str]:
    if tuple(head[:3]) != HEAD:
        yield f"line 1: the first columns are {', '.join(HEAD)}, not {', '.join(head[:3]) or 'nothing'}"
        return
    if len(given) > 1 and _columns_after(head, given) == 3:
        yield f"line 1: the fourth column is dataset: it says whose row it is, of {', '.join(g.name for g in given)}"
    names = head[_columns_after(head, given) :]
    known = [name for table in given for name in table.columns]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f'line 1: column "{name}" stands twice'
        if name not in known and not any(table.unlimited for table in given):
            yield _unknown("line 1: ", name, known)


def _unknown(where: str, name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known) or f"Known are {', '.join(known)}."
    return f'{where}there is no column "{name}". {hint}'


def _read_line(
    number: int, line: Sequence[str], head: Sequence[str], given: Sequence[Given], drafts: list[_Draft]
) -> Iterator[str]:
    """Adds a line to its example; its faults, each as what follows the number of the line."""
    if len(line) > len(head):
        yield f" has {len(line)} cells, the header {len(head)}: put a text with a comma in quotes"
        return
    name, period, expect = (text.strip() for text in [*line, "", ""][:3])
    if drafts and drafts[-1].name == name:
        yield from (
            f', column "{word}": "{said}" is another than on {drafts[-1].place}, where the example begins'
            for word, said, first in (
                ("period", period, drafts[-1].period),
                ("expect", expect, drafts[-1].expect),
            )
            if said not in ("", first)
        )
    elif earlier := next((draft for draft in drafts if draft.name == name), None):
        yield f', column "example": "{name}" began on {earlier.place}: its rows stand together'
        return
    else:
        drafts.append(_Draft(name, f"line {number}", period, expect))
        if not name:
            yield ', column "example": the example has no name'
    skipped = _columns_after(head, given)
    cells = dict(zip(head[skipped:], line[skipped:], strict=False))
    if any(text.strip() for text in cells.values()):
        table = line[3].strip() if skipped == 4 else given[0].name
        drafts[-1].rows.append((f"line {number}", table, cells))


def _from_file(definition: Definition, given: Sequence[Given], faults: list[Fault]) -> Iterator[_Draft]:
    for number, example in enumerate(definition.kpi.examples, start=1):
        place = f"example {number}"
        draft = _Draft(example.name or place, place, example.period, example.expect)
        if not isinstance(example.rows, Mapping) and len(given) > 1 and example.rows:
            names = ", ".join(f'"{table.name}": [...]' for table in given)
            faults.append(Fault(definition.path, f"{place}: the query reads several tables: write rows={{{names}}}"))
            continue
        tables = example.rows if isinstance(example.rows, Mapping) else {given[0].name: example.rows}
        for table, rows in tables.items():
            draft.rows += [(f"{place}, row {n}", str(table), row) for n, row in enumerate(rows, start=1)]
        yield draft


def _typed(given: Sequence[Given], drafts: Sequence[_Draft], zone: ZoneInfo) -> list[Given]:
    """The tables with a type for each column: where nobody declared one, that of the values."""
    found = []
    for table in given:
        rows = [cells for draft in drafts for _, name, cells in draft.rows if name == table.name]
        more = (name for row in rows for name, said in row.items() if table.unlimited and said not in (None, ""))
        names = dict.fromkeys([*table.columns, *more])
        kinds = {
            name: table.columns.get(name, OPEN) or narrowest([row.get(name) for row in rows], zone) for name in names
        }
        found.append(Given(table.name, kinds, table.unlimited))
    return found


def _faults(draft: _Draft, given: Sequence[Given], zone: ZoneInfo, cadence: Cadence) -> Iterator[str]:
    if fault := period_fault(draft.period):
        yield f'{draft.place}, column "period": {fault}'
    elif (period := parse(str(draft.period))).cadence != cadence:
        yield f'{draft.place}, column "period": {period.label} is {period.cadence}, the KPI is {cadence}'
    try:
        expected(draft.expect)
    except ValueError as error:
        yield f'{draft.place}, column "expect": "{draft.expect}" is none: {error}'
    tables = {table.name: table for table in given}
    for place, name, cells in draft.rows:
        if name not in tables:
            hint = did_you_mean(name, tables) or f"Known are {', '.join(tables)}."
            yield f'{place}, column "dataset": the query reads no "{name}". {hint}'
        else:
            yield from _cell_faults(place, tables[name], cells, zone)


def _cell_faults(place: str, table: Given, cells: Mapping[str, object], zone: ZoneInfo) -> Iterator[str]:
    for name, said in cells.items():
        if name not in table.columns:
            if said not in (None, ""):
                yield _unknown(f"{place}: ", name, list(table.columns))
            continue
        try:
            _value(said, table.columns[name], zone)
        except ValueError as error:
            yield f'{place}, column "{name}": "{said}" should be {error}'


def _rows(draft: _Draft, given: Sequence[Given], zone: ZoneInfo) -> Rows:
    found: dict[str, list[Row]] = {table.name: [] for table in given}
    kinds = {table.name: table.columns for table in given}
    for _, table, cells in draft.rows:
        known = kinds[table]
        found[table].append({name: _value(said, known[name], zone) for name, said in cells.items() if name in known})
    return found


def _value(said: object, kind: str, zone: ZoneInfo) -> object:
    if kind != NUMBER:
        return cell(said, kind, zone)
    if said is None or (isinstance(said, str) and not said.strip()):
        return None
    try:
        return expected(said)
    except ValueError:
        raise ValueError('a number, a ratio like "3/4", or unknown') from None


def numbers_given(case: Case) -> Mapping[tuple[str, Period], Number]:
    """Of a formula's example: by parent and period, the numbers its rows give. The last row is the example's period."""
    rows = case.rows["parents"]
    found: dict[tuple[str, Period], Number] = {}
    for back, row in zip(reversed(range(len(rows))), rows, strict=True):
        ago = row.get(_AGO)
        period = case.period.shift(-(ago if isinstance(ago, int) else back))
        found |= {(name, period): said for name, said in row.items() if isinstance(said, Number)}
    return found
