"""What the audit log says of a venue: references, whole numbers and digests; and the job that a command may ask for."""

from uuid import UUID

from boundary.kernel import records


class OrderRecorded(records.Entry, frozen=True, tag="venues.order_recorded.v1"):
    """An order exists from now on, and money is held for it. It has not left."""

    order: UUID
    client: UUID
    instrument: UUID
    ask: bool
    price: records.Count
    count: records.Count
    reserved: records.Count


class OrderMoved(records.Entry, frozen=True, tag="venues.order_moved.v1"):
    """An order is in another state; `state` counts the states in the order of the enum, from 1."""

    order: UUID
    state: records.Count
    filled: records.Count


class CommandRecorded(records.Entry, frozen=True, tag="venues.command_recorded.v1"):
    """Something is to be asked about an order; `kind` and, below, `state` count as in `OrderMoved`. 0 means none."""

    order: UUID
    number: records.Count
    kind: records.Count
    price: records.Count
    count: records.Count


class CommandMoved(records.Entry, frozen=True, tag="venues.command_moved.v1"):
    order: UUID
    number: records.Count
    state: records.Count


class OrderAmended(records.Entry, frozen=True, tag="venues.order_amended.v1"):
    """The venue holds the order with another price, size or client order id."""

    order: UUID
    client: UUID
    price: records.Count
    count: records.Count


class Filled(records.Entry, frozen=True, tag="venues.filled.v1"):
    """A fill was recorded, once."""

    order: UUID
    fill: records.Hash32
    price: records.Count
    count: records.Count
    fee: records.Count


class Busted(records.Entry, frozen=True, tag="venues.busted.v1"):
    """The venue took a fill back; the reversal is a row of its own."""

    order: UUID
    fill: records.Hash32
    count: records.Count


class Settled(records.Entry, frozen=True, tag="venues.settled.v1"):
    """What the venue paid for a market; `result` counts the results in the order of the enum, from 1."""

    instrument: UUID
    revision: records.Count
    result: records.Count
    revenue: records.Count


class AccountMoved(records.Entry, frozen=True, tag="venues.account_moved.v1"):
    """A venue was killed or revived; `cause` counts the causes, 0 if none. Findings that were accepted are counted."""

    state: records.Count
    cause: records.Count
    accepted: records.Count


class CashStated(records.Entry, frozen=True, tag="venues.cash_stated.v1"):
    """Cash at the venue that no fill explains: what was there at first, or a transfer in or out."""

    amount: records.Count
    outward: bool


class Found(records.Entry, frozen=True, tag="venues.found.v1"):
    """Our record and the venue's differ; `kind` counts the kinds in the order of the enum, from 1."""

    kind: records.Count
    digest: records.Hash32


class SnapshotKept(records.Entry, frozen=True, tag="venues.snapshot_kept.v1"):
    """Bytes of the venue lie sealed as a file: the hash of what it said, and that of the file."""

    kind: records.Count
    content: records.Hash32
    file: records.Hash32


class MarketImported(records.Entry, frozen=True, tag="venues.market_imported.v1"):
    """A market of the catalogue stands behind an instrument; `status` counts the statuses in the order of the enum."""

    instrument: UUID
    status: records.Count
    document: records.Hash32


class SyncMarkets(records.Job, frozen=True, tag="execution.venues.sync_markets.v1"):
    """Take the catalogue in."""
