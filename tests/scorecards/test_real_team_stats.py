"""Team statistics on real games: win rates of a century of seasons, a tie as half, and the weeks of one of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.engines.postgres import PostgresEngine
from core.measures import Query
from core.pipeline.loading import load
from core.pipeline.past import history
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.pipeline.slicing import split
from core.readings import Reading, State
from core.rewrite.slices import Sliced, sliced
from core.settings import Settings

from .nfl_games import Results, results, seasons, shape

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class League:
    session: Session
    file: Path
    recorded: Mapping[tuple[str, str], Reading]


@pytest.fixture(scope="module")
def league(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[League]:
    home, file = tmp_path_factory.mktemp("league"), real_data / "nfl_games.parquet"
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, date(2026, 11, 20))
    loaded = load(session, ["games"], files={"games": str(shape(file, home / "games.parquet"))})
    assert (loaded.problems, loaded.loads[0].rows) == ([], 2 * 16_810)
    kpis = [f"team_stats.{number}" for number in ("08", "09", "10")]
    assert backfill(session, kpis, "2013-W30", "2014-W08").exit_code == 0
    recorded = {(t.definition.number, t.line.reading.period.label): t.line.reading for t in history(session, kpis)}
    yield League(session, file, recorded)
    session.close()


def win_rates(league: League) -> Results:
    """The KPI's own query, sliced by team, over each season."""
    measure = league.session.catalog.by_name["team_stats.win_rate"].kpi.measure
    assert isinstance(measure, Query)
    cut = sliced(measure.sql, ["team"])
    reader = league.session.databases.reader("warehouse", "UTC")
    assert isinstance(cut, Sliced)
    assert isinstance(reader, PostgresEngine)
    found = {}
    with reader.pool.connect() as connection:
        for season, first, end in seasons(league.file):
            for team, whole, wins, games in connection.execute(sa.text(cut.sql), {"start": first, "end": end}):
                if not whole:
                    found[season, team] = (Decimal(wins), games)
    return found


def test_the_win_rate_of_every_team_in_every_season_is_what_the_results_say(league: League) -> None:
    found = win_rates(league)
    assert found == results(league.file)
    assert len(found) > 2_000
    assert sum(wins % 1 != 0 for wins, _ in found.values()) > 100, "seasons with an odd number of ties"


@pytest.mark.parametrize(
    ("season", "team", "wins", "games"),
    [(1972, "MIA", "17", 17), (2007, "NE", "18", 19), (2008, "DET", "0", 16), (2013, "GB", "8.5", 17)],
)
def test_seasons_that_everybody_knows(season: int, team: str, wins: str, games: int, league: League) -> None:
    assert win_rates(league)[season, team] == (Decimal(wins), games)


def test_each_week_of_a_season_has_a_winner_for_every_loser(league: League) -> None:
    weeks = {label: r for (kpi, label), r in league.recorded.items() if kpi == "08" and r.value is not None}
    assert (min(weeks), max(weeks), len(weeks)) == ("2013-W36", "2014-W05", 21)
    assert {reading.value for reading in weeks.values()} == {Decimal("0.5")}
    assert league.recorded["08", "2014-W04"].value is None, "the week before the final has no game"
    assert sum(reading.number.denominator or 0 for reading in weeks.values()) == 2 * 267
    for label in weeks:
        assert league.recorded["09", label].number == league.recorded["10", label].number


def test_a_tie_is_half_a_win_in_its_week(league: League) -> None:
    found = split(league.session, league.session.catalog.by_name["team_stats.08"], ["team"], "2013-W47")
    ties = {part.of[0] for part in found.slices if part.number.numerator == Decimal("0.5")}
    assert ties == {"GB", "MIN"}


def test_a_week_without_a_game_is_unknown_and_final(league: League) -> None:
    for number in ("08", "09", "10"):
        between = league.recorded[number, "2013-W30"]
        assert (between.value, between.state) == (None, State.FINAL)


def test_when_the_export_is_no_longer_refreshed_the_weeks_since_are_missing(
    real_data: Path, settings: Settings, tmp_path: Path
) -> None:
    """Its last day is Sunday, 10 November 2013; the games of the weeks to come are announced in it."""
    file = shape(real_data / "nfl_games.parquet", tmp_path / "games.parquet", known_until=date(2013, 11, 11))
    session = Session(settings, date(2013, 11, 25))
    assert load(session, ["games"], files={"games": str(file)}).exit_code == 0
    backfill(session, ["team_stats.08"], "2013-W44", "2013-W47")
    recorded = {told.line.reading.period.label: told.line.reading for told in history(session, ["team_stats.08"])}
    session.close()
    assert {label: (r.value, r.state) for label, r in recorded.items()} == {
        "2013-W44": (Decimal("0.5"), State.FINAL),
        "2013-W45": (Decimal("0.5"), State.PROVISIONAL),
    }
