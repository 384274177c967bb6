"""kpi show --by: a number and what it is made of."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from core.cli.output import paint, table, tell, tell_json
from core.readings import Number, State
from core.units import counted, show

if TYPE_CHECKING:
    from core.pipeline.slicing import Slice, Split

SHOWN = 20  # slices, unless --top says otherwise
_NULL = "(none)"
_WIDEST = 60  # letters


def tell_split(split: "Split", top: int | None) -> int:
    """The headline, then the largest slices, then what is left out. The exit code."""
    unit, headline = split.definition.kpi.unit, split.headline
    note = "" if headline.state is State.FINAL else f"  {headline.state}: {headline.note}"
    tell(paint(f"{split.definition.number} {split.definition.kpi.title}", bold=True) + f"  {split.definition.name}")
    tell(f"{headline.period.label}, all: {show(headline.value, unit)}{note}\n")
    shown, rest = _divided(split, SHOWN if top is None else top)
    most = max((abs(part.number.value) for part in shown if part.number.value is not None), default=None)
    ratios, width = any(part.number.is_ratio for part in shown), len(split.by)
    rows = [[*map(_label, part.of), *_figures(part, split, ratios), _bar(part.number.value, most)] for part in shown]
    head = [*split.by, unit, *(["share"] if split.adds_up else []), *(["made of"] if ratios else []), ""]
    for line in table(rows, head=head if rows else (), right=range(width, len(head) - 1)):
        tell("  " + line)
    if rest:
        tell(f"  {_said_of(rest, split)}")
    if not split.slices and headline.has_number:
        tell(f"  Nothing of {headline.period.label} is there to slice.")
    return 1 if headline.state is State.FAILED else 0


def tell_split_json(split: "Split", about: dict[str, object], top: int | None) -> int:
    shown, rest = _divided(split, len(split.slices) if top is None else top)
    headline = split.headline
    tell_json(
        about
        | {
            "period": headline.period.label,
            "by": list(split.by),
            "headline": _numbers(headline.number) | {"state": headline.state, "note": headline.note},
            "adds_up": split.adds_up,
            "slices": [_told(part, split) for part in shown],
            "others": {"slices": len(rest)} | (_numbers(Number(_total(rest))) if rest and split.adds_up else {}),
        }
    )
    return 1 if headline.state is State.FAILED else 0


def _divided(split: "Split", top: int) -> "tuple[Sequence[Slice], Sequence[Slice]]":
    """One that would stand alone among the others is shown as well."""
    top = top + 1 if len(split.slices) == top + 1 else top
    return split.slices[:top], split.slices[top:]


def _told(part: "Slice", split: "Split") -> dict[str, object]:
    return {"slice": dict(zip(split.by, part.of, strict=True))} | _numbers(part.number) | {"share": part.share}


def _numbers(number: Number) -> dict[str, object]:
    return {"value": number.value, "numerator": number.numerator, "denominator": number.denominator}


def _label(value: object) -> str:
    """Null is told apart from a text that looks like it, and from the whole."""
    if value is None:
        return _NULL
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    text = text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
    return text if text.isprintable() and text.strip() == text and text not in ("", _NULL) else repr(text)


def _figures(part: "Slice", split: "Split", ratios: bool) -> list[str]:
    """The value; its share, where slices add up; what it is made of, where it is a ratio: 100 % of one is little."""
    number = part.number
    share = [show(part.share, "%")] if split.adds_up else []
    made = [f"{_plain(number.numerator)} / {_plain(number.denominator)}" if number.is_ratio else ""] if ratios else []
    return [show(number.value, split.definition.kpi.unit), *share, *made]


def _plain(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def _bar(value: Decimal | None, most: Decimal | None) -> str:
    return paint("█" * int(18 * abs(value) / most) if value is not None and most else "", "cyan")


def _said_of(rest: "Sequence[Slice]", split: "Split") -> str:
    others = f"and {counted(len(rest), 'other')}"
    if not split.adds_up:
        return f"{others}; --top {len(split.slices)} shows all."
    whole, total = split.headline.value, _total(rest)
    share = f" ({show(total / whole, '%')})" if whole else ""
    return f"{others}: {show(total, split.definition.kpi.unit)}{share}; --top {len(split.slices)} shows all."


def _total(rest: "Sequence[Slice]") -> Decimal:
    """Only where slices add up. What has no number there had nothing to add."""
    return sum((part.number.value for part in rest if part.number.value is not None), Decimal(0))
