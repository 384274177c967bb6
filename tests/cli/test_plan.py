"""kpi show --plan and kpi backfill --plan: how queries are asked, said to people and to programs."""

import json
from collections.abc import Callable
from typing import Any

Kpi = Callable[..., Any]


def test_the_plan_is_told_and_given_as_json(shop: None, kpi: Kpi) -> None:
    told = kpi("show", "sales.01", "--plan")
    assert told.code == 0
    assert "The engine says: " in told.out
    found = json.loads(kpi("show", "sales.01", "--plan", "--json").out)
    assert found["plan"]["form"] in ("loop", "lateral", "scan", "shared")
    assert found["said"][0].startswith(found["plan"]["form"] + ": ")


def test_every_form_may_be_asked_for_and_no_other(shop: None, kpi: Kpi) -> None:
    wrong = kpi("backfill", "sales", "--from", "2026-W40", "--plan", "magic")
    assert wrong.code == 2
    assert "'loop', 'lateral', 'scan', 'shared'" in wrong.err
    for form in ("loop", "lateral", "scan", "shared"):
        assert kpi("backfill", "sales", "--from", "2026-W40", "--plan", form, "--force").code == 0
