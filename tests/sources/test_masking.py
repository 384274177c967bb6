"""Masked views: what is declared sensitive is masked, whoever looks and however; what else is built on them stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege

from core import Column, Dataset, File, unique
from core.catalog import BoundDataset
from core.databases import parse_url
from core.errors import SourceError
from core.ledger import roles
from core.sources.masking import mask
from core.sources.staging import stage

Warehouse = psycopg.Connection[Any]
Bind = Callable[..., BoundDataset]
Write = Callable[..., Path]
TODAY = date(2026, 11, 20)
CLIENTS = Dataset(
    owner="Success",
    source=File("clients.csv"),
    columns=(
        Column("client_id", "integer", sensitive="hash"),
        Column("email", sensitive=True),
        Column("fee", "decimal(9,2)", sensitive=True),
        Column("region"),
    ),
)
ROWS = "client_id,email,fee,region\n17850,ann@example.com,12.50,North\n17851,,,South\n"


@pytest.fixture(autouse=True)
def with_roles(ledger_url: str) -> None:
    engine = sa.create_engine(parse_url(ledger_url))
    with engine.begin() as connection:
        roles.grant(connection)
    engine.dispose()


@pytest.fixture
def clients(warehouse: Warehouse, bind: Bind, file: Write) -> Callable[..., BoundDataset]:
    """Loads the dataset `clients`, as declared or with changes."""

    def _clients(text: str = ROWS, name: str = "clients", **changes: Any) -> BoundDataset:
        bound = bind(replace(CLIENTS, **changes), name)
        stage(warehouse, bound, file(text, f"{name}.csv"), today=TODAY)
        warehouse.commit()
        return bound

    return _clients


def looked_at(connection: Warehouse, statement: str, role: str = "kpi_viewer") -> list[tuple[Any, ...]]:
    """What a role is answered that may do nothing else."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"set local role {role}")
        return connection.execute(statement.encode()).fetchall()


