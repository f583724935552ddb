"""The audit log's tables in the execution database."""

from boundary.kernel.runtime import audit
from execution_stack import schema

TABLES = audit.tables(schema.METADATA, schema.KERNEL)
