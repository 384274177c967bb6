"""The workbook part: its tabs, its hidden anchors, and what makes Excel compute people's formulas again."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.publish.addresses import letters, row_and_column
from core.publish.package import Package
from core.publish.xml_spans import Element, Splice, escape, inside, prefix, read, splice, with_attribute

_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Z]{1,3}\$?\d+)")
# Elements that stand after definedNames in a workbook, by the schema.
_LATER = (
    "calcPr", "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
    "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    part: str


@dataclass(frozen=True, slots=True)
class Anchor:
    tab: str
    row: int
    column: int


def tabs(package: Package) -> list[Tab]:
    targets = {r.id: r.target for r in package.relations(package.workbook) if r.kind == "worksheet"}
    sheets = read(package.parts[package.workbook]).all("sheet")
    return [Tab(s.attributes["name"], targets[s.attributes["id"]]) for s in sheets if s.attributes["id"] in targets]


def anchors(package: Package) -> dict[str, Anchor]:
    """Hidden names that still point at a cell. Those of a single sheet are copies that Excel makes with a tab."""
    found = {}
    for name in read(package.parts[package.workbook]).all("definedName"):
        match = _REFERENCE.fullmatch(name.words.strip())
        if match and "localSheetId" not in name.attributes and name.attributes["name"].startswith("_kpi_"):
            tab = match[1].replace("''", "'") if match[1] else match[2]
            found[name.attributes["name"]] = Anchor(tab, *row_and_column(match[3]))
    return found


def anchored_tab(found: Mapping[str, Anchor], lead: str) -> str | None:
    votes = Counter(anchor.tab for name, anchor in found.items() if name.startswith(lead))
    return votes.most_common(1)[0][0] if votes else None


def add_anchors(package: Package, new: Iterable[tuple[str, Anchor]]) -> None:
    """Adds hidden names; one that is there already is pointed anew."""
    due = dict(new)
    if not due:
        return
    data = package.parts[package.workbook]
    root = read(data)
    lead, table = prefix(data, root), root.find("definedNames")
    edits: list[Splice] = []
    for name in table.children if table else ():
        if name.attributes["name"] in due and "localSheetId" not in name.attributes:
            edits.append((name.inner, name.inner_end, _reference(due.pop(name.attributes["name"])).encode()))
    text = "".join(
        f'<{lead}definedName name="{name}" hidden="1">{_reference(anchor)}</{lead}definedName>'
        for name, anchor in sorted(due.items())
    )
    if text:
        edits.append(_into_names(data, root, table, lead, text))
    package.write(package.workbook, splice(data, edits))


def add_tab(package: Package, name: str, relation: str, titles: tuple[Sequence[int], Sequence[int]]) -> None:
    """A new last tab, with its first and last repeated rows and columns for print."""
    data = package.parts[package.workbook]
    root = read(data)
    lead, sheets = prefix(data, root), root.find("sheets")
    assert sheets is not None
    new_id = max(int(s.attributes["sheetId"]) for s in sheets.children) + 1
    related = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    sheet = f'<{lead}sheet name="{escape(name)}" sheetId="{new_id}" {related} r:id="{relation}"/>'
    (top, bottom), (left, right) = titles
    quoted = f"'{name}'!"
    told = f"{quoted}${letters(left)}:${letters(right)},{quoted}${top + 1}:${bottom + 1}"
    repeated = f'<{lead}definedName name="_xlnm.Print_Titles" localSheetId="{len(sheets.children)}">{told}'
    names = _into_names(data, root, root.find("definedNames"), lead, f"{repeated}</{lead}definedName>")
    package.write(package.workbook, splice(data, [inside(data, sheets, sheet.encode()), names]))


def compute_again(package: Package) -> None:
    """People's formulas hold the values they had: Excel is asked to compute when it opens the file."""
    if _chain(package) is None:
        return  # no formulas, or a program that always computes
    data = package.parts[package.workbook]
    root = read(data)
    settings = root.find("calcPr")
    if settings is None or settings.attributes.get("fullCalcOnLoad") in ("1", "true"):
        return
    head = with_attribute(data, settings, "fullCalcOnLoad", "1")
    package.write(package.workbook, splice(data, [(settings.start, settings.inner, head)]))


def forget_order_of_formulas(package: Package) -> None:
    """A formula was overwritten: the list of formulas must not name it. Excel makes a new list."""
    chain = _chain(package)
    if chain is not None:
        package.drop(chain, package.workbook)


def _chain(package: Package) -> str | None:
    found = [r.target for r in package.relations(package.workbook) if r.kind == "calcChain"]
    return found[0] if found and found[0] in package.parts else None


def _reference(anchor: Anchor) -> str:
    quoted = anchor.tab.replace("'", "''")
    column, row = letters(anchor.column), anchor.row + 1
    return escape(f"'{quoted}'!${column}${row}")


def _into_names(data: bytes, root: Element, table: Element | None, lead: str, text: str) -> Splice:
    if table is not None:
        return inside(data, table, text.encode())
    whole = f"<{lead}definedNames>{text}</{lead}definedNames>".encode()
    later = next((e for e in root.children if e.tag in _LATER), None)
    return (later.start, later.start, whole) if later else inside(data, root, whole)
