"""Everything that can go wrong, as sentences.

    FactoryError                 exit code 1
    ├── SourceError              a file, sheet or database could not be read
    │   └── ContractError        data arrived, but breaks its dataset's contract
    ├── ShapeError               a query answered with rows of the wrong shape
    ├── PublishError             a workbook or sheet could not be written
    ├── SheetsError              Google Sheets refused, or could not be reached
    ├── MisuseError              exit code 2: the call or the configuration is wrong
    │   ├── PeriodError          a period that does not exist
    │   └── DefinitionError      a scorecard, KPI or dataset file has faults
    └── BusyError                exit code 75: another run holds the lock

A message says where, what and the next step. It never holds a secret or a row of data.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class FactoryError(Exception):
    """The root: anything the command line reports as a sentence instead of a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}".strip()


class SourceError(FactoryError):
    """A file, sheet or database could not be read."""


class ContractError(SourceError):
    """Data arrived, but breaks its dataset's contract."""


class ShapeError(FactoryError):
    """A query answered with rows of the wrong shape."""


class PublishError(FactoryError):
    """A workbook or sheet could not be written."""


class SheetsError(FactoryError):
    """Google Sheets refused, or could not be reached."""


class MisuseError(FactoryError):
    """The call or the configuration is wrong; nothing was done."""

    exit_code = 2


class PeriodError(MisuseError):
    """A period that does not exist or cannot be read."""


class DefinitionError(MisuseError):
    """Definition files have faults; all of them are told at once."""

    def __init__(self, faults: Iterable[str], *, next_step: str = "") -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults), next_step=next_step)


class BusyError(FactoryError):
    """Another run holds the lock: nothing was done, try again later."""

    exit_code = 75


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?`, or nothing when no known word is close."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'Did you mean "{close[0]}"?' if close else ""
