"""The audit log's tables in the customer database."""

from boundary.kernel.runtime import audit
from customer_stack import schema
from customer_stack.schema import Category, Purpose, Retention

TABLES = audit.tables(schema.METADATA, schema.KERNEL)

for _table in TABLES:
    schema.describe(_table, schema.technical(Purpose.EVIDENCE))
schema.describe(
    TABLES.entry,
    schema.technical(Purpose.EVIDENCE),
    payload=schema.handling(Category.PSEUDONYM, Purpose.EVIDENCE, Retention.ALWAYS),
)
