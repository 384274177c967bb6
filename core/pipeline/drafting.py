"""What a new KPI file has to know of the ledger."""

from core.errors import FactoryError
from core.ledger import names
from core.pipeline.session import Session


def numbers_on_record(session: Session, scorecard: str) -> list[str]:
    """Every number that a KPI of the scorecard ever had there; none where no ledger can be asked.

    Rows keep their number: whoever takes it again would inherit them.
    """
    try:
        session.require_ledger()
        with session.ledger() as connection:
            return names.numbers(connection, scorecard)
    except FactoryError:
        return []
