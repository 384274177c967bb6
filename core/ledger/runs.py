"""Runs in the ledger: what was executed, with which report; what was loaded, with which verdicts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.checks import Level, Verdict, points
from core.ledger.evidence import Profile
from core.loads import Drift, Load, Origin, origin_of
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
    drift: Drift = field(
        default_factory=Drift
    )  # columns that the source has gained, lost or changed since the load before

    @property
    def why(self) -> str:
        """What makes the contract's verdict: its broken rules, or its score alone."""
        return ", ".join(self.broken) or f"score {points(self.score)}"


def start(
    connection: sa.Connection,
    command: str,
    scorecards: Sequence[str],
    actor: str,
    now: datetime,
    arguments: Mapping[str, object] | None = None,
    commit: str = "",
) -> int:
    """Open a run; its id. It stays `running` until `finish`: a killed run is told by that.

    `arguments` are the filters it was called with, `commit` is that of the definitions.
    """
    from core import __version__

    given = {"command": command, "scorecards": list(scorecards), "actor": actor, "version": __version__, "now": now}
    given |= {"arguments": json.dumps(arguments or {}, default=str), "commit": commit}
    return int(connection.execute(_sql("start"), given).scalar_one())


def bury(connection: sa.Connection, commands: Sequence[str], scorecards: Sequence[str], now: datetime) -> None:
    """Such runs of these scorecards that still stand as running were killed: whoever calls this holds their lock."""
    given = {"commands": list(commands), "scorecards": list(scorecards), "now": now}
    connection.execute(_sql("bury"), given)


def finish(connection: sa.Connection, run: int, state: str, report: Mapping[str, object], now: datetime) -> None:
    given = {"run_id": run, "state": state, "report": json.dumps(report, default=str), "now": now}
    connection.execute(_sql("finish"), given)


def latest(connection: sa.Connection) -> dict[str, Mapping[str, Any]]:
    """By scorecard: its latest run."""
    return {row["scorecard"]: dict(row) for row in connection.execute(_sql("latest")).mappings()}


def one(connection: sa.Connection, run: int) -> Mapping[str, Any]:
    """The audit row of one run."""
    return dict(connection.execute(_sql("one"), {"run_id": run}).mappings().one())


def log(connection: sa.Connection, scorecards: Sequence[str], many: int) -> list[Mapping[str, Any]]:
    """The latest audit rows, newest first; those that touch the scorecards, or all."""
    given = {"scorecards": list(scorecards), "many": many}
    return [dict(row) for row in connection.execute(_sql("log"), given).mappings()]


def loads(connection: sa.Connection, load_ids: Iterable[int]) -> list[Mapping[str, Any]]:
    """Loads on record by their ids, with the rules that did not hold."""
    found = connection.execute(_sql("loads_by_id"), {"loads": sorted(set(load_ids))})
    return [dict(row) for row in found.mappings()]


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
        "details": json.dumps(_details(load)),
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
            "samples": [{"not checked": v.unchecked}] if v.unchecked else [dict(s) for s in v.samples],
        }
        for v in load.verdicts
    ]
    connection.execute(_sql("record_verdicts"), {"load_id": load_id, "verdicts": json.dumps(verdicts)})
    days = json.dumps(load.days)
    connection.execute(_sql("keep_profile"), {"dataset": load.dataset, "load_id": load_id, "days": days})
    return load_id


def _details(load: Load) -> dict[str, object]:
    told: dict[str, object] = {"columns_ignored": list(load.columns_ignored), "seconds": load.seconds}
    drift = {"drift": load.drift.as_json()} if load.drift.count else {}
    return told | {"columns": dict(load.columns)} | drift


def columns_before(connection: sa.Connection, dataset: str) -> dict[Origin, Mapping[str, str]]:
    """The columns of its source, by where rows came from: at the latest load that did not hold the KPIs, else at the
    latest, so that a change that holds them holds them until it is mended or allowed."""
    found: dict[Origin, Mapping[str, str]] = {}
    for row in connection.execute(_sql("columns_before"), {"dataset": dataset}):
        found[origin_of(row.source)] = row.columns
    return found


def profiles(connection: sa.Connection, datasets: Iterable[str]) -> dict[str, Profile]:
    """By dataset: what its table holds of each day, as of its latest load or check."""
    rows = connection.execute(_sql("profiles"), {"datasets": sorted(datasets)})
    return {
        row.dataset: Profile(row.load_id, {day: (counted[0], counted[1]) for day, counted in row.days.items()})
        for row in rows
    }


def on_record(load: Load, now: datetime) -> LoadOnRecord:
    """A check of this moment as it will be read back."""
    found = sorted((v.check, _how_many(v)) for v in load.verdicts if v.level is load.level is not Level.PASS)
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
        drift=load.drift,
    )


def _how_many(verdict: Verdict) -> str:
    return "not checked" if verdict.unchecked else str(verdict.rows)


def latest_loads(
    connection: sa.Connection, datasets: Iterable[str], at: datetime | None = None
) -> dict[str, LoadOnRecord]:
    """By dataset: its latest load, or the one that was the latest then. A dataset never loaded or checked is absent."""
    given = {"datasets": sorted(datasets), "at": at or datetime.max.replace(tzinfo=UTC)}
    rows = connection.execute(_sql("latest_loads"), given).mappings()
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
            drift=Drift.from_json(row["details"].get("drift", {})),
        )
        for row in rows
    }


def _sql(name: str) -> sa.TextClause:
    return sa.text(statements("runs")[name])
