"""The audit: whether the history is whole and the tables are its replay; who did what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import MisuseError, did_you_mean
from core.ledger import chain, runs
from core.ledger.chain import Chained
from core.pipeline.session import Session


@dataclass(frozen=True)
class Audit:
    chains: Sequence[Chained]
    unguarded: Sequence[str]
    rebuilt: Sequence[str] = ()

    @property
    def breaches(self) -> list[str]:
        return [*self.unguarded, *(breach for found in self.chains for breach in found.breaches)]


def audit(session: Session, scorecards: Sequence[str], *, expected: Mapping[str, str], rebuild: bool = False) -> Audit:
    """Check the history of these scorecards, or of all. With `rebuild`, their tables are first made anew from it."""
    _require_known(session, [*scorecards, *expected])
    session.require_ledger()
    rebuilt = _rebuild(session, scorecards or sorted(session.catalog.scorecards)) if rebuild else []
    with session.ledger() as connection:
        return Audit(chain.verify(connection, scorecards, expected), chain.unguarded(connection), rebuilt)


def log(session: Session, scorecards: Sequence[str], many: int) -> list[Mapping[str, Any]]:
    """Who did what with which filters, and how it ended; newest first."""
    _require_known(session, scorecards)
    with session.ledger() as connection:
        return runs.log(connection, scorecards, many)


def _rebuild(session: Session, scorecards: Sequence[str]) -> list[str]:
    with session.locked(*scorecards), session.ledger() as connection:
        run = session.start(connection, "rebuild", scorecards)
        for scorecard in scorecards:
            chain.rebuild(connection, scorecard)
        runs.finish(connection, run, "done", {"rebuilt": list(scorecards)}, session.now())
    return list(scorecards)


def _require_known(session: Session, scorecards: Sequence[str]) -> None:
    for scorecard in scorecards:
        if scorecard not in session.catalog.scorecards:
            hint = did_you_mean(scorecard, session.catalog.scorecards)
            raise MisuseError(f'There is no scorecard "{scorecard}". {hint}'.strip())
