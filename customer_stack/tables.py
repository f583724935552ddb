"""Every table of the customer database, for Alembic and for whoever needs the whole of it.

The outbox and the jobs are mechanisms of the kernel and belong to no capability, so they are instantiated here.
"""

from boundary.kernel.runtime import audit, database_objects, jobs, outbox
from customer_stack import schema
from customer_stack.audit import tables as audit_tables
from customer_stack.gate import tables as gate_tables

METADATA = schema.METADATA
OUTBOX = outbox.table(METADATA, schema.KERNEL)
JOB = jobs.table(METADATA, schema.KERNEL)

OWNERS = {"audit": audit_tables, "gate": gate_tables}
APPEND_ONLY = tuple(table.name for table in audit_tables.TABLES)

database_objects.attach(
    METADATA,
    before=[audit.APPEND_ONLY_FUNCTION],
    after=[audit.append_only(table) for table in APPEND_ONLY],
)
