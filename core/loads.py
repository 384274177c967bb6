"""Loads: what one load of a dataset brought, and what its contract says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core.checks import Level, Verdict

Origin = Literal["source", "sample", "in place"]
"""Where rows came from: columns are held against those of a load of the same kind."""


def origin_of(source: str) -> Origin:
    if source == "in place":
        return "in place"
    return "sample" if source.startswith("sample rows ") else "source"


@dataclass(frozen=True, slots=True)
class Drift:
    """What has changed about the columns of a source since the load before: added, lost, and the types that were."""

    added: Sequence[str] = ()
    lost: Sequence[str] = ()
    changed: Sequence[tuple[str, str, str]] = ()
    """Column, type before, type now."""

    @property
    def count(self) -> int:
        return len(self.added) + len(self.lost) + len(self.changed)

    def __str__(self) -> str:
        """`added region; lost note; price is DOUBLE, was INTEGER`; empty where nothing has changed."""
        told = [
            f"added {', '.join(self.added)}" if self.added else "",
            f"lost {', '.join(self.lost)}" if self.lost else "",
        ]
        return "; ".join(filter(None, [*told, *(f"{name} is {now}, was {was}" for name, was, now in self.changed)]))

    def as_json(self) -> dict[str, object]:
        changed = [{"column": name, "was": was, "is": now} for name, was, now in self.changed]
        return {"added": list(self.added), "lost": list(self.lost), "changed": changed}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Drift":
        changed = [(one["column"], one["was"], one["is"]) for one in stored.get("changed", ())]
        return cls(tuple(stored.get("added", ())), tuple(stored.get("lost", ())), tuple(changed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Provenance and verdicts. The data reaches from `begins` to `watermark`; None when the dataset cannot tell."""

    dataset: str
    source: str
    checksum: str
    rows: int
    begins: datetime | None = None
    watermark: datetime | None
    verdicts: Sequence[Verdict]
    level: Level
    score: float
    seconds: float
    columns_ignored: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the source held: by header its type, or nothing where it has no types, as text files have none."""
    drift: Drift = Drift()
    days: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Rows of each day and the sum of their digests; "" holds rows without a day."""
