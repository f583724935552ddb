"""Alembic's entry point: this stack's tables and the kernel's way to migrate, nothing else."""

from boundary.kernel.runtime import migrating
from customer_stack import tables

migrating.environment(tables.METADATA)
