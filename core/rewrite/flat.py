"""A SELECT over a derived table that only names things, as a SELECT over what stands below it.

`select count(*) from (select a, extract(hour from at) as hour from t) as x where hour > 3` says the same as
`select count(*) from t where (extract(hour from at)) > 3`, and then shares its rows with other queries over `t`.
"""

from collections.abc import Mapping

from sqlglot import exp

_PLAIN = frozenset({"expressions", "from_", "where", "kind"})
_SCALAR = (
    *(exp.Cast, exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Extract, exp.TimestampTrunc),
    *(exp.And, exp.Or, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat),
    *(exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Sign, exp.Pow, exp.TimeToStr, exp.SplitPart, exp.StrPosition),
    *(exp.JSONExtract, exp.JSONExtractScalar, exp.RegexpLike, exp.RegexpILike),
)
"""Functions with one answer for each row: another may have none, or several, and so make rows."""
_ALONE = frozenset(
    {
        *("all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast"),
        *("check", "collate", "column", "constraint", "create", "current_catalog", "current_date", "current_role"),
        *("current_schema", "current_time", "current_timestamp", "current_user", "default", "deferrable", "desc"),
        *("distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "from", "grant", "group"),
        *("having", "in", "initially", "intersect", "into", "lateral", "leading", "limit", "localtime"),
        *("localtimestamp", "not", "null", "offset", "on", "only", "or", "order", "placing", "primary", "references"),
        *("returning", "select", "session_user", "some", "symmetric", "system_user", "table", "then", "to"),
        *("trailing", "true", "union", "unique", "user", "using", "variadic", "when", "where", "window", "with"),
    }
)
"""Words that are a column's name only behind a dot: `x.user` is a column, `user` is who asks."""


def flattened(query: exp.Expr) -> exp.Expr:
    """The same query without such a derived table and without an alias that nothing needs; else as it is."""
    if not isinstance(query, exp.Select) or query.args.get("joins"):
        return query
    tree = query.copy()
    if isinstance(tree.args["from_"].this, exp.Subquery):
        _lift(tree)
    _drop_alias(tree)
    return tree


def _lift(tree: exp.Select) -> None:
    source: exp.Subquery = tree.args["from_"].this
    inner = source.this
    names = _names(inner) if _is_plain(source, inner) else None
    if names is None or len(list(tree.find_all(exp.Query))) > 3:  # itself, the derived table and its SELECT
        return
    columns = [c for c in tree.find_all(exp.Column) if not _stands_in(c, source)]
    alias = source.alias_or_name.lower()
    if any(c.name.lower() not in names or c.table.lower() not in ("", alias) for c in columns):
        return
    for column in columns:
        meant = names[column.name.lower()].copy()
        column.replace(meant if isinstance(meant, exp.Column) else exp.paren(meant, copy=False))
    tree.args["from_"].set("this", inner.args["from_"].this)
    if where := inner.args.get("where"):
        tree.where(where.this, copy=False)


def _is_plain(source: exp.Subquery, inner: exp.Expr) -> bool:
    if not isinstance(inner, exp.Select) or source.alias_column_names:
        return False
    clauses = {name for name, value in inner.args.items() if value}
    start = inner.args.get("from_")
    return clauses <= _PLAIN and start is not None and isinstance(start.this, exp.Table)


def _names(inner: exp.Select) -> Mapping[str, exp.Expr] | None:
    """What each column of the derived table stands for; None where that is more than a name or a computation."""
    found: dict[str, exp.Expr] = {}
    for projection in inner.selects:
        meant, name = projection.unalias(), projection.output_name.lower()
        if not name or name in found or any(meant.find_all(exp.Window, exp.Query, exp.Star)):
            return None
        if not all(isinstance(call, _SCALAR) for call in meant.find_all(exp.Func)):
            return None
        found[name] = meant
    return found


def _drop_alias(tree: exp.Select) -> None:
    """`from t as x where x.a > 1` -> `from t where a > 1`."""
    table = tree.args["from_"].this
    if not isinstance(table, exp.Table) or not table.alias or table.alias_column_names:
        return
    if len(list(tree.find_all(exp.Query))) > 1 or not isinstance(table.this, exp.Identifier):
        return
    alias = table.alias.lower()
    columns = list(tree.find_all(exp.Column))
    if any(isinstance(c.this, exp.Star) or c.name.lower() in {alias, *_ALONE} for c in columns):
        return  # a whole row, or a word that means something else alone
    for column in columns:
        if column.table.lower() == alias and len(column.parts) == 2:
            column.set("table", None)
    table.set("alias", None)


def _stands_in(node: exp.Expr, outer: exp.Expr) -> bool:
    within: exp.Expr | None = node
    while within is not None and within is not outer:
        within = within.parent
    return within is outer
