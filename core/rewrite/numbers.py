"""Numbers: which type PostgreSQL gives to sums, quotients and mixtures of others.

Whole numbers have a width there. A sum of integers is a bigint, which is divided without the rest; a sum of bigints is
numeric, which is divided with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

NUMBERS = ("integer", "decimal", "float", "quotient")
MOMENTS = ("date", "timestamp", "timestamptz")
_MOST = 38  # digits that a decimal has at most elsewhere


@dataclass(frozen=True, slots=True)
class Kind:
    """A type in the words of a contract; of a decimal the digits it can have in all and those after the point.

    `width` are the bytes of a whole number, 4 or 8; 0 where it may be either. A decimal that is `unsure` may be a
    bigint as well. "untyped" is a text in quotes that takes the type of what it stands beside, "null" fits everything.
    A "quotient" of decimals has as many digits as PostgreSQL likes; elsewhere it is a float, equal in all but the last
    digits.
    """

    name: str
    digits: int = 0
    places: int = 0
    width: int = 0
    unsure: bool = False

    @property
    def family(self) -> str:
        return "number" if self.name in NUMBERS else "moment" if self.name in MOMENTS else self.name

    @property
    def is_whole(self) -> bool:
        """Whether it holds no digits after the point, however wide it is."""
        return self.name == "integer" or (self.name == "decimal" and not self.places)


QUOTIENT, FLOAT = Kind("quotient"), Kind("float")
INTEGER, SHORT, EITHER = Kind("integer", 19, width=8), Kind("integer", 10, width=4), Kind("integer", 19)
SUM = Kind("decimal", _MOST, unsure=True)
"""Of whole numbers of either width."""


def sum_of(kind: Kind) -> Kind:
    if kind.name == "integer":
        return INTEGER if kind.width == SHORT.width else replace(SUM, unsure=not kind.width)
    return Kind("decimal", _MOST, kind.places) if kind.name == "decimal" else kind


def computed(node: exp.Binary, left: Kind, right: Kind) -> Kind:
    """What two numbers give."""
    if FLOAT in (left, right):
        return FLOAT
    if left.name == right.name == "integer":
        return _wider(left, right)
    if isinstance(node, exp.Div) or QUOTIENT in (left, right):
        return QUOTIENT
    if isinstance(node, exp.Mul):
        return _decimal(left.digits + right.digits, left.places + right.places, left, right)
    whole, places = max(left.digits - left.places, right.digits - right.places) + 1, max(left.places, right.places)
    return _decimal(whole + places, places, left, right)


def remainder(left: Kind, right: Kind) -> Kind:
    return _wider(left, right) if left.name == right.name == "integer" else _decimal(_MOST, 0, left, right)


def holding(kinds: Sequence[Kind]) -> Kind:
    """The number that holds them all."""
    if FLOAT in kinds or QUOTIENT in kinds:
        return FLOAT if FLOAT in kinds else QUOTIENT
    if all(kind.name == "integer" for kind in kinds):
        return _wider(*kinds)
    whole, places = max(kind.digits - kind.places for kind in kinds), max(kind.places for kind in kinds)
    return _decimal(whole + places, places, *kinds)


def may_drop_the_rest(left: Kind, right: Kind) -> bool:
    """Whether nobody knows if both are whole numbers to PostgreSQL: then their quotient has no rest there."""
    return (left.unsure or right.unsure) and all(kind.unsure or kind.name == "integer" for kind in (left, right))


def _wider(*kinds: Kind) -> Kind:
    widths = {kind.width for kind in kinds}
    return INTEGER if INTEGER.width in widths else EITHER if EITHER.width in widths else SHORT


def _decimal(digits: int, places: int, *made_of: Kind) -> Kind:
    """Beside a decimal that is one for sure, what may be a bigint becomes one, too."""
    unsure = any(kind.unsure for kind in made_of) and all(kind.unsure or kind.name == "integer" for kind in made_of)
    return Kind("decimal", max(min(digits, _MOST), places), places, unsure=unsure)
