"""The audit log's tables in the customer database."""

from boundary.kernel.runtime import audit
from customer_stack import schema

TABLES = audit.tables(schema.METADATA, schema.KERNEL)
