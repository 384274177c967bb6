"""Datasets: what is loaded into staging, its contract and its sensitivity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from core.checks import Check, Pattern, Severity, quoted
from core.field_problems import are_texts, text_problems
from core.measures import TYPES, TYPES_TOLD, File, Sheet
from core.targets import amount_problems, is_amount

_HASHED = ("text", "integer")  # other types are spelled in several ways, and each spelling would have its own hash


@dataclass(frozen=True, slots=True)
class Column:
    """One column and its contract.

    `type` is text, integer, decimal(p,s), float, date, timestamp, timestamptz or boolean. `also` lists other
    headers the source may use for it (`CustomerID`); case, spaces and underscores never matter. `sensitive`
    values are masked in every sample and message, and in the view `masked.<dataset>`; "hash" shows a keyed hash there,
    equal for equal values, so that tables can be joined. `nulls` is the share of nulls that is tolerated (0: none).
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
    sensitive: bool | Literal["hash"] = False
    severity: Severity = "fail"
    weight: float = 1.0

    def checks(self) -> list[Check]:
        """The rules that the fields above stand for, one check each."""
        return [
            check for check in (self._nulls(), self._pattern(), self._length(), self._range(), self._values()) if check
        ]

    def problems(self) -> list[str]:
        """Every fault of the definition, each after the column's name."""
        found = [*text_problems(self, "name"), *text_problems(self, "pattern", needed=False)]
        if not (isinstance(self.type, str) and TYPES.fullmatch(self.type)):
            found.append(f'has no type "{self.type}": use {TYPES_TOLD}')
        found += amount_problems(self, "nulls", at_most=1)
        if self.max_length is not None and not _is_whole(self.max_length):
            found.append(f"max_length={self.max_length!r} is not a whole number")
        found += _range_problems(self.at_least, self.at_most)
        for word in ("allowed", "also"):
            if not are_texts(getattr(self, word)):
                found.append(f'{word} is not a list of texts: write {word}=("one", "two")')
        found += self._sensitivity_problems()
        return [f'column "{self.name}" {what}' for what in [*found, *_rule_problems(self)]]

    def _sensitivity_problems(self) -> Iterator[str]:
        if not isinstance(self.sensitive, bool) and self.sensitive != "hash":
            yield f'sensitive={self.sensitive!r} is neither True, False nor "hash"'
        elif self.sensitive == "hash" and self.type not in _HASHED:
            yield f'sensitive="hash" is for keys, which are text or integer, not {self.type}: write sensitive=True'

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
    checked where it stands. `watermark` names the column that tells how far the data reaches, and where it begins,
    unless `begins` names another: things that change reach to the last change, and begin with the first of them.
    `grace_days` is how long late rows are waited for after a period's end. `index` lists what queries filter on, one
    index each: `("closed_at", "client_id, closed_at")`.
    """

    owner: str
    columns: Sequence[Column]
    source: File | Sheet | None = None
    checks: Sequence[Check] = ()
    watermark: str = ""
    begins: str = ""
    grace_days: int = 0
    index: Sequence[str] = ()
    warn_below: float = 0.98
    fail_below: float = 0.95

    def contract(self) -> list[Check]:
        """Every rule: those of the columns, then those of the table."""
        return [check for column in self.columns for check in column.checks()] + list(self.checks)

    @property
    def others(self) -> tuple[str, ...]:
        """Datasets that its rules ask as well, each once."""
        return tuple(dict.fromkeys(check.other[0] for check in self.checks if check.other[0]))

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def sensitive(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns if c.sensitive)

    @property
    def ends(self) -> tuple[Column | None, Column | None]:
        """The columns whose first and whose newest moment tell from where to where the data reaches."""
        return self.column(self.begins or self.watermark), self.column(self.watermark)

    def _indexed(self) -> list[str]:
        return [name.strip() for index in self.index for name in index.split(",")]

    def problems(self) -> list[str]:
        """Every fault of the definition, as sentences without the file's name."""
        found = [*text_problems(self, "owner"), *self._column_problems()]
        if isinstance(self.source, File | Sheet):
            found += [f"source: {what}" for what in self.source.problems()]
        elif self.source is not None:
            found.append("source is neither a File(...) nor a Sheet(...)")
        if not _are(self.checks, Check):
            found.append('checks is not a list of rules: write checks=(unique("id"),)')
        else:
            found += [f'check "{check.name}" {what}' for check in self.checks for what in _check_problems(check)]
        if not _is_whole(self.grace_days):
            found.append(f"grace_days={self.grace_days!r} is not a whole number of days")
        scores = amount_problems(self, "warn_below", "fail_below", at_most=1)
        if not scores and self.fail_below > self.warn_below:
            scores.append(f"fail_below={self.fail_below} is above warn_below={self.warn_below}: it would never warn")
        return found + scores

    def _column_problems(self) -> Iterator[str]:
        if not _are(self.columns, Column):
            yield 'columns is not a list of columns: write columns=(Column("id"), Column("closed_at", "date"))'
            return
        names = [c.name for c in self.columns]
        if not names:
            yield "columns are missing"
        yield from (f'column "{name}" stands twice' for name in dict.fromkeys(names) if names.count(name) > 1)
        for column in self.columns:
            yield from column.problems()
        yield from text_problems(self, "watermark", "begins", needed=False)
        for word, name in (("watermark", self.watermark), ("begins", self.begins)):
            if name and name not in names:
                yield f'{word} names "{name}", which is not a column'
            elif (reach := self.column(name)) and reach.sensitive:
                yield f'{word} names "{name}", which is sensitive: everybody is told how far the data reaches'
        if self.begins and not self.watermark:
            yield "begins says where the data begins, but no watermark says how far it reaches"
        if not are_texts(self.index):
            yield 'index is not a list of texts: write index=("closed_at", "client_id, closed_at")'
            return
        yield from (f'index names "{name}", which is not a column' for name in self._indexed() if name not in names)


