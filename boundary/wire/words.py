"""Every closed list of words that crosses, as numbers from 1. Zero is never a word; a number is never given twice.

A list that needs another word is another list, and so another message: what is here is frozen with the messages that
use it. `inspect` is the only place that turns the numbers back into words.
"""

import enum


class Side(enum.IntEnum):
    BUY = 1
    SELL = 2


class IntentKind(enum.IntEnum):
    LIMIT = 1
    MARKET = 2
    POST_ONLY = 3
    """A limit that is refused rather than trade at once."""


class TimeInForce(enum.IntEnum):
    DAY = 1
    UNTIL_CANCELLED = 2
    UNTIL_TIME = 3
    AT_ONCE_OR_CANCEL = 4
    ALL_OR_NOTHING = 5


class ParticipantStatus(enum.IntEnum):
    ELIGIBLE = 1
    FROZEN = 2
    CLOSED = 3


class Level(enum.IntEnum):
    """Which row of the execution stack's table of limits applies; why it applies stays on the customer side."""

    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4
    FIVE = 5


class Category(enum.IntEnum):
    RETAIL = 1
    PROFESSIONAL = 2
    INSTITUTION = 3


class Route(enum.IntEnum):
    OMNIBUS = 1
    CLOB = 2
    BROKER = 3


class Product(enum.IntEnum):
    EVENT_CONTRACT = 1
    SECURITY_TOKEN = 2
    EQUITY = 3
    OPTION = 4
    FUTURE = 5
    CURRENCY_PAIR = 6


class MarketState(enum.IntEnum):
    LISTED = 1
    HALTED = 2
    DELISTED = 3
    CLOSED = 4
    RESOLVED = 5


class BookPhase(enum.IntEnum):
    """What a book does with orders now."""

    OPEN = 1
    AUCTION = 2
    """It collects them, and trades once, at one price, when the auction ends."""
    HALTED = 3


class PrintKind(enum.IntEnum):
    CONTINUOUS = 1
    AUCTION = 2
    """Both sides rested; the side that is told is the buyer's."""


class CandleSpan(enum.IntEnum):
    MINUTE = 1
    FIVE_MINUTES = 2
    QUARTER = 3
    HOUR = 4
    FOUR_HOURS = 5
    DAY = 6


class Series(enum.IntEnum):
    """What there is a history of: trades, and candles of each span."""

    TRADES = 1
    MINUTE = 2
    FIVE_MINUTES = 3
    QUARTER = 4
    HOUR = 5
    FOUR_HOURS = 6
    DAY = 7


class HaltReason(enum.IntEnum):
    VENUE = 1
    BREAKER = 2
    OPERATOR = 3
    CORPORATE_ACTION = 4
    DISPUTE = 5


class CancelReason(enum.IntEnum):
    REQUESTED = 1
    UNFILLED = 2
    """What an order that must trade at once left over."""
    SELF_TRADE = 3
    PARTICIPANT_STATUS = 4
    INSTRUMENT_STATE = 5
    OPERATOR = 6
    VENUE = 7


class ResidueRule(enum.IntEnum):
    """Who got what proportional sharing of a fill left over."""

    EXACT = 1
    """Nobody: it divided evenly, or there was one intent."""
    LARGEST_REMAINDER = 2
    """The largest remainders, ties to the earliest intent, then to the lower sequence."""


class WalletKind(enum.IntEnum):
    OWN = 1
    CUSTODY = 2


class TokenKind(enum.IntEnum):
    SHARE = 1
    DEBT = 2
    FUND_UNIT = 3


class Restriction(enum.IntEnum):
    NONE = 1
    LOTS = 2
    ALL = 3


class DocumentKind(enum.IntEnum):
    RULES = 1
    RESOLUTION_SOURCE = 2
    PROSPECTUS = 3
    TERMS = 4


class RefusalCode(enum.IntEnum):
    """Why a rule refused a message. The message is consumed all the same and never blocks the channel."""

    UNKNOWN_REF = 1
    NOT_ACTIVE = 2
    ALREADY_ACTIVE = 3
    FROZEN = 4
    CLOSED = 5
    UNKNOWN_INSTRUMENT = 6
    HALTED = 7
    OUTSIDE_WINDOW = 8
    PRICE_OFF_GRID = 9
    OVER_CAP = 10
    EXPIRED = 11
    NOT_ENABLED = 12
    DUPLICATE = 13
    UNKNOWN_INTENT = 14
    TOO_LATE = 15
    HASH_MISMATCH = 16
    PROOF_INVALID = 17
    APPROVALS_INVALID = 18
    RISK_LIMIT = 19
    INCONSISTENT = 20
    """Fields that contradict each other, such as a market intent with a limit."""
    WRONG_STATE = 21
    NOT_HELD = 22
    """More lots than the participant holds free."""
    NO_WALLET = 23
    UNKNOWN_DOCUMENT = 24
    UNKNOWN_BATCH = 25
    UNKNOWN_OPERATOR = 26
    TOO_MANY = 27
    """More refs in stock, open intents or requests than one channel or participant may have."""
    WOULD_TRADE = 28
    CANNOT_FILL = 29
    SELF_TRADE = 30
    TRADING_STOPPED = 31
    VENUE_REFUSED = 32
    CHAIN_REFUSED = 33
    OUTSIDE_PRICE_BAND = 34


class NackCode(enum.IntEnum):
    """Why a frame whose tag verifies had no effect."""

    EARLY = 1
    OTHER_EPOCH = 2
    EQUIVOCATION = 3
    HALTED = 4
    MALFORMED = 5
    UNSUPPORTED = 6
    NONCE_USED = 7
    OUTSIDE_WINDOW = 8
