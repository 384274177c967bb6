"""One document from its first publish on, watched: people work, we publish, and every promise is asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.errors import PublishError
from core.grid import Grid
from core.looks import Place

from .moving_grid import YEAR, News, Scoreboard
from .rearranged import At
from .seen_tabs import Ours, SeenTab
from .sheet_promises import Publication, whole
from .sheet_scripts import Bench, Desk, Refused, Session


class PublishingBench(Bench, Protocol):
    makes_anew: bool  # a document that nobody else has touched

    def begin(self) -> None: ...
    def save(self) -> None: ...
    def publish(self, grids: Sequence[Grid], policy: Any) -> Any: ...
    def tab_of(self, grid: Grid) -> str: ...
    def inserted(self, outcome: Any) -> Sequence[tuple[str, str]]: ...
    def fingerprint(self) -> Any: ...
    def compare(self, before: Any, owned: Mapping[str, set[At]], new_rows: Mapping[str, set[int]]) -> None: ...


@dataclass
class Watch:
    bench: PublishingBench
    board: Scoreboard = field(default_factory=Scoreboard)
    years: dict[int, Ours] = field(default_factory=dict)
    desk: Desk | None = None
    saved: bool = False
    known: dict[int, set[str]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def play(self, script: Sequence[Session]) -> None:
        self.publish(News(weeks=0))
        for session in script:
            self.work(session)
            self.publish(session.news)

    def work(self, session: Session) -> None:
        ours = self.years[YEAR]
        if not session.acts or not ours.tab:
            return
        assert self.desk
        self.bench.begin()
        self.desk.ours = ours
        for act in session.acts:
            if ours.tab:
                with suppress(Refused):
                    act(self.desk)
                self.done[act.what] += 1
        self.bench.save()
        self.saved = True

    def publish(self, news: News) -> None:
        grids = self.board.moves_on(news)
        policy = "take ours" if news.take_ours else "keep theirs"
        before, as_it_was = self.bench.read(), self.bench.fingerprint()
        try:
            outcome = self.bench.publish(grids, policy)
        except PublishError:
            if not self._is_excused(before, grids):
                raise
            assert self.bench.fingerprint() == as_it_was, "a publish that gave up has changed something"
            self.done["given up"] += 1
            return
        self.done["publishes"] += 1
        after = self.bench.read()
        told: dict[str, dict[Place, tuple[str, str]]] = {grid.name: {} for grid in grids}
        for edit in outcome.edits_kept:
            told[edit.tab][edit.place] = (edit.theirs, edit.ours)
            self.done["edits reported"] += 1
        added = self.bench.inserted(outcome)
        checks = []
        for grid in grids:
            if self._is_new(grid, before, after):
                assert not told[grid.name], f"edits in a tab that is new: {told[grid.name]}"
                self.years[grid.year] = whole(after[self.bench.tab_of(grid)], self.bench.tab_of(grid), grid)
            else:
                checks.append(self._one(grid, before, after, told[grid.name], added, news))
            self._remember(grid)
        self._tabs_of_people(before, after)
        if self.saved:
            owned = {c.ours.tab: _owned(c) for c in checks}
            self.bench.compare(as_it_was, owned, {c.ours.tab: c.new_rows for c in checks})
        self._once_more(grids, policy, outcome)

    def _is_new(self, grid: Grid, before: Mapping[str, SeenTab], after: Mapping[str, SeenTab]) -> bool:
        """Made by this publish; or made anew, because nobody but us has ever touched the document."""
        ours = self.years.get(grid.year)
        if not self.saved and self.bench.makes_anew:
            return True
        if self.bench.tab_of(grid) not in after.keys() - before.keys():
            return False
        stands = ours is not None and ours.tab in before and "dates" in ours.rows
        assert not stands, f"a second tab for {grid.year}"
        return True

    def _one(
        self,
        grid: Grid,
        before: Mapping[str, SeenTab],
        after: Mapping[str, SeenTab],
        told: Mapping[Place, tuple[str, str]],
        added: Sequence[tuple[str, str]],
        news: News,
    ) -> Publication:
        ours = self.years[grid.year]
        tabs = before[ours.tab], after[ours.tab]
        check = Publication(ours, grid, *tabs, told, news.take_ours, self.known[grid.year], added)
        check.keeps_its_promises()
        return check

    def _remember(self, grid: Grid) -> None:
        self.known.setdefault(grid.year, set()).update(grid.rows, grid.columns)
        if grid.year == YEAR:
            copies, lost = (self.desk.copies, self.desk.names_lost) if self.desk else ({}, False)
            self.desk = Desk(self.bench, self.years[YEAR], grid, copies, lost)

    def _tabs_of_people(self, before: Mapping[str, SeenTab], after: Mapping[str, SeenTab]) -> None:
        ours = {tab.tab for tab in self.years.values()}
        for name in before.keys() - ours:
            assert before[name] == after[name], f"the tab {name} is not ours"
        assert after.keys() - before.keys() <= ours, f"{after.keys() - before.keys()} beside {ours}"

    def _once_more(self, grids: Sequence[Grid], policy: str, outcome: Any) -> None:
        as_it_is = self.bench.fingerprint()
        again = self.bench.publish(grids, policy)
        assert not again.written, [str(step) for step in again.changes]
        assert self.bench.fingerprint() == as_it_is
        told = [{(edit.tab, edit.place) for edit in found.edits_kept} for found in (outcome, again)]
        assert told[0] == told[1], "the same edits are told again"

    def _is_excused(self, before: Mapping[str, SeenTab], grids: Sequence[Grid]) -> bool:
        """A publish may only give up when the head of a tab is damaged, or its name is taken."""
        for grid in grids:
            ours = self.years.get(grid.year)
            if any(name.lower() == grid.name.lower() and (ours is None or name != ours.tab) for name in before):
                return True
            if ours and ours.tab in before:
                heading = ours.at(("weeks", "number"))
                if heading is None or "dates" not in ours.rows or before[ours.tab][heading].value != "'#":
                    return True
        return False


def _owned(check: Publication) -> set[At]:
    return {at for place in check.grid.cells if (at := check.ours.at(place))}
