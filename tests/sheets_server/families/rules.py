"""Rules over ranges: conditional formats, protected, named and banded ranges, filters, data validation."""

import secrets
from collections.abc import Callable

from tests.sheets_server.auth import ADDRESS
from tests.sheets_server.families.sheets import fresh_id
from tests.sheets_server.fields import assign, require
from tests.sheets_server.model import Book, Handler, Json, Tab, box, invalid
from tests.sheets_server.paint import both_spellings

_NS = "google.apps.sheets.v4."


def _home(book: Book, area: Json) -> tuple[Tab, Json]:
    """The tab of a range and the range with its sheetId, within the grid."""
    tab = book.tab(area.get("sheetId", 0))
    whole = box(tab, area)
    outside = whole.top >= tab.row_count or whole.left >= tab.column_count
    if outside or whole.top > whole.bottom or whole.left > whole.right:
        raise invalid("The range lies outside of the grid.")
    return tab, {**area, "sheetId": tab.id}


def _require_new(things: list[Json], name: str, number: object, what: str) -> None:
    if any(one.get(name) == number for one in things):
        raise invalid(f"Cannot add {what} with duplicate id: {number}. ")


def _found(book: Book, kept: str, name: str, number: object, what: str) -> tuple[Tab, int]:
    for tab in book.tabs:
        for n, one in enumerate(getattr(tab, kept)):
            if one.get(name) == number:
                return tab, n
    raise invalid(f"No {what} with ID: {number}")


def _add_conditional(book: Book, request: Json) -> Json:
    rule, index = request.get("rule", {}), request.get("index", 0)
    if not rule.get("ranges"):
        raise invalid("A conditional format rule must have at least one range.")
    if ("booleanRule" in rule) == ("gradientRule" in rule):
        raise invalid("A conditional format rule must have either a boolean rule or a gradient rule.")
    tab = book.tab(rule["ranges"][0].get("sheetId", 0))
    if not 0 <= index <= len(tab.conditional_formats):
        raise invalid(f"Index {index} is out of bounds.")
    kept = both_spellings({**rule, "ranges": [_home(book, area)[1] for area in rule["ranges"]]})
    tab.conditional_formats.insert(index, kept)
    return {}


def _update_conditional(book: Book, request: Json) -> Json:
    index = request.get("index", 0)
    rule = request.get("rule", {})
    if "newIndex" not in request and not rule.get("ranges"):
        raise invalid("A conditional format rule must have at least one range.")
    number = request.get("sheetId", (rule.get("ranges") or [{}])[0].get("sheetId", 0))
    rules = book.tab(number).conditional_formats
    if request.get("newIndex", 0) >= max(len(rules), 1):
        raise invalid(f"No conditional format on sheet: {number} at index: {request['newIndex']}")
    if not 0 <= index < len(rules):
        raise invalid(f"No conditional format on sheet: {number} at index: {index}")
    if "newIndex" in request:
        moved = rules.pop(index)
        rules.insert(request["newIndex"], moved)
        return {"updateConditionalFormatRule": {"newRule": moved, "oldIndex": index, "newIndex": request["newIndex"]}}
    old, rules[index] = rules[index], both_spellings({**rule, "ranges": [_home(book, r)[1] for r in rule["ranges"]]})
    return {
        "updateConditionalFormatRule": {"newRule": rules[index], "newIndex": index, "oldRule": old, "oldIndex": index}
    }


def _delete_conditional(book: Book, request: Json) -> Json:
    tab, index = book.tab(request.get("sheetId", 0)), request.get("index", 0)
    if not 0 <= index < len(tab.conditional_formats):
        raise invalid(f"No conditional format on sheet: {tab.id} at index: {index}")
    return {"deleteConditionalFormatRule": {"rule": tab.conditional_formats.pop(index)}}


