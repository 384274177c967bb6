"""Loads: what one load of a dataset brought, and what its contract says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.checks import Level, Verdict


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
