"""What a dataset is judged beside: the columns its source had before, and the tables of other datasets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.catalog import BoundDataset
from core.checks import quoted
from core.loads import Origin
from core.sources.columns import SCHEMA, Connection, standing_columns
from core.sources.contract import Other


@dataclass(frozen=True, slots=True)
class Beside:
    """`columns` by where the rows came from; `datasets` are those of the catalog, by name."""

    columns: Mapping[Origin, Mapping[str, str]] = field(default_factory=dict)
    datasets: Mapping[str, BoundDataset] = field(default_factory=dict)

    def others(self, connection: Connection, bound: BoundDataset) -> dict[str, Other]:
        """The other tables that its rules ask, as far as they are there. Of what is not declared nothing is shown."""
        found = {}
        for other in (self.datasets[name] for name in bound.dataset.others if name in self.datasets):
            if standing := standing_columns(connection, other):
                plain = {column.name for column in other.dataset.columns} - other.dataset.sensitive
                found[other.name] = Other(as_declared(other, standing), frozenset(plain))
        return found


def as_declared(bound: BoundDataset, standing: Mapping[str, str]) -> str:
    """The table for the rules' FROM; keys that are no plain text there (uuid, an enumeration) are asked as text."""
    table = f"{SCHEMA}.{quoted(bound.name)}"
    columns = [column for column in bound.dataset.columns if column.name in standing]
    if all(re.fullmatch("text|character.*", standing[c.name]) for c in columns if c.type == "text"):
        return table
    asked = ", ".join(
        f"cast({quoted(c.name)} as text) as {quoted(c.name)}" if c.type == "text" else quoted(c.name) for c in columns
    )
    return f"(select {asked} from {table}) as {quoted(bound.name)}"  # noqa: S608 - the dataset's own columns
