"""The smallest scripts that once broke a promise of a publisher; each keeps it now, in workbooks and in Sheets."""

from typing import Any

from .moving_grid import News
from .sheet_scripts import Act, Session


def _acts(*acts: tuple[str, int, int], **news: Any) -> Session:
    return Session(tuple(Act(*act) for act in acts), News(**{"weeks": 0, **news}))


ONCE_BROKEN = {
    "a new KPI took a row with a note": [_acts(("note", 79, 3), kpi=True)],
    "a new KPI took a number format of people": [_acts(("number_format", 226, 35), kpi=True)],
    "of two new rows the second looked like the last KPI": [_acts(("delete_rows", 42, 25), kpi=True, take_ours=True)],
    "a week that came again lost its looks": [_acts(("delete_columns", 384, 5), take_ours=True)],
    "a copy before the renamed tab was taken for it": [_acts(("rename", 198, 12), ("copy_tab", 13, 47), weeks=2)],
    "a copy was taken for the tab whose dates are gone": [
        _acts(("copy_tab", 1, 26)),
        _acts(("delete_rows", 3, 4), weeks=1),
    ],
    "a row was taken for the KPI whose number somebody gave it": [
        _acts(("sort", 0, 1)),
        _acts(("type_over_ours", 48, 6), weeks=1),
    ],
    "a KPI went where somebody had written its number": [
        _acts(kpi=True),
        _acts(("type_over_ours", 194, 59), weeks=2, state=1, unknown=True),
        _acts(weeks=1, state=3, kpi=True),
    ],
    "an old mark came back with a copy": [
        _acts(("insert_columns", 239, 28), weeks=2, restated=(298, 31), state=1),
        _acts(("copy_tab", 346, 38), restated=(1,)),
        _acts(("delete_tab", 155, 56), weeks=1),
    ],
    "a row with a lone number was taken for the KPI whose row somebody deleted": [
        _acts(weeks=2, restated=(321,), state=2),
        _acts(
            ("type_over_ours", 178, 32),
            ("rename", 207, 17),
            ("save_with_another_program", 356, 57),
            ("sort", 225, 56),
            ("move_rows", 199, 50),
            weeks=2,
            state=2,
        ),
        _acts(
            ("copy_tab", 195, 12),
            ("move_rows", 254, 21),
            ("type_beside", 399, 16),
            ("type_over_ours", 93, 9),
            ("sort", 108, 10),
            weeks=2,
            restated=(321,),
            state=2,
        ),
        _acts(
            ("type_over_ours", 178, 32),
            ("rename", 207, 17),
            ("type_beside", 399, 16),
            ("sort", 225, 56),
            ("delete_rows", 199, 50),
            weeks=2,
            state=2,
        ),
    ],
    "a KPI whose number somebody wrote over was removed, and the next time it was not": [
        _acts(
            ("type_over_ours", 340, 26),
            ("move_rows", 25, 47),
            ("delete_tab", 337, 36),
            ("number_format", 176, 58),
            ("merge", 120, 34),
            weeks=2,
            restated=(39, 183),
        ),
        _acts(
            ("type_over_ours", 111, 55),
            ("insert_rows", 42, 15),
            ("insert_rows", 10, 4),
            ("sort", 400, 22),
            ("type_over_ours", 48, 18),
            weeks=1,
            restated=(58, 217, 232),
            state=3,
        ),
    ],
    "a new KPI went where somebody had written its number alone": [
        _acts(
            ("copy_tab", 214, 2),
            ("rename", 61, 25),
            ("type_beside", 119, 49),
            ("note", 96, 40),
            ("paint", 72, 30),
            weeks=2,
            restated=(257, 265),
        ),
        _acts(
            ("insert_columns", 207, 23),
            ("save_with_another_program", 222, 53),
            ("type_beside", 236, 9),
            ("sort", 259, 18),
            ("number_format", 28, 26),
            weeks=2,
            restated=(104, 84),
            state=3,
        ),
        _acts(weeks=2, restated=(199,), state=2, kpi=True),
        _acts(
            ("copy_tab", 214, 2),
            ("rename", 61, 25),
            ("type_beside", 119, 49),
            ("note", 96, 40),
            ("paint", 72, 30),
            weeks=2,
            restated=(257, 265),
        ),
        _acts(restated=(83, 91), state=3, kpi=True),
    ],
    "a KPI whose title somebody deleted was removed, once its row was sorted away from its tag": [
        _acts(("type_over_ours", 77, 3), ("sort", 0, 1)),
    ],
}
