"""The column types that the kernel's own tables need, so that each stack can bring its own.

The customer stack uses PostgreSQL's types as they are. The execution stack brings domains, because its database
refuses every column whose type is not on a closed list.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import base
from sqlalchemy.types import UserDefinedType


class Xid8(UserDefinedType[int]):
    """The 64-bit number of the transaction that wrote a row."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


base.ischema_names["xid8"] = Xid8  # so that Alembic, comparing a live database, knows the type too


class Types(NamedTuple):
    ref: Any
    counter: Any
    moment: Any
    hash32: Any
    signature64: Any
    coded: Any


PLAIN = Types(
    ref=sa.Uuid(),
    counter=sa.BigInteger(),
    moment=postgresql.TIMESTAMP(timezone=True),
    hash32=postgresql.BYTEA(),
    signature64=postgresql.BYTEA(),
    coded=postgresql.BYTEA(),
)


def numbered(table: str, metadata: sa.MetaData, types: Types) -> sa.Column[int]:
    """A primary key drawn from a sequence. An identity column would do, but its type may not be a domain."""
    sequence = sa.Sequence(f"{table}_id", metadata=metadata)
    return sa.Column("id", types.counter, server_default=sequence.next_value(), primary_key=True, autoincrement=False)
