"""Batches: as many requests in one as the API likes, and never a request alone that the next one needs."""

from collections.abc import Iterable, Sequence

from core.google.client import packed
from core.publish.sheets.words import Json

LARGEST = 1_800_000  # bytes; Google asks for no more than 2 MB
MOST = 90_000  # requests; the API takes 100,000


def batches(
    requests: Iterable[Json],
    *,
    first: Sequence[Json] = (),
    then: Sequence[Json] = (),
    last: Sequence[Json] = (),
    largest: int = LARGEST,
) -> list[list[Json]]:
    """`first` opens the first batch, `then` every other; `last` closes the last: it says that all have landed.

    No batch is larger than `largest` bytes, unless what must be in one is.
    """
    found: list[list[Json]] = [[*first]]
    opening, ending = len(first), _bytes(last)
    size = _bytes(first)
    for request in requests:
        more, count = _bytes([request]), len(found[-1])
        if count > opening and (size + more + ending > largest or count + len(last) >= MOST):
            found.append([*then])
            opening, size = len(then), _bytes(then)
        found[-1].append(request)
        size += more
    found[-1] += last
    return found


def _bytes(requests: Sequence[Json]) -> int:
    return len(packed(requests))
