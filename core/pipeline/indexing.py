"""The index of the workbooks, renewed after a publication: which scorecards there are, and how they stand."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from core.catalog import Definition
from core.ledger import names, status
from core.looks import one_line
from core.pages import Page
from core.periods import Cadence, Period
from core.pipeline.session import Session
from core.publish.atomic import replace_file, standing
from core.publish.index import Line, create
from core.targets import Status

FILE = "index.xlsx"


def renew_index(session: Session) -> str:
    """Its path where it is another now; nothing where it stays, and where there is only one workbook to link.

    Raises PublishError; the file is then as it was.
    """
    path = session.settings.published / FILE
    cards = session.catalog.scorecards
    shown = [name for name in cards if (session.settings.published / f"{name}.xlsx").exists()]
    if len(shown) < 2 or path.stem in cards:
        return ""
    lines = [_line(session, name) for name in sorted(shown, key=lambda name: cards[name].title.lower())]
    data = create(lines)
    if standing(path) == data:
        return ""
    replace_file(path, data)
    return str(path)


def _line(session: Session, scorecard: str) -> Line:
    card = session.catalog.scorecards[scorecard]
    definitions = [d for d in session.catalog.definitions if d.scorecard == scorecard]
    with session.ledger() as connection:
        reused = names.reused(connection, definitions)
        found = status.newest(connection, scorecard)
    newest = max((period for period, _ in found.values()), key=_prominence, default=None)
    last: dict[Cadence, Period] = {}
    for period, _ in found.values():
        last[period.cadence] = max(period, last.get(period.cadence, period), key=lambda one: one.start)
    mine = {d.number: d for d in definitions if d.key not in reused and _lives(d, last)}
    verdicts = {number: _verdict(found.get(number), last) for number in mine}
    return Line(
        title=one_line(card.title),
        link=_link(scorecard, newest),
        owner=one_line(card.owner),
        newest=newest.label if newest else "",
        standing=Counter(verdicts.values()),
        off=[one_line(mine[number].kpi.title) for number, verdict in verdicts.items() if verdict is Status.OFF],
    )


def _prominence(period: Period) -> tuple[tuple[int, int, int], date]:
    return Page.of(period).prominence, period.start


def _lives(definition: Definition, last: Mapping[Cadence, Period]) -> bool:
    newest = last.get(definition.kpi.cadence)
    return newest is None or definition.lives(newest)


def _verdict(found: tuple[Period, Status] | None, last: Mapping[Cadence, Period]) -> Status:
    """A number older than those of the KPIs beside it says nothing of today."""
    return found[1] if found and found[0] == last[found[0].cadence] else Status.UNKNOWN


def _link(scorecard: str, newest: Period | None) -> str:
    """The tab where people begin to read."""
    tab = f"#'{Page.of(newest).name}'!A1" if newest else ""
    return f"external:{scorecard}.xlsx{tab}"
