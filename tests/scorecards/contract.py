"""A dataset's contract, checked where its table stands: every rule, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import sqlalchemy as sa

from core.checks import Engine, Groups, Level, Verdict, overall, score
from core.dataset import Dataset

Connection = duckdb.DuckDBPyConnection | sa.Connection


@dataclass(frozen=True)
class Report:
    verdicts: Sequence[Verdict]
    level: Level
    score: float


def verdicts_of(dataset: Dataset, table: str, connection: Connection, today: date) -> Report:
    engine: Engine = "postgres" if isinstance(connection, sa.Connection) else "duckdb"
    verdicts = []
    for check in dataset.contract():
        groups = isinstance(check, Groups)
        names, rows = _rows(connection, check.rows_at_fault(table, engine, today))
        faults = sum(row[names.index("faults")] for row in rows) if "faults" in names else len(rows)
        of = check.of if isinstance(check, Groups) else "select count(*) from {table}"
        covered = _rows(connection, of.replace("{table}", table))[1][0][0] if groups or rows else 1
        verdicts.append(Verdict(check.name, check.severity, check.weight, check.allowed, int(faults), int(covered)))
    level = overall(verdicts, warn_below=dataset.warn_below, fail_below=dataset.fail_below)
    return Report(verdicts, level, score(verdicts))


def _rows(connection: Connection, sql: str) -> tuple[list[str], Sequence[Sequence[int]]]:
    if isinstance(connection, sa.Connection):
        result = connection.exec_driver_sql(sql.replace("%", "%%"))
        return list(result.keys()), [tuple(row) for row in result]
    found = connection.execute(sql)
    return [column[0] for column in found.description or ()], found.fetchall()
