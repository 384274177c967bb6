"""Everything that goes wrong between a client and Google, on demand."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.sheets_server.model import ApiError

if TYPE_CHECKING:
    from tests.sheets_server.server import SheetsServer

READS, WRITES = 300, 60
"""Requests a minute of one project."""

KINDS = ("429", "403 rate", "500", "503", "502 html", "reset before", "reset after", "cut", "401", "delay")


@dataclass(frozen=True, slots=True)
class Fault:
    """One of KINDS; `after` counts the bytes of the answer that still arrive before it is cut, or milliseconds."""

    kind: str
    after: int = 0

    @property
    def applies(self) -> bool:
        """Whether the request is carried out all the same."""
        return self.kind in ("reset after", "cut", "delay")


@dataclass
class Faults:
    """`script` holds what happens to the next API requests, None for nothing. `before_writes` and `before_reads` are
    called before each is carried out, one a request, as a person's hand would come in between.
    """

    script: deque[Fault | None] = field(default_factory=deque)
    before_writes: deque[Callable[["SheetsServer"], None] | None] = field(default_factory=deque)
    before_reads: deque[Callable[["SheetsServer"], None] | None] = field(default_factory=deque)
    limited: bool = False
    _times: dict[str, deque[float]] = field(default_factory=dict)

    def next(self) -> Fault | None:
        return self.script.popleft() if self.script else None

    def count(self, kind: str, now: float) -> None:
        """Raises the API's 429 once a minute's requests are used up."""
        times = self._times.setdefault(kind, deque())
        while times and times[0] <= now - 60:
            times.popleft()
        if self.limited and len(times) >= (READS if kind == "reads" else WRITES):
            raise spent(kind)
        times.append(now)


def spent(kind: str) -> ApiError:
    what = "Read" if kind == "reads" else "Write"
    limit = READS if kind == "reads" else WRITES
    metric = f"sheets.googleapis.com/{kind.removesuffix('s')}_requests"
    per = f"{what} requests per minute per user"
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "quota_metric": metric,
            "quota_limit": f"{what}RequestsPerMinutePerUser",
            "quota_limit_value": str(limit),
            "service": "sheets.googleapis.com",
        },
    }
    told = f"Quota exceeded for quota metric '{what} requests' and limit '{per}' of service 'sheets.googleapis.com'"
    return ApiError(429, "RESOURCE_EXHAUSTED", f"{told} for consumer 'project_number:1'.", [info])


def error_of(fault: Fault, kind: str) -> ApiError | None:
    """The answer instead of the real one, where the fault is an answer in JSON."""
    match fault.kind:
        case "429":
            return spent(kind)
        case "403 rate":
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}
            return ApiError(403, "PERMISSION_DENIED", "User Rate Limit Exceeded.", [info])
        case "500":
            return ApiError(500, "INTERNAL", "Internal error encountered.")
        case "503":
            return ApiError(503, "UNAVAILABLE", "The service is currently unavailable.")
        case "401":
            return ApiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    return None
