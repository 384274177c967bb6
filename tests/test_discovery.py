"""Discovery: every file stands in the list, the broken ones with all their faults, beside the good."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.discovery import read_catalog

KPI_BODY = 'kpi = KPI(title="T", owner="O", unit="u", better="higher", measure={measure})'
QUERY = 'Query("select count(*) as value from staging.orders where at >= :start and at < :end")'
CARD = 'scorecard = Scorecard(title="Sales", owner="Sales")'


def body(measure: str = QUERY) -> str:
    return KPI_BODY.format(measure=measure)


@pytest.fixture
def sales(write: Callable[..., None]) -> Callable[..., None]:
    write("sales", "scorecard.py", CARD)

    def _write(file: str, text: str = body(), doc: str = '"""D."""') -> None:
        write("sales", file, text, doc)

    return _write


def told(folder: Path) -> list[str]:
    return [str(fault) for fault in read_catalog(folder).faults]


def test_kpis_stand_in_the_order_of_their_numbers(sales: Callable[..., None], scorecards: Path) -> None:
    for number in ("10", "2", "16a", "16", "01"):
        sales(f"kpi_{number}_k{number}.py")
    assert [d.number for d in read_catalog(scorecards).definitions] == ["01", "02", "10", "16", "16a"]


def test_one_broken_file_never_hides_the_others(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_good.py")
    sales("kpi_02_syntax.py", "kpi = KPI(")
    sales("kpi_03_fields.py", 'kpi = KPI(titel="T", owner="", unit="u", better="up", measure=Quary(""))', doc="")
    sales("kpi_04_nothing.py", "kip = 4")
    sales("kpi_05_other.py", "kpi = 4")
    catalog = read_catalog(scorecards)
    assert [d.name for d in catalog.definitions] == ["sales.good"]
    faults = "\n".join(map(str, catalog.faults))
    for sentence in (
        "kpi_02_syntax.py: line 5: '(' was never closed",
        'kpi_03_fields.py: line 5: KPI has no field "titel". Did you mean "title"?',
        'kpi_03_fields.py: line 5: KPI lacks the field "title"',
        "kpi_03_fields.py: the docstring is missing",
        'kpi_04_nothing.py: defines no `kpi = ...`. Did you mean "kip"?',
        "kpi_05_other.py: `kpi` is of type int, not a KPI(...)",
    ):
        assert sentence in faults


def test_every_fault_of_a_file_is_told_at_once(sales: Callable[..., None], scorecards: Path) -> None:
    sales(
        "kpi_01_a.py",
        'kpi = KPI(title="", owner="", unit="", better="up", measure=4, cadence="hourly", since="2026-W54")',
    )
    faults = told(scorecards)
    assert len(faults) == 7
    assert any('better="up" is none of higher, lower, neither' in f for f in faults)
    assert any("There is no week 2026-W54: 2026 has 53 weeks." in f for f in faults)


def test_a_word_that_core_does_not_know_is_answered_with_the_nearest(
    sales: Callable[..., None], scorecards: Path
) -> None:
    sales("kpi_01_a.py", body("Quary('')"))
    assert told(scorecards) == ["sales/kpi_01_a.py: name 'Quary' is not defined. Did you mean \"Query\"?"]


def test_a_definition_imports_words_from_core_and_nothing_else(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_a.py", f"import os\nfrom pathlib import Path\n{body()}")
    assert len(told(scorecards)) == 2
    assert not read_catalog(scorecards).definitions


@pytest.mark.parametrize("twin", ["kpi_1_b.py", "kpi_001_b.py"])
def test_a_number_that_stands_twice_makes_both_files_faulty_and_names_a_free_one(
    sales: Callable[..., None], scorecards: Path, twin: str
) -> None:
    sales("kpi_01_a.py")
    sales(twin)
    sales("kpi_03_c.py")
    catalog = read_catalog(scorecards)
    assert [d.name for d in catalog.definitions] == ["sales.c"]
    assert {str(f) for f in catalog.faults} == {
        f"sales/kpi_01_a.py: number 01 also stands in {twin}: 04 is free",
        f"sales/{twin}: number 01 also stands in kpi_01_a.py: 04 is free",
    }


def test_a_ref_to_nothing_is_answered_with_the_nearest(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_orders.py")
    sales("kpi_02_b.py", body('ref("ordres").mean(weeks=4)'))
    assert told(scorecards) == ['sales/kpi_02_b.py: ref("sales.ordres") names no KPI. Did you mean "sales.orders"?']


def test_a_circle_is_named_and_the_rest_goes_on(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_a.py", body('ref("b") + 1'))
    sales("kpi_02_b.py", body('ref("c") + 1'))
    sales("kpi_03_c.py", body('ref("a") + 1'))
    sales("kpi_04_d.py")
    catalog = read_catalog(scorecards)
    assert [d.name for d in catalog.definitions] == ["sales.d"]
    assert len(catalog.faults) == 3
    assert "in a circle: " in catalog.faults[0].what
    assert catalog.faults[0].what.count("→") == 3


def test_a_parent_with_faults_is_not_the_childs_fault(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_orders.py", "kpi = KPI(")
    sales("kpi_02_b.py", body('ref("orders") * 2'))
    assert len(told(scorecards)) == 1


def test_a_formula_reads_its_own_kind_of_period(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_daily.py", body().replace("measure", 'cadence="daily", measure'))
    sales("kpi_02_b.py", body('ref("daily") * 2'))
    sales("kpi_03_c.py", body('ref("b").mean(days=7)'))
    assert told(scorecards) == [
        'sales/kpi_02_b.py: ref("sales.daily") is daily, this KPI is weekly: roll it up, as '
        'ref("sales.daily").mean(days=7)',
        "sales/kpi_03_c.py: counts in daily periods, but this KPI is weekly",
    ]


def test_the_files_of_a_broken_scorecard_tell_their_faults_too(write: Callable[..., None], scorecards: Path) -> None:
    write("sales", "scorecard.py", 'scorecard = Scorecard(title="Sales", owner="", timezone="Mars/Base")')
    write("sales", "kpi_01_a.py", "kpi = KPI(")
    catalog = read_catalog(scorecards)
    assert len(catalog.faults) == 3
    assert not catalog.definitions


def test_a_folder_without_a_scorecard_file_is_a_fault(write: Callable[..., None], scorecards: Path) -> None:
    write("sales", "kpi_01_a.py", body())
    assert told(scorecards) == ["sales/scorecard.py: is missing: every folder of KPIs has a scorecard = Scorecard(...)"]


def test_a_dataset_name_is_one_table_so_it_stands_once(write: Callable[..., None], scorecards: Path) -> None:
    dataset = 'dataset = Dataset(owner="O", columns=(Column("id"),))'
    for scorecard in ("sales", "stock"):
        write(scorecard, "scorecard.py", CARD)
        write(scorecard, "dataset_orders.py", dataset)
    assert told(scorecards) == [
        'stock/dataset_orders.py: dataset "orders" also stands in sales: staging has one table of a name'
    ]


def test_the_repositorys_own_definitions_have_no_fault() -> None:
    assert told(Path(__file__).parents[1] / "scorecards") == []


def test_examples_lie_beside_their_kpi_or_are_told(sales: Callable[..., None], scorecards: Path) -> None:
    sales("kpi_01_orders.py")
    head = "example,period,expect\n"
    for name in ("kpi_01_orders.csv", "kpi_01_order.csv", "notes.csv"):
        (scorecards / "sales" / name).write_text(head)
    assert told(scorecards) == [
        "sales/kpi_01_order.csv: holds examples, but there is no kpi_01_order.py: give it the name of its KPI's file"
    ]


def test_a_rule_that_asks_another_dataset_names_one_and_its_column(
    sales: Callable[..., None], scorecards: Path
) -> None:
    said = 'dataset = Dataset(owner="O", columns=(Column("id"), Column("shop_id")), checks=({},))'
    sales("dataset_orders.py", said.format('references("shop_id", to="shop.shop_id")'))
    sales("dataset_sales.py", said.format('references("shop_id", to="shops.shopid")'))
    sales("dataset_lines.py", said.format('conserved("*", to="shops.*"), references("shop_id", to="broken.shop_id")'))
    sales("dataset_shops.py", said.format('unique("id")'))
    sales("dataset_broken.py", "dataset = Dataset(")
    faults = [fault for fault in told(scorecards) if "dataset_broken" not in fault]
    assert faults == [
        'sales/dataset_orders.py: check "shop_id stands in shop.shop_id" names no dataset. Did you mean "shops"?',
        'sales/dataset_sales.py: check "shop_id stands in shops.shopid": shops has no column "shopid". '
        'Did you mean "shop_id"?',
    ]
