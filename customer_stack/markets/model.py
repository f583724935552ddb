"""An instrument as the execution stack describes it."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec


class State(enum.StrEnum):
    LISTED = "listed"
    HALTED = "halted"
    DELISTED = "delisted"


class Instrument(msgspec.Struct, frozen=True):
    """Prices are whole ticks, quantities whole lots; `tick_size` is micro-USD per lot and tick."""

    ref: UUID
    route: str
    product: str
    state: State
    tick_size: int
    lot_size: int
    price_max: int
    cap_lots: int
    opens_at: datetime
    closes_at: datetime
    document: bytes