def _add_protected(book: Book, request: Json) -> Json:
    given = request.get("protectedRange", {})
    number = given.get("protectedRangeId")
    everything = [one for tab in book.tabs for one in tab.protected_ranges]
    if number is None:
        number = fresh_id({one["protectedRangeId"] for one in everything})
    _require_new(everything, "protectedRangeId", number, "a protected range")
    area = given.get("range")
    if area is None:
        named = next((n for n in book.named_ranges if n["namedRangeId"] == given.get("namedRangeId")), None)
        if named is None:
            raise invalid("A protected range must have a range or a named range.")
        area = named["range"]
    tab, area = _home(book, area)
    kept = {
        "protectedRangeId": number,
        "range": area,
        **{k: v for k, v in given.items() if k not in ("protectedRangeId", "range")},
    }
    if not kept.get("warningOnly"):
        kept.pop("warningOnly", None)
    kept |= {"requestingUserCanEdit": True, "editors": given.get("editors", {})}
    tab.protected_ranges.append({**kept, "editors": _with_owner(kept["editors"])})
    return {"addProtectedRange": {"protectedRange": kept}}


def _with_owner(editors: Json) -> Json:
    """Who protects a range may edit it; the API tells so when asked, not in its reply."""
    return {**editors, "users": list(dict.fromkeys([*editors.get("users", []), ADDRESS]))}


def _update_protected(book: Book, request: Json) -> Json:
    given = request.get("protectedRange", {})
    mask = require(request.get("fields"), "ProtectedRange")
    tab, n = _found(book, "protected_ranges", "protectedRangeId", given.get("protectedRangeId"), "protected range")
    old = tab.protected_ranges[n]
    tab.protected_ranges[n] = {**assign(old, given, mask), "protectedRangeId": old["protectedRangeId"]}
    return {}


def _delete_protected(book: Book, request: Json) -> Json:
    tab, n = _found(book, "protected_ranges", "protectedRangeId", request.get("protectedRangeId"), "protected range")
    tab.protected_ranges.pop(n)
    return {}


def _add_named(book: Book, request: Json) -> Json:
    given = request.get("namedRange", {})
    name, number = given.get("name", ""), given.get("namedRangeId") or secrets.token_hex(6)
    _require_new(book.named_ranges, "namedRangeId", number, "a named range")
    if not name or not (name[0].isalpha() or name[0] == "_") or not name.replace("_", "a").replace(".", "a").isalnum():
        raise invalid(f'The name "{name}" is invalid for a named range.')
    if any(one["name"].casefold() == name.casefold() for one in book.named_ranges):
        raise invalid(f'A named range with the name "{name}" already exists.')
    kept = {"namedRangeId": number, "name": name, "range": _home(book, given.get("range", {}))[1]}
    book.named_ranges.append(kept)
    return {"addNamedRange": {"namedRange": kept}}


def _named(book: Book, number: object) -> int:
    for n, one in enumerate(book.named_ranges):
        if one["namedRangeId"] == number:
            return n
    raise invalid(f"No named range with ID: {number}")


def _update_named(book: Book, request: Json) -> Json:
    given = request.get("namedRange", {})
    mask = require(request.get("fields"), "NamedRange")
    n = _named(book, given.get("namedRangeId"))
    book.named_ranges[n] = {**assign(book.named_ranges[n], given, mask), "namedRangeId": given["namedRangeId"]}
    return {}


def _delete_named(book: Book, request: Json) -> Json:
    book.named_ranges.pop(_named(book, request.get("namedRangeId")))
    return {}


def _adder(kept: str, word: str, name: str, what: str) -> Handler:
    def handle(book: Book, request: Json) -> Json:
        given = request.get(word) or request.get("filter", {})
        everything = [one for tab in book.tabs for one in getattr(tab, kept)]
        number = given.get(name) or fresh_id({one[name] for one in everything})
        _require_new(everything, name, number, what)
        tab, area = _home(book, given.get("range", {}))
        new = both_spellings({**given, name: number, "range": area})
        getattr(tab, kept).append(new)
        return {f"add{word[0].upper()}{word[1:]}".replace("BandedRange", "Banding"): {_reply_word(word): new}}

    return handle


