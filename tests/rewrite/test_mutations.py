"""Mutations of a query: each mistake once, none that is provably no mistake."""

import pytest

from core.dataset import Column
from core.query_names import Tables
from core.rewrite.equivalents import Proof, same_words
from core.rewrite.mutations import Mutation, mutations, unmutated
from core.rewrite.reads import reads_of
from core.rewrite.texts import on_temporary

TABLES: Tables = {
    "staging.orders": {
        "no": Column("no", nulls=0),
        "at": Column("at", "timestamptz"),
        "amount": Column("amount", "decimal(12,2)"),
        "client": Column("client"),
        "paid": Column("paid", "boolean"),
    },
    "staging.clients": {"client": Column("client", nulls=0), "since": Column("since", "date")},
}


def of(sql: str, unique: str = "") -> list[Mutation]:
    return mutations(sql, "postgres", TABLES, Proof(frozenset({unique} if unique else ())))


def kinds(sql: str, kind: str) -> list[str]:
    return [str(m).partition(": ")[2] for m in of(sql) if m.kind == kind]


WEEK = "at >= :start and at < :end"


def test_each_side_of_a_week_is_moved_dropped_negated_and_joined_by_or() -> None:
    found = [(m.kind, str(m)) for m in of(f"select count(*) as value\nfrom staging.orders\nwhere {WEEK}")]
    assert found == [
        ("and to or", "line 3: and at < :end → or at < :end"),
        ("boundary", "line 3: at >= :start → at > :start"),
        ("dropped condition", "line 3: without at >= :start"),
        ("negated condition", "line 3: at >= :start → not at >= :start"),
        ("boundary", "line 3: at < :end → at <= :end"),
        ("dropped condition", "line 3: without at < :end"),
        ("negated condition", "line 3: at < :end → not at < :end"),
        ("shifted a day", "line 3: at >= :start → at >= (cast(:start as date) + 1)"),
        ("shifted a day", "line 3: at >= :start → at >= (cast(:start as date) - 1)"),
        ("shifted a day", "line 3: at < :end → at < (cast(:end as date) + 1)"),
        ("shifted a day", "line 3: at < :end → at < (cast(:end as date) - 1)"),
    ]


CONDITIONS = [
    ("where paid", ["without paid"]),
    ("where (paid)", ["without paid"]),
    ("where paid or at < :end", ["without paid", "without at < :end"]),
    ("where (paid or at < :end) and no = 'x'", ["without paid or at < :end", "without paid", "without at < :end"]),
    ("where not (paid and at < :end)", ["without not (paid and at < :end)"]),
    ("group by no having sum(amount) > 3", ["without sum(amount) > 3"]),
]


@pytest.mark.parametrize(("clause", "dropped"), CONDITIONS)
def test_conditions_are_dropped_wherever_they_stand(clause: str, dropped: list[str]) -> None:
    found = kinds(f"select count(*) as value from staging.orders {clause}", "dropped condition")
    assert set(dropped) <= set(found)
    assert len(found) == len(set(found))


def test_one_of_several_alternatives_is_dropped_by_never_holding() -> None:
    (first, second) = [
        m.sql
        for m in of("select count(*) as value from staging.orders where paid or no = 'x'")
        if m.kind == "dropped condition"
    ]
    assert first.endswith("WHERE FALSE OR no = 'x'")
    assert second.endswith("WHERE paid OR FALSE")


def test_conditions_of_filters_joins_and_cases_count_too() -> None:
    sql = """
        select sum(case when paid then 1 else 0 end) filter (where amount > 3) as value
        from   staging.orders as o join staging.clients as c on c.client = o.client
    """
    assert set(kinds(sql, "dropped condition")) == {
        "without paid",
        "without amount > 3",
        "without c.client = o.client",
    }
    assert kinds(sql, "widened join") == [
        "join staging.clients as c on c.client = o.client → left join staging.clients as c on c.client = o.client"
    ]
    narrowed = kinds(sql.replace(" join", " left join"), "narrowed join")
    assert narrowed == [
        "left join staging.clients as c on c.client = o.client → join staging.clients as c on c.client = o.client"
    ]


