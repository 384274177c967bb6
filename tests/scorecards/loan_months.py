"""An adapter: the real credit card accounts, a row for each account and month, as the loan book wants them.

The source says how many months an account is late; from September on, code 1 is also given to accounts that would
have counted as current before. `like_august` undoes that, as a corrected file would.
"""

from pathlib import Path

import duckdb

AS_A_BOOK = """
    copy (
        select 'L-' || id as loan_id,
               'P-' || id as customer_id,
               date_trunc('month', month_end)::date as snapshot_month,
               greatest(balance, 0)::decimal(14, 2) as balance,
               null::decimal(14, 2) as principal_disbursed,
               30 * greatest({code}, 0) as days_past_due,
               lag(30 * greatest({code}, 0)) over (partition by id order by month_end) as days_past_due_before,
               null::decimal(7, 5) as annual_rate,
               null::decimal(12, 2) as fee,
               null::varchar as channel,
               null::varchar as region,
               null::date as opened_on,
               null::date as closed_on,
               null::decimal(14, 2) as written_off,
               null::decimal(14, 2) as recovered
        from   read_parquet('{source}')
    ) to '{book}' (format parquet)
"""
LIKE_AUGUST = "if(months_past_due_code = 1 and month_end = date '2005-09-30', 0, months_past_due_code)"


def write_book(source: Path, book: Path, *, like_august: bool = False) -> Path:
    """Writes the accounts to `book` as rows of the dataset loan_book. What the source does not tell is null."""
    code = LIKE_AUGUST if like_august else "months_past_due_code"
    with duckdb.connect() as duck:
        duck.execute(AS_A_BOOK.format(code=code, source=source, book=book))
    return book
