"""What is wrong with the files that a scorecard declares, told by its KPIs: names, cadences, dimensions, targets."""

from collections.abc import Iterator, Sequence

from core.catalog import Catalog, Definition, Fault
from core.errors import did_you_mean
from core.expressions import Expression
from core.extracts import Extract
from core.numbering import in_full
from core.pipeline.sliceable import dimensions_of


def extract_faults(catalog: Catalog, scorecard: str) -> list[Fault]:
    """Every fault, each at the scorecard's own file. A KPI whose own file is broken is not its fault."""
    path = catalog.folder / scorecard / "scorecard.py"
    broken = any(fault.path.parent.name == scorecard and fault.path != path for fault in catalog.faults)
    return [
        Fault(path, f'file "{extract.name}": {what}')
        for extract in catalog.scorecards[scorecard].files
        for what in dict.fromkeys(_faults(catalog, scorecard, extract, broken))
    ]


def kpis_of(catalog: Catalog, scorecard: str, formula: Expression) -> list[Definition]:
    """The KPIs that a formula names, as far as there are any of these names."""
    return [kpi for name in dict.fromkeys(formula.names()) if (kpi := catalog.by_name.get(in_full(name, scorecard)))]


def _faults(catalog: Catalog, scorecard: str, extract: Extract, broken: bool) -> Iterator[str]:
    named = {in_full(name, scorecard): name for formula in extract.formulas for name in formula.names()}
    for full in (full for full in named if full not in catalog.by_name and not broken):
        yield f'ref("{named[full]}") names no KPI. {did_you_mean(full, catalog.by_name)}'.strip()
    kpis = [kpi for formula in extract.formulas for kpi in kpis_of(catalog, scorecard, formula)]
    if len(cadences := dict.fromkeys(kpi.kpi.cadence for kpi in kpis)) > 1:
        yield f"its KPIs are {' and '.join(cadences)}: a file has one kind of period"
    mine = [d.kpi.cadence for d in catalog.definitions if d.scorecard == scorecard]
    if extract.is_summary and extract.cadence not in ("", *mine) and not broken:
        yield f"no KPI of this scorecard is {extract.cadence}"
    for formula in extract.formulas:
        yield from _unsliceable(catalog, scorecard, formula, extract.by)
    for column, figure in extract.figures.items():
        for kpi in kpis_of(catalog, scorecard, figure.of):
            if figure.part == "is_off" and kpi.kpi.goal is None:
                yield f'column "{column}": {kpi.name} has no target that it could be off'
        told = _unsliceable(catalog, scorecard, figure.of, list(figure.where))
        yield from (f'column "{column}": {what}' for what in told)


def _unsliceable(catalog: Catalog, scorecard: str, formula: Expression, by: Sequence[str]) -> Iterator[str]:
    for kpi in kpis_of(catalog, scorecard, formula):
        offered = dimensions_of(catalog, kpi)
        for dimension in by:
            if dimension.lower() not in (name.lower() for name in offered):
                hint = did_you_mean(dimension, offered) or f"It has {', '.join(offered) or 'none'}."
                yield f'{kpi.name} has no dimension "{dimension}". {hint}'