AGGREGATES = [
    ("count(distinct client)", {"count(distinct client) → count(client)"}),
    ("count(client)", {"count(client) → count(*)"}),
    ("sum(amount)", {"sum(amount) → count(amount)", "sum(amount) → avg(amount)"}),
    ("count(*)", set()),
    ("coalesce(sum(amount), 0)", {"coalesce(sum(amount), 0) → sum(amount)"}),
]


@pytest.mark.parametrize(("aggregate", "expected"), AGGREGATES)
def test_aggregates_count_too_much(aggregate: str, expected: set[str]) -> None:
    found = {str(m).partition(": ")[2] for m in of(f"select {aggregate} as value from staging.orders where {WEEK}")}
    assert expected <= found
    assert expected or not any("count" in told for told in found)


CONSTANTS = [
    ("amount > 3", {"amount > 3 → amount > 4"}),
    ("no = 'A'", {"no = 'A' → no = 'A~'"}),
    ("no like 'A%'", {"no like 'A%' → no like 'A~%'"}),
    ("no in ('A', 'B')", {"no in ('A', 'B') → no in ('B')", "no in ('A', 'B') → no in ('A')"}),
    ("at >= :end - interval '28 days'", {"at >= :end - interval '28 days' → at >= :end - interval '27 days'"}),
    ("to_char(at, 'IYYY') = '2026'", {"to_char(at, 'IYYY') = '2026' → to_char(at, 'IYYY') = '2026~'"}),
]


@pytest.mark.parametrize(("condition", "expected"), CONSTANTS)
def test_constants_are_changed_and_formats_are_not(condition: str, expected: set[str]) -> None:
    found = set(kinds(f"select count(*) as value from staging.orders where {condition}", "constant"))
    assert expected <= found
    assert not any("IYYY~" in told for told in found)


def test_what_stands_for_nothing_is_no_constant() -> None:
    sql = "select count(*) as value from staging.orders where exists (select 1 from staging.clients) order by 1 limit 1"
    assert kinds(sql, "constant") == []


def test_an_or_within_ands_keeps_its_place() -> None:
    sql = f"select count(*) as value from staging.orders where {WEEK} and paid"
    inner = next(m for m in of(sql) if m.before == "and at < :end")
    assert inner.sql.endswith("WHERE (at >= :start OR at < :end) AND paid")


def test_every_mutation_is_another_text_than_the_query_and_than_the_others() -> None:
    sql = f"select count(distinct no) filter (where paid) as value from staging.orders where {WEEK} and client <> 'x'"
    texts = [m.sql for m in of(sql)]
    assert len(texts) == len(set(texts))
    assert unmutated(sql, "postgres") not in texts


SAME = [
    ("count(no) as value from staging.orders", "count of rows", "no is never null by its contract"),
    ("count(client) as value from staging.orders where client = 'x'", "count of rows", "rows without client"),
    ("count(*) as value from staging.orders where no is not null", "dropped condition", "never null by its contract"),
    ("count(*) as value from staging.orders where no is null or paid", "dropped condition", "never null"),
    ("count(*) as value from staging.orders where client is not null and client > 'x'", "dropped condition", "another"),
    ("count(distinct no) as value from staging.orders", "count of all", "no two rows share no by its contract"),
    ("sum(coalesce(no, 'x')) as value from staging.orders", "dropped coalesce", "never null by its contract"),
    (
        "count(*) as value from staging.orders as o join staging.clients as c using (client) where c.since < :end",
        "widened join",
        "a condition on c.since leaves out rows without a partner",
    ),
    (
        "count(*) filter (where at < :end and at >= :start) as value from staging.orders "
        "where (at is null or at >= :start)",
        "dropped condition",
        "at is null or at >= :start guarantees it",
    ),
    (
        "count(*) as value from staging.orders where at < :end and at <= :end - interval '1 hour' * "
        "case client when 'x' then 24 else 0.5 end",
        "dropped condition",
        "guarantees it",
    ),
]


@pytest.mark.parametrize(("rest", "kind", "why"), SAME)
def test_what_is_provably_no_mistake_says_why(rest: str, kind: str, why: str) -> None:
    found = [m for m in of(f"select {rest}", unique="no") if m.kind == kind and m.same]
    assert [why in m.same for m in found] == [True]


