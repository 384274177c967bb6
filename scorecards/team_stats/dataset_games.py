"""Games: one row for each game of one of our teams, as that team sees it.

The league's export of the season is dropped as `games.csv` into KPI_DATA_DIR after each matchday. A game between two of
our teams has two rows. A game that is still to come, or was called off, has no points: so the days of games say nothing
of how far the data reaches. `updated_at` does, the moment in which the league last changed the row. Between two seasons
there are no games for weeks: that is no fault, and no rule asks for fresh rows.
"""

from core import Column, Dataset, File, no_drift, outliers, rule, unique

dataset = Dataset(
    owner="Performance Analysis",
    source=File("games.*"),
    columns=(
        Column("game_id", nulls=0, weight=3),
        Column("season", "integer", nulls=0, at_least=1900, at_most=2200),
        Column("played_on", "date", nulls=0, at_least="1900-01-01", also=("date",), weight=3),
        Column("team", nulls=0, weight=3),
        Column("opponent", nulls=0),
        Column("venue", nulls=0.05, allowed=("home", "away", "neutral"), severity="warn"),
        Column("points_scored", "integer", at_least=0, at_most=250, weight=2),
        Column("points_allowed", "integer", at_least=0, at_most=250, weight=2),
        Column("updated_at", "timestamptz", nulls=0, at_least="1900-01-01", at_most=":today", weight=2),
    ),
    checks=(
        unique("game_id", "team", weight=3),
        rule(
            "a team does not play against itself",
            holds="team <> opponent",
            columns=("game_id", "team"),
            severity="warn",
        ),
        rule(
            "a score has both sides",
            holds="(points_scored is null) = (points_allowed is null)",
            columns=("game_id", "team"),
            weight=2,
        ),
        rule(
            # Few are called off.
            "a played game has a score within two days",
            holds="points_scored is not null or played_on >= cast(:today as date) - interval '2 days'",
            columns=("game_id", "team", "played_on", "updated_at"),
            allowed=0.02,
            severity="warn",
            weight=2,
        ),
        outliers("points_scored", method="z", factor=6, columns=("game_id", "team"), weight=0.5),
        no_drift(weight=0.5),
    ),
    watermark="updated_at",
    begins="played_on",
    grace_days=1,
    index=("played_on",),
)
