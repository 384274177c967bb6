"""Slices of KPIs: each is what the query says of its rows alone, the headline is the whole, and nothing is made up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import psycopg
import pytest

from core.discovery import read_catalog
from core.errors import FactoryError, MisuseError, ShapeError, SourceError
from core.periods import Period, parse
from core.pipeline.checking import check
from core.pipeline.loading import load
from core.pipeline.reading import preview
from core.pipeline.session import Session
from core.pipeline.slicing import Split, split
from core.readings import Number, State
from core.settings import Settings

Sql = Callable[..., list[tuple[Any, ...]]]
ROOT = Path(__file__).parents[2]
CATALOG = read_catalog(ROOT / "scorecards")
SLICED = [d for d in CATALOG.definitions if d.scorecard == "ecommerce" and d.kpi.dimensions]
WITHOUT = [d for d in CATALOG.definitions if d.scorecard == "ecommerce" and not d.kpi.dimensions]


def by_slice(found: Split) -> dict[tuple[object, ...], Number]:
    return {part.of: part.number for part in found.slices}


def values(found: Split) -> dict[object, object]:
    """By the value of the one dimension."""
    return {part.of[0]: part.number.value for part in found.slices}


@dataclass(frozen=True)
class Line:
    """One order line, as the oracle sees it."""

    invoice: str
    code: str
    pieces: int
    moment: datetime
    price: Decimal
    customer: str | None
    country: str

    @property
    def money(self) -> Decimal:
        return self.pieces * self.price

    @property
    def is_order(self) -> bool:
        return self.invoice[0] not in "CA"

    def value_of(self, dimension: str) -> object:
        parts = {"weekday": Decimal(self.moment.isoweekday()), "hour": Decimal(self.moment.hour)}
        return parts.get(dimension) or {"country": self.country, "stock_code": self.code}.get(dimension, Decimal(0))


def generated(seed: int, weeks: Sequence[str], lines: int) -> list[Line]:
    """Few customers, products and countries, so that slices share them; some invoices stand in two countries."""
    draw, found = Random(seed), []
    for _ in range(lines):
        start = datetime.combine(parse(draw.choice(weeks)).start, datetime.min.time())
        number = str(draw.randrange(536000, 536000 + lines // 2))
        takes_back = draw.random() < 0.15
        found.append(
            Line(
                ("C" if takes_back else "A" if draw.random() < 0.03 else "") + number,
                draw.choice(["22423", "85123A", "85123a", "POST", "M"]),
                -draw.randrange(1, 5) if takes_back else draw.choice([1, 2, 6, 12, -2]),
                start + timedelta(days=draw.choice([0, 1, 2, 3, 4, 6]), minutes=draw.randrange(0, 1440)),
                Decimal(draw.choice(["0", "0.4200", "1.2500", "2.9500", "12.7500"])),
                draw.choice([None, *(f"1{n:04}" for n in range(lines // 6))]),
                draw.choice(["United Kingdom", "France", "EIRE", "Germany", "Unspecified"]),
            )
        )
    return found


def expected(number: str, dimensions: Sequence[str], everything: Sequence[Line], week: Period) -> Mapping[Any, Number]:
    """By slice, and under () the whole; worked out from lists and sets."""
    start, end = (datetime.combine(day, datetime.min.time()) for day in (week.start, week.end))
    rows = [line for line in everything if start <= line.moment < end]
    if number == "03":
        rows = [line for line in rows if line.customer is not None]
    if number in ("04", "09"):
        rows = [line for line in rows if line.is_order]
    if number == "09":
        known = {line.customer for line in everything if line.is_order and line.moment < start}
        rows = [line for line in rows if line.customer is None or line.customer not in known]
    groups: dict[tuple[object, ...], list[Line]] = {(): rows}
    for line in rows:
        groups.setdefault(tuple(line.value_of(d) for d in dimensions), []).append(line)
    year = [line for line in everything if end - timedelta(days=364) <= line.moment < end and line.is_order]
    return {key: number_of(number, group, year) for key, group in groups.items()}


def number_of(number: str, rows: Sequence[Line], year: Sequence[Line]) -> Number:
    money = sum((line.money for line in rows), Decimal(0)) if rows else None
    pieces = Decimal(sum(line.pieces for line in rows)) if rows else None
    orders = Decimal(len({line.invoice for line in rows if line.is_order}))
    people = {line.customer for line in rows} - {None}
    ordered = {who: {line.invoice for line in year if line.customer == who} for who in people}
    repeating = Decimal(sum(len(invoices) > 1 for invoices in ordered.values()))
    returned = Decimal(len({line.invoice for line in rows if line.pieces < 0}))
    invoices, customers = Decimal(len({line.invoice for line in rows})), Decimal(len(people))
    return {
        "01": Number(money),
        "02": Number.ratio(money, orders),
        "03": Number.ratio(money, customers),
        "04": Number(orders),
        "05": Number.ratio(pieces, orders),
        "06": Number(pieces),
        "07": Number(customers),
        "08": Number.ratio(repeating, customers),
        "09": Number(customers),
        "11": Number.ratio(money, pieces),
        "12": Number.ratio(returned, invoices),
        "13": Number(money),
    }[number]


@dataclass(frozen=True)
class Shop:
    session: Session
    lines: Sequence[Line]


WEEKS = ["2010-W50", "2011-W20", "2011-W45", "2011-W47", "2011-W48"]


@pytest.fixture(scope="module")
def shop(new_database: Callable[[str], str], migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Generated order lines under the repository's own sixteen KPIs."""
    home, url, lines = tmp_path_factory.mktemp("generated"), new_database(migrated), generated(5, WEEKS, 400)
    with psycopg.connect(url, autocommit=True) as connection:
        columns = ", ".join(f"{c.name} {c.type}" for c in CATALOG.datasets["order_lines"].dataset.columns)
        connection.execute(f"create table staging.order_lines ({columns})")
        for line in lines:
            row = (line.invoice, line.code, line.pieces, line.moment, line.price, line.customer, line.country)
            names = "invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, country"
            connection.execute(f"insert into staging.order_lines ({names}) values (%s, %s, %s, %s, %s, %s, %s)", row)
    settings = Settings(home=home, scorecards=ROOT / "scorecards", data=home, published=home, warehouse_url=url)
    session = Session(settings, date(2026, 11, 20))
    yield Shop(session, lines)
    session.close()


