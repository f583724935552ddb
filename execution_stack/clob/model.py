"""The words of the book: commands, events, reasons, and the bounds of every number in them.

The same words with the same numbers stand in native/words.hpp; a test compares the two.
"""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel import errors, records

PRICE_MAX = 1 << 40
QUANTITY_MAX = 1 << 40
DISPLAY_MAX = (1 << 32) - 1
SLICES_MAX = 1_000  # of an iceberg: each is an event, and one taker may meet them all
ID_MAX = 1 << 40
TIME_MAX = 1 << 62
LIMIT_MAX = 1 << 62
USERS_MAX = 1 << 20
ORDERS_MAX = 1 << 23  # with QUANTITY_MAX: no sum over a book leaves 63 bits


class Op(enum.IntEnum):
    NEW = 1
    CANCEL = 2
    AMEND = 3
    MASS_CANCEL = 4
    TIME = 5
    END_DAY = 6
    FORCE_CANCEL = 7
    HALT = 8
    RESUME = 9
    GRID = 10
    BAND = 11
    VOLUME = 12
    PARTICIPANT = 13
    RULES = 14


class Side(enum.IntEnum):
    BUY = 0
    SELL = 1


class Type(enum.IntEnum):
    LIMIT = 0
    MARKET = 1
    STOP = 2
    STOP_LIMIT = 3


class Tif(enum.IntEnum):
    """How long an order lives, and in the three last of each pair whether it may take."""

    GTC = 0
    IOC = 1
    FOK = 2
    POST = 3
    DAY = 4
    GTD = 5
    POST_DAY = 6
    POST_GTD = 7


POSTING = frozenset({Tif.POST, Tif.POST_DAY, Tif.POST_GTD})
DAILY = frozenset({Tif.DAY, Tif.POST_DAY})
DATED = frozenset({Tif.GTD, Tif.POST_GTD})


class State(enum.IntEnum):
    OPEN = 0
    AUCTION = 1
    HALTED = 2


class Prevention(enum.IntEnum):
    """Whose order goes when a participant would trade with itself."""

    NONE = 0
    NEWEST = 1
    OLDEST = 2
    BOTH = 3


class Kind(enum.IntEnum):
    ACCEPTED = 1
    TRADED = 2
    CANCELLED = 3
    REFUSED = 4
    REPLACED = 5
    TRIGGERED = 6
    SHOWN = 7
    STATE = 8
    CONFIGURED = 9


class Reason(enum.IntEnum):
    """Why an order ended or trading stopped; from 32 on, why a command was refused."""

    NO_REASON = 0
    BY_OWNER = 1
    UNFILLED = 2
    NOT_FILLABLE = 3
    SELF_TRADE = 4
    WOULD_TAKE = 5
    EXPIRED = 6
    DAY_ENDED = 7
    BY_MASS = 8
    BY_OPERATOR = 9
    BY_BAND = 10
    BY_VOLUME = 11
    BAD_COMMAND = 32
    BAD_PARTICIPANT = 33
    BAD_QUANTITY = 34
    BAD_DISPLAY = 35
    BAD_PRICE = 36
    BAD_STOP = 37
    BAD_EXPIRY = 38
    OFF_TICK = 39
    OFF_LOT = 40
    BAD_ID = 41
    DUPLICATE_ID = 42
    UNKNOWN_ORDER = 43
    STOP_PARKED = 44
    IS_HALTED = 45
    IS_AUCTION = 46
    BOOK_FULL = 47
    ORDER_TOO_LARGE = 48
    TOO_MANY_OPEN = 49
    TOO_MUCH_OPEN = 50
    POST_WOULD_CROSS = 51
    BAD_TIME = 52
    SAME_STATE = 53
    BAD_CONFIGURATION = 54


class Command(NamedTuple):
    """What a book is told. Which fields an operation reads, docs/MATCHING.md says; the others are zero.

    A tuple, not a struct: millions of them are taken apart in a second.
    """

    op: int
    side: int = 0
    type: int = 0
    tif: int = 0
    user: int = 0
    id: int = 0
    price: int = 0
    quantity: int = 0
    stop: int = 0
    display: int = 0
    time: int = 0


class Event(NamedTuple):
    """What a book says. `other` is the maker's id in a trade, the stop price of an order, the price before an amend.

    `flags`: how long an accepted or replaced order lives, 1 for a trade of an auction, the new state, a rule's type.
    """

    kind: int
    side: int
    reason: int
    flags: int
    user: int
    id: int
    other: int
    price: int
    quantity: int
    open: int
    command: int


class BadSnapshot(errors.Invalid):
    """The bytes are no snapshot that a book of this version wrote: torn, changed, or of another version."""

    code = "bad_snapshot"


class BadJournal(errors.Invalid):
    """A row of the journal or of the batches is none that this release wrote."""

    code = "bad_journal"


