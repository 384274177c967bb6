"""The portfolio KPIs on real accounts: six months of PAR, what rolls and what cures, and a change of coding.

The book holds no rates, channels or write-offs. That is a warning, and what rests on them is unknown, not 0.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.engines.postgres import PostgresEngine
from core.loads import Load
from core.pipeline.loading import load
from core.pipeline.past import Told, history
from core.pipeline.running import backfill
from core.pipeline.session import Session
from core.pipeline.slicing import split
from core.readings import Number, State
from core.settings import Settings

from .loan_months import write_book

pytestmark = pytest.mark.real

ROOT = Path(__file__).parents[2]
MONTHS = [f"2005-{month:02}" for month in range(4, 10)]
BOOK = [f"lending.{number:02}" for number in range(1, 13) if number not in (10,)] + ["lending.50", "lending.53"]
PAR = {
    "01": "0.130813 0.121556 0.127588 0.141298 0.152812 0.193655",
    "02": "0.130813 0.121556 0.127302 0.140962 0.152202 0.128165",
    "03": "0.008901 0.010501 0.011653 0.013399 0.017980 0.015599",
}


@dataclass(frozen=True)
class Lender:
    """The real book, loaded and backfilled as a user would, and loaded again once its coding was corrected."""

    session: Session
    loaded: Load
    first: Mapping[tuple[str, str], Told]
    corrected: Mapping[tuple[str, str], Told]
    restated: Mapping[str, int]
    by_bucket: Mapping[object, Number]
    moves: Mapping[tuple[int, int], int]

    def number(self, kpi: str, month: str) -> Number:
        return self.first[kpi, month].line.reading.number


@pytest.fixture(scope="module")
def lender(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lender]:
    home = tmp_path_factory.mktemp("lender")
    settings = Settings(
        home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=new_database(migrated)
    )
    session = Session(settings, date(2026, 11, 20))
    source = real_data / "uci_credit_card_monthly.parquet"
    loaded = _load(session, write_book(source, home / "as_delivered.parquet"))
    report = backfill(session, BOOK, MONTHS[0], MONTHS[-1])
    assert report.recorded == {"first": len(BOOK) * len(MONTHS)}
    first, buckets, moves = _recorded(session), _buckets(session), _moves(session)
    _load(session, write_book(source, home / "corrected.parquet", like_august=True))
    again = backfill(session, BOOK, MONTHS[0], MONTHS[-1])
    yield Lender(session, loaded, first, _recorded(session), again.recorded, buckets, moves)
    session.close()


def _load(session: Session, book: Path) -> Load:
    report = load(session, ["loan_book"], files={"loan_book": str(book)})
    assert report.problems == []
    return report.loads[0]


def _recorded(session: Session) -> dict[tuple[str, str], Told]:
    return {(told.definition.number, told.line.reading.period.label): told for told in history(session, BOOK)}


def _buckets(session: Session) -> dict[object, Number]:
    found = split(session, session.catalog.by_name["lending.cure_rate"], ["bucket"], "2005-09")
    return {part.of[0]: part.number for part in found.slices}


def _moves(session: Session) -> dict[tuple[int, int], int]:
    """Months late in August and in September, and how many accounts: counted without a KPI."""
    reader = session.databases.reader("warehouse", "UTC")
    assert isinstance(reader, PostgresEngine)
    counted = sa.text("""
        select august.days_past_due / 30, september.days_past_due / 30, count(*)
        from   staging.loan_book as august
               join staging.loan_book as september using (loan_id)
        where  august.snapshot_month = '2005-08-01'
        and    september.snapshot_month = '2005-09-01'
        group  by 1, 2
    """)
    with reader.pool.connect() as connection:
        return {(before, after): count for before, after, count in connection.execute(counted)}


@pytest.mark.parametrize("number", PAR)
def test_the_portfolio_at_risk_of_six_months_is_that_of_the_books(number: str, lender: Lender) -> None:
    found = [round(lender.number(number, month).value or 0, 6) for month in MONTHS]
    assert found == [Decimal(said) for said in PAR[number].split()]
    assert all(lender.first[number, month].line.reading.state is State.FINAL for month in MONTHS)


@pytest.mark.parametrize("month", MONTHS)
def test_what_is_later_is_part_of_what_is_late_and_all_of_the_same_balance(month: str, lender: Lender) -> None:
    late = [lender.number(number, month) for number in PAR]
    assert len({number.denominator for number in late}) == 1
    assert all((one.numerator or 0) >= (other.numerator or 0) for one, other in pairwise(late))
    assert lender.number("04", month) == late[-1]  # no rate is known, so none is 0


def test_accounts_move_from_august_to_september_as_the_source_says(lender: Lender) -> None:
    assert (lender.moves[0, 0], lender.moves[0, 1], lender.moves[0, 2]) == (22_735, 1_836, 991)
    assert sum(count for (before, _), count in lender.moves.items() if before == 1) == 28
    assert sum(count for (_, after), count in lender.moves.items() if after == 1) == 3_688


def test_cures_and_rolls_are_counted_from_those_moves(lender: Lender) -> None:
    def moved(before: range, after: range) -> int:
        return sum(count for (was, now), count in lender.moves.items() if was in before and now in after)

    late, every = range(1, 99), range(99)
    cured = lender.number("07", "2005-09")
    assert (cured.numerator, cured.denominator) == (moved(late, range(1)), moved(late, every)) == (447, 4_438)
    rolled = [lender.number(number, "2005-09") for number in ("05", "06")]
    assert [(n.numerator, n.denominator) for n in rolled] == [(0, 28), (272, 3_927)]
    assert moved(range(2, 3), range(3, 99)) == 272


def test_a_loan_two_months_late_cures_in_one_case_of_ten(lender: Lender) -> None:
    two_months = lender.by_bucket[60]
    assert (two_months.numerator, two_months.denominator) == (392, 3_927)
    assert round(two_months.value or 0, 4) == Decimal("0.0998")
    assert sum(part.numerator or 0 for part in lender.by_bucket.values()) == 447
    assert sum(part.denominator or 0 for part in lender.by_bucket.values()) == 4_438


def test_the_first_month_has_nothing_to_roll_or_cure_from(lender: Lender) -> None:
    assert [lender.number(number, "2005-04").value for number in ("05", "06", "07")] == [None] * 3


def test_what_the_book_does_not_tell_is_unknown(lender: Lender) -> None:
    assert {lender.number(number, month).value for number in ("08", "11", "12", "50") for month in MONTHS} == {None}


def test_the_contract_warns_of_what_the_book_lacks_and_lets_it_be_published(lender: Lender) -> None:
    broken = {verdict.check: verdict.rows for verdict in lender.loaded.verdicts if verdict.level != "pass"}
    lacking = ("annual_rate", "fee", "channel", "opened_on", "written_off", "recovered")
    assert broken == {f"{name} null at most 2%": 180_000 for name in lacking} | {
        "region null at most 5%": 180_000,
        "newest snapshot_month within 1536 hours": 1,
    }
    assert lender.loaded.level == "warn"


def test_septembers_change_of_coding_is_a_signal_and_no_other_month_is(lender: Lender) -> None:
    (limit,) = lender.session.catalog.by_name["lending.par30"].kpi.limits
    values = [(month, lender.number("01", month).value) for month in MONTHS]
    assert [month for (_, was), (month, now) in pairwise(values) if limit.is_broken(was, now)] == ["2005-09"]
    assert limit.severity == "high"


def test_a_corrected_coding_restates_september_alone_and_keeps_what_was_told(lender: Lender) -> None:
    assert lender.restated == {"source fix": 2}
    changed = {key: told for key, told in lender.corrected.items() if told.restatements}
    assert set(changed) == {("01", "2005-09"), ("07", "2005-09")}
    ((par30,), (cure,)) = (changed[key].restatements for key in sorted(changed))
    assert (round(par30.was.value or 0, 6), round(par30.now.value or 0, 6)) == (
        Decimal("0.193655"),
        Decimal("0.128165"),
    )
    assert (cure.was.numerator, cure.now.numerator, cure.now.denominator) == (447, 447 + 1_852, 4_438)
