"""What foreign exchange writes into the audit log: opaque references, digests, counts; never an amount or a name."""

from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import primitives, records

HASHES_MAX = 500
_SIZE = primitives.DIGEST_SIZE

Hashes = Annotated[bytes, msgspec.Meta(min_length=_SIZE, max_length=_SIZE * HASHES_MAX)]


class RatesHeard(records.Entry, frozen=True, tag="fx.rates_heard.v1"):
    """A feed was read: the first and last number of what was stored, and the digest of the payload."""

    first: records.Count
    last: records.Count
    payload: records.Hash32


class Quoted(records.Entry, frozen=True, tag="fx.quoted.v1"):
    """A quote was given; the digest is over the signed document."""

    quote: UUID
    document: records.Hash32


class QuotesEnded(records.Entry, frozen=True, tag="fx.quotes_ended.v1"):
    """Quotes ended without being used; the digest is over their ids in order."""

    how: str
    count: records.Count
    digest: records.Hash32


class Converted(records.Entry, frozen=True, tag="fx.converted.v1"):
    """Quotes were used, in this order: the digest of each one's receipt."""

    at: records.Count
    count: records.Count
    receipts: Hashes


class HedgeMoved(records.Entry, frozen=True, tag="fx.hedge_moved.v1"):
    """A hedge order entered a state."""

    order: UUID
    state: str
    attempt: records.Count
