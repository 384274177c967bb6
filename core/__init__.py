"""The words a scorecard, KPI or dataset file may use: the analyst's whole language."""

from core.checks import fresh, max_gap, no_drift, ordered, rows_per_day, rule, unique
from core.cross_checks import conserved, references
from core.dataset import Column, Dataset
from core.examples import Example
from core.expressions import ref
from core.extracts import Extract, Figure
from core.kpi import KPI, Scorecard
from core.measures import Blend, File, Query, Sheet
from core.outliers import outliers
from core.segments import Segments
from core.targets import Limit, Target

__version__ = "0.2.0"

__all__ = [
    "KPI",
    "Blend",
    "Column",
    "Dataset",
    "Example",
    "Extract",
    "Figure",
    "File",
    "Limit",
    "Query",
    "Scorecard",
    "Segments",
    "Sheet",
    "Target",
    "conserved",
    "fresh",
    "max_gap",
    "no_drift",
    "ordered",
    "outliers",
    "ref",
    "references",
    "rows_per_day",
    "rule",
    "unique",
]
