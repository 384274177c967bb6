"""An installation full of secrets: in every sensitive column of every kind of input, in rows that fit and in rows
that do not, in queries that stumble over them. All of it looks like a secret that a search can find."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

SECRET = "zqxj"  # letters that no digest and no word holds
PLAIN = "qjzv"  # planted where nothing is declared: a search that does not find it is blind
NEEDLES = (SECRET, "73918462", "73,918,462", "1907-03-29", "29 Mar 1907", "29.03.1907")
DAYS = ("2026-11-03", "2026-11-05", "2026-11-10", "2026-11-12", "2026-11-17")
SENSITIVE = {
    "s_text": ("text", f"{SECRET}.ann@example.com"),
    "s_key": ("text", f"{SECRET}-key"),
    "s_number": ("integer", "7391846205113"),
    "s_code": ("integer", "739184620519"),
    "s_money": ("decimal(14,2)", "73918462.51"),
    "s_float": ("float", "73918462.051"),
    "s_date": ("date", "1907-03-29"),
    "s_local": ("timestamp", "1907-03-29 04:17:39"),
    "s_moment": ("timestamptz", "1907-03-29 04:17:39+00"),
}
HASHED = dict.fromkeys(("s_key", "s_code"), "hash")
_COLUMNS = ["id", "seen_at", "remark", *SENSITIVE]

RULES = """
    unique("s_text", {warn}), unique("s_date", "s_number", {warn}), unique("remark", {warn}),
    rule("columns", holds="s_number < 5", columns=("id", "s_number", "s_key", "remark"), {warn}),
    rule("all columns", holds="s_money < 1", {warn}), rule("upper case", holds="upper(s_text) = s_text", {warn}),
    rows_per_day("s_local", at_least=99, {warn}), max_gap("s_date", days=1), fresh("s_moment", hours=1),
    ordered("s_money", by="s_text"), ordered("s_float", by="s_key", key="length(s_key)"), ordered("id", by="s_date"),
