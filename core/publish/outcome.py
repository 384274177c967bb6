"""What a publish did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.publish.plan import Edit, Operation
from core.publish.published import Published

Intend = Callable[[Published], None]
"""Told what will be left just before the file is swapped: whoever keeps it knows our own cells even after a kill."""


def nothing(published: Published) -> None:
    """For those who keep no record."""


@dataclass(frozen=True)
class Outcome:
    """`published` is what to keep for the next time; after a dry run it is what was given.

    `healed` tells what was put right beside the cells: tags and trends that people's moves had left behind.
    """

    where: str
    changes: Sequence[Operation]
    edits_kept: Sequence[Edit]
    published: Published
    written: bool
    healed: Sequence[str] = ()
