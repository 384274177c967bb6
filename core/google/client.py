"""The Sheets client: two calls, patient within a budget of time.

gspread carries them; its own retry and its objects, which read at every step, are left aside.
"""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.service_account import Credentials
from gspread.http_client import HTTPClient

from core.errors import MisuseError, SheetsError
from core.google.answers import Later, Refused, Uncertain, Unreachable, broken, content, judged
from core.google.quota import Quota
from core.google.waiting import REAL_TIME, Time
from core.settings import Settings

GOOGLE = "https://sheets.googleapis.com"
TIMEOUT = (5.0, 180.0)  # to connect, to answer: without any, a half-open line would hang for ever
LONGEST_PAUSE = 64.0  # seconds
_TIME_OF_DAY = (5.0, 10.0)
_SCOPE = "https://www.googleapis.com/auth/spreadsheets"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Json = dict[str, Any]


class Sheets:
    """Spreadsheets as a service account sees them."""

    def __init__(self, http: "_Line", quota: Quota, budget: float, time: Time) -> None:
        self.requests: Counter[str] = Counter()
        self.turned_away = 0  # how often Google said that the quota is used up
        self.quota = quota
        self._http = http
        self._budget = budget
        self._time = time
        self._trouble = ""  # what went wrong last
        self._waited = 0.0  # seconds for Google: pauses and requests, not our own work between them

    @property
    def address(self) -> str:
        """Whom a spreadsheet has to be shared with."""
        return self._http.address

    @property
    def clock_ahead(self) -> float | None:
        """Seconds that this machine's clock is ahead of the other side's, by its last answer."""
        return self._http.ahead

    def ask_the_time(self) -> float | None:
        """`clock_ahead`, asked without the key: with a wrong clock Google takes none. None where nobody answers."""
        self._http.ask_the_time()
        return self.clock_ahead

    def read(self, spreadsheet: str, *, fields: str, ranges: Sequence[str] = ()) -> Json:
        """spreadsheets.get, repeated while that may help. Raises SheetsError."""
        params = {"fields": fields, "ranges": list(ranges)} if ranges else {"fields": fields}
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once("reads", "get", f"/v4/spreadsheets/{spreadsheet}", params=params)
            except Later as later:
                self._pause_after(later, attempt)
            except Uncertain:
                self.pause(attempt)

    def write(self, spreadsheet: str, body: Json, *, fields: str = "") -> Json:
        """spreadsheets.batchUpdate, repeated only where nothing was done.

        Raises Uncertain where it may have been done: look, then decide. Raises SheetsError.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                path, params = f"/v4/spreadsheets/{spreadsheet}:batchUpdate", {"fields": fields} if fields else None
                return self._once("writes", "post", path, data=packed(body), params=params)
            except Later as later:
                self._pause_after(later, attempt)

    def pause(self, attempt: int) -> None:
        """Before the next attempt: up to 1, 2, 4 ... 64 seconds, as chance will have it."""
        self._wait(self._time.chance() * min(LONGEST_PAUSE, 2.0 ** (attempt - 1)))

    def _pause_after(self, later: Later, attempt: int) -> None:
        if later.quota:
            self.turned_away += 1
            self._wait(max(15 + 45 * self._time.chance(), later.after))  # it is a quota of a minute
        else:
            self.pause(attempt)

    def _wait(self, seconds: float) -> None:
        if self._waited + seconds > self._budget:
            raise Unreachable(
                f"Google Sheets could not be reached within {self._budget:,.0f} seconds ({self._trouble.rstrip('.')}).",
                next_step="Nothing is lost; try again later. KPI_GOOGLE_BUDGET gives it more time.",
            )
        self._time.sleep(seconds)
        self._waited += seconds

    def _once(self, kind: str, method: str, path: str, **sent: Any) -> Json:
        self.quota.take(kind, self._time.sleep)  # our own doing: no part of the time that Google may take
        self.requests[kind] += 1
        begun = self._time.now()
        try:
            return self._http.ask(method, path, **sent)
        except SheetsError as error:
            self._trouble = error.what
            raise
        finally:
            self._waited += self._time.now() - begun


class _Line(HTTPClient):
    """gspread's client with our endpoint, our timeouts and our words for what went wrong."""

    def __init__(self, credentials: Credentials, endpoint: str, time: Time) -> None:
        super().__init__(credentials, AuthorizedSession(credentials, max_refresh_attempts=1))  # type: ignore[no-untyped-call]
        self.session.max_redirects = 0  # the API has none: a proxy leads elsewhere, and may have passed a write on
        self.set_timeout(TIMEOUT)
        self.address = str(credentials.service_account_email)
        self.ahead: float | None = None
        self._endpoint = endpoint
        self._time = time

    def ask(self, method: str, path: str, **sent: Any) -> Json:
        try:
            answer = self.request(method, self._endpoint + path, headers={"Content-Type": "application/json"}, **sent)
        except (requests.exceptions.RequestException, GoogleAuthError) as error:
            raise broken(error) from None
        self._compare_clocks(answer)
        if not answer.ok:
            raise judged(answer, self.address)
        return content(answer)

    def request(self, method: str, endpoint: str, **sent: Any) -> requests.Response:  # type: ignore[override]
        """As gspread does, but an answer that is no success is an answer too: gspread trips over some."""
        return self.session.request(method, endpoint, timeout=self.timeout, **sent)

    def ask_the_time(self) -> None:
        try:
            with requests.get(self._endpoint, timeout=_TIME_OF_DAY, allow_redirects=False, stream=True) as answer:
                self._compare_clocks(answer)
        except requests.exceptions.RequestException:
            return

    def _compare_clocks(self, answer: requests.Response) -> None:
        try:
            self.ahead = self._time.wall() - parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
        except (TypeError, ValueError):
            return


