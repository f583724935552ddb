"""What every `tables.py` of this stack builds with: one metadata, and PostgreSQL's own types."""

import sqlalchemy as sa

from boundary.kernel.runtime import columns

METADATA = sa.MetaData()
KERNEL = columns.PLAIN