class BadScenario(errors.Invalid):
    """The file is no scenario of the format `clob-scenario/1`."""

    code = "bad_scenario"


class NoNativeCore(errors.Unavailable):
    """The fast core was asked for by name, and was not built here: there was no C++ compiler when this was installed."""

    code = "no_native_core"


class Participant(NamedTuple):
    """What a book knows of one who trades: a small number, whether it may, and its limits; 0 is no limit."""

    user: int
    barred: int
    quantity_max: int
    open_max: int
    notional_max: int


class Resting(NamedTuple):
    """One order of a snapshot, in its place in order of priority. Of a parked stop, all quantity is shown."""

    id: int
    price: int
    shown: int
    hidden: int
    stop: int
    expires: int
    user: int
    display: int
    side: int
    type: int
    tif: int


class Settings(NamedTuple):
    """The numbers and rules of a book beside its orders, in the order of the snapshot's header."""

    seq: int = 0
    next_id: int = 1
    last: int = 0
    now: int = 0
    low: int = 1
    high: int = PRICE_MAX
    tick: int = 1
    lot: int = 1
    band: int = 0
    window: int = 0
    volume_max: int = 0
    window_start: int = 0
    volume: int = 0
    state: int = State.OPEN
    prevention: int = Prevention.NONE
    closed: int = 0
    given_ids: int = 0


class Snapshot(NamedTuple):
    """Everything that decides what a book answers next. The parts: bids, asks, buy stops, sell stops."""

    settings: Settings
    parts: tuple[list[Resting], list[Resting], list[Resting], list[Resting]]
    participants: list[Participant]


# ---- the books as they are kept


class OrderState(enum.StrEnum):
    """Where an order stands. One that the book refused never worked."""

    WORKING = "working"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Shard(NamedTuple):
    """A journal with its engine, and the number of its newest batch; 0 before the first."""

    shard: int
    newest: int


class Batch(NamedTuple):
    """What the books of a shard said in one transaction, in the order of matching. Numbers have no gap."""

    shard: int
    number: int
    at: datetime
    events: tuple[tuple[UUID, tuple[Event, ...]], ...]


class Picture(NamedTuple):
    """All books of a shard as they stood after a batch: for each instrument what `formats.snapshots.read` takes."""

    shard: int
    number: int
    books: tuple[tuple[UUID, bytes], ...]


class Intent(NamedTuple):
    """The name of the intent behind an order: who said it where."""

    channel: UUID
    epoch: int
    sequence: int
    position: int


class Working(NamedTuple):
    """The book took the order."""

    intent: Intent


class Filled(NamedTuple):
    """It traded."""

    intent: Intent
    lots: int
    price: int


class Ended(NamedTuple):
    """It trades no more, with so many lots unfilled; for no reason, if all was filled."""

    intent: Intent
    lots: int
    reason: Reason


News = Working | Filled | Ended


class BatchMatched(records.Entry, frozen=True, tag="clob.batch_matched.v1"):
    """The engine matched commands and wrote what came of them; the hash covers everything said up to here."""

    shard: records.Count
    batch: records.Count
    first: records.Count
    last: records.Count
    events: records.Count
    hash: records.Hash32


class BookOpened(records.Entry, frozen=True, tag="clob.book_opened.v1"):
    """An operator gave an instrument a book."""

    instrument: UUID
    book: records.Count
    shard: records.Count


class OperatorCommanded(records.Entry, frozen=True, tag="clob.operator_commanded.v1"):
    """Commands of an operator or of another part of this stack went into the journal; the digest covers them."""

    instrument: UUID
    shard: records.Count
    first: records.Count
    count: records.Count
    digest: records.Hash32


class NoBook(errors.NotFound):
    """The instrument has no book."""

    code = "book_unknown"


class NoParticipant(errors.NotFound):
    """The participant is not known to any book."""

    code = "book_participant_unknown"


class HasBook(errors.Conflict):
    """The instrument has a book already."""

    code = "book_open_already"


class NotMatchedHere(errors.Invalid):
    """The instrument is traded elsewhere: only those of the route `clob` have a book."""

    code = "instrument_not_matched_here"


class NotEnabled(errors.Conflict):
    """What is matched here cannot be settled yet, so nothing is listed for it."""

    code = "clob_not_enabled"


class BadCommand(errors.Invalid):
    """A number of a command is none that is kept here."""

    code = "command_out_of_range"


class HeldElsewhere(errors.Conflict):
    """Another engine holds the shard and keeps its lease."""

    code = "shard_held"


class Fenced(errors.Conflict):
    """Another engine took the shard over: what this one matched since then was not written."""

    code = "shard_lost"


class Diverged(errors.Conflict):
    """Matching the journal again gave other events than were written. Nothing more is matched on this shard."""

    code = "replay_diverged"
