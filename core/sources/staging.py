"""Staging: a dataset from its source to its table, under its contract.

What cannot be read or does not fit raises, and the last good table stays. Rows that break a rule are loaded, so
that people can look at them, and the load's level says what that means for the KPIs that rest on them.
"""

from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import duckdb
import psycopg

from core.catalog import BoundDataset
from core.checks import Level, Verdict, overall, quoted, score
from core.errors import ContractError, SourceError, did_you_mean
from core.loads import Load
from core.measures import File, Sheet
from core.sources.contract import in_duckdb, in_postgres, verdicts
from core.sources.files import checksum, open_duckdb, open_table
from core.sources.raw import Opened
from core.sources.samples import Sample, open_sample, sample_checksum
from core.sources.tables import Connection, replace_rows, standing_columns

_FAMILIES = (
    {"text": "text|character varying|character|citext|uuid|name"},
)


def stage(connection: Connection, bound: BoundDataset, source: Path | Sample, *, today: date) -> Load:
    """Loads a dataset from a file or from its sample rows and judges it by its contract.

    Raises SourceError, ContractError or BusyError; the table is then as it was.
    """
    began = perf_counter()
    with open_duckdb(bound.card.zone) as duck, TemporaryDirectory(prefix="kpi-") as folder:
        opened = _open(duck, bound, source)
        found = verdicts(in_duckdb(duck), quoted(bound.name), bound.dataset, "duckdb", today)
        reached = _watermark(duck, bound, source)
        rows = Path(folder) / "rows.csv"
        _write(duck, bound, rows)
        replace_rows(connection, bound, rows)
    return _load(bound, opened, found, reached, _digest(bound, source), began)
