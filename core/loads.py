"""Loads: what one load of a dataset brought, and what its contract says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    days: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Rows of each day and the sum of their digests; "" holds rows without a day."""
