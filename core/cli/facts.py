"""kpi show: the facts of a KPI as lines, and as data."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from core.catalog import Definition
from core.checks import points
from core.cli.output import paint, table
from core.dictionary.wording import each_text, kind_text, limit_text, role_text, target_text
from core.expressions import Expression
from core.pipeline.facts import Contract, Facts, Tried
from core.units import counted, show


def fact_lines(d: Definition, facts: Facts, dimensions: Sequence[str]) -> list[str]:
    kpi = d.kpi
    head = [paint(f"{d.number} {kpi.title}", bold=True) + paint(f"  {d.name}", dim=True), "", *d.doc.splitlines(), ""]
    told = [
        ("owner", kpi.owner),
        ("better", kpi.better),
        ("target", target_text(d) or "none"),
        ("type", role_text(kpi)),
        ("tags", ", ".join(kpi.tags)),
        ("each", "; ".join(filter(None, [each_text(d), kind_text(kpi)]))),
        *(("limit", _limit(tried)) for tried in facts.limits),
        *(("from", _source(source.name, source.columns)) for source in facts.sources),
        ("formula", str(kpi.measure) if isinstance(kpi.measure, Expression) else ""),
        ("parents", ", ".join(parent.name for parent in facts.parents)),
        ("children", ", ".join(child.name for child in facts.children)),
        ("by", ", ".join(dimensions)),
        *(("contract", _contract(contract)) for contract in facts.contracts),
        ("version", d.hash),
        ("changed", str(facts.change or "")),
    ]
    rows = list(_once([(word, said) for word, said in told if said]))
    return [*head, *("  " + text for text in table(rows)), ""]


def facts_told(facts: Facts) -> dict[str, object]:
    return {
        "limits": [
            {"change": t.limit.change, "severity": t.limit.severity, "period": t.period, "was": t.change}
            | {"broken": t.broken}
            for t in facts.limits
        ],
        "sources": [{"name": s.name, "columns": list(s.columns), "dataset": s.dataset or None} for s in facts.sources],
        "children": [child.name for child in facts.children],
        "contracts": [_contract_told(contract) for contract in facts.contracts],
        "change": asdict(facts.change) if facts.change else None,
    }


def _once(rows: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """A word that stands in several lines one below the other is said in the first of them."""
    before = ""
    for word, said in rows:
        yield ("" if word == before else word), said
        before = word


def _limit(tried: Tried) -> str:
    if tried.change is None:
        return f"{limit_text(tried.limit)}: not known in {tried.period}"
    told = paint("broken", "red") if tried.broken else "holds"
    return f"{limit_text(tried.limit)}: {told} in {tried.period} ({'+' if tried.change > 0 else ''}{_share(tried)})"


def _share(tried: Tried) -> str:
    return show(tried.change, "%")


def _source(name: str, columns: Sequence[str]) -> str:
    return f"{name}: {', '.join(columns)}" if columns else name


def _contract(contract: Contract) -> str:
    rules = len(contract.bound.dataset.contract())
    told = [f"{contract.bound.name}: {counted(rules, 'rule')}, {contract.holding} of which hold its KPIs"]
    if watermark := contract.bound.dataset.watermark:
        grace = contract.bound.dataset.grace_days
        told.append(f"watermark {watermark}" + (f" and {counted(grace, 'day')} of grace" if grace else ""))
    if contract.load:
        colour = {"pass": "green", "warn": "yellow", "fail": "red"}[contract.load.level]
        told.append(f"last verdict {paint(contract.load.level, colour)}, score {points(contract.load.score)}")
    return "; ".join(told)


def _contract_told(contract: Contract) -> dict[str, object]:
    dataset, load = contract.bound.dataset, contract.load
    return {
        "dataset": contract.bound.name,
        "watermark": dataset.watermark or None,
        "grace_days": dataset.grace_days,
        "rules": [{"rule": c.name, "severity": c.severity, "allowed": c.allowed} for c in dataset.contract()],
        "level": load.level if load else None,
        "score": load.score if load else None,
        "broken": list(load.broken) if load else [],
    }