def _beyond(sign: str, limit: float | str) -> str:
    """The condition that a value past the limit meets. All of today is within ":today"."""
    if limit == ":today":
        return ">= :today + interval '1 day'" if sign == ">" else "< :today"
    return f"{sign} {limit}" if is_amount(limit) else f"{sign} timestamp '{limit}'"


def _range_problems(least: object, most: object) -> Iterator[str]:
    """Limits that are none, or that no value can lie between."""
    limits = [_limit(least), _limit(most)]
    for word, said, limit in zip(("at_least", "at_most"), (least, most), limits, strict=True):
        if said is not None and limit is None:
            yield f'{word}={said!r} is neither a number, a date as text ("2026-01-31") nor ":today"'
    low, high = limits
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
        yield f"at_least={least} is above at_most={most}: nothing lies between"
    if isinstance(low, datetime) and isinstance(high, datetime) and low > high:
        yield f"at_least={least} is after at_most={most}: nothing lies between"


def _limit(said: object) -> Decimal | datetime | str | None:
    """What a limit stands for; None where it stands for nothing."""
    if said == ":today":
        return ":today"
    if is_amount(said):
        return Decimal(str(said))
    try:
        return datetime.fromisoformat(said).replace(tzinfo=None) if isinstance(said, str) else None
    except ValueError:
        return None


def _check_problems(check: Check) -> Iterator[str]:
    yield from _rule_problems(check)
    yield from amount_problems(check, "allowed", at_most=1)
    yield from check.problems()


def _rule_problems(rule: "Column | Check") -> Iterator[str]:
    """What every rule has: how bad a broken one is, and how much it counts."""
    if rule.severity not in get_args(Severity):
        yield f'severity="{rule.severity}" is neither warn nor fail'
    yield from amount_problems(rule, "weight")


def _are(said: object, kind: type) -> bool:
    return isinstance(said, tuple | list) and all(isinstance(one, kind) for one in said)


def _is_whole(said: object) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and said >= 0
