"""Requests against Google's own description of its API: the discovery document that its Python client ships."""

import importlib.resources
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from tests.sheets_server.model import ApiError, Json


@cache
def schemas() -> dict[str, Json]:
    place = importlib.resources.files("googleapiclient") / "discovery_cache" / "documents" / "sheets.v4.json"
    found: dict[str, Json] = json.loads(place.read_text(encoding="utf-8"))["schemas"]
    return found


@cache
def properties(name: str) -> dict[str, Json]:
    found: dict[str, Json] = schemas()[name].get("properties", {})
    return found


def unknown_path(mask: Mapping[str, Any], name: str, above: str = "") -> str:
    """The first path of a field mask that the schema `name` does not have; empty when it has them all."""
    known = properties(name)
    for field, inner in mask.items():
        if field == "*":
            continue
        if field not in known:
            return above + field
        kind = known[field].get("items", known[field])
        if inner and "$ref" in kind and (wrong := unknown_path(inner, kind["$ref"], f"{above}{field}.")):
            return wrong
    return ""


def validated(name: str, body: Any, at: str = "") -> Json:
    """The body as the schema `name` has it: numbers as numbers, without nulls and empty lists. Raises the API's 400."""
    found: Json = _object(properties(name), body if body is not None else {}, at)
    return found


def _object(known: dict[str, Json], value: Any, at: str) -> Json:
    if not isinstance(value, dict):
        raise _refused(
            f"Invalid JSON payload received. Unknown name \"\" at '{at}': Root element must be a message.", at
        )
    found = {}
    for name, what in value.items():
        spelled = name if name in known else _camel(name)
        if spelled not in known:
            where = f" at '{at}'" if at else ""
            raise _refused(f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.', at)
        if what is not None and what != []:  # an empty list is a field that is not there
            found[spelled] = _value(known[spelled], what, f"{at}.{_snake(spelled)}" if at else _snake(spelled))
    return found


def _value(kind: Json, value: Any, at: str) -> Any:
    if "$ref" in kind:
        if not isinstance(value, dict):
            raise _wrong(at, f"type.googleapis.com/google.apps.sheets.v4.{kind['$ref']}", value)
        return _object(properties(kind["$ref"]), value, at)
    match kind.get("type"):
        case "array":
            if not isinstance(value, list):
                if kind["items"].get("type") == "array":
                    raise _wrong(at, "type.googleapis.com/google.protobuf.ListValue", value)
                value = [value]
            if "$ref" in kind["items"]:  # lists of lists of messages are taken as one
                value = [one for part in value for one in (part if isinstance(part, list) else [part])]
            return [_value(kind["items"], one, f"{at}[{n}]") for n, one in enumerate(value)]
        case "object":
            inner = kind.get("additionalProperties", {"type": "any"})
            return {key: _value(inner, what, f"{at}.{key}") for key, what in value.items()}
        case "integer":
            return _integer(value, at)
        case "number":
            return _number(value, at)
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong(at, "TYPE_BOOL", value)
            return value
        case "string":
            return _string(kind, value, at)
    return value


def _integer(value: Any, at: str) -> int:
    whole = isinstance(value, str) and re.fullmatch(r"-?\d+", value)
    if isinstance(value, bool) or not (
        isinstance(value, int) or whole or (isinstance(value, float) and value % 1 == 0)
    ):
        raise _wrong(at, "TYPE_INT32", value)
    if not -(2**31) <= int(value) < 2**31:
        raise _wrong(at, "TYPE_INT32", value)
    return int(value)


def _number(value: Any, at: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong(at, "TYPE_DOUBLE", value)
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        raise _wrong(at, "TYPE_DOUBLE", value) from None


def _string(kind: Json, value: Any, at: str) -> str:
    if kind.get("format") in ("int64", "uint64") and isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise _wrong(at, "TYPE_STRING", value)
    if "enum" in kind and value not in kind["enum"]:
        kind_name = _camel("_" + at.rsplit(".", 1)[-1].partition("[")[0])
        raise _wrong(at, f"type.googleapis.com/google.apps.sheets.v4.{kind_name}", value)
    return value


def _wrong(at: str, kind: str, value: Any) -> ApiError:
    said = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return _refused(f"Invalid value at '{at}' ({kind}), {said}", at)


def _refused(message: str, at: str) -> ApiError:
    violations = [{"field": at, "description": message}] if at else [{"description": message}]
    details: list[Json] = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return ApiError(400, "INVALID_ARGUMENT", message, details)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)
