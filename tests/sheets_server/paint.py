"""Formats: two spellings of every colour, and what a cell looks like once defaults are filled in."""

import math
import struct
from functools import cache
from typing import Any

from tests.sheets_server.fields import Mask
from tests.sheets_server.model import Json

_STYLED = {"backgroundColor": "backgroundColorStyle", "foregroundColor": "foregroundColorStyle"}
_STYLED |= {"color": "colorStyle", "tabColor": "tabColorStyle"}
_INHERITED = ("textFormat", "borders", "padding", "numberFormat")


def colour(given: Json) -> Json:
    """Eight bits a channel, a channel of 0 left out, as the API gives colours back."""
    found = {}
    for channel in ("red", "green", "blue", "alpha"):
        if level := _level(float(given.get(channel, 0))):
            found[channel] = _share(level)
    return found


@cache
def _share(level: int) -> float:
    return 1 if level == 255 else _shortest(_single(level / 255))


def _level(share: float) -> int:
    """Cut off, not rounded (0.5 is 127); in single precision, so that a level told by the API stays what it was."""
    return math.floor(_single(_single(min(max(0.0, share), 1.0)) * 255))


def _single(value: float) -> float:
    """The nearest number of single precision, which is all that the API keeps of a colour."""
    nearest: float = struct.unpack("f", struct.pack("f", value))[0]
    return nearest


def _shortest(single: float) -> float:
    """With no more digits than tell it from its neighbours."""
    return next(short for digits in range(6, 18) if _single(short := float(f"{single:.{digits}g}")) == single)


def both_spellings(form: Any, mask: Mask | None = None) -> Any:
    """Every colour under its old name and its new one. Where both stand, the one that the mask speaks of wins."""
    if not isinstance(form, dict):
        return form
    found = {name: both_spellings(what, (mask or {}).get(name)) for name, what in form.items()}
    for old, new in _STYLED.items():
        if mask and new in mask and old not in mask:
            found.pop(old, None)
        elif mask and old in mask and new not in mask:
            found.pop(new, None)
        if new in found and isinstance(found[new], dict):
            if "rgbColor" in found[new]:
                found[new] = {"rgbColor": colour(found[new]["rgbColor"])}
                found[old] = found[new]["rgbColor"]
            else:
                found.pop(old, None)
        elif old in found and isinstance(found[old], dict) and not ({"style", "condition"} & set(found[old])):
            found[old] = colour(found[old])
            found[new] = {"rgbColor": found[old]}
    return found


WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": WHITE},
}


_THEME = {
    "TEXT": "000000",
    "BACKGROUND": "FFFFFF",
    "ACCENT1": "4285F4",
    "ACCENT2": "EA4335",
    "ACCENT3": "FBBC04",
    "ACCENT4": "34A853",
    "ACCENT5": "FF6D01",
    "ACCENT6": "46BDC6",
    "LINK": "1155CC",
}


def _channels(code: str) -> Json:
    return dict(zip(("red", "green", "blue"), (int(code[n : n + 2], 16) / 255 for n in (0, 2, 4)), strict=True))


DEFAULT_THEME: Json = {
    "primaryFontFamily": "Arial",
    "themeColors": [
        {"colorType": kind, "color": {"rgbColor": colour(_channels(code))}} for kind, code in _THEME.items()
    ],
}


def effective(entered: Json, value: Json, default: Json) -> Json:
    """The default, with what was entered over it; numbers stand right, as everywhere."""
    found = dict(default)
    for name, what in entered.items():
        found[name] = {**found.get(name, {}), **what} if name in _INHERITED and isinstance(what, dict) else what
    if "horizontalAlignment" not in found:
        found["horizontalAlignment"] = (
            "RIGHT" if "numberValue" in value else "CENTER" if "boolValue" in value else "LEFT"
        )
    return found
