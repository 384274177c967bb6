"""Casts: from what a source holds to what the contract declares, or not at all.

A plain cast is too kind: it makes 2 of `1.5`, 1000 of `1_000` and a day of a moment. Here a value fits or it
is reported; nothing is rounded, guessed or turned into null on the way. DuckDB does the work.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.checks import quoted
from core.dataset import Column

MISFIT = "kpi: a value does not fit"
LONGEST_CELL = 1_000_000

_DUCKDB = {"integer": "BIGINT", "float": "DOUBLE", "text": "VARCHAR", "timestamptz": "TIMESTAMP WITH TIME ZONE"}
_WORDS = {
    "integer": "whole numbers",
    "decimal": "plain numbers",
    "float": "plain numbers",
    "date": "dates like 2026-11-20",
    "timestamp": "moments like 2026-11-20 08:30",
    "timestamptz": "moments like 2026-11-20 08:30+00",
    "boolean": "true or false",
}
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_OFFSET = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
_MOMENT = r"\d{4}-\d{2}-\d{2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?"
_SPELLING = {
    "integer": r"[+-]?\d+(\.0*)?",
    "decimal": _NUMBER,
    "float": _NUMBER,
    "date": r"\d{4}-\d{2}-\d{2}([ T]0?0:00(:00(\.0+)?)?)?",
    "timestamp": f"{_MOMENT}({_OFFSET})?",
    "timestamptz": f"{_MOMENT}({_OFFSET})?",
    "boolean": "(?i)true|false|t|f|yes|no|y|n|1|0",
}
_BLANK = "' \t\r\n\u00a0'"


@dataclass(frozen=True, slots=True)
class Cast:
    """One column of a source on its way to its declared type: SQL over the relation that holds it."""

    column: Column
    position: int
    given: str  # the value as text, null where it is empty
    fit: str  # the value as declared, null where it does not fit
    usual: str = ""  # the value as declared if it is spelled the usual way; stops the statement at any other

    @property
    def _as_it_is(self) -> bool:
        return self.given == self.fit

    @property
    def quick(self) -> str:
        """Right for most sources and twice as fast; where it stops, `strict` has to look."""
        return f"{self.usual} as {quoted(self.column.name)}" if self.usual else self.strict

    @property
    def strict(self) -> str:
        """The value as declared; stops the statement at the first that does not fit."""
        if self._as_it_is:
            return f"{self.fit} as {quoted(self.column.name)}"
        stop = f"case when {self.given} is not null then error('{MISFIT}') end"
        return f"coalesce({self.fit}, {stop}) as {quoted(self.column.name)}"

    @property
    def misfit(self) -> str:
        """True where there is a value and it does not fit."""
        if self.column.type == "text":
            return f"coalesce(length({self.given}) > {LONGEST_CELL}, false)"
        return "false" if self._as_it_is else f"({self.given} is not null and {self.fit} is null)"

    @property
    def expected(self) -> str:
        """What the values should have been, in words."""
        kind = _kind(self.column.type)
        words = _WORDS.get(kind, f"texts of at most {LONGEST_CELL:,} characters")
        return f"{words} that fit {self.column.type}" if kind == "decimal" else words


def casts(columns: Sequence[Column], positions: Sequence[int], types: Sequence[str]) -> list[Cast]:
    """A cast for each column; column i of the relation is called c<i> and has the DuckDB type types[i]."""
    return [_cast(column, i, types[i].upper()) for column, i in zip(columns, positions, strict=True)]


def duckdb_type(declared: str) -> str:
    return _DUCKDB.get(declared, declared.upper().replace(", ", ","))


def _cast(column: Column, position: int, held: str) -> Cast:
    source, wanted = f"c{position}", duckdb_type(column.type)
    given = _given(source, held, column.type)
    if column.type == "text":
        return Cast(column, position, given, given)
    if held == wanted and column.type != "float":
        return Cast(column, position, source, source)
    spelled = f"regexp_full_match({given}, '{_SPELLING[_kind(column.type)]}')"
    fit = f"case when {spelled} then {_value(given, column.type, wanted)} end"
    return Cast(column, position, given, fit, _usual(source if held == "VARCHAR" else given, column.type, wanted))


def _given(source: str, held: str, declared: str) -> str:
    """The value as text. A number that is a key arrives as 17850.0 from a column with gaps: that is 17850."""
    if held == "VARCHAR":
        return f"nullif({source}, '')" if declared == "text" else f"nullif(trim({source}, {_BLANK}), '')"
    if held in ("FLOAT", "DOUBLE"):
        number = f"nullif(cast({source} as varchar), 'nan')"  # how data frames write that there is none
        return f"regexp_replace({number}, '\\.0$', '')" if declared == "text" else number
    return f"cast({source} as varchar)"


def _value(given: str, declared: str, wanted: str) -> str:
    cast = f"try_cast({given} as {wanted})"
    if wanted.startswith("DECIMAL"):
        # 2.5500000000000003 is 2.55 in a float's clothes; 2.555 in two places would be another amount.
        exact = f"try_cast({given} as double)"
        return f"case when abs({exact} - {cast}) <= 1e-9 * greatest(1, abs({exact})) then {cast} end"
    if declared == "float":
        return f"case when isfinite({cast}) then {cast} end"
    if declared == "timestamp":
        # With an offset it is a moment: its local time in the scorecard's zone, which the session has.
        moment = f"cast(try_cast({given} as timestamptz) as timestamp)"
        return f"case when regexp_matches({given}, ':\\d.*{_OFFSET}$') then {moment} else {cast} end"
    return cast


def _usual(text: str, declared: str, wanted: str) -> str:
    """For spellings so plain that a cast cannot misread them: of decimals, no more places than there are."""
    places = (re.findall(r"\d+", declared) or ["0"])[-1]
    spelled = {
        "integer": r"-?\d{1,18}",
        "decimal": r"-?\d{1,18}" + (rf"(\.\d{{1,{places}}})?" if int(places) else ""),
        "float": r"-?\d{1,15}(\.\d{1,15})?",
        "date": r"\d{4}-\d{2}-\d{2}",
        "timestamp": _MOMENT,
    }.get(_kind(declared))
    if spelled is None:
        return ""
    return (
        f"case when regexp_full_match({text}, '{spelled}') then cast({text} as {wanted}) "
        f"when {text} is null or {text} = '' then null else error('{MISFIT}') end"
    )


def _kind(declared: str) -> str:
    return re.split(r"\W", declared, maxsplit=1)[0]
