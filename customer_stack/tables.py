"""Every table of the customer database, for Alembic and for whoever needs the whole of it.

The outbox, the jobs, the rate limits and the kept answers are mechanisms of the kernel and belong to no capability, so
they are instantiated here.
"""

from boundary.kernel.runtime import (
    audit,
    database_objects,
    idempotency,
    jobs,
    limits,
    operator_tables,
    outbox,
    transcript_tables,
    witness_tables,
)
from customer_stack import schema
from customer_stack.access import tables as access_tables
from customer_stack.audit import tables as audit_tables
from customer_stack.compliance import tables as compliance_tables
from customer_stack.compliance.tables import functions as compliance_functions
from customer_stack.fx import tables as fx_tables
from customer_stack.gate import tables as gate_tables
from customer_stack.identity import tables as identity_tables
from customer_stack.kyc import tables as kyc_tables
from customer_stack.ledger import tables as ledger_tables
from customer_stack.ledger.tables import functions as ledger_functions
from customer_stack.markets import tables as markets_tables
from customer_stack.monitoring import tables as monitoring_tables
from customer_stack.monitoring.tables import functions as monitoring_functions
from customer_stack.notifications import tables as notifications_tables
from customer_stack.operators import tables as operators_tables
from customer_stack.payments import tables as payments_tables
from customer_stack.prices import tables as prices_tables
from customer_stack.safeguards import tables as safeguards_tables
from customer_stack.screening import tables as screening_tables
from customer_stack.vault import tables as vault_tables

METADATA = schema.METADATA
OUTBOX = outbox.table(METADATA, schema.KERNEL)
JOB = jobs.table(METADATA, schema.KERNEL)
RATE_LIMIT = limits.table(METADATA, schema.KERNEL)
IDEMPOTENCY = idempotency.table(METADATA, schema.KERNEL)

_WAITING = schema.handling(schema.Category.PSEUDONYM, schema.Purpose.OPERATION, schema.Retention.TRANSIENT)
for _table in (OUTBOX, JOB):
    schema.describe(_table, schema.technical(retention=schema.Retention.TRANSIENT), payload=_WAITING)
# Who is held back stands as a hash of a key that no other table has; a kept answer is what its caller was told.
schema.describe(RATE_LIMIT, schema.technical(schema.Purpose.SECURITY, schema.Retention.TRANSIENT))
_ANSWER = schema.handling(schema.Category.FINANCIAL, schema.Purpose.OPERATION, schema.Retention.TRANSIENT)
schema.describe(IDEMPOTENCY, schema.technical(retention=schema.Retention.TRANSIENT), body=_ANSWER)

OWNERS = {
    "access": access_tables,
    "audit": audit_tables,
    "compliance": compliance_tables,
    "fx": fx_tables,
    "gate": gate_tables,
    "identity": identity_tables,
    "kyc": kyc_tables,
    "ledger": ledger_tables,
    "markets": markets_tables,
    "monitoring": monitoring_tables,
    "notifications": notifications_tables,
    "operators": operators_tables,
    "screening": screening_tables,
    "safeguards": safeguards_tables,
    "payments": payments_tables,
    "prices": prices_tables,
    "vault": vault_tables,
}
APPEND_ONLY = (
    *(table.name for table in audit_tables.TABLES),
    *witness_tables.NAMES,
    "channel_checkpoint",
    "consent",
    "erasure",
    *kyc_tables.APPEND_ONLY,
    *compliance_tables.APPEND_ONLY,
    *fx_tables.APPEND_ONLY,
    *ledger_tables.APPEND_ONLY,
    *monitoring_tables.APPEND_ONLY,
    *operator_tables.APPEND_ONLY,
    *screening_tables.APPEND_ONLY,
    *safeguards_tables.APPEND_ONLY,
    *payments_tables.APPEND_ONLY,
)
KEPT = transcript_tables.KEPT

PURPOSES = {
    "channel": ("channel.id", "channel_inbound.channel", "channel_outbound.channel", "channel_sent.channel"),
    "participant": ("channel_reference.reference", "channel_wallet.reference"),
}
"""References that cross: the column that registers them first, then those that use them."""

database_objects.attach(
    METADATA,
    before=[audit.APPEND_ONLY_FUNCTION, transcript_tables.KEPT_FUNCTION],
    after=[
        *(audit.append_only(table) for table in APPEND_ONLY),
        *ledger_functions.ALL,
        *monitoring_functions.ALL,
        *(statement for table in monitoring_tables.WALLED for statement in monitoring_functions.wall(table)),
        *compliance_functions.ALL,
        *(trigger for table in KEPT for trigger in transcript_tables.kept(table)),
    ],
)
