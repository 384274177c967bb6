"""Every example beside a KPI of the repository passes, without another line of test code for the next one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.discovery import read_catalog
from core.fixtures import fixture_of
from core.pipeline.session import Session
from core.pipeline.testing import Examined, try_kpis
from core.settings import Settings

SCORECARDS = Path(__file__).parents[2] / "scorecards"
WITH_EXAMPLES = [d for d in read_catalog(SCORECARDS).definitions if fixture_of(d).exists() or d.kpi.examples]


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    opened = Session(replace(settings, scorecards=SCORECARDS), date(2026, 11, 20))
    yield opened
    opened.close()


def test_examples_pass_keep_the_half_open_rule_and_would_notice_every_mistake(session: Session) -> None:
    """One session for all: a new fixture costs its own queries and no database of its own."""
    found = list(try_kpis(session, [d.name for d in WITH_EXAMPLES]))
    assert [str(fault) for one in found for fault in one.faults] == []
    assert [tried.sentence() for one in found for tried in one.examples if not tried.passed] == []
    assert [fault for one in found for fault in one.boundaries.faults] == []
    assert [f"{one.definition.name}: {verdict.mutation}" for one in found for verdict in one.unnoticed] == []
    assert [one.definition.name for one in found if not _tried(one)] == []


def _tried(one: Examined) -> bool:
    """Something was run: its examples, and mutations of its query unless it is a formula."""
    return bool(one.examples) and bool(one.mutations or one.definition.parents)
