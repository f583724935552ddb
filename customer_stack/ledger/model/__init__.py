"""Accounts, transfers and what the ledger says of them.

Amounts are whole numbers of the asset's smallest unit. Zero stands for "none given" as in TigerBeetle, so an id field
that is not used is `NIL`.
"""

import enum
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors
from customer_stack.ledger.model import status

NIL = UUID(int=0)
ID_MAX = UUID(int=(1 << 128) - 1)
AMOUNT_MAX = 10**38 - 1
"""What numeric(38,0) holds. In a post it stands for "all that is pending"."""
API_AMOUNT_MAX = (1 << 63) - 1
EFFECTIVE_WITHIN = timedelta(days=92)
"""How far effective and posting time may lie apart. It bounds what an as-of balance by effective time has to read."""
BATCH_MAX = 10_000
HOUSE = UUID("00000000-0000-8000-8000-000000000001")
"""The owner of the house's own accounts."""
CUSTOMERS_BELOW = 10
"""Kinds below it are of customers' accounts: each has an owner, who is not the house, and nothing leaves one without a
verdict or a cause. The database says so too.
"""


class Flag(enum.IntFlag):
    """Bits 0 to 8 are TigerBeetle's. IMPORTED is known so that it can be refused by its own name."""

    NONE = 0
    LINKED = 1
    PENDING = 2
    POST = 4
    VOID = 8
    BALANCING_DEBIT = 16
    BALANCING_CREDIT = 32
    CLOSING_DEBIT = 64
    CLOSING_CREDIT = 128
    IMPORTED = 256
    RECORDED = 512
    EXPIRE = 1024


class AccountFlag(enum.IntFlag):
    NONE = 0
    LINKED = 1
    DEBITS_MUST_NOT_EXCEED_CREDITS = 2
    CREDITS_MUST_NOT_EXCEED_DEBITS = 4
    HISTORY = 8
    IMPORTED = 16
    CLOSED = 32


class Kind(enum.IntEnum):
    """What an account is for; TigerBeetle calls it its code."""

    CUSTOMER_CASH = 1
    CUSTOMER_POSITION = 2
    OMNIBUS_CASH = 10
    FX_POSITION = 11
    FEES = 12
    SUSPENSE = 13
    ROUNDING_RESIDUE = 14
    PAYABLE = 15
    BANK = 16
    EXCHANGE = 17
    CUSTODY = 18


class Cause(enum.IntEnum):
    """Why the house itself takes something from a customer's account. The list is closed, and the database knows of each
    who may use it and for what; see the decision on verdicts.
    """

    NONE = 0
    FEE = 1
    SETTLEMENT = 2
    CORRECTION = 3
    BY_HAND = 4


class NotCleared(errors.Forbidden):
    """Nothing leaves a customer's account without a verdict that allows exactly this, or a cause that fits."""

    code = "ledger_not_cleared"


class AssetKind(enum.StrEnum):
    CURRENCY = "currency"
    INSTRUMENT = "instrument"


class Asset(msgspec.Struct, frozen=True):
    """What is counted. `scale` is its own: trading dollars have 6 places, whatever ISO 4217 says of dollars."""

    number: int
    code: str
    scale: int
    kind: AssetKind
    instrument: UUID | None = None


class Account(msgspec.Struct, frozen=True):
    """An account to open, or one as it stands. Balances and version are the ledger's to say."""

    id: UUID
    asset: int
    code: int
    flags: int = 0
    owner: UUID | None = None
    reference: UUID = NIL
    tag64: int = 0
    tag32: int = 0
    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0
    version: int = 0
    reserved: int = 0
    timestamp: int = 0

    @property
    def total(self) -> int:
        """Credits less debits, posted: what a customer owns."""
        return self.credits_posted - self.debits_posted

    @property
    def held(self) -> int:
        """What pending transfers would take."""
        return self.debits_pending

    @property
    def available(self) -> int:
        return self.total - self.held


class Expectation(msgspec.Struct, frozen=True):
    """A transfer that carries one happens only while the account is as its sender last saw it."""

    account: UUID
    version: int | None = None
    balance: int | None = None


class Transfer(msgspec.Struct, frozen=True):
    """A transfer as it is asked for. `timestamp` is the ledger's to give, and refused when given.

    One that takes from a customer's account, at once or by a hold, names the `verdict` that allows it, and then its `id`
    or its `reference` is the operation that was judged. What the house takes by itself names a `cause` instead.
    """

    id: UUID
    debit: UUID
    credit: UUID
    amount: int
    asset: int
    code: int
    flags: int = 0
    pending_id: UUID = NIL
    timeout: int = 0
    reference: UUID = NIL
    tag64: int = 0
    tag32: int = 0
    effective_at: datetime | None = None
    reverses: UUID = NIL
    expect: Expectation | None = None
    timestamp: int = 0
    verdict: UUID | None = None
    cause: Cause = Cause.NONE


class Applied(NamedTuple):
    """A transfer as it is written: with its pending one's fields filled in and the amount that it really moves."""

    transfer: Transfer
    released: int
    """The whole amount of the pending transfer that this one ends, zero otherwise."""
    chain: int
    """Where in its batch the linked chain began that this transfer is part of."""


class Alarm(NamedTuple):
    """A recorded transfer broke a bound that an authorised one would have been refused for."""

    transfer: UUID
    account: UUID
    reason: status.Status


class Resolution(enum.StrEnum):
    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


class Result(NamedTuple):
    """The answer to one transfer."""

    id: UUID
    status: status.Status


class Stored(msgspec.Struct, frozen=True):
    """A transfer as it stands in the books. The balances are those of its two accounts' own sides behind it."""

    seq: int
    transfer: Transfer
    released: int
    chain: int
    posted_at: datetime
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
    resolution: Resolution | None = None
    """Of a pending transfer: what became of it."""