def packed(body: object) -> bytes:
    """JSON without a needless space: a batch holds more. Raises Refused for NaN and infinity."""
    try:
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        raise Refused("A cell would hold NaN or infinity, which no sheet knows. Nothing was sent.") from None


def connect(settings: Settings, *, time: Time = REAL_TIME) -> Sheets:
    """The client of this configuration; nothing is sent yet. Raises MisuseError."""
    credentials = _credentials(settings.google_key)
    endpoint = _endpoint(settings.sheets_endpoint.rstrip("/") or GOOGLE, str(credentials._token_uri))
    if endpoint != GOOGLE:  # for a subject google-auth looks nothing up at Google behind our back
        credentials = credentials.with_subject(credentials.service_account_email)  # type: ignore[no-untyped-call]
    line = _Line(credentials, endpoint, time)
    return Sheets(line, Quota(settings.home, line.address, time), settings.google_budget, time)


def _credentials(key: Path | None) -> Credentials:
    if key is None:
        raise MisuseError(
            "No key for Google is set.",
            next_step="Set KPI_GOOGLE_KEY_FILE to the key file of a service account (docs/howto/google-sheets.md).",
        )
    try:
        found: Credentials = Credentials.from_service_account_file(str(key), scopes=[_SCOPE])  # type: ignore[no-untyped-call]
        return found
    except OSError as error:
        raise MisuseError(f"KPI_GOOGLE_KEY_FILE: {key} cannot be read ({error.strerror}).") from None
    except (ValueError, KeyError, TypeError, GoogleAuthError):  # its own words may quote the file
        raise MisuseError(
            f"KPI_GOOGLE_KEY_FILE: {key} is no key of a service account.",
            next_step="Make one of type JSON in the Google Cloud console.",
        ) from None


def _endpoint(address: str, tokens: str) -> str:
    """Plain HTTP only to this machine; and real credentials go to Google alone."""
    place = urlsplit(address)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in _LOOPBACK):
        raise MisuseError("KPI_SHEETS_API_ENDPOINT must begin with https://, or with http:// on this machine.")
    if address != GOOGLE:
        if place.hostname != urlsplit(tokens).hostname:
            raise MisuseError(
                f"KPI_SHEETS_API_ENDPOINT is {place.hostname}, but the key file belongs to another host.",
                next_step="Use a key that was made for that host: a real key is sent to Google only.",
            )
        logging.getLogger(__name__).warning("Sheets are read and written at %s, not at Google.", address)
    return address
