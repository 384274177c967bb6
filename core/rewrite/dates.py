"""Dates and moments as each dialect cuts, moves and counts them."""

from collections.abc import Mapping

from sqlglot import exp

from core.rewrite.kinds import DATE
from core.rewrite.numbers import INTEGER, Kind
from core.rewrite.steps import HOURS, Step, plain, step_of
from core.rewrite.writing import Writer

_FIELDS: Mapping[str, Mapping[str, str]] = {
    "duckdb": {},
    "snowflake": {"isodow": "dayofweekiso", "doy": "dayofyear", "week": "weekiso", "isoyear": "yearofweekiso"},
    "spark": {"isodow": "dayofweek_iso", "isoyear": "yearofweek"},
    "trino": {"isodow": "day_of_week", "doy": "day_of_year", "isoyear": "year_of_week"},
    "bigquery": {"doy": "dayofyear", "week": "isoweek"},
}


def extracted(to: Writer, node: exp.Extract) -> exp.Expr:
    if node.name.lower() == "epoch":
        return _seconds(to, plain(node.expression))
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


def _seconds(to: Writer, between: exp.Expr) -> exp.Expr:
    """Seconds between two moments, exact to the microsecond."""
    first, last, kind = between.expression, between.this, to.kinds.of(between.this)
    if to.dialect == "spark" and kind == Kind("timestamp"):
        return _seconds_of_a_span(to, exp.Paren(this=exp.Sub(this=last, expression=first)))
    if to.dialect == "bigquery":
        name = "datetime_diff" if kind == Kind("timestamp") else "timestamp_diff"
        micros: exp.Expr = to.call(name, last, first, "microsecond")
    elif to.dialect == "duckdb":
        micros = to.call("date_diff", exp.Literal.string("microsecond"), first, last)
    else:  # what is called a difference there may count by the local clock
        micros = exp.Paren(this=exp.Sub(this=_since_1970(to, last), expression=_since_1970(to, first)))
    exact = to.cast(micros, Kind("decimal", 20, 0))
    millionth = to.cast(exp.Literal.string("0.000001"), Kind("decimal", 6, 6))
    return exp.Paren(this=exp.Mul(this=exact, expression=millionth))


def _since_1970(to: Writer, moment: exp.Expr) -> exp.Expr:
    """Microseconds, whatever the clocks show."""
    if to.dialect == "snowflake":
        return to.call("date_part", "epoch_microsecond", moment)
    return to.call("unix_micros", moment)


def _seconds_of_a_span(to: Writer, span: exp.Expr) -> exp.Expr:
    """Spark's moments without a zone become others with one before they are counted: the span is taken apart."""
    total: exp.Expr = exp.Extract(this=exp.Var(this="second"), expression=span)
    for unit, seconds in (("minute", 60), ("hour", 3600), ("day", 86400)):
        part = exp.Extract(this=exp.Var(this=unit), expression=span.copy())
        total = exp.Add(this=total, expression=exp.Mul(this=part, expression=exp.Literal.number(seconds)))
    return exp.Paren(this=total)


def truncated(to: Writer, node: exp.TimestampTrunc) -> exp.Expr:
    """Weeks begin on Monday; what is cut keeps its type."""
    unit, moment, kind = node.text("unit").lower(), to.local(node.this), to.kinds.of(node.this)
    assert kind is not None
    if to.dialect == "bigquery":
        name = {"date": "date_trunc", "timestamp": "datetime_trunc"}.get(kind.name, "timestamp_trunc")
        return to.call(name, moment, "isoweek" if unit == "week" else unit)
    if to.dialect == "spark" and kind == Kind("timestamp"):
        return _truncated_in_spark(to, moment, unit)
    return to.cast(to.call("date_trunc", exp.Literal.string(unit), moment), kind)


def _truncated_in_spark(to: Writer, moment: exp.Expr, unit: str) -> exp.Expr:
    """Its date_trunc takes a moment without a zone for one with: an hour that the local clock skips would be lost."""
    if unit in HOURS:
        nothing = exp.Literal.number(0)
        parts = {p: exp.Extract(this=exp.Var(this=p), expression=moment.copy()) for p in ("minute", "second")}
        minutes = parts["minute"] if unit == "hour" else nothing.copy()
        rest = to.call("make_dt_interval", nothing, nothing.copy(), minutes, parts["second"])
        return exp.Paren(this=exp.Sub(this=moment, expression=rest))
    day = to.cast(moment, DATE)
    whole = day if unit == "day" else to.call("trunc", day, exp.Literal.string(unit))
    return to.cast(whole, Kind("timestamp"))


