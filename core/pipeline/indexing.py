"""The index of the workbooks, renewed after a publication: which scorecards there are, and how they stand."""

from collections import Counter
from collections.abc import Sequence

from core.catalog import Definition
from core.ledger import status
from core.looks import one_line
from core.pages import Page
from core.periods import Period
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
    mine = {d.number: d for d in session.catalog.definitions if d.scorecard == scorecard}
    with session.ledger() as connection:
        found = {number: told for number, told in status.newest(connection, scorecard).items() if number in mine}
    newest = max((period for period, _ in found.values()), key=lambda period: Page.of(period).prominence, default=None)
    verdicts = {number: found[number][1] if number in found else Status.UNKNOWN for number in mine}
    return Line(
        title=one_line(card.title),
        link=_link(session, scorecard, newest),
        owner=one_line(card.owner),
        newest=newest.label if newest else "",
        standing=Counter(verdicts.values()),
        off=_titles([mine[number] for number, verdict in verdicts.items() if verdict is Status.OFF]),
    )


def _link(session: Session, scorecard: str, newest: Period | None) -> str:
    """The tab where people begin to read."""
    tab = f"#'{Page.of(newest).name}'!A1" if newest else ""
    return f"external:{scorecard}.xlsx{tab}"


def _titles(definitions: Sequence[Definition]) -> list[str]:
    return [one_line(definition.kpi.title) for definition in definitions]
