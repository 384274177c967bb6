"""Adopting: numbers that people wrote into a published tab become corrections in the ledger."""

import re
from collections.abc import Sequence

from core.errors import MisuseError
from core.grid import GROUP, HEAD_ROWS, LEFT_BLOCK
from core.pipeline.correcting import UNKNOWN_WORD, correct
from core.pipeline.places import Place
from core.publish.plan import Edit

_COUNTED_ANEW = "segments are counted anew in each run and cannot be corrected."
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def adopt(place: Place, edits: Sequence[Edit], *, dry_run: bool) -> list[str]:
    """What was adopted, and what the ledger does not take, a sentence each.

    Texts, formulas and cells that hold no period's number stay hand edits.
    """
    told = []
    for edit in edits:
        number = _number(edit.theirs)
        row, column = edit.place
        if number is None or row in ("", *HEAD_ROWS) or column in ("", *LEFT_BLOCK, GROUP):
            continue
        if not row[0].isdigit():  # no KPI's number
            told.append(f"not {place.scorecard}.{row} {column}: {_COUNTED_ANEW}")
            continue
        try:
            said = correct(
                place.session, f"{place.scorecard}.{row}", column, number, place.asked.adopt, dry_run=dry_run
            )
        except MisuseError as error:
            told.append(f"not {place.scorecard}.{row} {column}: {error}")
        else:
            told.append(said.sentence())
    return told


def _number(token: str) -> str | None:
    """A number as `kpi correct` takes it; an emptied cell says that nobody knows."""
    if not token:
        return UNKNOWN_WORD
    return token if _NUMBER.fullmatch(token) else None
