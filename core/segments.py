"""Segments: what a KPI counts, split into named parts by a query that says who belongs to which.

Every segment stands in every period: one that nobody is in is 0. The shares of a period add up to 1 exactly.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

from core.field_problems import are_texts, text_problems
from core.measures import Query
from core.periods import Period
from core.readings import UNKNOWN, Number, State

SEGMENT = "segment"  # the column of the query that says which segment a row is
SHARE = "%"
_PLACES = Decimal("1e-12")
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Counts = Mapping[str, Mapping[str, Decimal]]
"""By segment and column: what the query found. A segment without a row is absent."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a segment: a count, a ratio of two counts, or the share that the segment has of a count."""

    name: str
    unit: str
    above: str
    below: str = ""

    @property
    def is_share(self) -> bool:
        return self.unit == SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Segments of a KPI of the same scorecard: its file is `segments_<name>.py`.

    `names` are the segments in their order, each with what people read. The query answers with one row a segment:
    `segment` and the columns in `counts`, which add up over the segments. `ratios` are made of two of them:
    `{"items_per_order": ("items", "orders")}`. The segment's share of each count comes by itself.
    """

    of: str
    title: str
    owner: str
    names: Mapping[str, str]
    counts: Sequence[str]
    measure: Query
    ratios: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Counts, ratios, shares, in this order."""
        return (
            *(Metric(count, count, count) for count in self.counts),
            *(Metric(name, f"{above} / {below}", above, below) for name, (above, below) in self.ratios.items()),
            *(Metric(f"{count}_share", SHARE, count) for count in self.counts),
        )

    def numbers(self, found: Counts) -> Iterator[tuple[str, Metric, Number]]:
        """Every metric of every segment. Where nothing was found at all, counts are 0 and the rest is unknown."""
        counts = {s: {c: found.get(s, {}).get(c, Decimal(0)) for c in self.counts} for s in self.names}
        whole = {count: sum((counts[s][count] for s in self.names), Decimal(0)) for count in self.counts}
        for metric in self.metrics:
            parts = dict(zip(self.names, shares([counts[s][metric.above] for s in self.names]), strict=True))
            for segment, mine in counts.items():
                if metric.is_share:
                    number = Number(parts[segment], mine[metric.above], whole[metric.above])
                elif metric.below:
                    number = _ratio(mine[metric.above], mine[metric.below], whole[metric.below])
                else:
                    number = Number(mine[metric.above])
                yield segment, metric, number

    def problems(self) -> list[str]:
        """Every fault of the definition, as sentences without the file's name."""
        found = text_problems(self, "of", "title", "owner")
        found += self.measure.problems() if isinstance(self.measure, Query) else ["measure is not a Query(...)"]
        if not (isinstance(self.names, Mapping) and self.names and are_texts([*self.names, *self.names.values()])):
            return [*found, 'names are the segments and what people read: names={"regular": "5 to 10 orders"}']
        if not (are_texts(self.counts) and self.counts):
            return [*found, 'counts is not a list of columns: write counts=("customers", "orders")']
        if not (isinstance(self.ratios, Mapping) and all(_is_pair(pair) for pair in self.ratios.values())):
            return [*found, 'ratios are made of two counts: ratios={"items_per_order": ("items", "orders")}']
        words = [*self.names, *(metric.name for metric in self.metrics)]
        found += [f'"{w}" is no name: use lower case, digits and underscores' for w in words if not _NAME.fullmatch(w)]
        found += [f'"{w}" stands twice' for w in dict.fromkeys(words[len(self.names) :]) if words.count(w) > 1]
        if SEGMENT in self.counts:
            found.append(f'"{SEGMENT}" is the column that names the segment: it is no count')
        for name, pair in self.ratios.items():
            found += [
                f'{name} is made of "{count}", which is none of counts' for count in pair if count not in self.counts
            ]
        return found


@dataclass(frozen=True, slots=True)
class Segmented:
    """The segments of one period, by segment and metric. Nothing is in it where there is no number."""

    period: Period
    state: State
    note: str = ""
    numbers: Mapping[tuple[str, str], Number] = field(default_factory=dict)

    def number(self, segment: str, metric: str) -> Number:
        return self.numbers.get((segment, metric), UNKNOWN)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the published block. `key` stays the same wherever people move the row; a heading has no unit."""

    key: str
    title: str
    unit: str = ""
    note: str = ""
    numbers: Mapping[Period, tuple[Number, State]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """What stands below a scorecard's KPIs for one set of segments: a heading, then metric by metric a row for each
    segment, so that segments are read against each other. `owner` and `periods` are of all its rows."""

    owner: str
    rows: Sequence[Row]
    periods: Sequence[Period]

    @classmethod
    def of(cls, name: str, segments: Segments, doc: str, recorded: Sequence[Segmented]) -> "Block":
        """Rows go by their names, not by their places: `frequency.power.orders` is the same whatever comes between."""
        rows = [Row(name, segments.title, note=doc)]
        for metric in segments.metrics:
            for segment, told in segments.names.items():
                numbers = {one.period: (one.number(segment, metric.name), one.state) for one in recorded}
                key, title = f"{name}.{segment}.{metric.name}", f"{spoken(metric.name)}: {told}"
                rows.append(Row(key, title, metric.unit, "", numbers))
        return cls(segments.owner, rows, [one.period for one in recorded])


def spoken(name: str) -> str:
    """`items_per_order` -> `Items per order`; `orders_share` -> `Share of orders`."""
    words = f"share of {name.removesuffix('_share')}" if name.endswith("_share") else name
    return words.replace("_", " ").capitalize()


def shares(parts: Sequence[Decimal]) -> list[Decimal | None]:
    """Each part's share of their sum, to twelve places, together 1: what rounding down leaves goes, one last place
    each, to those that lost most by it. Unknown where the sum is 0."""
    whole = sum(parts, Decimal(0))
    if not whole:
        return [None for _ in parts]
    exact = [part / whole for part in parts]
    rounded = [share.quantize(_PLACES, ROUND_FLOOR) for share in exact]
    left = int((1 - sum(rounded)) / _PLACES)
    lost = sorted(range(len(parts)), key=lambda n: (rounded[n] - exact[n], n))
    return [share + _PLACES if n in lost[:left] else share for n, share in enumerate(rounded)]


def _ratio(above: Decimal, below: Decimal, whole: Decimal) -> Number:
    """An empty segment is 0 beside others that are not; its parts, 0 and 0, say that it is empty."""
    return Number(Decimal(0), above, below) if whole and not above and not below else Number.ratio(above, below)


def _is_pair(said: object) -> bool:
    return are_texts(said) and isinstance(said, Sequence) and len(said) == 2
