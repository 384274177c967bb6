"""Outliers: what is at fault is what the formula says, to the last digit, in DuckDB and in PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from statistics import quantiles

import duckdb
import psycopg
import pytest

from core import Column, Dataset, outliers
from core.checks import Check, Engine

Values = Sequence[Decimal | None]
Found = Callable[[Check, Sequence[tuple[Decimal | None, str | None]], str], list[Decimal]]


@pytest.fixture(params=["duckdb", "postgres"])
def found(request: pytest.FixtureRequest, server: str) -> Iterator[Found]:
    """The amounts that a check finds among rows of an amount and a group, in order."""
    engine: Engine = request.param
    connection = duckdb.connect() if engine == "duckdb" else psycopg.connect(server, autocommit=True)

    def _found(
        check: Check, rows: Sequence[tuple[Decimal | None, str | None]], kind: str = "decimal(12,2)"
    ) -> list[Decimal]:
        listed = ", ".join(f"({'null' if a is None else a}, {'null' if g is None else repr(g)})" for a, g in rows)
        table = f"(select cast(a as {kind}) as amount, g as place from (values {listed}) as v(a, g)) as held"
        answer = connection.execute(check.rows_at_fault(table, engine, date(2026, 11, 20))).fetchall()
        return sorted(Decimal(str(row[0])) for row in answer)

    yield _found
    connection.close()


def rows(*amounts: object, group: str | None = None) -> list[tuple[Decimal | None, str | None]]:
    return [(None if a is None else Decimal(str(a)), group) for a in amounts]


def beyond_fences(amounts: Sequence[Decimal], factor: Fraction) -> list[Decimal]:
    if len(amounts) < 2:
        return []
    exact = [Fraction(a) for a in amounts]
    first, _, third = quantiles(exact, n=4, method="inclusive")
    low, high = first - factor * (third - first), third + factor * (third - first)
    return sorted(a for a in amounts if not low <= Fraction(a) <= high)


def beyond_deviations(amounts: Sequence[Decimal], factor: Fraction) -> list[Decimal]:
    exact = [Fraction(a) for a in amounts]
    if len(exact) < 2:
        return []
    mean = sum(exact) / len(exact)
    variance = sum((x - mean) ** 2 for x in exact) / (len(exact) - 1)
    return sorted(a for a in amounts if (Fraction(a) - mean) ** 2 > factor**2 * variance)


@pytest.mark.parametrize("factor", [1.5, 0.7, 3])
@pytest.mark.parametrize("method", ["iqr", "z"])
def test_it_finds_what_the_formula_says_in_exact_numbers(found: Found, method: str, factor: float) -> None:
    expected = beyond_fences if method == "iqr" else beyond_deviations
    check, chance = outliers("amount", method=method, factor=factor), Random(11)  # type: ignore[arg-type]
    hits = 0
    for _ in range(60):
        many = chance.choice([1, 2, 3, 4, 5, 6, 7, 8, 13, 40])
        amounts = [Decimal(chance.randrange(-300, 300)) / chance.choice([1, 10, 100]) for _ in range(many)]
        amounts += [Decimal(chance.choice([0, 5000, -700]))] * chance.choice([0, 1])
        wanted = expected(amounts, Fraction(str(factor)))
        assert found(check, rows(*amounts), "decimal(12,2)") == wanted, amounts
        hits += bool(wanted)
    assert hits > 2


def test_a_value_on_the_fence_is_none_and_a_cent_beyond_is_one(found: Found) -> None:
    """Of 1 to 9 and another, the quartiles are 3 and 7 with nine values: the fences lie at -3 and 13."""
    check = outliers("amount")
    assert found(check, rows(1, 2, 3, 4, 5, 6, 7, 8, 13), "decimal(12,2)") == []
    assert found(check, rows(1, 2, 3, 4, 5, 6, 7, 8, "13.01"), "decimal(12,2)") == [Decimal("13.01")]
    assert found(check, rows("-3.01", 2, 3, 4, 5, 6, 7, 8, 9), "decimal(12,2)") == [Decimal("-3.01")]


def test_a_value_on_the_limit_of_deviations_is_none_and_one_beyond_is_one(found: Found) -> None:
    """Of 24 times 0 and 25, the mean is 1 and s is 5. The last lies 4.8 s from it."""
    given = rows(*[0] * 24, 25)
    assert found(outliers("amount", method="z", factor=4.8), given, "decimal(12,2)") == []
    assert found(outliers("amount", method="z", factor=4.79), given, "decimal(12,2)") == [25]
    assert found(outliers("amount", method="z"), rows(*[0] * 9, 1000), "decimal(12,2)") == []  # 2.8 s, of ten values
    assert found(outliers("amount", method="z"), rows(*[0] * 10, 1000), "decimal(12,2)") == [1000]


@pytest.mark.parametrize("method", ["iqr", "z"])
def test_nulls_are_left_out_and_equal_or_single_values_are_sound(found: Found, method: str) -> None:
    check = outliers("amount", method=method)  # type: ignore[arg-type]
    for given in (rows(5), rows(5, None, None), rows(5, 5, 5, 5), rows(1, 2), rows(None)):
        assert found(check, given, "decimal(12,2)") == []


def test_each_group_is_held_against_itself_and_no_group_is_one_too(found: Found) -> None:
    small, large, none = rows(1, 2, 3, 4, group="a"), rows(100, 200, 300, 400, group="b"), rows(7, 8, 9, 1000)
    assert found(outliers("amount", by="place"), small + large + none, "decimal(12,2)") == [1000]
    assert found(outliers("amount", by="place"), small + large + rows(7, 8, 9, 10), "decimal(12,2)") == []
    assert found(outliers("amount"), small + rows(100, group="b"), "decimal(12,2)") == [100]


def test_whole_and_floating_numbers_are_judged_too(found: Found) -> None:
    for kind in ("bigint", "double precision"):
        for check in (outliers("amount"), outliers("amount", method="z", factor=2)):
            assert found(check, rows(*[1, 2] * 9, 900), kind) == [900]
    assert found(outliers("amount"), rows(*[9_000_000_000_000_000_000, 8_999_999_999_999_999_999] * 4), "bigint") == []


def test_what_a_dataset_says_is_judged() -> None:
    checks = (outliers("amount", method="mad"), outliers("amount", factor=0))  # type: ignore[arg-type]
    told = Dataset(owner="O", columns=(Column("amount", "integer"),), checks=checks).problems()
    assert told == [
        'check "amount without outliers (mad 3)" method="mad" is neither iqr nor z',
        'check "amount without outliers (iqr 0)" factor=0 is not a number above 0',
    ]
