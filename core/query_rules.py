"""Ways in which a query that runs gives a wrong number: each rule yields sentences with the next step.

A rule speaks only where the text proves the fault. What is right on dates and wrong on timestamps is refused only
where the contract says that the column is a timestamp.
"""

import re
from collections.abc import Iterator, Sequence

from sqlglot import Token, TokenType, exp

from core.dataset import Column
from core.periods import Cadence
from core.query_names import Names

_CALENDAR_YEAR = re.compile(r"%[Yy]|(?<![IY])Y{2,4}", re.ASCII)
_WEEK = re.compile(r"%[VWU]|IW|WW")
_SPOKEN_DATES = frozenset({"now", "today", "tomorrow", "yesterday"})
_FORMATTERS = frozenset({"to_char", "strftime"})
_WEEK_FUNCTIONS = frozenset({"week", "weekofyear", "yearweek"})
QUOTES = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING})
_CLOCKS = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})
_VOLATILE = _CLOCKS | {
    *("now", "today", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday"),
    *("current_localtime", "current_localtimestamp", "get_current_time", "get_current_timestamp"),
    *("random", "random_normal", "setseed", "gen_random_uuid", "uuid_generate_v4", "uuid", "uuidv4", "uuidv7"),
    *("nextval", "txid_current", "pg_sleep"),
}


def volatile_calls(tokens: Sequence[Token]) -> Iterator[str]:
    """What gives another answer each time, as written: `now()`, `current_date`."""
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        word, called = token.text.lower(), after is not None and after.token_type is TokenType.L_PAREN
        alone = word in _CLOCKS and (before is None or before.token_type is not TokenType.DOT)
        if word in _VOLATILE and token.token_type not in QUOTES and (called or alone):
            yield f"{word}{'()' if called else ''}"


def reads_the_clock(names: Names) -> Iterator[str]:
    """What a query finds must not depend on the moment it runs. (Functions such as now() are found by their name.)"""
    for cast in names.query.find_all(exp.Cast):
        if cast.this.is_string and cast.this.name.strip().lower() in _SPOKEN_DATES:
            yield f"'{cast.this.name}' as a date is another day tomorrow. Use :start and :end."
    for call in names.query.find_all(exp.Anonymous):
        if call.name.lower() == "age" and len(call.expressions) == 1:
            yield "age() of one date reads the clock. Say until when: age(:end, ...)."
    if any(names.query.find_all(exp.TableSample)):
        yield "a sample of the rows gives another number each time. Read all rows."


def mixes_calendar_year_and_week(names: Names, cadence: Cadence, binds: frozenset[str]) -> Iterator[str]:
    """3 January 2027 lies in calendar year 2027 and in week 2026-W53: the two never stand together."""
    parts = {part for node in names.query.walk() for part in _date_parts(node)}
    if "year" not in parts:
        return
    if "week" in parts:
        yield (
            "a calendar year stands beside an ISO week: 3 January 2027 is in 2026-W53. "
            "Take the ISO year (extract(isoyear ...), 'IYYY', '%G') or compare with :start and :end."
        )
    elif cadence == "weekly" and "year" in binds:
        yield (
            "a calendar year stands beside :year, which is the ISO year of the week. "
            "Take extract(isoyear ...) or compare with :start and :end."
        )


def _date_parts(node: exp.Expr) -> Iterator[str]:
    if isinstance(node, exp.Year):
        yield "year"
    elif isinstance(node, exp.Week | exp.WeekOfYear) or _called(node) in _WEEK_FUNCTIONS:
        yield "week"
    elif isinstance(node, exp.Extract) or _called(node) in {"date_part", "datepart"}:
        yield str(node.expressions[0].name if node.expressions else node.this.name).lower()
    elif isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and node.text("unit").lower() == "year":
        yield "year"
    elif isinstance(node, exp.TimeToStr | exp.ToChar) or _called(node) in _FORMATTERS:
        for text in (child.name for child in node.iter_expressions() if child.is_string):
            yield from (part for part, form in (("year", _CALENDAR_YEAR), ("week", _WEEK)) if form.search(text))


def _called(node: exp.Expr) -> str:
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def counts_a_boundary_twice(names: Names) -> Iterator[str]:
    """`:start` is in and `:end` is out, so a range is `column >= :start and column < :end`."""
    for between in names.query.find_all(exp.Between):
        yield from _closed_range(names, between)
    compared = list(_compared(names.query))
    for column, sign, bind, scope in compared:
        shown = f"{column.sql()} {sign} :{bind}"
        if bind == "end" and sign in ("<=", ">"):
            better = "<" if sign == "<=" else ">="
            yield f'"{shown}" counts the first moment of the next period. Write {column.sql()} {better} :end.'
        elif bind == "start" and sign in (">", "<=") and _is_range(column, sign, scope, compared):
            better = ">=" if sign == ">" else "<"
            yield f'"{shown}" moves the boundary: :start is in. Write {column.sql()} {better} :start.'
        elif bind == "last_sunday" and sign in ("<=", ">") and _is_moment(names, column):
            better = "<" if sign == "<=" else ">="
            yield f'"{shown}" cuts that day off after midnight. Write {column.sql()} {better} :end.'


def _closed_range(names: Names, between: exp.Between) -> Iterator[str]:
    column, bind = _column_in(between.this), _bind_in(between.args["high"])
    if column is None:
        return
    low, high = between.args["low"].sql(), between.args["high"].sql()
    refused = f'"{column.sql()} between ... and {high}" is a closed range:'
    if bind in ("start", "end"):
        yield f"{refused} it counts the boundary twice. Write {column.sql()} >= {low} and {column.sql()} < {high}."
    elif bind == "last_sunday" and _is_moment(names, column) and not between.this.find(exp.Cast):
        yield f"{refused} it cuts that day off after midnight. Write {column.sql()} >= {low} and {column.sql()} < :end."
    elif _days(between.args["high"]) % 7 == 0:
        yield f"{refused} it counts the boundary twice. Write {column.sql()} >= {low} and {column.sql()} < {high}."


def _compared(query: exp.Query) -> Iterator[tuple[exp.Column, str, str, exp.Expr | None]]:
    """Every comparison of a column and a period bind, turned so that the column stands left."""
    signs = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
    for node in query.find_all(*signs):
        sign, scope = signs[type(node)], node.find_ancestor(exp.Select)
        left, right = _column_in(node.this), _column_in(node.expression)
        if left is not None and (bind := _bind_in(node.expression, shifted=True)):
            yield left, sign, bind, scope
        elif right is not None and (bind := _bind_in(node.this, shifted=True)):
            yield right, turned[sign], bind, scope


def _is_range(
    column: exp.Column, sign: str, scope: exp.Expr | None, compared: list[tuple[exp.Column, str, str, exp.Expr | None]]
) -> bool:
    """The same column is bounded from the other side too; alone, `> :start` may ask what was open then."""
    return any(other == column and where is scope and said[0] != sign[0] for other, said, _, where in compared)


def _is_moment(names: Names, column: exp.Column) -> bool:
    contract = names.contract(column)
    whole_days = column.find_ancestor(exp.Cast, exp.Predicate)
    return contract is not None and contract.type.startswith("timestamp") and not isinstance(whole_days, exp.Cast)


def _column_in(node: exp.Expr) -> exp.Column | None:
    """The column itself, or cut to its day; a column plus an interval is another moment."""
    while isinstance(node, exp.Cast | exp.Paren | exp.TimestampTrunc | exp.DateTrunc | exp.Date):
        node = node.this
    return node if isinstance(node, exp.Column) else None


def _bind_in(node: exp.Expr, *, shifted: bool = False) -> str:
    """The name of the bind; of one that is moved (`:end - 28`) with a mark, where those are asked for."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if isinstance(node, exp.Placeholder):
        return node.name
    if shifted and isinstance(node, exp.Add | exp.Sub) and (bind := _bind_in(node.this, shifted=True)):
        return bind if bind.endswith("...") else f"{bind} ..."
    return ""


def _days(node: exp.Expr) -> int:
    """How many days `:end - 364` or `:end - interval '52 weeks'` moves the bind; 1 where the text does not tell."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if not isinstance(node, exp.Add | exp.Sub) or _bind_in(node.this) not in ("start", "end"):
        return 1
    step, unit = node.expression, 1
    if isinstance(step, exp.Interval):
        unit = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(step.text("unit").lower(), 0)
        step = step.this
    return int(step.name) * unit if isinstance(step, exp.Literal) and step.name.isdigit() and unit else 1


def takes_a_mean_of_ratios(names: Names) -> Iterator[str]:
    """The mean of ratios weighs a small group like a large one: a ratio is the ratio of the sums."""
    for mean in names.query.find_all(exp.Avg):
        if _holds_ratio(names, mean.this):
            yield _ratio_of_sums(f"avg({mean.this.sql(normalize_functions='lower')})")
    for division in names.query.find_all(exp.Div):
        summed = division.this.find(exp.Sum)
        if summed is not None and _counts(division.expression) and _holds_ratio(names, summed.this):
            yield _ratio_of_sums(division.sql(normalize_functions="lower"))


def _ratio_of_sums(shown: str) -> str:
    return (
        f'"{shown}" is a mean of ratios. Give the ratio of the sums: sum(...) as numerator, sum(...) as denominator; '
        "where every row shall weigh the same, sum of the ratios as numerator and count(*) as denominator."
    )


def _holds_ratio(names: Names, node: exp.Expr) -> bool:
    if any(division.expression.find(exp.Column, exp.AggFunc) for division in node.find_all(exp.Div)):
        return True
    origin = names.origin(node) if isinstance(node, exp.Column) else None
    return isinstance(origin, exp.Expr) and _holds_ratio(names, origin)


def drops_the_rest_of_a_division(names: Names) -> Iterator[str]:
    """PostgreSQL divides whole numbers to a whole number: 1 of 3 is 0."""
    if names.dialect != "postgres":
        return
    for division in names.query.find_all(exp.Div):
        sides = (division.this, division.expression)
        if any(_counts(side) for side in sides) and all(_counts(side) or side.is_int for side in sides):
            yield (
                f'"{division.sql(normalize_functions="lower")}" drops the rest: PostgreSQL divides whole '
                "numbers to a whole number. Give both as numerator and denominator, or multiply by 1.0 first."
            )


def _counts(node: exp.Expr) -> bool:
    while isinstance(node, exp.Paren | exp.Nullif | exp.Filter | exp.Window):
        node = node.this
    return isinstance(node, exp.Count)


def loses_nulls(names: Names) -> Iterator[str]:
    """`null not in (...)` is neither true nor false, so the row is lost without a word."""
    for negation in names.query.find_all(exp.Not):
        inner = negation.this.unnest()
        if isinstance(inner, exp.In):
            yield from _lost_in_list(names, inner)
    for unequal in names.query.find_all(exp.NEQ):
        for column, other in ((unequal.this, unequal.expression), (unequal.expression, unequal.this)):
            if other.is_string and (lost := _lost(names, column)):
                yield (
                    f'"{lost.sql()} <> {other.sql()}" loses the rows where {lost.name} is null. '
                    f"Write {lost.sql()} is distinct from {other.sql()}."
                )


def _lost_in_list(names: Names, inside: exp.In) -> Iterator[str]:
    subquery = inside.args.get("query")
    if subquery is not None:
        chosen = subquery.unnest()
        wanted = chosen.selects[0].unalias() if isinstance(chosen, exp.Select) and chosen.selects else None
        if wanted is not None and (lost := _lost(names, wanted)):
            yield f'"not in (select {lost.sql()} ...)" finds nothing once {lost.name} is null. Write not exists (...).'
    elif any(isinstance(item, exp.Null) for item in inside.expressions):
        yield '"not in (..., null)" is never true. Take the null out of the list.'
    if lost := _lost(names, inside.this):
        yield (
            f'"{lost.sql()} not in (...)" loses the rows where {lost.name} is null. '
            f"Write ({lost.sql()} is null or {lost.sql()} not in (...)) to keep them, "
            f"or {lost.sql()} is not null beside it to leave them out."
        )


def _lost(names: Names, node: exp.Expr) -> exp.Column | None:
    """The column, where its contract allows nulls and the same SELECT says nothing about them."""
    while isinstance(node, exp.Lower | exp.Upper | exp.Trim | exp.Cast | exp.Paren):  # null stays null in all of them
        node = node.this
    contract = names.contract(node)
    if not isinstance(node, exp.Column) or contract is None or not contract.nulls:
        return None
    select = node.find_ancestor(exp.Select)
    spoken = select.find_all(exp.Is) if select is not None else ()
    told = any(isinstance(said.this, exp.Column) and said.this.name == node.name for said in spoken)
    return None if told else node


_KEEP_A_VALUE = (
    *(exp.Cast, exp.Paren, exp.Subquery, exp.Coalesce, exp.Filter, exp.Window),
    *(exp.Min, exp.Max, exp.AnyValue, exp.First, exp.Last),
)


def shows_what_is_sensitive(names: Names) -> Iterator[str]:
    """A KPI's number is published: it must not be what one row holds in a sensitive column."""
    for name in dict.fromkeys(column.name for column in _handed_on(names, names.query)):
        yield f"the query returns what one row holds in {name}, which is sensitive. Count, add up or average it."


def _handed_on(names: Names, node: exp.Expr) -> Iterator[Column]:
    """The sensitive columns of which a value comes out as it went in."""
    if isinstance(node, exp.Column):
        origin = names.origin(node)
        if isinstance(origin, Column):
            yield from [origin] if origin.sensitive else []
        elif isinstance(origin, exp.Expr):
            yield from _handed_on(names, origin)
    elif isinstance(node, exp.SetOperation):
        yield from _handed_on(names, node.left)
        yield from _handed_on(names, node.right)
    elif isinstance(node, exp.Select):
        for projection in node.selects:
            yield from _handed_on(names, projection.unalias())
        if node.is_star:
            origins = (names.outputs(node) or {}).values()
            yield from (origin for origin in origins if isinstance(origin, Column) and origin.sensitive)
    elif isinstance(node, _KEEP_A_VALUE):
        for kept in [node.this, *node.expressions]:
            yield from _handed_on(names, kept)
