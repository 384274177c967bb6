"""What an answer of Google means, and what is to be done about it.

SheetsError
├── Refused        400: the request is at fault; never sent again as it is
├── NotShared      403, 404: the spreadsheet is not shared with us, or is no more
├── Expired        the credentials are good no more
├── Later          nothing was done; worth another try
├── Uncertain      it may have been done, or not: look before trying again
└── Unreachable    the time we may take is over
"""

import json
from collections.abc import Mapping
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError

from core.errors import SheetsError

_RATE = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"}
_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
_LONGEST = 300


class Refused(SheetsError):
    """Google names the request at fault."""


class NotShared(SheetsError):
    """There is no such spreadsheet, or none for us."""


class Expired(SheetsError):
    """Google does not take the key any more."""


class Later(SheetsError):
    """Nothing was done. `quota` tells that the minute's requests are used up."""

    quota = False
    after = 0.0  # seconds that Google wants us to wait, where it says so


class QuotaSpent(Later):
    quota = True


class Uncertain(SheetsError):
    """Sent, and perhaps carried out."""


class Unreachable(SheetsError):
    """Not within the time that we may take."""


def judged(response: requests.Response, address: str) -> SheetsError:
    """What an answer that is no success means; `address` is whom a spreadsheet has to be shared with."""
    code, said, reasons = response.status_code, *_told(response)
    if code == 429 or (code == 403 and reasons & _RATE):
        return _quota_spent(response)
    if code == 403 and reasons & _OFF:
        return NotShared(
            "The Google Sheets API is not switched on for the project of the key file.",
            next_step="Switch it on in the Google Cloud console, under APIs and services.",
        )
    if code in (403, 404):
        return NotShared(
            "The spreadsheet does not exist or is not shared." if code == 404 else f"Google forbids it: {said}",
            next_step=f"Share it with {address} as an editor.",
        )
    if code == 401:
        return Expired(f"Google does not accept the key: {said.rstrip('.') or '401'}.", next_step=_RECONNECT)
    if code >= 500 or code == 408:
        return Uncertain(f"Google Sheets answered with an error of its own ({code}).")
    return Refused(said or f"Google answered {code}.")


def broken(error: Exception) -> SheetsError:
    """What it means that there was no answer, or only a part of one."""
    if isinstance(error, RefreshError):
        return _refresh(error)
    if isinstance(error, GoogleAuthError):
        return Later("The host that gives out Google's access tokens cannot be reached.")
    if isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
        return Later("Google Sheets cannot be reached.")
    if isinstance(error, requests.exceptions.Timeout):
        return Uncertain("Google Sheets did not answer in time.")
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return Uncertain(_NOT_GOOGLE)
    if isinstance(error, requests.exceptions.SSLError):
        return Uncertain("There is no connection to Google Sheets that can be trusted (TLS).")
    return Uncertain("The connection to Google Sheets was cut.")


def content(response: requests.Response) -> dict[str, Any]:
    """What a success holds. Raises Uncertain for anything but a JSON object: somebody else may have answered."""
    try:
        found = json.loads(response.content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Uncertain(_NOT_GOOGLE)
    return found


_NOT_GOOGLE = "What answered is not Google Sheets, perhaps a proxy on the way, or the answer is damaged."
_RECONNECT = "Make a new key for the service account and name its file in KPI_GOOGLE_KEY_FILE."


def _quota_spent(response: requests.Response) -> QuotaSpent:
    spent = QuotaSpent("Google's quota of requests a minute is used up.")
    after = response.headers.get("Retry-After", "")
    spent.after = float(after) if after.isdecimal() else 0.0
    return spent


def _refresh(error: RefreshError) -> SheetsError:
    """`invalid_grant` is final; an error of the token host itself is not."""
    said = " ".join(str(part) for part in error.args)
    if "iat" in said and "exp" in said:
        return Expired(
            "Google does not accept the key because this machine's clock is wrong.",
            next_step="Set the clock (`kpi doctor` says how far it is off).",
        )
    if "invalid_grant" in said or "invalid_client" in said or "unauthorized" in said.lower():
        return Expired("Google does not accept the key (invalid_grant).", next_step=_RECONNECT)
    return Later("The host that gives out Google's access tokens answered with an error of its own.")


def _never_connected(error: Exception) -> bool:
    """Whether it failed before a byte was sent."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    cause = error.args[0] if isinstance(error, requests.exceptions.ConnectionError) and error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _told(response: requests.Response) -> tuple[str, set[str]]:
    """Google's own words, cut short, and the machine-readable reasons beside them. HTML says nothing."""
    try:
        told = json.loads(response.content)
        told = told[0] if isinstance(told, list) and told else told  # as some answers are wrapped
        error: Mapping[str, Any] = told.get("error", {})
        listed = [*error.get("errors", ()), *error.get("details", ())]
        reasons = {str(one.get("reason", "")) for one in listed if isinstance(one, dict)}
        return " ".join(str(error.get("message", "")).split())[:_LONGEST], reasons - {""}
    except (ValueError, AttributeError, TypeError):
        return "", set()
