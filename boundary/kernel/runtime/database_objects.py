"""What a schema holds beside tables: domains, functions, triggers. Kept with the metadata, created with it.

A migration writes the same DDL out; a test dumps a migrated database and a created one and compares them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import event


def attach(metadata: sa.MetaData, *, before: Sequence[str], after: Sequence[str]) -> None:
    """Run `before` ahead of the tables and `after` behind them whenever the metadata is created."""
    for moment, statements in (("before_create", before), ("after_create", after)):
        for statement in statements:
            ddl = sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
            event.listen(metadata, moment, ddl)
