"""Cells in the API's words and in ours: values as tokens, looks as formats."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from math import ceil
from typing import Any

from core.looks import Look, Tone, Value
from core.publish.palette import FONT, PAINT, colours, marked, plain
from core.publish.published import number, serial

Json = dict[str, Any]

FACE = ("numberFormat", "backgroundColorStyle", "textFormat.foregroundColorStyle", "textFormat.bold")
"""What we paint of a cell after it was made; everything else of its format belongs to people."""


def token_of(cell: Mapping[str, Any]) -> str:
    """What was entered into a cell, as a token; a formula's starts with `=`."""
    entered = cell.get("userEnteredValue", {})
    if "formulaValue" in entered:
        return str(entered["formulaValue"])
    if "numberValue" in entered:
        return number(Decimal(repr(float(entered["numberValue"]))))
    if "boolValue" in entered:
        return str(bool(entered["boolValue"])).upper()
    return f"'{entered['stringValue']}" if entered.get("stringValue") else ""


def entered(value: Value) -> Json:
    """A typed value: text stays text whatever it looks like; {} for nothing."""
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, date):
        return {"numberValue": serial(value)}
    figure = number(value)
    return {"numberValue": _short(Decimal(figure))} if figure else {}


def _short(value: Decimal) -> int | float:
    """Whole numbers without a point: a batch is smaller for it."""
    return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)


def number_format(look: Look) -> Json | None:
    """The number format, or None for the automatic one."""
    if not look.code:
        return None
    if look.format == "@":
        return {"type": "TEXT", "pattern": "@"}
    if look.tone in (Tone.DATE, Tone.LATEST_DATE):
        return {"type": "DATE", "pattern": look.code}
    return {"type": "PERCENT" if "%" in look.format else "NUMBER", "pattern": look.code}


def colour(code: str) -> Json:
    """Four digits rounded up: Google cuts a level off rather than rounding it, and must come back to the same one."""
    red, green, blue = (ceil(int(code[n : n + 2], 16) / 255 * 10_000) / 10_000 for n in (1, 3, 5))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}


def whole_format(look: Look) -> Json:
    """Everything a new cell is given."""
    paint = PAINT[look.tone]
    text: Json = {"fontFamily": FONT, "fontSize": round(paint.size), "bold": paint.bold}
    text["foregroundColorStyle"] = colour(paint.ink)
    found: Json = {
        "textFormat": text,
        "horizontalAlignment": paint.align.upper(),
        "verticalAlignment": "MIDDLE",
        "wrapStrategy": "OVERFLOW_CELL" if look.tone in (Tone.TITLE, Tone.ABOUT, Tone.LEGEND) else "CLIP",
    }
    if form := number_format(look):
        found["numberFormat"] = form
    if paint.fill:
        found["backgroundColorStyle"] = colour(paint.fill)
    lines: Json = {"bottom": {"style": "SOLID", "colorStyle": colour(paint.rule)}} if paint.rule else {}
    if paint.align == "right":
        lines["left"] = {"style": "SOLID_THICK", "colorStyle": colour("#FFFFFF")}  # keeps a mark with its own number
    if lines:
        found["borders"] = lines
    return found


def face_of(look: Look) -> dict[str, Any]:
    """The part of a look that changes from period to period, by its path below `userEnteredFormat`."""
    paint = PAINT[look.tone]
    return {
        "numberFormat": number_format(look),
        "backgroundColorStyle": colour(paint.fill) if paint.fill else None,
        "textFormat.foregroundColorStyle": colour(paint.ink),
        "textFormat.bold": paint.bold,
    }


def seen_face(cell: Mapping[str, Any]) -> dict[str, str]:
    """The same of a cell as it stands, in a form that compares well."""
    form: Mapping[str, Any] = cell.get("userEnteredFormat", {})
    text: Mapping[str, Any] = form.get("textFormat", {})
    return {
        "numberFormat": _pattern(form.get("numberFormat")),
        "backgroundColorStyle": _hex(form.get("backgroundColorStyle")),
        "textFormat.foregroundColorStyle": _hex(text.get("foregroundColorStyle")),
        "textFormat.bold": str(bool(text.get("bold"))),
    }


@cache
def due_face(look: Look) -> Mapping[str, str]:
    """What `seen_face` finds where a cell shows the look."""
    face = face_of(look)
    return {
        "numberFormat": _pattern(face["numberFormat"]),
        "backgroundColorStyle": _hex(face["backgroundColorStyle"]),
        "textFormat.foregroundColorStyle": _hex(face["textFormat.foregroundColorStyle"]),
        "textFormat.bold": str(face["textFormat.bold"]),
    }


@cache
def face_text(look: str) -> Mapping[str, str]:
    return due_face(Look.parse(look))


def to_paint(seen: Mapping[str, str], look: Look, was: Look | None) -> tuple[str, ...]:
    """The parts of a cell's face that change to `look`: those that stand as we left them or bear our colours.

    A person's own formatting is merged, not replaced. A mark never stays behind: it would say what is not so.
    """
    due = due_face(look)
    left: Mapping[str, str] = due_face(was) if was else {}
    ours = {part for part in FACE if seen[part] == left.get(part, "")}
    if marked(seen["numberFormat"]):
        ours.add("numberFormat")
    ours |= {part for part in FACE[1:3] if seen[part] in colours()}
    inked = FACE[2] in ours
    bold = inked and (not left or seen["textFormat.bold"] == left["textFormat.bold"])
    chosen = [part for part in FACE[:3] if part in ours] + (["textFormat.bold"] if bold else [])
    return tuple(part for part in chosen if seen[part] != due[part])


def _pattern(form: Mapping[str, Any] | None) -> str:
    pattern = str(form.get("pattern", "")) if form else ""
    return "" if pattern == "General" else plain(pattern)


def _hex(style: Mapping[str, Any] | None) -> str:
    """Six hexadecimal digits; empty for none or white, `?` for a theme's colour."""
    if not style:
        return ""
    if "rgbColor" not in style:
        return "?"
    rgb = style["rgbColor"]
    return _digits(float(rgb.get("red", 0)), float(rgb.get("green", 0)), float(rgb.get("blue", 0)))


@lru_cache(1024)
def _digits(red: float, green: float, blue: float) -> str:
    """A tab has thousands of cells and few colours."""
    found = "".join(f"{round(share * 255):02X}" for share in (red, green, blue))
    return "" if found == "FFFFFF" else found
