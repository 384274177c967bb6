"""Collections contacts: one row for each attempt to reach a customer who is late.

The dialler drops a CSV every night (`collections_contacts.csv` in KPI_DATA_DIR, all rows anew); `kpi load` takes it.
It numbers the attempts as it makes them.
An attempt that reached somebody says whether it was the right person; one that ended with a promise carries its
amount and day, and what was paid on it, with the day of the last payment. Payments are posted up to two days late.
The telephone number and the agent's number are personal data.
"""

from core import Column, Dataset, File, fresh, max_gap, no_drift, ordered, outliers, references, rule, unique

dataset = Dataset(
    owner="Collections",
    source=File("collections_contacts.csv"),
    columns=(
        Column("contact_id", nulls=0, weight=3),
        Column("loan_id", nulls=0.01, severity="warn", weight=2),
        Column("contacted_at", "timestamptz", nulls=0, at_least="1990-01-01", at_most=":today", weight=3),
        Column("channel", nulls=0.02, allowed=("call", "text", "letter"), severity="warn"),
        Column("agent_id", sensitive="hash"),
        Column("phone", max_length=20, sensitive=True, severity="warn"),
        Column("reached", "boolean", nulls=0.02, severity="warn", weight=2),
        Column("right_party", "boolean"),
        Column("promise_amount", "decimal(12,2)", at_least=0, severity="warn"),
        Column("promise_due_on", "date"),
        Column("paid_on", "date", at_most=":today", severity="warn"),
        Column("amount_paid", "decimal(12,2)", at_least=0, severity="warn"),
        Column("cost", "decimal(8,2)", nulls=0.02, at_least=0, at_most=1_000, severity="warn"),
    ),
    checks=(
        unique("contact_id", weight=3),
        rule(
            "the right person is somebody who was reached",
            holds="right_party is not true or reached",
            columns=("contact_id", "reached", "right_party"),
            severity="warn",
        ),
        rule(
            "a promise has an amount and a day",
            holds="(promise_amount is null) = (promise_due_on is null)",
            columns=("contact_id", "promise_amount", "promise_due_on"),
            weight=2,
        ),
        rule(
            "a payment has a day and an amount",
            holds="(paid_on is null) = (amount_paid is null)",
            columns=("contact_id", "paid_on", "amount_paid"),
            severity="warn",
        ),
        rule(
            "a promise is due after it was made",
            holds="promise_due_on >= cast(contacted_at as date)",
            columns=("contact_id", "contacted_at", "promise_due_on"),
            severity="warn",
        ),
        references("loan_id", to="loan_book.loan_id", severity="warn", allowed=0.005, weight=2),
        ordered("contacted_at", by="contact_id", key="lpad(contact_id, 20, '0')"),
        outliers("promise_amount", factor=3, columns=("contact_id",), allowed=0.005, weight=0.5),
        no_drift(weight=0.5),
        max_gap("contacted_at", days=4),
        fresh("contacted_at", hours=72, severity="warn", weight=0.5),
    ),
    watermark="contacted_at",
    grace_days=2,
    index=("contacted_at", "promise_due_on", "paid_on"),
)
