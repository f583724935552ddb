"""The register of operators."""

from boundary.kernel.runtime import operator_tables
from customer_stack import schema

OPERATOR, DECISION = operator_tables.tables(schema.METADATA, schema.KERNEL)
"""From `boundary.kernel.runtime.operator_tables`, so that both stacks decide alike."""

_PERSON = schema.handling(schema.Category.PSEUDONYM, schema.Purpose.EVIDENCE, schema.Retention.ALWAYS)
schema.describe(OPERATOR, schema.technical(schema.Purpose.SECURITY), ref=_PERSON, public_key=_PERSON)
schema.describe(DECISION, schema.technical(schema.Purpose.EVIDENCE), first=_PERSON, second=_PERSON)
