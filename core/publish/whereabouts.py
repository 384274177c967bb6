"""Where a published cell is now, and what stands there: people move rows, and write over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.grid import Grid
from core.looks import Place
from core.publish.addresses import cell_address
from core.publish.open_tab import find_tab
from core.publish.package import open_package
from core.publish.published import Mark


@dataclass(frozen=True, slots=True)
class CellInFile:
    tab: str
    address: str
    value: str  # as a token, like those of marks


def cell_in_workbook(path: Path, grid: Grid, place: Place, marks: Mapping[Place, Mark]) -> CellInFile | None:
    """None where the workbook, its tab or the cell's row or column is gone. Raises PublishError for no workbook."""
    if not path.is_file():
        return None
    tab = find_tab(open_package(path.read_bytes(), path), grid, marks)
    if tab is None or place[0] not in tab.snapshot.rows or place[1] not in tab.snapshot.columns:
        return None
    address = cell_address(tab.snapshot.rows[place[0]], tab.snapshot.columns[place[1]])
    found = tab.snapshot.cells.get(place)
    return CellInFile(tab.name, address, found.value if found else "")