def test_twelve_of_the_sixteen_have_dimensions() -> None:
    assert (len(SLICED), len(WITHOUT)) == (12, 4)


@pytest.mark.parametrize("number", [d.number for d in SLICED])
def test_every_slice_of_every_retail_kpi_is_what_a_plain_calculation_finds(number: str, shop: Shop) -> None:
    definition = shop.session.catalog.one(f"ecommerce.{number}")
    declared = definition.kpi.dimensions
    for by in [*((d,) for d in declared), *combinations(declared, 2)]:
        for label in ("2011-W47", "2011-W48", "2011-W49"):
            wanted = dict(expected(number, by, shop.lines, parse(label)))
            found = split(shop.session, definition, by, label)
            assert found.headline.number == wanted.pop(()), (by, label)
            assert by_slice(found) == wanted, (by, label)
            assert found.headline.number == preview(shop.session, definition, 1, label).readings[0].number
            if found.adds_up and found.slices:
                assert sum(part.number.value or 0 for part in found.slices) == found.headline.value
                assert sum(part.share or 0 for part in found.slices) == pytest.approx(1)
            else:
                assert all(part.share is None for part in found.slices)
    assert found.slices == ()  # nobody traded in 2011-W49


@pytest.mark.parametrize("number", [d.number for d in WITHOUT])
def test_a_kpi_without_dimensions_says_so(number: str, shop: Shop) -> None:
    with pytest.raises(MisuseError, match="declares no dimensions") as told:
        split(shop.session, shop.session.catalog.one(f"ecommerce.{number}"), ["country"])
    assert told.value.next_step == 'Add dimensions=("region",) to its file.'


