"""Deep: a SELECT over a derived table that groups, ranks or takes distinct rows, with the period's number carried up.

`select sum(n) from (select count(*) as n from t where at >= :start and at < :end group by a) as x` adds up groups that
are made within one period. For many periods at once the rows of `t` get the number of their period, each level groups
and ranks within it and hands it on, and the outermost SELECT groups by it. That says the same where every level reads
the one below it and nothing else, and where no level answers though there are no rows.
"""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from core.rewrite.conditions import Types, conjuncts, moment_of, type_of, whole, written
from core.rewrite.shape import Inside, binds_in

NOT_TIED = "no column is compared as `column >= :start and column < :end` on its outermost level"
_CLAUSES = {
    "with_": "a derived table has a WITH of its own",
    "limit": "a derived table has a LIMIT",
    "offset": "a derived table has an OFFSET",
    "order": "a derived table orders its rows",
    "windows": "a derived table has a WINDOW clause",
    "qualify": "a derived table has a QUALIFY",
    "laterals": "a derived table has a LATERAL of its own",
    "sample": "a derived table takes a sample of the rows",
}
_KNOWN = frozenset({"expressions", "from_", "joins", "where", "group", "having", "distinct", "kind"})


def inside(query: exp.Select, types: Types) -> Inside | str:
    """Where a query is tied to its period below its outermost SELECT; else why that cannot be said for all periods."""
    tree = query.copy()
    unread = _put_in_place(tree)
    levels = list(_levels(tree))
    depth = next((n for n, level in enumerate(levels) if n and _moment(level)[0]), 0)
    if not depth:
        return unread or NOT_TIED
    chain, innermost = levels[1 : depth + 1], levels[depth]
    if why := unread or next(filter(None, map(_fault, chain)), "") or _whole_row(levels[:depth]) or _name_taken(tree):
        return why
    moment, rest = _moment(innermost)
    assert moment is not None
    innermost.set("where", exp.Where(this=exp.and_(exp.var(":kpi_range"), *rest, copy=False)))
    innermost.append("joins", exp.Join(this=exp.var(":kpi_periods")))
    for level in chain:
        _carry(level, exp.column("kpi_nth", table="kpi_period" if level is innermost else None))
    relation = written(tree.args["from_"].this)
    if used := sorted(binds_in(relation) - {"kpi_range", "kpi_periods"}):
        return f"it uses {', '.join(f':{bind}' for bind in used)} beside the range of its own period"
    return Inside(relation, written(moment), type_of(moment, types))


def is_linear(query: exp.Expr) -> bool:
    """Whether each level reads one table or one derived table, and nothing is looked up for each row."""
    if not isinstance(query, exp.Select):
        return False
    tree = query.copy()
    if _put_in_place(tree) or any(tree.find_all(exp.Join, exp.Lateral)):
        return False
    return len(list(_levels(tree))) == sum(1 for _ in tree.find_all(exp.Select, exp.SetOperation))


def _put_in_place(tree: exp.Select) -> str:
    """Writes each table of the WITH where it is read; why that is not possible, if so."""
    clause = tree.args.get("with_")
    if clause is None:
        return ""
    if clause.recursive or sum(1 for _ in tree.find_all(exp.With)) > 1:
        return "its WITH is recursive, or not the only one"
    for table in reversed(clause.expressions):  # one may read those before it
        tree.set("with_", None)
        places = [t for t in tree.find_all(exp.Table) if not t.db and t.name.lower() == table.alias.lower()]
        if len(places) != 1 or table.alias_column_names or places[0].alias_column_names:
            return f"{table.alias} of its WITH is not read just once, by its name"
        name = exp.TableAlias(this=exp.to_identifier(places[0].alias_or_name))
        places[0].replace(exp.Subquery(this=table.this.copy(), alias=name))
    return ""


def _levels(tree: exp.Select) -> Iterator[exp.Select]:
    """The SELECT and those that it is made of, one within the other, as far as each reads the next and nothing else."""
    level: exp.Expr = tree
    while isinstance(level, exp.Select):
        yield level
        source = level.args.get("from_")
        if source is None or level.args.get("joins") or not isinstance(source.this, exp.Subquery):
            return
        if source.this.alias_column_names or set(filter(source.this.args.get, source.this.args)) - {"this", "alias"}:
            return
        level = source.this.this


def _moment(level: exp.Select) -> tuple[exp.Expr | None, list[exp.Expr]]:
    where = level.args.get("where")
    return moment_of(list(conjuncts(where.this)) if where else [])


def _fault(level: exp.Select) -> str:
    """Why a level below the outermost says something else where the rows of several periods meet in it."""
    told = next((why for clause, why in _CLAUSES.items() if level.args.get(clause)), "")
    if told:
        return told
    group, distinct = level.args.get("group"), level.args.get("distinct")
    if any(value and clause not in _KNOWN for clause, value in level.args.items()):
        return "a derived table has a clause that is not known here"
    if distinct and distinct.args.get("on"):
        return "a derived table has a DISTINCT ON"
    if any(column.is_star for column in level.selects):
        return "a derived table takes all columns"
    if group and not _is_plain(group):
        return "a derived table groups in several ways"
    if not group and (level.args.get("having") or any(_aggregates(level)) or any(level.find_all(exp.Anonymous))):
        return "a derived table adds up without a GROUP BY, so it answers also where there are no rows"
    return ""


def _is_plain(group: exp.Group) -> bool:
    """One set of groups, made of what rows hold: a GROUP BY () answers also where there are no rows."""
    if not group.expressions or any(value for key, value in group.args.items() if key != "expressions"):
        return False
    return not any(group.find_all(exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple))


def _aggregates(level: exp.Select) -> Iterator[exp.Expr]:
    """Those of this SELECT itself that are not seen through a window."""
    for call in level.find_all(exp.AggFunc):
        if call.find_ancestor(exp.Select) is level:
            outermost = whole(call)
            if not (isinstance(outermost.parent, exp.Window) and outermost.arg_key == "this"):
                yield call


def _whole_row(levels: Sequence[exp.Select]) -> str:
    """The number of the period would be one more column of `count(distinct x)`, where x is the derived table."""
    names = {level.args["from_"].this.alias_or_name.lower() for level in levels}
    for column in (column for level in levels for column in level.find_all(exp.Column)):
        if column.name.lower() in names or (isinstance(column.this, exp.Star) and column.table.lower() in names):
            return "it uses a row of a derived table as a whole"
    return ""


def _name_taken(tree: exp.Select) -> str:
    named = any(name.name.lower() == "kpi_nth" for name in tree.find_all(exp.Identifier))
    return "it uses the name kpi_nth itself" if named else ""


def _carry(level: exp.Select, number: exp.Column) -> None:
    """Keeps periods apart in this level, and hands their number on to the one above."""
    for window in list(level.find_all(exp.Window)):
        if window.find_ancestor(exp.Select) is level:
            window.set("partition_by", [*(window.args.get("partition_by") or ()), number.copy()])
    if group := level.args.get("group"):
        group.append("expressions", number.copy())
    level.append("expressions", exp.alias_(number.copy(), "kpi_nth"))
