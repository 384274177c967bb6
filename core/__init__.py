"""The words a scorecard, KPI or dataset file may use: the analyst's whole language."""

from core.checks import fresh, max_gap, ordered, rows_per_day, rule, unique
from core.dataset import Column, Dataset
from core.examples import Example
from core.kpi import KPI, Scorecard
from core.measures import Blend, File, Query, Sheet, ref
from core.targets import Target

__version__ = "0.2.0"

__all__ = [
    "KPI",
    "Blend",
    "Column",
    "Dataset",
    "Example",
    "File",
    "Query",
    "Scorecard",
    "Sheet",
    "Target",
    "fresh",
    "max_gap",
    "ordered",
    "ref",
    "rows_per_day",
    "rule",
    "unique",
]