def test_a_load_makes_the_view_with_masks_hashes_and_plain_columns(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    ann, nobody = looked_at(other, "select * from masked.clients order by region")
    assert ann[1:] == ("•••", "•••", "North")
    assert nobody[1:] == (None, None, "South")
    assert len(ann[0]) == len(nobody[0]) == 64
    assert "17850" not in ann[0]


def test_equal_values_have_equal_hashes_also_in_other_datasets_and_of_another_type(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    columns = (Column("client", sensitive="hash"), Column("n", "integer"))
    clients("client,n\n17851,3\n17850,2\n1785,1\n", "calls", columns=columns)
    joined = "select region, n from masked.clients join masked.calls on client = client_id order by n"
    assert looked_at(other, joined) == [("North", 2), ("South", 3)]


def test_the_hash_is_keyed_so_that_nobody_without_the_key_can_try_guesses(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    before = looked_at(other, "select client_id from masked.clients where region = 'North'")
    plain = other.execute("select encode(sha256('17850'), 'hex'), encode(sha256(sha256('17850')), 'hex')").fetchall()
    assert before[0][0] not in plain[0]
    other.execute("update kpi.mask_key set key = sha256(key)")
    assert looked_at(other, "select client_id from masked.clients where region = 'North'") != before


def test_every_ledger_has_a_key_of_its_own(new_database: Callable[[str], str], other: Warehouse) -> None:
    from core.ledger import schema

    engine = sa.create_engine(parse_url(new_database("template1")))
    with engine.begin() as connection:
        schema.migrate(connection)
        theirs = connection.execute(sa.text("select key from kpi.mask_key")).scalar()
    engine.dispose()
    assert other.execute("select key from kpi.mask_key").fetchall() != [(theirs,)]


@pytest.mark.parametrize("role", ["kpi_viewer", "kpi_reader", "kpi_writer"])
def test_no_role_reads_the_key_and_every_role_reads_the_view(
    clients: Callable[..., BoundDataset], other: Warehouse, role: str
) -> None:
    clients()
    assert looked_at(other, "select count(distinct client_id) from masked.clients", role) == [(2,)]
    if role == "kpi_viewer":
        with pytest.raises(InsufficientPrivilege):
            looked_at(other, "select key from kpi.mask_key", role)
    else:  # it may read every table, and finds no row
        assert looked_at(other, "select key from kpi.mask_key", role) == []


@pytest.mark.parametrize(
    "peek",
    [
        "select email from staging.clients",
        "select n from masked.clients, lateral (select email as n from staging.clients) as s",
        "insert into masked.clients (region) values ('West') returning 1",
    ],
)
def test_a_viewer_cannot_look_past_the_view(clients: Callable[..., BoundDataset], other: Warehouse, peek: str) -> None:
    clients()
    with pytest.raises(InsufficientPrivilege):
        looked_at(other, peek)


def test_a_viewer_finds_no_value_in_the_statistics(clients: Callable[..., BoundDataset], other: Warehouse) -> None:
    clients()
    seen = "select count(*) from pg_stats where tablename = 'clients'"
    assert other.execute(seen.encode()).fetchall() == [(4,)]
    assert looked_at(other, seen) == [(0,)]


def test_a_viewers_own_function_is_shown_masked_rows_only(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    other.execute(
        "create function public.tell(region text, row_seen text) returns boolean language plpgsql cost 0.0000001 "
        "as $$ begin raise notice '% %', region, row_seen; return true; end $$"
    )
    heard: list[str] = []
    other.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
    looked_at(other, "select 1 from masked.clients as c where public.tell(region, cast(c as text))")
    assert len(heard) == 2
    assert not any("ann" in line or "12.50" in line or "17850" in line for line in heard)


def test_columns_that_the_contract_does_not_name_are_left_out(bind: Bind, other: Warehouse) -> None:
    other.execute("create table staging.clients (client_id uuid, email text, passport text, region text)")
    other.execute("insert into staging.clients values (gen_random_uuid(), 'ann@example.com', 'X99', 'North')")
    bound = bind(replace(CLIENTS, columns=(*CLIENTS.columns[1:2], Column("region"), Column("id_of_later"))), "clients")
    with other.transaction():
        mask(other, bound)
    assert looked_at(other, "select * from masked.clients") == [("•••", "North")]


def test_there_is_no_view_without_a_table(bind: Bind, other: Warehouse) -> None:
    mask(other, bind(CLIENTS, "clients"))
    assert other.execute("select to_regclass('masked.clients')").fetchall() == [(None,)]


def test_what_people_built_on_a_view_stays_while_its_columns_do(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    other.execute("create view public.by_region as select region, count(email) as n from masked.clients group by 1")
    other.execute("grant select on masked.clients to public")
    clients(ROWS + "17852,bob@example.com,1,South\n")
    assert other.execute("select * from public.by_region order by 1").fetchall() == [("North", 1), ("South", 1)]
    assert other.execute("select has_table_privilege('public', 'masked.clients', 'select')").fetchall() == [(True,)]


def test_a_column_that_becomes_sensitive_is_masked_from_the_next_load_on(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients(columns=(Column("fee", "decimal(9,2)"), Column("region")))
    assert looked_at(other, "select fee from masked.clients where region = 'North'")[0][0] == 12.5
    clients(columns=(Column("fee", "decimal(9,2)", sensitive=True), Column("region", sensitive=True)))
    assert looked_at(other, "select * from masked.clients order by 1") == [("•••", "•••"), (None, "•••")]


def test_columns_that_go_or_change_their_type_take_the_view_along(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    clients(columns=(Column("region"), Column("client_id")))
    assert looked_at(other, "select * from masked.clients order by 1") == [("North", "17850"), ("South", "17851")]


def test_a_view_of_somebodys_own_on_a_masked_column_that_goes_is_named(
    clients: Callable[..., BoundDataset], other: Warehouse
) -> None:
    clients()
    other.execute("create view public.mails as select email from masked.clients")
    with pytest.raises(SourceError, match=r"mails needs the old ones. The last good table stays"):
        clients(columns=(Column("region"),))


def test_another_systems_table_is_held_fast_only_where_something_is_sensitive(bind: Bind, other: Warehouse) -> None:
    other.execute("create table staging.clients (email text, region text)")
    plain = Dataset(owner="O", columns=(Column("email"), Column("region")))
    mask(other, bind(plain, "clients"))
    other.execute("drop table staging.clients")  # as a sync does that makes its tables anew
    other.execute("create table staging.clients (email text, region text)")
    mask(other, bind(replace(plain, columns=(Column("email", sensitive=True),)), "clients"))
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        other.execute("drop table staging.clients")


def test_whoever_does_not_see_the_key_is_told_before_every_hash_is_null(bind: Bind, other: Warehouse) -> None:
    other.execute("create table staging.clients (client_id bigint, email text, fee numeric(9,2), region text)")
    other.execute("grant create on schema masked to kpi_reader")
    with other.transaction(force_rollback=True):
        other.execute("set local role kpi_reader")
        with pytest.raises(SourceError, match="needs the key of the hashes, which only the owner"):
            mask(other, bind(CLIENTS, "clients"))


def test_a_name_with_quotes_in_it_is_a_name(warehouse: Warehouse, bind: Bind, other: Warehouse, file: Write) -> None:
    odd = Dataset(owner="O", columns=(Column('the "key"', sensitive="hash"), Column("it's", sensitive=True)))
    stage(warehouse, bind(odd, "odd"), file('"the ""key""",it\'s\nA,B\n', "odd.csv"), today=TODAY)
    warehouse.commit()
    assert looked_at(other, 'select "it\'s", length("the ""key""") from masked.odd') == [("•••", 64)]


@pytest.mark.parametrize("kind", ["decimal(9,2)", "float", "date", "timestamp", "timestamptz", "boolean"])
def test_only_keys_are_hashed(kind: str) -> None:
    told = Column("x", kind, sensitive="hash").problems()
    assert told == [
        f'column "x" sensitive="hash" is for keys, which are text or integer, not {kind}: write sensitive=True'
    ]


def test_a_watermark_is_told_to_everybody_and_must_not_be_sensitive() -> None:
    columns = (Column("at", "timestamptz", sensitive=True),)
    assert Dataset(owner="O", columns=columns, watermark="at", checks=(unique("at"),)).problems() == [
        'watermark names "at", which is sensitive: everybody is told how far the data reaches'
    ]
