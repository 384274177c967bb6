"""What `kpi doctor` finds of Google: the key, the clock, every spreadsheet, the quota. Nothing where none is set."""

from collections.abc import Iterator

from core.errors import FactoryError, did_you_mean
from core.google.quota import MOST
from core.measures import Blend, Sheet
from core.pipeline.findings import Finding
from core.pipeline.session import Session

SKEW = 300  # seconds that Google lets a clock be off, at the most
_NOTHING = {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": 2**31 - 1}}}}
"""Asks for the right to edit and changes nothing: no metadata has this id. It counts as a write: we
know of no way to ask the Sheets API without one. Google's answer to an id that is not there was never seen for real, so
that a 400 proves neither the one nor the other.
"""


def examine(session: Session) -> Iterator[Finding]:
    settings = session.settings
    if not (settings.google_key or settings.spreadsheets or settings.sheets):
        return
    try:
        address = session.sheets.address
    except FactoryError as error:
        yield Finding("google key", False, str(error))
        return
    yield Finding("google key", True, f"spreadsheets are shared with {address}")
    yield from _published(session)
    yield from _read(session)
    yield _clock(session)
    yield _quota(session)


def _published(session: Session) -> Iterator[Finding]:
    """Where scorecards are published: known, shared, and ours to edit."""
    for scorecard, spreadsheet in session.settings.spreadsheets.items():
        what = f"spreadsheet {scorecard}"
        if scorecard not in session.catalog.scorecards:
            hint = did_you_mean(scorecard, session.catalog.scorecards)
            yield Finding(what, False, f"there is no scorecard of that name. {hint}".strip())
            continue
        try:
            title = _title(session, spreadsheet)
            yield Finding(what, True, f'"{title}", {_may_edit(session, spreadsheet)}')
        except FactoryError as error:
            yield Finding(what, False, str(error))


def _may_edit(session: Session, spreadsheet: str) -> str:
    from core.google.answers import Refused

    try:
        session.sheets.write(spreadsheet, {"requests": [_NOTHING]})
        return "may be edited"
    except Refused as refused:
        return f"can be read; whether it may be edited the next publish will show ({refused.what})"


def _read(session: Session) -> Iterator[Finding]:
    """Where sheets are read: named by a file, and shared."""
    named = {sheet.name.lower() for sheet in _sheets(session)}
    for name, spreadsheet in session.settings.sheets.items():
        what = f"sheet {name}"
        if name not in named:
            yield Finding(what, False, f'no Sheet("{name}", ...) asks for it. {did_you_mean(name, named)}'.strip())
            continue
        try:
            yield Finding(what, True, f'"{_title(session, spreadsheet)}", can be read')
        except FactoryError as error:
            yield Finding(what, False, str(error))


def _sheets(session: Session) -> Iterator[Sheet]:
    for bound in session.catalog.datasets.values():
        if isinstance(bound.dataset.source, Sheet):
            yield bound.dataset.source
    for definition in session.catalog.definitions:
        if isinstance(definition.kpi.measure, Blend):
            yield from (one for one in definition.kpi.measure.tables.values() if isinstance(one, Sheet))


def _title(session: Session, spreadsheet: str) -> str:
    return str(session.sheets.read(spreadsheet, fields="properties(title)")["properties"]["title"])


def _clock(session: Session) -> Finding:
    """A wrong clock is why Google takes no key: then only an answer to somebody unknown tells the time."""
    ahead = session.sheets.clock_ahead
    if ahead is None:
        ahead = session.sheets.ask_the_time()
    if ahead is None:
        return Finding("clock", False, "cannot be compared with Google's: nobody answers there")
    way = "ahead of" if ahead > 0 else "behind"
    fine = abs(ahead) <= SKEW
    said = "agrees with Google's" if abs(ahead) < 2 else f"is {abs(ahead):,.0f} seconds {way} Google's"
    return Finding("clock", fine, said if fine else f"{said}: set it, or Google accepts no key")


def _quota(session: Session) -> Finding:
    """What we know of the last minute; what others used of it only Google knows, and tells by 429."""
    try:
        taken = session.sheets.quota.taken()
    except FactoryError as error:
        return Finding("google quota", False, str(error))
    said = ", ".join(f"{taken.get(kind, 0)} of {MOST} {kind}" for kind in ("reads", "writes")) + " in the last minute"
    if times := session.sheets.turned_away:
        return Finding(
            "google quota", False, f"{said}, and yet Google found it used up {times}x: who else has the key?"
        )
    return Finding("google quota", True, said)
