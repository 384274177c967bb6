"""kpi show: the segments of a KPI, below its periods."""

from collections.abc import Iterator, Sequence

from core.catalog import BoundSegments
from core.cli.output import paint, table
from core.readings import Number, State
from core.segments import Metric, Segmented
from core.units import decimals, show

Found = Sequence[tuple[BoundSegments, Segmented]]


def segment_lines(found: Found) -> Iterator[str]:
    """A table for each set: a row a segment, a column a metric."""
    for bound, one in found:
        metrics = bound.segments.metrics
        note = "" if one.state is State.FINAL else f"  {one.state}: {one.note}"
        yield ""
        yield f"  {paint(bound.segments.title, bold=True)}, {one.period.label}{note}"
        rows = [
            [told, *(_figure(one.number(segment, metric.name), metric) for metric in metrics)]
            for segment, told in bound.segments.names.items()
        ]
        head = ["", *(metric.name.replace("_", " ") for metric in metrics)]
        for text in table(rows if one.numbers else [], head=head if one.numbers else (), right=range(1, len(head))):
            yield f"  {text}"


def segments_told(found: Found) -> list[dict[str, object]]:
    """The same as data."""
    return [
        {
            "segments": bound.name,
            "title": bound.segments.title,
            "period": one.period.label,
            "state": one.state,
            "note": one.note,
            "numbers": [
                {"segment": segment, "metric": metric} | _parts(number)
                for (segment, metric), number in one.numbers.items()
            ],
        }
        for bound, one in found
    ]


def _figure(number: Number, metric: Metric) -> str:
    """Without its unit: the column says it."""
    if metric.is_share or number.value is None:
        return show(number.value, metric.unit)
    return f"{number.value:,.{2 if metric.below else decimals(metric.unit, number.value)}f}"


def _parts(number: Number) -> dict[str, object]:
    return {"value": number.value, "numerator": number.numerator, "denominator": number.denominator}
