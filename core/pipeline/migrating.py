"""Migrating: the ledger's tables, the scorecards' parts, the roles and the masked views, brought to this version."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.databases import READER
from core.errors import FactoryError
from core.ledger import names, roles, schema
from core.pipeline.session import Session

if TYPE_CHECKING:
    import sqlalchemy as sa


@dataclass
class Migration:
    """From which revision; what was done; what only an administrator may do, as SQL to paste."""

    before: str | None
    said: list[str] = field(default_factory=list)
    administrator: list[str] = field(default_factory=list)


def migrate(session: Session, *, dry_run: bool = False) -> Migration:
    """Running it again changes nothing. A dry run says from which revision to which."""
    with session.writing() as connection:
        if not dry_run:
            return bring_up_to_date(session, connection)
        before = schema.revision(connection)
    would = f"would bring the ledger from revision {before or 'none'} to {schema.REVISION}"
    return Migration(before, [] if before == schema.REVISION else [would])


def bring_up_to_date(session: Session, connection: "sa.Connection") -> Migration:
    done = Migration(schema.revision(connection))
    said = schema.migrate(connection)
    done.said += [line for line in said if not line.startswith(f"{READER} ")]  # what it lacks is told below, as SQL
    names.add_parts(connection, session.catalog.scorecards)
    done.administrator += roles.grant(connection)
    done.said += mask_all(session, connection)
    return done


def mask_all(session: Session, connection: "sa.Connection") -> list[str]:
    """Bring every masked view in line whose table stands, those of other systems included; what could not be."""
    import psycopg

    from core.databases import said_by
    from core.sources.masking import mask

    driver, left = session.driver(connection), []
    for bound in session.catalog.datasets.values():
        try:
            with driver.transaction():
                mask(driver, bound)
        except FactoryError as error:
            left.append(f"masked.{bound.name} was not made: {error}")
        except psycopg.Error as error:
            left.append(f"masked.{bound.name} was not made: {said_by(error)}.")
    return left
