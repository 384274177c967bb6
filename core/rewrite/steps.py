"""Steps in time: `+ interval '4 weeks'`, `- interval '1 hour' * hours_allowed`."""

import re
from dataclasses import dataclass

from sqlglot import exp

HOURS = ("minute", "hour")
DAYS = ("day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class Step:
    """So many of a unit, `times` a number of the query's own."""

    count: int
    unit: str
    times: exp.Expr | None = None

    @property
    def amount(self) -> exp.Expr:
        count = exp.Literal.number(self.count)
        return count if self.times is None else exp.Mul(this=count, expression=exp.Paren(this=self.times))

    def back(self) -> "Step":
        return Step(-self.count, self.unit, self.times)


def step_of(node: exp.Expr) -> Step | None:
    """The step that is added to or taken from a date; None for an interval of another form."""
    node = plain(node)
    times: exp.Expr | None = None
    if isinstance(node, exp.Mul):
        sides = (plain(node.left), plain(node.right))
        node, times = sides if isinstance(sides[0], exp.Interval) else (sides[1], sides[0])
    if not isinstance(node, exp.Interval) or not isinstance(node.this, exp.Literal):
        return None
    unit = node.text("unit").lower().rstrip("s")
    return Step(int(node.this.name), unit, times) if re.fullmatch(r"\d+", node.this.name) and unit else None


def plain(node: exp.Expr) -> exp.Expr:
    """Without parentheses around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def above(node: exp.Expr) -> exp.Expr | None:
    """What it is a part of, parentheses left out."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent
