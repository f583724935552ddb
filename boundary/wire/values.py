"""What fields are made of: refs, hashes, bounded integers, whole-second times, and the few parts that messages share.

Nothing here can hold text. A bound is stated in the type, a zero that means "none" says so, and a unit is written
beside the number, so that the schema, the capacity table and `inspect` all read one page.
"""

import enum
import uuid
from typing import Annotated, NamedTuple

import msgspec

from boundary.wire import provenance

INT64_MAX = (1 << 63) - 1
TICKS_MAX = 10**9
LOTS_MAX = 10**12
AMOUNT_MAX = 10**15
"""USD 1,000,000,000: more than any one message may be about. An instrument's whole cap at its highest price fits."""
TOTAL_MAX = 10**18
MESSAGES_MAX = 2000
REFS_MAX = 1000
YEAR_2020 = 1_577_836_800
YEAR_2200 = 7_258_118_400


class Unit(enum.StrEnum):
    USD_MICROS = "micro-USD"
    TICKS = "ticks"
    LOTS = "lots"
    UNIT_MILLIONTHS = "millionths of a unit"
    SECONDS = "seconds since 1970"
    MICROS = "microseconds since 1970"
    BYTES = "bytes"


class Zero(NamedTuple):
    """What a zero in this field stands for."""

    meaning: str


Ref = uuid.UUID
"""Sixteen random bytes, version 4: `messages.check` sees to the version, which the decoder does not look at."""

Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
PublicKey32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
Signature65 = Annotated[bytes, msgspec.Meta(min_length=65, max_length=65)]
Address20 = Annotated[bytes, msgspec.Meta(min_length=20, max_length=20)]

Amount = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX), Unit.USD_MICROS]
Total = Annotated[int, msgspec.Meta(ge=0, le=TOTAL_MAX), Unit.USD_MICROS]
"""A sum over everything that ever crossed, which both sides work out."""
TickSize = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX), Unit.USD_MICROS]
"""The value of one tick for one lot, so that lots times ticks times tick size is a whole amount."""
LotSize = Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX), Unit.UNIT_MILLIONTHS]
Ticks = Annotated[int, msgspec.Meta(ge=1, le=TICKS_MAX), Unit.TICKS]
LimitTicks = Annotated[int, msgspec.Meta(ge=0, le=TICKS_MAX), Unit.TICKS, Zero("no limit: at the market")]
Lots = Annotated[int, msgspec.Meta(ge=1, le=LOTS_MAX), Unit.LOTS]
LockedLots = Annotated[int, msgspec.Meta(ge=0, le=LOTS_MAX), Unit.LOTS, Zero("not a number of lots: all or none")]

Count = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
Number = Annotated[int, msgspec.Meta(ge=1, le=INT64_MAX)]
"""Counts from 1 without a gap."""
Epoch = Annotated[int, msgspec.Meta(ge=1, le=(1 << 32) - 1)]
Index = Annotated[int, msgspec.Meta(ge=0, le=MESSAGES_MAX - 1)]
HoldersMax = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
ChainId = Annotated[int, msgspec.Meta(ge=1, le=(1 << 53) - 1)]
DocumentSize = Annotated[int, msgspec.Meta(ge=1, le=1 << 26), Unit.BYTES]

Second = Annotated[int, msgspec.Meta(ge=YEAR_2020, le=YEAR_2200 - 1), Unit.SECONDS]
ExpirySecond = Annotated[int, msgspec.Meta(ge=0, le=YEAR_2200 - 1), Unit.SECONDS, Zero("does not expire by time")]
EndSecond = Annotated[int, msgspec.Meta(ge=0, le=YEAR_2200 - 1), Unit.SECONDS, Zero("until it is changed")]
Micros = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX), Unit.MICROS]


class Message(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The base of everything that crosses. A message is never changed: a new shape is a new tag."""


class Part(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The base of what stands inside messages and has no tag of its own."""


class MessageName(Part, frozen=True):
    """The name of any message, an intent's included: its place on the channel. Nobody chooses it."""

    epoch: Epoch
    sequence: Number
    index: Index


class Approval(Part, frozen=True):
    """One person's signature over `messages.statement_hash`."""

    operator: Annotated[Ref, provenance.REGISTERED]
    signature: Annotated[Signature64, provenance.SIGNATURE_VERIFIED]


TwoApprovals = Annotated[tuple[Approval, ...], msgspec.Meta(min_length=2, max_length=2)]
"""Of two different people, in the order of their refs, so that the order says nothing."""


class Band(Part, frozen=True):
    """From this price on, only every so manieth tick is a price."""

    from_ticks: Ticks
    step_ticks: Ticks


class ChainPlace(Part, frozen=True):
    """Where something stands on a public chain for everyone to read."""

    chain: Annotated[ChainId, provenance.REGISTERED]
    transaction: Annotated[Hash32, provenance.CHOSEN]
    block: Annotated[Number, provenance.CHOSEN]


class ChannelHead(Part, frozen=True):
    """How far one direction of the channel has come; sequence 0 and a head of zeros before its first core.

    `messages` are those of every core up to here in this epoch, also of cores that were given up.
    """

    epoch: Epoch
    sequence: Count
    messages: Count
    head: Hash32


class AuditHead(Part, frozen=True):
    """A signed tree head of the sender's audit log, which the receiver keeps as a witness."""

    size: Annotated[Number, provenance.CHOSEN]
    root: Annotated[Hash32, provenance.CHOSEN]
    chain: Annotated[Hash32, provenance.CHOSEN]
    at_micros: Annotated[Micros, provenance.CHOSEN]
    key: Annotated[PublicKey32, provenance.REGISTERED]
    signature: Annotated[Signature64, provenance.SIGNATURE_VERIFIED]


class Heads(Message, frozen=True):
    """How far both directions have come in the sender's eyes, and its audit log; signed by the sender alone.

    Evidence for outsiders: either side could have made a frame's tag, but not this signature.
    """

    at_micros: Annotated[Micros, provenance.BACKLOG_WINDOW]
    sent: Annotated[ChannelHead, provenance.RECOMPUTED]
    received: Annotated[ChannelHead, provenance.RECOMPUTED]
    audit: AuditHead
    key: Annotated[PublicKey32, provenance.REGISTERED]
    signature: Annotated[Signature64, provenance.SIGNATURE_VERIFIED]


class Totals(Message, frozen=True):
    """What both sides must have in common when exactly these cores were applied. A difference is a break to explain.

    Charged are fills with their fees, paid are payouts, each less what was reversed.
    """

    at: Annotated[Second, provenance.BACKLOG_WINDOW]
    sent: Annotated[ChannelHead, provenance.RECOMPUTED]
    received: Annotated[ChannelHead, provenance.RECOMPUTED]
    participants: Annotated[Count, provenance.RECOMPUTED]
    open_intents: Annotated[Count, provenance.RECOMPUTED]
    charged: Annotated[Total, provenance.RECOMPUTED]
    paid: Annotated[Total, provenance.RECOMPUTED]
