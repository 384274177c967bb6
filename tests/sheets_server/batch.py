"""batchUpdate: every request in its order on a copy; all land, or none."""

from functools import cache
from typing import Any

from tests.sheets_server.model import ApiError, Book, Handler, Json, invalid

MOST = 100_000


@cache
def handlers() -> dict[str, Handler]:
    from tests.sheets_server.families import arrange, cells, dimensions, metadata, rules, sheets, texts

    found: dict[str, Handler] = {}
    for family in (cells, sheets, metadata, dimensions, rules, arrange, texts):
        found |= family.HANDLERS
    return found


def apply(book: Book, requests: list[Json]) -> tuple[Book, list[Json]]:
    """The book afterwards and one reply a request. Raises ApiError that names the request at fault."""
    if not requests:
        raise invalid("Must specify at least one request.")
    if len(requests) > MOST:
        raise invalid(f"Too many requests in one batch: {len(requests)}, at most {MOST}.")
    after, replies = book.copy(), []
    for n, request in enumerate(requests):
        replies.append(bare(_one(after, n, request)))
    return after, replies


def bare(thing: Any) -> Any:
    """Sheet 0 goes without saying in a range."""
    if isinstance(thing, list):
        return [bare(one) for one in thing]
    if not isinstance(thing, dict):
        return thing
    sheet = "title" in thing or "sheetType" in thing
    location = "locationType" in thing
    return {
        n: bare(w) if isinstance(w, dict | list) else w
        for n, w in thing.items()
        if sheet or location or n != "sheetId" or w != 0
    }


def _one(book: Book, n: int, request: Json) -> Json:
    if len(request) != 1:
        raise invalid(
            f"Invalid requests[{n}]: No request set."
            if not request
            else f"Invalid requests[{n}]: oneof field is already set."
        )
    ((kind, what),) = request.items()
    handler = handlers().get(kind)
    if handler is None:
        raise ApiError(501, "UNIMPLEMENTED", f"This server does not know {kind} yet.")
    try:
        return handler(book, what)
    except ApiError as error:
        if error.code != 400 or error.message.startswith("Invalid requests"):
            raise
        raise ApiError(400, error.status, f"Invalid requests[{n}].{kind}: {error.message}") from None
