"""Datasets: what is loaded into staging, its contract and its sensitivity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.checks import Check, Pattern, Severity, quoted
from core.measures import File, Sheet

TYPES = re.compile(r"text|integer|float|date|timestamp|timestamptz|boolean|decimal\((\d+), ?(\d+)\)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column and its contract.

    `type` is text, integer, decimal(p,s), float, date, timestamp, timestamptz or boolean. `also` lists other
    headers the source may use for it (`CustomerID`); case, spaces and underscores never matter. `sensitive`
    values are masked in every sample and message. `nulls` is the share of nulls that is tolerated (0: none).
    Limits of a range are numbers, dates as text, or ":today". All rules of a column share `severity` and `weight`.
    """

    name: str
    type: str = "text"
    nulls: float = 1.0
    pattern: str = ""
    max_length: int | None = None
    at_least: float | str | None = None
    at_most: float | str | None = None
    allowed: Sequence[str] = ()
    also: Sequence[str] = ()
    sensitive: bool = False
    severity: Severity = "fail"
    weight: float = 1.0

    def checks(self) -> list[Check]:
        """The rules that the fields above stand for, one check each."""
        return [
            check for check in (self._nulls(), self._pattern(), self._length(), self._range(), self._values()) if check
        ]

    def _nulls(self) -> Check | None:
        if self.nulls >= 1:
            return None
        name = f"{self.name} is not null" if not self.nulls else f"{self.name} null at most {self.nulls:.0%}"
        return self._check(name, f"{quoted(self.name)} is null", allowed=self.nulls)

    def _pattern(self) -> Check | None:
        if not self.pattern:
            return None
        return Pattern(
            name=f"{self.name} matches {self.pattern}",
            fault="",
            pattern=self.pattern,
            columns=(self.name,),
            severity=self.severity,
            weight=self.weight,
        )

    def _length(self) -> Check | None:
        if self.max_length is None:
            return None
        return self._check(
            f"{self.name} at most {self.max_length} characters", f"length({quoted(self.name)}) > {self.max_length}"
        )

    def _range(self) -> Check | None:
        limits = [
            f"{quoted(self.name)} {_beyond(sign, limit)}"
            for sign, limit in (("<", self.at_least), (">", self.at_most))
            if limit is not None
        ]
        if not limits:
            return None
        bounds = f"{'' if self.at_least is None else self.at_least}..{'' if self.at_most is None else self.at_most}"
        return self._check(f"{self.name} within {bounds}", " or ".join(limits))

    def _values(self) -> Check | None:
        if not self.allowed:
            return None
        listed = ", ".join("'" + v.replace("'", "''") + "'" for v in self.allowed)
        return self._check(f"{self.name} is one of {', '.join(self.allowed)}", f"{quoted(self.name)} not in ({listed})")

    def _check(self, name: str, fault: str, allowed: float = 0.0) -> Check:
        return Check(
            name=name, fault=fault, columns=(self.name,), severity=self.severity, weight=self.weight, allowed=allowed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A table in staging with a contract.

    `source` is where `kpi load` takes it from; without one another system fills the table and the contract is
    checked where it stands. `watermark` names the column that tells how far the data reaches; `grace_days` is
    how long late rows are waited for after a period's end. `index` lists what queries filter on, one index each:
    `("closed_at", "client_id, closed_at")`.
    """

    owner: str
    columns: Sequence[Column]
    source: File | Sheet | None = None
    checks: Sequence[Check] = ()
    watermark: str = ""
    grace_days: int = 0
    index: Sequence[str] = ()
    warn_below: float = 0.98
    fail_below: float = 0.95

    def contract(self) -> list[Check]:
        """Every rule: those of the columns, then those of the table."""
        return [check for column in self.columns for check in column.checks()] + list(self.checks)

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def sensitive(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns if c.sensitive)

    def _indexed(self) -> list[str]:
        return [name.strip() for index in self.index for name in index.split(",")]

    def problems(self) -> list[str]:
        """Every fault of the definition, as sentences without the file's name."""
        found = [] if self.owner else ["owner is missing"]
        names = [c.name for c in self.columns]
        if not names:
            found.append("columns are missing")
        found += [f'column "{n}" stands twice' for n in sorted({n for n in names if names.count(n) > 1})]
        found += [
            f'column "{c.name}" has no type "{c.type}": use text, integer, decimal(p,s), float, date, timestamp, '
            "timestamptz or boolean"
            for c in self.columns
            if not TYPES.fullmatch(c.type)
        ]
        found += [
            f'{word} names "{name}", which is not a column'
            for word, listed in (("watermark", [self.watermark] if self.watermark else []), ("index", self._indexed()))
            for name in listed
            if name not in names
        ]
        return found


def _beyond(sign: str, limit: float | str) -> str:
    """The condition that a value past the limit meets. All of today is within ":today"."""
    if limit == ":today":
        return ">= :today + interval '1 day'" if sign == ">" else "< :today"
    return f"{sign} {limit}" if isinstance(limit, int | float) else f"{sign} timestamp '{limit}'"
