"""The shape of a query: what it adds up, from where, and how it is tied to its period. Plain text in pieces.

A query that adds up rows of one period can add up many periods in one pass, and several such queries over the same
rows can be one. `anatomy` reads the shape from the text; it is kept between runs, and what is made of it is put
together from text again.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["loop", "lateral", "scan", "shared"]
"""How a query is asked for many periods: one by one; once, beside a list of periods; in one pass over the rows,
grouped by period; together with others over the same rows."""

MomentType = Literal["date", "timestamp", "timestamptz", ""]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate of a result column, with the condition of its own that its FILTER states."""

    call: str
    condition: str = ""

    def where(self, conditions: Iterable[str]) -> str:
        held = " and ".join([*conditions, *([self.condition] if self.condition else [])])
        return f"{self.call} filter (where {held})" if held else self.call


Column = tuple[str, tuple[str | Aggregate, ...]]
"""A result column: its name, and its text in pieces, so that conditions can be put into its aggregates."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A relation that is tied to its period within itself: `relation` is its text with the period's number carried up
    as `kpi_nth`, `:kpi_periods` where the list of periods is joined and `:kpi_range` in the place of the range."""

    relation: str
    moment: str
    moment_type: MomentType


@dataclass(frozen=True, slots=True)
class Shape:
    """One SELECT of aggregates. Texts are SQL in PostgreSQL's dialect, binds as `:start`.

    `moment` is what is compared as `moment >= :start and moment < :end`; empty where nothing is. `conditions` are the
    other conditions, those that ask a subquery apart in `nested`. `binds` are used beside that comparison. Without a
    moment, `within` may say that the comparison stands in the relation itself.
    """

    prelude: str
    relation: str
    moment: str
    moment_type: MomentType
    conditions: tuple[str, ...]
    nested: tuple[str, ...]
    columns: tuple[Column, ...]
    binds: frozenset[str]
    within: Inside | None = None

    @property
    def tied(self) -> str:
        """The moment, wherever it is compared."""
        return self.within.moment if self.within else self.moment

    @property
    def tied_type(self) -> MomentType:
        return self.within.moment_type if self.within else self.moment_type

    @property
    def kin(self) -> tuple[object, ...]:
        """Queries of the same kin can be asked as one: the same rows, and conditions that can go into the aggregates.

        Without a moment in common there is no telling whether the engine finds the rows by their conditions: then
        those have to be the same.
        """
        apart = () if self.moment else self.conditions
        return self.prelude, self.relation, self.moment, self.nested, apart


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What can be made of a query: its shape, and why a form is not possible, as a sentence. `tables` are the full
    names of the stored tables that it reads. `linear`: it reads one table, or a derived table of one, and so on, with
    nothing to join and nothing to look up for each row, so that beside a list of periods it reads no more than each
    row once a period, whatever the engine makes of it."""

    shape: Shape | None = None
    refusals: Mapping[Form, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    linear: bool = False


_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])")


def binds_in(text: str) -> frozenset[str]:
    return frozenset(_BIND.findall(text))


def with_binds(text: str, values: Mapping[str, str]) -> str:
    """The text with another one in the place of each bind."""
    return _BIND.sub(lambda found: values[found[1]], text)
