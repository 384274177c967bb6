"""The real games as the league's export would hold them: one row a game and team, as that team sees it.

The source does not tell when it changed a row: a score is taken to be known at the midnight that ends its day, and the
game to be announced in the spring before.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

Results = Mapping[tuple[int, str], tuple[Decimal, int]]
"""By season and team: wins, a tie as half, and games."""

SHAPED = """
    copy (
        select "date" || '-' || team1 || '-' || team2 as game_id, season, "date" as played_on, team, opponent,
               case when neutral = 1 then 'neutral' when team = team1 then 'home' else 'away' end as venue,
               if(known, points_scored, null) as points_scored, if(known, points_allowed, null) as points_allowed,
               if(known, "date" + 1, make_date(season, 4, 1))::timestamp at time zone 'UTC' as updated_at
        from   (
                   select *, "date" < date '{known_until}' as known,
                          unnest([team1, team2]) as team, unnest([team2, team1]) as opponent,
                          unnest([score1, score2]) as points_scored, unnest([score2, score1]) as points_allowed
                   from   read_parquet('{file}')
                   where  season <= {known_until.year}
               ) as seen
    ) to '{to}' (format parquet)
"""

BY_SEASON = """
    select season, team, sum(result), count(*)
    from   (
               select season, team1 as team, result1 as result from read_parquet($file)
               union all
               select season, team2, 1 - result1 from read_parquet($file)
           )
    group  by all
"""

REACH = 'select season, min("date"), max("date") + 1 from read_parquet($file) group by 1 order by 1'


def shape(file: Path, to: Path, known_until: date = date.max) -> Path:
    """`known_until` is the day on which the export was last refreshed: games from then on have no scores."""
    with duckdb.connect() as duck:
        duck.execute(SHAPED.format(file=file, to=to, known_until=known_until))
    return to


def results(file: Path) -> Results:
    """Independently of any score: from the result that the file itself states."""
    with duckdb.connect() as duck:
        rows = duck.execute(BY_SEASON, {"file": str(file)}).fetchall()
    return {(season, team): (Decimal(str(wins)), games) for season, team, wins, games in rows}


def seasons(file: Path) -> list[tuple[int, object, object]]:
    """Each season with its first day, and the one after its last."""
    with duckdb.connect() as duck:
        return [(row[0], row[1], row[2]) for row in duck.execute(REACH, {"file": str(file)}).fetchall()]
