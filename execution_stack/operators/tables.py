"""The register of operators, in types of the closed list."""

from boundary.kernel.runtime import operator_tables
from execution_stack import schema

OPERATOR, DECISION = operator_tables.tables(schema.METADATA, schema.KERNEL)
"""From `boundary.kernel.runtime.operator_tables`, so that both stacks decide alike."""
