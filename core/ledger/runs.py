"""Runs in the ledger: what was executed, with which report; what was loaded, with which verdicts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.checks import Level
from core.loads import Load
from core.sql import statements


@dataclass(frozen=True, slots=True)
class LoadOnRecord:
    """The latest load of a dataset: how far it reaches and whether its contract holds."""

    dataset: str
    source: str
    rows: int
    begins: datetime | None
    watermark: datetime | None
    level: Level
    score: float
    loaded_at: datetime
    broken: Sequence[str]  # the rules that do not hold, with the rows at fault
    is_sample: bool  # the rows were brought by `kpi load --sample`, however often they were checked since
    brought_rows: int  # how many rows the last load brought: another system may have filled the table since

    @property
    def why(self) -> str:
        """What makes the contract's verdict: its broken rules, or its score alone."""
        return ", ".join(self.broken) or f"score {self.score:.4f}"


def start(connection: sa.Connection, command: str, scorecards: Sequence[str], actor: str, now: datetime) -> int:
    """Open a run; its id. It stays `running` until `finish`: a killed run is told by that."""
    from core import __version__

    given = {"command": command, "scorecards": list(scorecards), "actor": actor, "version": __version__, "now": now}
    return int(connection.execute(_sql("start"), given).scalar_one())


def bury(connection: sa.Connection, scorecards: Sequence[str], now: datetime) -> None:
    """Runs of these scorecards that still stand as running were killed: whoever calls this holds their lock."""
    connection.execute(_sql("bury"), {"scorecards": list(scorecards), "now": now})


def finish(connection: sa.Connection, run: int, state: str, report: Mapping[str, object], now: datetime) -> None:
    given = {"run_id": run, "state": state, "report": json.dumps(report, default=str), "now": now}
    connection.execute(_sql("finish"), given)


def latest(connection: sa.Connection) -> dict[str, Mapping[str, Any]]:
    """By scorecard: its latest run."""
    return {row["scorecard"]: dict(row) for row in connection.execute(_sql("latest")).mappings()}


def record_load(connection: sa.Connection, run: int, load: Load, now: datetime) -> int:
    """Keep the provenance of a load and the verdict of every rule; the load's id."""
    given = {
        "run_id": run,
        "dataset": load.dataset,
        "source": load.source,
        "checksum": load.checksum,
        "rows": load.rows,
        "begins": load.begins,
        "watermark": load.watermark,
        "level": load.level,
        "score": load.score,
        "details": json.dumps({"columns_ignored": list(load.columns_ignored), "seconds": load.seconds}),
        "now": now,
    }
    load_id = int(connection.execute(_sql("record_load"), given).scalar_one())
    verdicts = [
        {
            "rule": v.check,
            "severity": v.severity,
            "level": v.level,
            "at_fault": v.rows,
            "of_rows": v.of,
            "samples": [dict(s) for s in v.samples],
        }
        for v in load.verdicts
    ]
    connection.execute(_sql("record_verdicts"), {"load_id": load_id, "verdicts": json.dumps(verdicts)})
    return load_id


def on_record(load: Load, now: datetime) -> LoadOnRecord:
    """A check of this moment as it will be read back."""
    found = sorted((v.check, v.rows) for v in load.verdicts if v.level is load.level is not Level.PASS)
    return LoadOnRecord(
        dataset=load.dataset,
        source=load.source,
        rows=load.rows,
        begins=load.begins,
        watermark=load.watermark,
        level=load.level,
        score=load.score,
        loaded_at=now,
        broken=tuple(f"{rule} ({rows})" for rule, rows in found),
        is_sample=False,
        brought_rows=0,
    )


def latest_loads(connection: sa.Connection, datasets: Iterable[str]) -> dict[str, LoadOnRecord]:
    """By dataset: its latest load. A dataset never loaded or checked is absent."""
    rows = connection.execute(_sql("latest_loads"), {"datasets": sorted(datasets)}).mappings()
    return {
        row["dataset"]: LoadOnRecord(
            dataset=row["dataset"],
            source=row["source"],
            rows=row["row_count"],
            begins=row["begins"],
            watermark=row["watermark"],
            level=Level(row["level"]),
            score=float(row["score"]),
            loaded_at=row["loaded_at"],
            broken=tuple(row["broken"]),
            is_sample=(row["brought_from"] or "").startswith("sample"),
            brought_rows=row["brought_rows"] or 0,
        )
        for row in rows
    }


def announce_publication(
    connection: sa.Connection, run: int, scorecard: str, target: str, published: object, now: datetime
) -> int:
    """Keep what is about to be published where; its id, for `land_publication`."""
    given = {"run_id": run, "scorecard": scorecard, "target": target, "published": json.dumps(published), "now": now}
    return int(connection.execute(_sql("record_publication"), given).scalar_one())


def land_publication(connection: sa.Connection, publication: int, now: datetime) -> None:
    connection.execute(_sql("land"), {"publication": publication, "now": now})


def latest_publications(connection: sa.Connection, scorecard: str, target: str) -> list[Any]:
    """What was last published there, and after it what was announced since and may have landed; oldest first."""
    return list(connection.execute(_sql("latest_publications"), {"scorecard": scorecard, "target": target}).scalars())


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("runs")[name])