""".replace("{warn}", 'severity="warn"')
RULE_THAT_FAILS = 'rule("a number", holds="cast(s_text as integer) > 0"), '
_COLUMN_RULES = {
    "s_text": r'pattern=r"^\d+$", max_length=3, allowed=("one", "two"),',
    "s_key": r'pattern=r"^\d+$", max_length=3,',
    **dict.fromkeys(("s_number", "s_code", "s_money", "s_float"), "at_most=1,"),
    **dict.fromkeys(("s_date", "s_local", "s_moment"), 'at_least="2000-01-01",'),
}


def dataset(source: str, more_rules: str = "") -> str:
    """A contract that these rows break in every way, and that holds no KPI for it."""
    plain = 'Column("id", "integer"), Column("seen_at", "timestamptz"), Column("remark", max_length=3, severity="warn")'
    masked = [
        f'Column("{name}", "{kind}", nulls=0, {_COLUMN_RULES[name]} '
        f'sensitive={HASHED.get(name, True)!r}, severity="warn")'
        for name, (kind, _) in SENSITIVE.items()
    ]
    return (
        f'dataset = Dataset(owner="O", {source} watermark="seen_at", warn_below=0, fail_below=0, '
        f"columns=({plain}, {', '.join(masked)}), checks=({RULES + more_rules}))"
    )


# Rows, as texts and as typed ones.


def rows() -> list[list[str]]:
    """Rows that fit their types; the last two are alike, and one holds nothing."""
    values = [value for _, value in SENSITIVE.values()]
    found = [[str(n), f"{day} 12:00:00+00", PLAIN, *values] for n, day in enumerate([*DAYS, DAYS[-1]], start=1)]
    found[1][3:] = [""] * len(values)
    found[-1][0] = found[-2][0]
    return found


def misfits() -> list[list[str]]:
    """The same, with a text where each other type should be, and a plain column that holds what it should not."""
    found = rows()
    found[2][3:] = [f"{SECRET} is not a {kind}" for kind, _ in SENSITIVE.values()]
    return found


def csv(lines: Iterable[Iterable[str]], header: Iterable[str] = _COLUMNS) -> str:
    return "".join(",".join(f'"{value}"' if value else "" for value in line) + "\n" for line in [header, *lines])


def parquet(path: Path, lines: list[list[str]], *, typed: bool) -> None:
    types = ["bigint", "timestamptz", "text", *(kind.replace("integer", "bigint") for kind, _ in SENSITIVE.values())]
    text = path.with_suffix(".text")
    text.write_text(csv(lines))
    columns = ", ".join(f"'{name}': 'varchar'" for name in _COLUMNS)
    chosen = ", ".join(
        f"cast({name} as {kind if typed else 'text'}) as {name}" for name, kind in zip(_COLUMNS, types, strict=True)
    )
    with duckdb.connect() as duck:
        reading = f"read_csv('{text}', columns={{{columns}}}, auto_detect=false, header=true, nullstr='')"
        duck.execute(f"copy (select {chosen} from {reading}) to '{path}' (format parquet)")
    text.unlink()


def workbook(path: Path, lines: list[list[str]]) -> None:
    from xlsxwriter import Workbook

    with Workbook(path) as book:
        sheet = book.add_worksheet("People")
        for number, line in enumerate([_COLUMNS, *lines]):
            for position, value in enumerate(line):
                sheet.write_string(number, position, value)


def write_files(data: Path) -> None:
    data.mkdir()
    (data / "good_csv.csv").write_text(csv(rows()))
    (data / "bad_csv.csv").write_text(csv(misfits()))
    (data / "bad_rule.csv").write_text(csv(rows()))
    (data / "guarded.csv").write_text(csv(rows()))
    (data / "checked.csv").write_text(csv(rows()))
    (data / "short.csv").write_text(csv([*rows(), ["7", DAYS[0], SECRET]]))
    (data / "unclosed.csv").write_text(csv(rows()) + f'8,2026-11-05,"{SECRET}')
    (data / "headless.csv").write_text(csv(rows()[1:], header=rows()[0]))
    parquet(data / "good_parquet.parquet", rows(), typed=True)
    parquet(data / "bad_parquet.parquet", misfits(), typed=False)
    whole = (data / "good_parquet.parquet").read_bytes()
    (data / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    workbook(data / "good_xlsx.xlsx", rows())
    workbook(data / "bad_xlsx.xlsx", misfits())
    workbook(data / "good_sheet.xlsx", rows())
    workbook(data / "bad_sheet.xlsx", misfits())


DATASETS = {
    "good_csv": 'source=File("good_csv.csv"),',
    "good_parquet": 'source=File("good_parquet.*"),',
    "good_xlsx": 'source=File("good_xlsx.xlsx", tab="People"),',
    "good_sheet": 'source=Sheet("good_sheet", "People"),',
    "good_table": "",
    "bad_csv": 'source=File("bad_csv.csv"),',
    "bad_parquet": 'source=File("bad_parquet.parquet"),',
    "bad_xlsx": 'source=File("bad_xlsx.xlsx"),',
    "bad_sheet": 'source=Sheet("bad_sheet", "People"),',
    "bad_table": "",
    "bad_rule": 'source=File("bad_rule.csv"),',
    "guarded": 'source=File("guarded.csv"),',
    "checked": 'source=File("checked.csv"),',
    "short": 'source=File("short.csv"),',
    "unclosed": 'source=File("unclosed.csv"),',
    "headless": 'source=File("headless.csv"),',
    "cut": 'source=File("cut.parquet"),',
}
LOADED = [name for name in DATASETS if name.startswith("good")]


def make_tables(sql: Callable[..., Any]) -> None:
    """Tables that other systems fill, and what they guard them with."""
    types = {"id": "bigint", "seen_at": "timestamptz", "remark": "text"} | {
        n: kind for n, (kind, _) in SENSITIVE.items()
    }
    columns = ", ".join(f"{name} {kind.replace('integer', 'bigint')}" for name, kind in types.items())
    for table in ("good_table", "guarded", "checked"):
        sql(f"create table staging.{table} ({columns})")
    for row in rows():
        marks = ", ".join(["%s"] * len(row))
        sql(f"insert into staging.good_table values ({marks})", *(value or None for value in row))
    sql("create table staging.bad_table as select id, seen_at, remark, s_text as s_number from staging.good_table")
    sql("alter table staging.checked add check (s_text = '')")
    sql(
        "create function public.refuse() returns trigger language plpgsql as "
        "$$ begin raise exception 'no % here', new.s_text; end $$"
    )
    sql("create trigger no before insert on staging.guarded for each row execute function refuse()")
    sql(
        "create function public.shout(said text) returns integer language plpgsql as "
        "$$ begin raise exception 'bad mail %', said; end $$"
    )
    sql("create function public.same(said anyelement) returns anyelement language sql as 'select $1'")


# KPIs that stumble over a secret, by name: what they select, from the table above.

QUERIES = {
    "fine": "count(*)",
    "cast": "sum(cast(s_text as integer))",
    "narrow": "sum(cast(s_number as smallint))",
    "digits": "sum(cast(cast(s_number as text) as smallint))",
    "dated": "max(extract(year from to_date(s_text, 'YYYY-MM-DD')))",
    "zone": "count(seen_at at time zone s_text)",
    "table": "count(cast(s_text as regclass))",
    "type": "count(cast(s_key as regtype))",
    "role": "count(cast(s_key as regrole))",
    "division": "sum(s_money / (s_number - s_number))",
    "raised": "sum(public.shout(s_text))",
    "json": "count(cast(s_text as jsonb))",
    "pattern": "sum(case when 'x' ~ ('(' || s_text) then 1 else 0 end)",
    "statement": "count(query_to_xml(s_text, true, true, ''))",
    "setting": "count(current_setting(s_text))",
    "encoded": "count(encode('x', s_text))",
    "reached": "count(pg_read_file(s_text))",
    "two_rows": "id",
    "shown_text": "s_text",
    "shown_number": "max(s_number)",
    "hidden_text": "min(public.same(s_text))",
    "hidden_date": "max(public.same(s_date))",
    "hidden_moment": "max(public.same(s_moment))",
    "not_a_number": "max(cast('NaN' as float) * s_float)",
    "named": f"count(*) as {PLAIN}, count(*)",
}
_INPUT = (
    "select id, seen_at, s_text, s_number, s_moment from staging.good_csv where seen_at >= :start and seen_at < :end"
)
BLENDS = {
    "blend_cast": (f'{{"p": Query("{_INPUT}")}}', "select sum(cast(s_text as integer)) as value from p"),
    "blend_parse": (f'{{"p": Query("{_INPUT}")}}', "select count(strptime(s_text, '%Y')) as value from p"),
    "blend_error": (f'{{"p": Query("{_INPUT}")}}', "select count(error(s_text)) as value from p"),
    "blend_zone": (f'{{"p": Query("{_INPUT}")}}', "select count(timezone(s_text, seen_at)) as value from p"),
    "blend_text": (f'{{"p": Query("{_INPUT}")}}', "select min(lower(s_text)) as value from p"),
    "blend_rows": (f'{{"p": Query("{_INPUT}")}}', "select id as value from p"),
    "blend_query": (
        f'{{"p": Query("{_INPUT.replace("s_number", "cast(s_text as integer) as s_number")}")}}',
        "select count(*) as value from p",
    ),
    "blend_csv": ('{"p": File("good_csv.csv", columns={"seen_at": "timestamptz", "s_text": "integer"})}', ""),
    "blend_parquet": ('{"p": File("good_parquet.parquet", columns={"seen_at": "timestamptz", "s_key": "float"})}', ""),
    "blend_xlsx": ('{"p": File("good_xlsx.xlsx", columns={"seen_at": "timestamptz", "s_money": "date"})}', ""),
    "blend_sheet": (
        '{"p": Sheet("good_sheet", "People", columns={"seen_at": "timestamptz", "s_date": "boolean"})}',
        "",
    ),
}
_COUNTED = "select count(*) as value from p where seen_at >= :start and seen_at < :end"

Write = Callable[[str, str], None]


def kpis() -> Mapping[str, str]:
    """The measure of every KPI."""
    where = "from staging.good_table where seen_at >= :start and seen_at < :end"
    found = {name: f'Query("select {chosen} as value {where}")' for name, chosen in QUERIES.items()}
    found |= {name: f'Blend(tables={tables}, sql="{sql or _COUNTED}")' for name, (tables, sql) in BLENDS.items()}
    found["elsewhere"] = f'Query("select {QUERIES["cast"]} as value {where}", database="crm")'
    found["ratio"] = 'ref("shop.cast") / ref("shop.fine")'
    return found


def write_definitions(write: Write) -> None:
    write("scorecard.py", 'scorecard = Scorecard(title="Shop", owner="O")')
    for name, source in DATASETS.items():
        write(f"dataset_{name}.py", dataset(source, RULE_THAT_FAILS if name == "bad_rule" else ""))
    for number, (name, measure) in enumerate(kpis().items(), start=1):
        body = f'kpi = KPI(title="{name}", owner="O", unit="count", better="higher", measure={measure})'
        write(f"kpi_{number:02}_{name}.py", body)
