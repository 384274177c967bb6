"""kpi test: what the examples of a KPI prove, and what they leave open."""

from collections import Counter
from collections.abc import Iterator, Sequence

import click

from core.cli.output import paint, progress, say, table, tell, tell_json
from core.pipeline.bench import told
from core.pipeline.boundary_rows import Effect
from core.pipeline.mutants import Verdict, described
from core.pipeline.session import open_session
from core.pipeline.testing import Examined, Tried, try_kpis
from core.units import counted

_MARKS = {True: ("●", "green"), False: ("◆", "red")}


@click.command("test")
@click.argument("selectors", nargs=-1)
@click.option("--strict", is_flag=True, help="Fail too where a mistake in a query would be noticed by no example.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def test_command(context: click.Context, selectors: tuple[str, ...], strict: bool, as_json: bool) -> int:
    """Run each KPI's examples, plant rows on the bounds of its weeks, and tell which mistakes no example would notice.

    Rows lie in temporary tables of one transaction that is rolled back: nothing is recorded.
    """
    with open_session(context.obj) as session:
        count = len(session.catalog.select(selectors))
        with progress("Testing") as advance:
            found = []
            for tested in try_kpis(session, selectors):
                found.append(tested)
                if advance:
                    advance(len(found), count)
    if as_json:
        tell_json([_as_data(tested) for tested in found])
    elif len(found) == 1:
        _tell_all(found[0])
    else:
        _tell_many(found)
    return _exit_code(found, strict)


def _exit_code(found: Sequence[Examined], strict: bool) -> int:
    """A file with faults is misuse, as `kpi check` says; an example that fails is a failure."""
    if any(tested.faults for tested in found):
        return 2
    return int(any(tested.failed or (strict and tested.unnoticed) for tested in found))


def _tell_many(found: Sequence[Examined]) -> None:
    rows = [[t.definition.name, _examples(t), _rule(t), _mistakes(t)] for t in found]
    for line in table(rows, head=("kpi", "examples", "half-open rule", "mistakes noticed by examples")):
        tell(line)
    for tested in found:
        for line in _trouble(tested):
            tell(line)
    without = sum(not tested.examples and not tested.faults for tested in found)
    if without:
        say(f"{counted(without, 'KPI')} without an example: docs/howto/test-a-kpi.md.")
    open_mistakes = sum(len(tested.unnoticed) for tested in found if tested.examples)
    if open_mistakes:
        say(f"{counted(open_mistakes, 'mistake')} would be noticed by no example: name one KPI to see which.")


def _tell_all(tested: Examined) -> None:
    definition = tested.definition
    tell(paint(f"{definition.number} {definition.kpi.title}", bold=True) + paint(f"  {definition.name}", dim=True))
    sections = (
        ("Examples", list(_example_lines(tested.examples))),
        ("What each row does to the number", list(_effect_lines(tested.boundaries.effects))),
        ("Mistakes that no example would notice", list(_verdict_lines(tested.unnoticed))),
    )
    for head, lines in sections:
        if lines:
            tell(f"\n{head}")
            for line in lines:
                tell(f"  {line}")
    tell()
    for line in (*_trouble(tested), *_remarks(tested)):
        tell(line)


def _example_lines(examples: Sequence[Tried]) -> Iterator[str]:
    rows = [[paint(*_MARKS[t.passed]), t.case.name, t.case.period.label, told(t.outcome)] for t in examples]
    return table(rows)


def _effect_lines(effects: Sequence[Effect]) -> Iterator[str]:
    rows = [
        [
            effect.table,
            described(effect),
            effect.planted.period.label,
            "" if effect.planted.moment is None else str(effect.planted.moment),
            told(effect.without),
            "=" if not effect.counts else "→",
            told(effect.with_it) if effect.counts else "",
            paint("wrong", "red") if effect.fault else "",
        ]
        for effect in effects
    ]
    return table(rows, head=("table", "row", "period", "moment", "without", "", "with it", "") if rows else ())


def _verdict_lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        yield f"{verdict.mutation}"
        yield paint(f"    {verdict.by}", dim=True)


def _trouble(tested: Examined) -> Iterator[str]:
    """What makes the command fail, each with its place."""
    for fault in tested.faults:
        yield paint(str(fault), "red")
    for tried in tested.examples:
        if not tried.passed:
            yield paint(f"{tested.definition.name}: {tried.sentence()}", "red")
    for fault_told in tested.boundaries.faults:
        yield paint(f"{tested.definition.name}: {fault_told}", "red")


def _remarks(tested: Examined) -> Iterator[str]:
    rule = f"The half-open rule {_rule(tested)}."
    if tested.boundaries.judged:
        yield f"{rule.rstrip('.')}: {', '.join(tested.boundaries.judged)}."
    yield from (f"{remark[:1].upper()}{remark[1:]}." for remark in tested.boundaries.remarks)
    yield from (f"Not tried: {why.rstrip('.')}." for why in tested.untested)
    if not tested.examples and not tested.faults:
        yield "No example yet: docs/howto/test-a-kpi.md says how to write one."
    if tested.mutations:
        yield f"Mistakes noticed by examples: {_mistakes(tested)}."


def _examples(tested: Examined) -> str:
    if tested.faults:
        return paint(counted(len(tested.faults), "fault"), "red")
    failed = sum(not tried.passed for tried in tested.examples)
    if failed:
        return paint(f"{failed} of {len(tested.examples)} fail", "red")
    return f"{len(tested.examples)} pass" if tested.examples else "none"


def _rule(tested: Examined) -> str:
    if tested.boundaries.faults:
        return paint("is broken", "red")
    return "holds" if tested.boundaries.judged else "not judged"


def _mistakes(tested: Examined) -> str:
    """`14 of 14`, without those that make no difference."""
    kinds = Counter(verdict.noticed for verdict in tested.mutations)
    real = kinds["example"] + kinds["rows"] + kinds["nothing"]
    if not real:
        return "none tried"
    same = f" ({kinds['same']} more make no difference)" if kinds["same"] else ""
    return f"{kinds['example']} of {real}{same}"


def _as_data(tested: Examined) -> dict[str, object]:
    return {
        "kpi": tested.definition.name,
        "passed": not tested.failed and not tested.faults,
        "faults": [{"file": f"{f.path.parent.name}/{f.path.name}", "fault": f.what} for f in tested.faults],
        "examples": [_example_as_data(tried) for tried in tested.examples],
        "judged": list(tested.boundaries.judged),
        "remarks": [*tested.boundaries.remarks, *tested.untested],
        "rows": [_effect_as_data(effect) for effect in tested.boundaries.effects],
        "mutations": [_verdict_as_data(verdict) for verdict in tested.mutations],
    }


def _example_as_data(tried: Tried) -> dict[str, object]:
    case = tried.case
    return {
        "name": case.name,
        "place": case.place,
        "period": case.period.label,
        "expected": told(case.expect),
        "found": told(tried.outcome),
        "passed": tried.passed,
    }


def _effect_as_data(effect: Effect) -> dict[str, object]:
    return {
        "table": effect.table,
        "row": described(effect),
        "period": effect.planted.period.label,
        "moment": effect.planted.moment,
        "without": told(effect.without),
        "with": told(effect.with_it),
        "fault": effect.fault,
    }


def _verdict_as_data(verdict: Verdict) -> dict[str, object]:
    mutation = verdict.mutation
    return {
        "kind": mutation.kind,
        "line": mutation.line,
        "before": mutation.before,
        "after": mutation.after,
        "noticed": verdict.noticed,
        "by": verdict.by,
    }