def test_the_words_may_be_a_list_or_several_in_any_case_and_order(shop: Shop) -> None:
    orders = shop.session.catalog.one("ecommerce.order_count")
    pair = split(shop.session, orders, ["Weekday, COUNTRY"], "2011-W48")
    assert pair.by == ("weekday", "country")
    turned = split(shop.session, orders, ["country", "weekday"], "2011-W48")
    assert by_slice(pair) == {(b, a): number for (a, b), number in by_slice(turned).items()}


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (["contry"], 'ecommerce.order_count has no dimension "contry". Did you mean "country"?'),
        (["stock_code"], 'has no dimension "stock_code". It has country, weekday, hour.'),
        (["country", "COUNTRY"], "--by takes one dimension or a pair of them."),
        (["country,weekday", "hour"], "--by takes one dimension or a pair of them."),
        ([" , "], "--by takes one dimension or a pair of them."),
    ],
)
def test_other_words_are_refused(by: list[str], why: str, shop: Shop) -> None:
    with pytest.raises(MisuseError) as told:
        split(shop.session, shop.session.catalog.one("ecommerce.order_count"), by)
    assert why in str(told.value)


def test_the_largest_stand_first_and_unknown_ones_last(shop: Shop) -> None:
    found = split(shop.session, shop.session.catalog.one("ecommerce.02"), ["country", "weekday"], "2011-W48")
    known = [part.number.value for part in found.slices if part.number.value is not None]
    assert known == sorted(known, reverse=True)
    unknown = [part.number for part in found.slices if part.number.value is None]
    assert [part.number for part in found.slices][len(known) :] == unknown
    assert unknown  # a country that only took something back on a weekday has money and no order
    assert all(number.numerator is not None and number.denominator == 0 for number in unknown)


@pytest.mark.real
def test_the_real_week_adds_up_to_the_books_and_its_orders_are_counted_by_country_weekday_and_hour(
    new_database: Callable[[str], str], migrated: str, real_data: Path, tmp_path: Path
) -> None:
    settings = Settings(
        home=tmp_path,
        scorecards=ROOT / "scorecards",
        data=tmp_path,
        published=tmp_path,
        warehouse_url=new_database(migrated),
    )
    session, file = Session(settings, date(2026, 11, 20)), real_data / "online_retail.parquet"
    load(session, ["order_lines"], files={"order_lines": str(file)})
    revenue = split(session, session.catalog.one("ecommerce.total_revenue"), ["country"], "2011-W48")
    assert revenue.headline.value == Decimal("319874.99")
    assert sum(part.number.value or 0 for part in revenue.slices) == Decimal("319874.99")
    assert (len(revenue.slices), revenue.slices[0].of) == (18, ("United Kingdom",))
    orders = session.catalog.one("ecommerce.order_count")
    told = {"country": "Country", "weekday": "isodow(InvoiceDate)", "hour": "hour(InvoiceDate)"}
    for dimension, column in told.items():
        found = split(session, orders, [dimension], "2011-W48")
        with duckdb.connect() as duck:
            counted = duck.execute(
                f"select {column}, len(list_distinct(list(InvoiceNo))) from read_parquet('{file}') "
                "where strftime(InvoiceDate, '%G-W%V') = '2011-W48' and not regexp_matches(InvoiceNo, '^[CA]') "
                "group by 1"
            ).fetchall()
        assert values(found) == dict(counted)
        assert found.headline.value == 705
    session.close()


# Edges, on a few rows of a shop of the test's own.

ASKED = "from staging.orders where at >= :start and at < :end"


