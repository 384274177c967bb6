"""A dataset on its page: where its rows come from, its columns, and the rules of its contract."""

from collections.abc import Iterator

from core.catalog import BoundDataset
from core.checks import Severity
from core.dataset import Column
from core.dictionary.markdown import code, plain, table
from core.measures import File, Sheet
from core.units import counted

_BROKEN: dict[Severity, str] = {"fail": "holds the KPIs", "warn": "warns"}


def source_text(bound: BoundDataset) -> str:
    """Where its rows come from."""
    source = bound.dataset.source
    if isinstance(source, Sheet):
        return f"the sheet {source.name}, tab {source.tab}"
    if isinstance(source, File):
        return f"the file {source.path}"
    return "another system, which fills the table"


def reach_text(bound: BoundDataset) -> str:
    """How it tells how far it reaches; nothing where it cannot."""
    watermark, grace = bound.dataset.watermark, bound.dataset.grace_days
    late = f", and late rows are waited for {counted(grace, 'day')}" if grace else ""
    begins = f", {bound.dataset.begins} where it begins" if bound.dataset.begins else ""
    return f"{watermark} tells how far it reaches{begins}{late}" if watermark else ""


def dataset_section(bound: BoundDataset) -> Iterator[str]:
    dataset = bound.dataset
    yield from ("", f"## {bound.table}", "", plain(bound.doc), "")
    facts = [("owner", plain(dataset.owner)), ("comes from", plain(source_text(bound))), ("reach", reach_text(bound))]
    yield from table(("", ""), [fact for fact in facts if fact[1]])
    yield from (
        "",
        *table(("column", "type", "rules", "a broken one"), [_column(column) for column in dataset.columns]),
    )
    checks = [
        (plain(check.name), f"{check.allowed:.0%}" if check.allowed else "", _BROKEN[check.severity])
        for check in dataset.checks
    ]
    yield from ("", *table(("rule of the table", "may break it", "else it"), checks))


def _column(column: Column) -> tuple[str, str, str, str]:
    hidden = {True: ["personal: masked"], False: [], "hash": ["personal: hashed"]}[column.sensitive]
    rules = [check.name.removeprefix(column.name).strip() for check in column.checks()]
    told = "; ".join([*rules, *hidden])
    return code(column.name), column.type, plain(told), _BROKEN[column.severity] if rules else ""
