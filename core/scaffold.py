"""`kpi new`: one file with the next free number, ready to preview."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from core.catalog import BoundDataset, Catalog
from core.definition_file import slug_of
from core.errors import MisuseError, did_you_mean
from core.numbering import next_number
from core.periods import Cadence
from core.targets import Better
from core.units import is_share

_FILE = '''"""{title}.

Say in a sentence what counts, in which week it counts, and what is left out.
"""

from core import KPI, Query

kpi = KPI(
    title={title_text},
    owner={owner},
    unit={unit},
    better="{better}",{cadence}
    measure=Query("""
{query}
    """),
)
'''


@dataclass(frozen=True)
class Draft:
    """A file that is not written yet."""

    path: Path
    text: str

    def write(self) -> None:
        """Never over a file that is there. Raises MisuseError where the folder takes no such file."""
        try:
            with self.path.open("x", encoding="utf-8") as file:
                file.write(self.text)
        except OSError as error:
            where = f"{self.path.parent} takes no file {self.path.name}"
            raise MisuseError(f"{where}: {error.strerror}.") from None


def draft_kpi(
    catalog: Catalog,
    folder: Path,
    scorecard: str,
    title: str,
    *,
    owner: str,
    unit: str,
    better: Better,
    cadence: Cadence = "weekly",
    used: Collection[str] = (),
) -> Draft:
    """A KPI with the next number that is free: no file has it, and none is `used` in the ledger.

    Raises MisuseError for an unknown scorecard or a slug that is taken.
    """
    if scorecard not in catalog.scorecards:
        hint = did_you_mean(scorecard, catalog.scorecards)
        raise MisuseError(
            f'There is no scorecard "{scorecard}". {hint}'.strip(),
            next_step=f"A new one is a folder with a scorecard.py: {folder.name}/{scorecard}/scorecard.py.",
        )
    text = _FILE.format(
        title=title.rstrip(".").replace("\\", "\\\\").replace('"""', "'''"),
        title_text=_quoted(title.rstrip(".")),
        owner=_quoted(owner),
        unit=_quoted(unit),
        better=better,
        cadence="" if cadence == "weekly" else f'\n    cadence="{cadence}",',
        query=indent(_query(_first_dataset(catalog, scorecard), is_share(unit)), " " * 8),
    )
    return Draft(_free_path(folder / scorecard, title, used), text)


def _free_path(here: Path, title: str, used: Collection[str]) -> Path:
    slug = slug_of(title)
    if not slug or not slug[0].isalpha():
        raise MisuseError(f'"{title}" makes no name for a file.', next_step="Begin the title with a letter.")
    if taken := sorted(here.glob(f"kpi_*_{slug}.py")):
        raise MisuseError(f"{taken[0].name} is there already.", next_step="Edit it, or choose another title.")
    found = (re.match(r"kpi_([0-9]+[a-z]?)_", path.name) for path in here.iterdir())
    numbers = [*used, *(match[1] for match in found if match)]
    return here / f"kpi_{next_number(numbers)}_{slug}.py"


def _first_dataset(catalog: Catalog, scorecard: str) -> BoundDataset | None:
    """A dataset to begin with: one of the scorecard's that knows when things happened."""
    mine: Sequence[BoundDataset] = [d for d in catalog.datasets.values() if d.scorecard == scorecard]
    return next((d for d in mine if d.dataset.watermark), None)


def _query(dataset: BoundDataset | None, share: bool) -> str:
    table, moment = ("staging.your_table", "happened_at")
    if dataset:
        table, moment = dataset.table, dataset.dataset.begins or dataset.dataset.watermark
    counted = "count(*) as value"
    if share:
        counted = "count(*) filter (where true) as numerator,  -- say which of them\n       count(*) as denominator"
    return f"select {counted}\nfrom   {table}\nwhere  {moment} >= :start\nand    {moment} <  :end"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'
