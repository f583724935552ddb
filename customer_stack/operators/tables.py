"""The register of operators."""

from boundary.kernel.runtime import operator_tables
from customer_stack import schema

OPERATOR, DECISION = operator_tables.tables(schema.METADATA, schema.KERNEL)
"""From `boundary.kernel.runtime.operator_tables`, so that both stacks decide alike."""