DIFFERENT = [
    (
        "count(*) as value from staging.orders where at < :end and at <= :end - interval '1 hour' * "
        "case client when 'x' then 24 else 0 end",
        "dropped condition",
    ),
    ("count(*) as value from staging.orders where at < :end and at <= :end - size", "dropped condition"),
    ("count(client) as value from staging.orders", "count of rows"),
    ("count(distinct client) as value from staging.orders", "count of all"),
    ("count(distinct o.no) as value from staging.orders as o, staging.clients", "count of all"),
    (
        "count(c.client) as value from staging.orders as o left join staging.clients as c using (client)",
        "count of rows",
    ),
    ("count(*) as value from staging.orders as o join staging.clients as c using (client)", "widened join"),
    (
        "count(*) as value from staging.orders as o join staging.clients as c using (client) "
        "where c.since is null or c.since < :end",
        "widened join",
    ),
    ("count(*) as value from staging.orders where client is not null or client > 'x'", "dropped condition"),
    ("count(*) as value from staging.orders where no is null", "dropped condition"),
    ("count(*) filter (where at >= :start) as value from staging.orders where at is null or at >= :start", "boundary"),
    ("count(*) as value from staging.orders where at >= :start and at >= :end", "boundary"),
]


@pytest.mark.parametrize(("rest", "kind"), DIFFERENT)
def test_what_may_make_a_difference_is_never_called_the_same(rest: str, kind: str) -> None:
    found = [m for m in of(f"select {rest}", unique="no") if m.kind == kind]
    assert found
    assert [m.same for m in found if m.same] == []


def test_a_weaker_bound_beside_a_guarantee_is_no_mistake_and_a_stronger_one_is() -> None:
    sql = """
        select count(*) filter (where at < :end and at >= :end - interval '28 days') as numerator,
               count(*) as denominator
        from   staging.orders
        where  (at is null or at >= :end - interval '28 days')
    """
    of_filter = [m for m in of(sql) if m.line == 1 and "28 days" in m.before]
    assert {m.after for m in of_filter if m.same} == {
        "",
        "at >= (cast(:end as date) - 1) - interval '28 days'",
        "at >= :end - interval '29 days'",
    }
    assert {m.after for m in of_filter if not m.same} >= {
        "at > :end - interval '28 days'",
        "at >= (cast(:end as date) + 1) - interval '28 days'",
        "at >= :end - interval '27 days'",
    }


def test_conditions_in_other_words_are_recognized() -> None:
    one, other = (f"select count(*) as value from t where {c}" for c in ("a and b and true", "a and b"))
    assert same_words(one, other, "postgres")
    assert not same_words(one, other.replace("and", "or"), "postgres")


def test_blends_are_mutated_in_their_own_dialect() -> None:
    sql = "select sum(calls) filter (where week = :week) as value from report where kind like 'x%'"
    texts = [m.sql for m in mutations(sql, "duckdb", {"report": None})]
    assert any("week = :week" in text for text in texts)
    assert not any("$week" in text for text in texts)


def test_the_schema_of_temporary_tables_is_put_in_letter_by_letter() -> None:
    sql = """SELECT count(*) -- of staging.orders
        from Staging . orders, "staging"."clients", staging.others where x = 'staging.orders' and staging.orders.y"""
    assert on_temporary(sql, "staging", frozenset({"orders", "clients"})) == (
        """SELECT count(*) -- of staging.orders
        from pg_temp . orders, pg_temp."clients", staging.others where x = 'staging.orders' and pg_temp.orders.y"""
    )


def test_what_a_query_reads_and_where_it_cuts_time() -> None:
    sql = """
        select count(*) filter (where extract(isodow from day) = 7) as value
        from   (select at, cast(at as date) as day, amount from staging.orders) as o
        where  at >= :start - interval '7 days' and :end > at
    """
    reads = reads_of(sql, "postgres", TABLES)
    assert {table: {c.name for c in columns} for table, columns in reads.columns.items()} == {
        "staging.orders": {"at", "amount"}
    }
    assert [(c.table, c.column.name, c.bound) for c in reads.cuts] == [
        ("staging.orders", "at", ":start - INTERVAL '7 DAYS'"),
        ("staging.orders", "at", ":end"),
    ]
    assert reads.beside == {("staging.orders", "at")}
    plain = reads_of(f"select count(*) as value from staging.orders where {WEEK}", "postgres", TABLES)
    assert plain.beside == frozenset()
