"""Workbooks: one tab of an .xlsx file, read by a program of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.dataset import Column
from core.errors import SourceError, did_you_mean
from core.sources.raw import Raw
from core.sources.rows import plain_number, raw_rows

if TYPE_CHECKING:
    from python_calamine import CalamineSheet


def raw_workbook(path: Path, tab: str, columns: Sequence[Column], folder: Path) -> Raw:
    """The rows of a tab below its header row, each with its number in the sheet; an empty `tab` is the first."""
    with _sheet(path, tab) as sheet:
        lines = enumerate(sheet.iter_rows(), start=1)
        return raw_rows(f"{path.name}, tab {sheet.name}", sheet.name, lines, columns, folder, _text)


@contextmanager
def _sheet(path: Path, tab: str) -> Iterator["CalamineSheet"]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    try:
        with CalamineWorkbook.from_path(path) as book:
            tabs = [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
            if not tabs or (tab and tab not in tabs):
                raise SourceError(
                    f'{path.name} has no tab "{tab}"; it has {", ".join(tabs) or "none"}.',
                    next_step=did_you_mean(tab, tabs),
                )
            yield book.get_sheet_by_name(tab or tabs[0])
    except PasswordError:
        raise SourceError(f"{path.name} is protected by a password.", next_step="Save it without one.") from None
    except (CalamineError, OSError):
        raise SourceError(
            f"{path.name} is not a whole workbook: it may have been cut short on its way.",
            next_step="Get the file again, or open it and save it as .xlsx.",
        ) from None


def _text(value: Any, kind: str) -> str:
    """17850.0 is 17850 as the sheet shows it; dates are ISO."""
    if value.__class__ is str:
        return str(value)
    if value.__class__ is float:
        return plain_number(value)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return str(value).lower() if isinstance(value, bool) else str(value)
