"""Dates and moments as each dialect cuts, moves and counts them."""

from collections.abc import Mapping

from sqlglot import exp

from core.rewrite.kinds import Kind
from core.rewrite.writing import Writer

_FIELDS: Mapping[str, Mapping[str, str]] = {
    "duckdb": {},
    "snowflake": {"isodow": "dayofweekiso", "doy": "dayofyear", "week": "weekiso", "isoyear": "yearofweekiso"},
    "spark": {"isodow": "dayofweek_iso", "isoyear": "yearofweek"},
    "trino": {"isodow": "day_of_week", "doy": "day_of_year", "isoyear": "year_of_week"},
    "bigquery": {"doy": "dayofyear", "week": "isoweek"},
}


def extracted(to: Writer, node: exp.Extract) -> exp.Expr:
    field, moment = node.name.lower(), to.local(node.expression)

    def part(name: str) -> exp.Expr:
        if to.dialect == "snowflake":
            return to.call("date_part", name, moment)
        return exp.Extract(this=exp.Var(this=name), expression=moment)

    if field == "dow" and to.dialect in ("snowflake", "trino"):
        return to.call("mod", part(_FIELDS[to.dialect]["isodow"]), 7)
    if field == "dow" and to.dialect in ("spark", "bigquery"):
        return exp.Paren(this=exp.Sub(this=part("dayofweek"), expression=exp.Literal.number(1)))
    if field == "isodow" and to.dialect == "bigquery":
        sunday_last = exp.Add(this=part("dayofweek"), expression=exp.Literal.number(5))
        return exp.Paren(this=exp.Add(this=to.call("mod", sunday_last, 7), expression=exp.Literal.number(1)))
    return part(_FIELDS[to.dialect].get(field, field))


def truncated(to: Writer, node: exp.TimestampTrunc) -> exp.Expr:
    """Weeks begin on Monday; what is cut keeps its type."""
    unit, moment, kind = node.text("unit").lower(), to.local(node.this), to.kinds.of(node.this)
    assert kind is not None
    if to.dialect == "bigquery":
        name = {"date": "date_trunc", "timestamp": "datetime_trunc"}.get(kind.name, "timestamp_trunc")
        return to.call(name, moment, "isoweek" if unit == "week" else unit)
    return to.cast(to.call("date_trunc", exp.Literal.string(unit), moment), kind)


def moved(to: Writer, node: exp.Binary) -> exp.Expr:
    """Dates moved by days, weeks, months; the days between two dates."""
    left, right = to.kinds.of(node.left), to.kinds.of(node.right)
    if left is None or right is None or left.family != "moment":
        return node
    if right.name == "date":
        return _days_between(to, node.right, node.left)
    step = node.right
    while isinstance(step, exp.Paren):
        step = step.this
    sign = -1 if isinstance(node, exp.Sub) else 1
    if isinstance(step, exp.Interval):
        unit = step.text("unit").lower().rstrip("s")
        return _shifted(to, node.left, exp.Literal.number(sign * int(step.this.name)), unit, left)
    amount = step if sign > 0 else exp.Neg(this=exp.Paren(this=step))
    return _shifted(to, node.left, amount, "day", left)


def _shifted(to: Writer, moment: exp.Expr, amount: exp.Expr, unit: str, kind: Kind) -> exp.Expr:
    if to.dialect == "snowflake":
        return to.call("dateadd", unit, amount, moment)
    if to.dialect == "trino":
        return to.call("date_add", exp.Literal.string(unit), amount, moment)
    if to.dialect == "bigquery":
        name = {"date": "date_add", "timestamp": "datetime_add"}.get(kind.name, "timestamp_add")
        return to.call(name, moment, exp.Interval(this=amount, unit=exp.Var(this=unit)))
    if to.dialect == "spark":
        return to.cast(to.call("timestampadd", unit, amount, moment), kind)
    made = to.call(f"to_{unit}s", exp.Cast(this=amount, to=exp.DataType.build("int")))
    return to.cast(exp.Paren(this=exp.Add(this=moment, expression=made)), kind)


def _days_between(to: Writer, first: exp.Expr, last: exp.Expr) -> exp.Expr:
    if to.dialect == "bigquery":
        return to.call("date_diff", last, first, "day")
    if to.dialect == "snowflake":
        return to.call("datediff", "day", first, last)
    if to.dialect == "spark":
        return to.call("datediff", last, first)
    return to.call("date_diff", exp.Literal.string("day"), first, last)