@pytest.fixture
def orders(write: Callable[..., None], sql: Sql) -> Callable[..., None]:
    """A table of orders and its dataset; puts rows in: `orders("11-10", "ES", amount, channel)`."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = (
        'Column("at", "timestamptz"), Column("amount", "decimal(12,2)"), Column("country"), Column("Channel"), '
        'Column("email", sensitive=True), Column("size", "integer")'
    )
    write("sales", "dataset_orders.py", f'dataset = Dataset(owner="O", watermark="at", columns=({columns}))')
    sql(
        'create table staging.orders (at timestamptz, amount numeric(12,2), country text, "Channel" text, '
        "email text, size integer)"
    )
    for day in ("2026-09-01", "2026-11-18"):  # the data reaches from here to there
        sql(f"insert into staging.orders values ('{day} 12:00+00', 0, 'other', 'other', null, 9)")

    def _orders(day: str, country: str | None, amount: object = 10, channel: str | None = None, size: int = 1) -> None:
        sql(
            "insert into staging.orders values (%s, %s, %s, %s, %s, %s)",
            *(f"2026-{day} 12:00+00", amount, country, channel, f"{country}@example.com", size),
        )

    return _orders


@pytest.fixture
def add(write: Callable[..., None]) -> Callable[..., None]:
    def _add(place: str, measure: str, more: str = 'dimensions=("country",),') -> None:
        measure = measure if measure.startswith(("ref(", "Blend(", "(")) else f'Query("""{measure}""")'
        body = f'kpi = KPI(title="{place}", owner="S", unit="orders", better="higher", {more} measure={measure})'
        write("sales", f"kpi_{place}.py", body)

    return _add


Add = Callable[..., None]
Open = Callable[[str], Session]


def sliced(open_shop: Open, name: str = "01", *by: str, week: str = "2026-W46") -> Split:
    session = open_shop("2026-11-20")
    return split(session, session.catalog.one(f"sales.{name}"), by or ("country",), week)


def test_a_null_is_a_slice_of_its_own_apart_from_the_whole(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    for country in ("ES", None, None, ""):
        orders("11-10", country)
    found = sliced(open_shop)
    assert values(found) == {"ES": 1, None: 2, "": 1}
    assert found.headline.value == 4
    assert [part.share for part in found.slices] == [Decimal("0.5"), Decimal("0.25"), Decimal("0.25")]


def test_a_pair_of_nulls_is_no_whole_either(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}", 'dimensions=("country", "channel"),')
    for country, channel in ((None, None), (None, None), ("ES", None), (None, "web")):
        orders("11-10", country, 10, channel)
    found = sliced(open_shop, "01", "channel", "country")
    assert {part.of: part.number.value for part in found.slices} == {
        (None, None): 2,
        (None, "ES"): 1,
        ("web", None): 1,
    }
    assert found.by == ("channel", "country")
    assert found.headline.value == 4


@pytest.mark.parametrize(
    ("chosen", "more", "headline"),
    [
        ("count(*) as value", "", 0),
        ("sum(amount) as value", "", None),
        ("sum(amount) as value", "empty=0,", 0),
        ("sum(amount) as numerator, count(*) as denominator", "", None),
    ],
)
def test_a_week_without_rows_has_a_headline_and_no_slices(
    chosen: str, more: str, headline: int | None, orders: Add, add: Add, open_shop: Open
) -> None:
    add("01_orders", f"select {chosen} {ASKED}", f'dimensions=("country",), {more}')
    found = sliced(open_shop)
    assert (found.headline.value, found.headline.state, found.slices) == (headline, State.FINAL, ())


def test_what_the_file_says_of_nothing_found_holds_in_each_slice(orders: Add, add: Add, open_shop: Open) -> None:
    orders("11-10", "ES")
    orders("11-10", "FR", None)
    add("01_revenue", f"select sum(amount) as value {ASKED}", 'dimensions=("country",), empty=0,')
    add("02_strict", f"select sum(amount) as value {ASKED}")
    add("03_seven", f"select sum(amount) as value {ASKED}", 'dimensions=("country",), empty=7,')
    assert values(sliced(open_shop, "01")) == {"ES": 10, "FR": 0}
    assert values(sliced(open_shop, "02")) == {"ES": 10, "FR": None}
    assert values(sliced(open_shop, "03")) == {"ES": 10, "FR": 7}
    assert [sliced(open_shop, name).adds_up for name in ("01", "02", "03")] == [True, True, False]


def test_a_ratio_without_a_denominator_in_a_slice_is_unknown_there(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_mean", f"select sum(amount) as numerator, count(*) filter (where size > 1) as denominator {ASKED}")
    orders("11-10", "ES", 10, size=2)
    orders("11-10", "FR", 30)
    found = sliced(open_shop)
    assert by_slice(found) == {
        ("ES",): Number(Decimal(10), Decimal(10), Decimal(1)),
        ("FR",): Number(None, Decimal(30), Decimal(0)),
    }
    assert found.headline.number == Number(Decimal(40), Decimal(40), Decimal(1))
    assert [part.of for part in found.slices] == [("ES",), ("FR",)]


def test_a_query_that_fails_in_a_slice_is_told_and_gives_no_number(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_mean", f"select sum(amount) / count(*) filter (where size > 1) as value {ASKED}")
    orders("11-10", "ES", 10, size=2)
    orders("11-10", "FR", 30)
    with pytest.raises(SourceError) as told:
        sliced(open_shop)
    assert str(told.value).startswith("sales.mean could not be sliced by country: The query failed: division by zero")


def test_quoted_names_other_case_filters_and_percentiles(orders: Add, add: Add, open_shop: Open) -> None:
    add(
        "01_median",
        f"select percentile_cont(0.5) within group (order by amount) as value {ASKED} "
        "and \"Channel\" is distinct from 'test'",
        'dimensions=("COUNTRY", "channel"),',
    )
    for amount in (1, 5, 90):
        orders("11-10", "ES", amount, "web")
    orders("11-10", "ES", 1000, "test")
    orders("11-10", "FR", 7, "shop")
    assert values(sliced(open_shop, "01", "Country")) == {"ES": 5, "FR": 7}
    assert values(sliced(open_shop, "01", "CHANNEL")) == {"web": 5, "shop": 7}
    assert sliced(open_shop).headline.value == 6


def test_a_distinct_count_is_computed_in_each_slice_and_never_added_up(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_sizes", f"with mine as (select * {ASKED}) select count(distinct size) as value from mine where true")
    for country, size in (("ES", 1), ("ES", 2), ("FR", 1), ("FR", 1)):
        orders("11-10", country, size=size)
    found = sliced(open_shop)
    assert (values(found), found.headline.value, found.adds_up) == ({"ES": 2, "FR": 1}, 2, False)


# Formulas.


def test_a_formula_is_computed_for_each_slice_of_its_parts(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    add("02_large", f"select count(*) as value {ASKED} and size > 1")
    add("03_revenue", f"select sum(amount) as value {ASKED} and size > 1")
    add("04_share", 'ref("large") / ref("orders")', "")
    add("05_mean", 'ref("revenue") / ref("orders")')
    add("06_small", 'ref("orders") - ref("large")', "")
    add("07_twice", '(ref("share") + ref("small")) * 2', "")
    for country, size in (("ES", 1), ("ES", 2), ("FR", 1), (None, 3)):
        orders("11-10", country, size=size)
    # Nothing large in FR: a count of no rows is 0, a sum of none is unknown.
    assert by_slice(sliced(open_shop, "04")) == {
        ("ES",): Number(Decimal("0.5"), Decimal(1), Decimal(2)),
        ("FR",): Number(Decimal(0), Decimal(0), Decimal(1)),
        (None,): Number(Decimal(1), Decimal(1), Decimal(1)),
    }
    assert values(sliced(open_shop, "05")) == {"ES": 5, "FR": None, None: 10}
    assert sliced(open_shop, "05").headline.value == 5
    small = sliced(open_shop, "06")
    assert (values(small), small.headline.value, small.adds_up) == ({"ES": 1, "FR": 1, None: 0}, 2, True)
    assert values(sliced(open_shop, "07")) == {"ES": 3, "FR": 2, None: 2}
    assert [sliced(open_shop, name).adds_up for name in ("04", "05", "07")] == [False, False, False]


def test_windows_read_the_slices_of_each_week(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    add("02_revenue", f"select sum(amount) as value {ASKED}")
    add("03_mean", 'ref("orders").mean(weeks=2)', "")
    add("04_growth", 'ref("orders") / ref("orders").ago(weeks=1) - 1', "")
    add("05_two_weeks", 'ref("revenue").sum(weeks=2)', "")
    add("06_before", 'ref("revenue").ago(weeks=1)', "")
    for day, country in (("11-03", "ES"), ("11-03", "FR"), ("11-10", "ES"), ("11-10", "ES"), ("11-10", "IT")):
        orders(day, country)
    mean = sliced(open_shop, "03")
    half = Decimal("0.5")
    assert (values(mean), mean.headline.value, mean.adds_up) == (
        {"ES": 3 * half, "IT": half, "FR": half},
        5 * half,
        True,
    )
    assert values(sliced(open_shop, "04")) == {"ES": 1, "FR": -1, "IT": None}
    two = sliced(open_shop, "05")  # a sum of no rows is unknown, so is what it is a part of
    assert (values(two), two.headline.value, two.adds_up) == ({"ES": 30, "FR": None, "IT": None}, 50, False)
    before = sliced(open_shop, "06")
    assert (values(before), before.adds_up) == ({"ES": 10, "FR": 10}, True)


def test_a_window_of_ratios_is_the_ratio_of_the_sums_in_each_slice(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_price", f"select sum(amount) as numerator, sum(size) as denominator {ASKED}")
    add("02_mean", 'ref("price").mean(weeks=2)', "")
    orders("11-03", "ES", 10, size=1)
    orders("11-10", "ES", 90, size=9)
    orders("11-10", "FR", 90, size=9)
    assert by_slice(sliced(open_shop, "02")) == {
        ("ES",): Number(Decimal(10), Decimal(100), Decimal(10)),
        ("FR",): Number(None),  # no week of FR stands for both
    }


def test_what_is_not_proven_of_no_rows_stays_unknown(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    add("02_case", f"select case when count(*) = 0 then 99 else count(*) end as value {ASKED} and size > 1")
    add("03_sum", 'ref("orders") + ref("case")', "")
    orders("11-10", "ES", size=2)
    orders("11-10", "FR")
    assert values(sliced(open_shop, "03")) == {"ES": 2, "FR": None}


def test_slices_that_look_alike_but_are_of_other_kinds_are_not_matched(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}", 'dimensions=("size",),')
    add(
        "02_texts",
        "select count(*) as value from (select at, cast(size as text) as size from staging.orders) as x "
        "where at >= :start and at < :end",
        'dimensions=("size",),',
    )
    add("03_share", 'ref("orders") / ref("texts")', "")
    orders("11-10", "ES")
    with pytest.raises(ShapeError) as told:
        sliced(open_shop, "03", "size")
    assert 'The dimension "size" is a number in sales.orders and text in sales.texts.' in str(told.value)


def test_a_formula_has_the_dimensions_that_all_its_parts_have(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}", 'dimensions=("country", "size"),')
    add("02_large", f"select count(*) as value {ASKED} and size > 1", 'dimensions=("Country",),')
    add("03_share", 'ref("large") / ref("orders")', "")
    orders("11-10", "ES")
    assert values(sliced(open_shop, "03")) == {"ES": 0}
    with pytest.raises(MisuseError, match='has no dimension "size". It has Country.'):
        sliced(open_shop, "03", "size")


# States and refusals.


def test_where_the_sources_allow_no_number_there_are_no_slices(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    add("02_broken", "select count(*) as value from staging.orders where at between :start and :end")
    add("03_share", 'ref("broken") / ref("orders")', "")
    orders("11-10", "ES")
    early = sliced(open_shop, "01", week="2026-W51")
    assert (early.headline.state, early.slices) == (State.MISSING, ())
    for name in ("02", "03"):
        broken = sliced(open_shop, name)
        assert (broken.headline.state, broken.slices) == (State.FAILED, ())
        assert "closed range" in broken.headline.note
    provisional = sliced(open_shop, "01", week="2026-W47")
    assert (provisional.headline.state, values(provisional)) == (State.PROVISIONAL, {"other": 1})


def test_a_period_of_another_kind_and_an_unloaded_table_are_told(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    add("02_lost", "select count(*) as value from staging.lost where at >= :start and at < :end")
    with pytest.raises(MisuseError, match="sales.orders is weekly; 2026-11 is not."):
        sliced(open_shop, week="2026-11")
    with pytest.raises(FactoryError, match="could not be sliced by country: The query failed"):
        sliced(open_shop, "02")


CANNOT = {
    f"select count(*) as value {ASKED} limit 1": "it has a LIMIT at the top",
    f"select count(*) as value {ASKED} group by country": "it has a GROUP BY at the top",
    f"select (select count(*) {ASKED}) as value {ASKED}": "the subquery",
    f"select count(*) as value from (select at from staging.orders) as orders {ASKED[20:]}": (
        'dimension "country": the FROM of the query offers no such column. It offers at.'
    ),
}


@pytest.mark.parametrize("query", CANNOT)
def test_a_kpi_whose_query_cannot_be_sliced_is_a_fault_that_stops_no_run(
    query: str, orders: Add, add: Add, open_shop: Open
) -> None:
    add("01_orders", query)
    session = open_shop("2026-11-20")
    told, _ = check(session, [], ask_database=False)
    assert told
    assert all(fault.what.startswith("its query cannot be sliced by its dimensions: ") for fault in told)
    assert any(CANNOT[query] in fault.what for fault in told)
    with pytest.raises(MisuseError) as refused:
        sliced(open_shop)
    assert CANNOT[query] in str(refused.value)
    assert "not asked" not in preview(session, session.catalog.one("sales.01"), 1, "2026-W46").readings[0].note
    add("01_orders", query, "")
    assert check(open_shop("2026-11-20"), [], ask_database=False)[0] == []


def test_a_formula_whose_parts_have_not_its_dimension_is_a_fault(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}")
    add("02_mean", 'ref("orders").mean(weeks=2)', 'dimensions=("contry",),')
    told, _ = check(open_shop("2026-11-20"), [], ask_database=False)
    assert [fault.what for fault in told] == [
        "it cannot be sliced by its dimensions: sales.orders, which it is computed from, has no dimension "
        '"contry". Did you mean "country"?'
    ]
    with pytest.raises(MisuseError, match="sales.orders declares no dimension contry."):
        sliced(open_shop, "02", "contry")


def test_a_sensitive_column_is_no_dimension(orders: Add, add: Add, open_shop: Open) -> None:
    add("01_orders", f"select count(*) as value {ASKED}", 'dimensions=("email",),')
    told, _ = check(open_shop("2026-11-20"), [], ask_database=False)
    assert 'dimension "email" would show the values of email, which is sensitive.' in told[0].what
    with pytest.raises(MisuseError, match="which is sensitive") as refused:
        sliced(open_shop, "01", "email")
    assert "@" not in str(refused.value)


# Blends.


@pytest.fixture
def report(write: Callable[..., None], settings: Settings) -> Path:
    """A file that people keep, which is a dataset too."""
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    columns = 'Column("week"), Column("client", sensitive=True, also=("Client Name",)), Column("kind")'
    write(
        "sales",
        "dataset_report.py",
        f'dataset = Dataset(owner="O", source=File("report.csv"), columns=({columns}))',
    )
    settings.data.mkdir(parents=True, exist_ok=True)
    file = settings.data / "report.csv"
    file.write_text("Week,Client Name,kind\n2026-W46,ann,new\n2026-W46,bob,\n2026-W46,bob,new\n2026-W45,eve,old\n")
    return file


def blended(sql: str, columns: str = "") -> str:
    return f'Blend(tables={{"report": File("report.csv", {columns})}}, sql="""{sql}""")'


def test_a_blend_is_sliced_in_duckdb(report: Path, add: Add, open_shop: Open) -> None:
    add("01_rows", blended("select count(*) as value from report where week = :week"), 'dimensions=("Kind",),')
    assert check(open_shop("2026-11-20"), [], ask_database=False)[0] == []
    found = sliced(open_shop, "01", "kind")
    assert (values(found), found.headline.value) == ({"new": 2, None: 1}, 3)
    assert sliced(open_shop, "01", "kind", week="2026-W40").headline.value == 0


@pytest.mark.parametrize("name", ["client", '"Client Name"', "client_name"])
def test_a_sensitive_column_of_a_file_that_is_a_dataset_is_no_dimension(
    name: str, report: Path, add: Add, open_shop: Open
) -> None:
    dimension = name.strip('"')
    add("01_rows", blended("select count(*) as value from report where week = :week"), f"dimensions=({dimension!r},),")
    assert "which is sensitive" in check(open_shop("2026-11-20"), [], ask_database=False)[0][0].what
    spelled = f"select count(*) as value from (select week, upper({name}) as who from report) as x where week = :week"
    add("01_rows", blended(spelled), 'dimensions=("who",),')
    assert "which is sensitive" in check(open_shop("2026-11-20"), [], ask_database=False)[0][0].what
    with pytest.raises(MisuseError, match="which is sensitive"):
        sliced(open_shop, "01", "who")


def test_a_query_on_another_engine_is_sliced_there(
    add: Add, write: Callable[..., None], settings: Settings, scorecards: Path, tmp_path: Path
) -> None:
    file = tmp_path / "lake.duckdb"
    with duckdb.connect(str(file)) as lake:
        lake.execute('create table orders (booked timestamp, amount decimal(12, 2), "Land" text, who text)')
        lake.execute(
            "insert into orders values ('2026-11-10', 10, 'ES', 'a'), ('2026-11-10', 5, null, 'a'), "
            "('2026-11-12', 2, 'ES', 'b'), ('2026-11-18', 1, 'FR', 'c')"
        )
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="Sales")')
    asked = "from orders where booked >= :start and booked < :end"
    for place, chosen in {
        "01_revenue": "sum(amount) as value",
        "02_mean": "sum(amount) as numerator, count(distinct who) as denominator",
        "03_middle": "percentile_cont(0.5) within group (order by amount) as value",
    }.items():
        add(place, f'(Query("select {chosen} {asked}", database="lake"))', 'dimensions=("land",),')
    urls = {"lake": f"duckdb:///{file}"}
    session = Session(replace(settings, scorecards=scorecards, database_urls=urls), date(2026, 11, 20))
    found = [split(session, session.catalog.one(f"sales.{n}"), ["land"], "2026-W46") for n in ("01", "02", "03")]
    assert [(values(one), one.headline.value) for one in found] == [
        ({"ES": 12, None: 5}, 17),
        ({"ES": 6, None: 5}, Decimal("8.5")),
        ({"ES": 6, None: 5}, 5),
    ]
    assert by_slice(found[1])["ES",] == Number(Decimal(6), Decimal(12), Decimal(2))
    session.close()
