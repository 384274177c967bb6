"""The colours of a status on a server that cuts levels off, as Google does."""

import pytest

from core.looks import Tone
from core.publish.palette import PAINT
from core.readings import State
from tests.sheets.conftest import Desk, at, make_grid


def fill(desk: Desk, number: str, week: str) -> str:
    style = desk.tab().cells[at(desk.tab(), number, week)]["userEnteredFormat"].get("backgroundColorStyle", {})
    levels = (round(style.get("rgbColor", {}).get(channel, 0) * 255) for channel in ("red", "green", "blue"))
    return "#" + "".join(f"{level:02X}" for level in levels)


@pytest.mark.parametrize(
    ("before", "after", "tones"), [("15", "10", (Tone.OFF, Tone.ON)), ("10", "13", (Tone.ON, Tone.NEAR))]
)
def test_a_status_that_changes_is_painted_anew(desk: Desk, before: str, after: str, tones: tuple[Tone, Tone]) -> None:
    for value, tone in zip((before, after), tones, strict=True):
        desk.publish(make_grid(changes={("05", 2): (value, State.FINAL, "")}))
        assert fill(desk, "05", "W02") == PAINT[tone].fill
