"""Field masks: which parts of an answer are wanted, and which parts of a thing an update speaks of."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tests.sheets_server.model import Json, invalid
from tests.sheets_server.schema import unknown_path

Mask = dict[str, Any]
"""Name -> the mask below it; an empty one means everything there."""


@lru_cache(maxsize=512)
def parse(text: str) -> Mask:
    """`a,b(c,d/e),f.g` as a tree. Raises ApiError for what is no mask."""
    tokens = re.findall(r"[A-Za-z0-9_*]+|[(),./]", text.replace(" ", ""))
    if "".join(tokens) != text.replace(" ", ""):
        raise invalid(f"Invalid field mask: {text}")
    mask, left = _several(tokens, text)
    if left:
        raise invalid(f"Invalid field mask: {text}")
    return mask


def _several(tokens: list[str], text: str) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        tokens = _one(mask, tokens, text)
        if not tokens or tokens[0] != ",":
            return mask, tokens
        tokens = tokens[1:]


def _one(mask: Mask, tokens: list[str], text: str) -> list[str]:
    if not tokens or not re.fullmatch(r"[A-Za-z0-9_*]+", tokens[0]):
        raise invalid(f"Invalid field mask: {text}")
    name, tokens = camel(tokens[0]), tokens[1:]
    known, below = name in mask, mask.setdefault(name, {})
    whole = known and not below
    if tokens and tokens[0] in "./":
        tokens = _one(below, tokens[1:], text)
    elif tokens and tokens[0] == "(":
        inner, tokens = _several(tokens[1:], text)
        if not tokens or tokens[0] != ")":
            raise invalid(f"Invalid field mask: {text}")
        below |= inner
        tokens = tokens[1:]
    else:
        below.clear()
    if whole:
        below.clear()
    return tokens


def camel(name: str) -> str:
    """Masks may spell names with underscores."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest) if head else name


def wants(mask: Mask, name: str) -> bool:
    return not mask or name in mask or "*" in mask


def below(mask: Mask, name: str) -> Mask:
    """The mask for what stands under a name."""
    if not mask:
        return {}
    return mask[name] if name in mask else mask.get("*", {})


def pick(value: Any, mask: Mask) -> Any:
    """What the mask wants of a value; of a list, of each."""
    if not mask:
        return value
    if isinstance(value, list):
        return [pick(one, mask) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: pick(what, below(mask, name)) for name, what in value.items() if wants(mask, name)}


def assign(target: Json, source: Json, mask: Mask) -> Json:
    """The target with what the mask speaks of taken from the source; what the source lacks is taken away."""
    if not mask or "*" in mask:
        return dict(source)
    found = dict(target)
    for name, inner in mask.items():
        what = source.get(name)
        if inner and "*" not in inner and not isinstance(what, list):  # a list is taken as a whole
            old = found.get(name)
            what = assign(old if isinstance(old, dict) else {}, what if isinstance(what, dict) else {}, inner)
        if what is None or what == {}:
            found.pop(name, None)
        else:
            found[name] = what
    return found


def paths(mask: Mask, above: str = "") -> Iterator[str]:
    """Every leaf as a path with dots."""
    for name, inner in mask.items():
        if inner:
            yield from paths(inner, f"{above}{name}.")
        else:
            yield above + name


def selected(text: str, schema: str) -> Mask:
    """The mask of an answer that has this schema; {} for all of it. Raises the API's 400 for a field that is none."""
    mask = parse(text) if text else {}
    if wrong := unknown_path(mask, schema):
        raise invalid(f"Invalid field selection {wrong}")
    return mask


def require(text: str | None, schema: str) -> Mask:
    """The update mask of a request over this schema; without one nothing can be updated."""
    if not text:
        raise invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    mask = parse(text)
    if wrong := unknown_path(mask, schema):
        raise invalid(f"Invalid field: {wrong} in google.apps.sheets.v4.{schema}")
    return mask