def _reply_word(word: str) -> str:
    return {"filterView": "filter"}.get(word, word)


def _changer(kept: str, word: str, name: str, schema: str, what: str) -> Handler:
    def handle(book: Book, request: Json) -> Json:
        given = request.get(word) or request.get("filter", {})
        mask = require(request.get("fields"), schema)
        tab, n = _found(book, kept, name, given.get(name), what)
        things = getattr(tab, kept)
        things[n] = both_spellings({**assign(things[n], given, mask), name: given[name]}, mask)
        return {}

    return handle


def _remover(kept: str, name: str, asked: str, what: str) -> Handler:
    def handle(book: Book, request: Json) -> Json:
        tab, n = _found(book, kept, name, request.get(asked), what)
        getattr(tab, kept).pop(n)
        return {}

    return handle


def _twin_filter(book: Book, request: Json) -> Json:
    tab, n = _found(book, "filter_views", "filterViewId", request.get("filterId"), "filter view")
    source = tab.filter_views[n]
    copy = {**source, "filterViewId": fresh_id(set()), "title": f"Copy of {source.get('title', '')}"}
    tab.filter_views.append(copy)
    return {"duplicateFilterView": {"filter": copy}}


def _set_filter(book: Book, request: Json) -> Json:
    given = request.get("filter", {})
    tab, area = _home(book, given.get("range", {}))
    tab.basic_filter = {**given, "range": _filled(tab, area)}
    return {}


def _filled(tab: Tab, area: Json) -> Json:
    """With its open ends said."""
    whole = box(tab, area)
    rows = {"startRowIndex": whole.top, "endRowIndex": whole.bottom}
    return {"sheetId": tab.id, **rows, "startColumnIndex": whole.left, "endColumnIndex": whole.right}


def _clear_filter(book: Book, request: Json) -> Json:
    book.tab(request.get("sheetId", 0)).basic_filter = None
    return {}


def _validate(book: Book, request: Json) -> Json:
    tab, area = _home(book, request.get("range", {}))
    rule = request.get("rule")
    if rule is not None and not rule.get("condition", {}).get("type"):
        raise invalid("A data validation rule must have a condition.")
    for row in box(tab, area).rows:
        for column in box(tab, area).columns:
            bare = {k: v for k, v in tab.cells.get((row, column), {}).items() if k != "dataValidation"}
            new = bare | ({"dataValidation": rule} if rule else {})
            if new:
                tab.cells[row, column] = new
            else:
                tab.cells.pop((row, column), None)
    return {}


_BAND: tuple[str, str, str] = ("banded_ranges", "bandedRange", "bandedRangeId")
_VIEW: tuple[str, str, str] = ("filter_views", "filterView", "filterViewId")
Handle = Callable[[Book, Json], Json]

HANDLERS: dict[str, Handler] = {
    "addConditionalFormatRule": _add_conditional,
    "updateConditionalFormatRule": _update_conditional,
    "deleteConditionalFormatRule": _delete_conditional,
    "addProtectedRange": _add_protected,
    "updateProtectedRange": _update_protected,
    "deleteProtectedRange": _delete_protected,
    "addNamedRange": _add_named,
    "updateNamedRange": _update_named,
    "deleteNamedRange": _delete_named,
    "addBanding": _adder(*_BAND, "banding"),
    "updateBanding": _changer(*_BAND, "BandedRange", "banded range"),
    "deleteBanding": _remover("banded_ranges", "bandedRangeId", "bandedRangeId", "banded range"),
    "addFilterView": _adder(*_VIEW, "a filter view"),
    "updateFilterView": _changer(*_VIEW, "FilterView", "filter view"),
    "deleteFilterView": _remover("filter_views", "filterViewId", "filterId", "filter view"),
    "duplicateFilterView": _twin_filter,
    "setBasicFilter": _set_filter,
    "clearBasicFilter": _clear_filter,
    "setDataValidation": _validate,
}
