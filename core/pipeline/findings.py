"""One thing that `kpi doctor` looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    what: str
    fine: bool
    said: str