def moved(to: Writer, node: exp.Binary) -> exp.Expr:
    """Dates moved by days, weeks, months; the days between two dates."""
    left, right = to.kinds.of(node.left), to.kinds.of(node.right)
    if left is None or right is None or left.family != "moment":
        return node
    if right.family == "moment":
        return _days_between(to, node.right, node.left) if right == DATE else node  # extract(epoch ...) takes it
    step = step_of(node.right) or Step(1, "day", plain(node.right))
    if isinstance(node, exp.Sub):
        step = step.back()
    if left == DATE and step.unit in HOURS:
        left = Kind("timestamp")
        return _shifted(to, to.cast(node.left, left), step.amount, step.unit, left)
    return _shifted(to, node.left, step.amount, step.unit, left)


def _shifted(to: Writer, moment: exp.Expr, amount: exp.Expr, unit: str, kind: Kind) -> exp.Expr:
    if kind == Kind("timestamptz") and unit in HOURS and to.dialect in ("snowflake", "spark"):
        return _after(to, moment, amount, unit)
    if to.dialect == "snowflake":
        return to.call("dateadd", unit, amount, moment)
    if to.dialect == "trino":
        return to.call("date_add", exp.Literal.string(unit), amount, moment)
    if to.dialect == "bigquery":
        name = {"date": "date_add", "timestamp": "datetime_add"}.get(kind.name, "timestamp_add")
        return to.call(name, moment, exp.Interval(this=amount, unit=exp.Var(this=unit)))
    if to.dialect == "spark":
        return to.cast(_shifted_in_spark(to, moment, amount, unit, kind), kind)
    made = to.call(f"to_{unit}s", exp.Cast(this=amount, to=exp.DataType.build("int")))
    return to.cast(exp.Paren(this=exp.Add(this=moment, expression=made)), kind)


def _after(to: Writer, moment: exp.Expr, amount: exp.Expr, unit: str) -> exp.Expr:
    """So many hours later by a clock that nobody moves: 36 hours are no day and a half of the local one."""
    micros = exp.Literal.number(60_000_000 if unit == "minute" else 3_600_000_000)
    later = exp.Add(this=_since_1970(to, moment), expression=exp.Mul(this=to.cast(amount, INTEGER), expression=micros))
    return to.call("to_timestamp_ltz", later, 6) if to.dialect == "snowflake" else to.call("timestamp_micros", later)


def _shifted_in_spark(to: Writer, moment: exp.Expr, amount: exp.Expr, unit: str, kind: Kind) -> exp.Expr:
    """What adds to moments of every kind takes one without a zone for one with; these here do not."""
    if kind == DATE:
        days = exp.Mul(this=exp.Paren(this=amount), expression=exp.Literal.number({"week": 7, "year": 12}.get(unit, 1)))
        return to.call("date_add" if unit in ("day", "week") else "add_months", moment, days)
    if kind == Kind("timestamptz"):
        return to.call("timestampadd", unit, amount, moment)
    nothing = exp.Literal.number(0)
    places = {
        "day": (amount,),
        "week": (exp.Mul(this=exp.Paren(this=amount), expression=exp.Literal.number(7)),),
        "hour": (nothing, amount),
        "minute": (nothing, nothing.copy(), amount),
        "month": (nothing, amount),
        "year": (amount,),
    }[unit]
    made = to.call("make_ym_interval" if unit in ("month", "year") else "make_dt_interval", *places)
    return exp.Paren(this=exp.Add(this=moment, expression=made))


def _days_between(to: Writer, first: exp.Expr, last: exp.Expr) -> exp.Expr:
    if to.dialect == "bigquery":
        return to.call("date_diff", last, first, "day")
    if to.dialect == "snowflake":
        return to.call("datediff", "day", first, last)
    if to.dialect == "spark":
        return to.call("datediff", last, first)
    return to.call("date_diff", exp.Literal.string("day"), first, last)
