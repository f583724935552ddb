"""What every `tables.py` of this stack builds with: one metadata, and column types from the closed list.

The domains themselves are defined in `boundary.privacy.closed_types`, which the catalogue lint reads too.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from boundary.kernel.runtime import columns
from boundary.privacy import closed_types

METADATA = sa.MetaData()


class Domain(UserDefinedType[Any]):
    """A column type named by its domain."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        if name not in closed_types.CLOSED_TYPES:
            raise ValueError(f"{name} is not on the closed list")
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


REF = Domain("ref")
COUNTER = Domain("counter")
AMOUNT = Domain("amount")
TICKS = Domain("ticks")
LOTS = Domain("lots")
MOMENT = Domain("moment")
HASH32 = Domain("hash32")
SIGNATURE64 = Domain("signature64")
SIGNATURE65 = Domain("signature65")
ADDRESS20 = Domain("address20")
VENUE_ID = Domain("venue_id")
CODE = Domain("code")
CODED = Domain("coded")

KERNEL = columns.Types(ref=REF, counter=COUNTER, moment=MOMENT, hash32=HASH32, signature64=SIGNATURE64, coded=CODED)


def domains() -> list[str]:
    """The DDL of every domain on the closed list."""
    return [
        f"CREATE DOMAIN {name} AS {type_.base} CONSTRAINT {name}_closed CHECK ({type_.check})"
        for name, type_ in closed_types.CLOSED_TYPES.items()
    ]
