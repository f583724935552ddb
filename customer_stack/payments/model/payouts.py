"""Withdrawals: their states, what a provider is handed, and what it says."""

import enum
from datetime import date, datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, states
from customer_stack.payments.model.beneficiaries import Details
from customer_stack.payments.model.rails import Rail


class State(enum.StrEnum):
    REQUESTED = "requested"
    REFUSED = "refused"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    SENDING = "sending"
    SUBMITTED = "submitted"
    UNKNOWN = "unknown"
    COMPLETED = "completed"
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNDER_REVIEW = "under_review"


class Event(enum.StrEnum):
    REFUSE = "refuse"
    ASK = "ask"
    QUEUE = "queue"
    CANCEL = "cancel"
    BEGIN = "begin"
    ACCEPT = "accept"
    LOSE = "lose"
    POSTPONE = "postpone"
    MISS = "miss"
    COMPLETE = "complete"
    FAIL = "fail"
    RETURN = "return"
    HOLD = "hold"


_S, _E = State, Event
MACHINE = states.Machine(
    "withdrawal",
    _S.REQUESTED,
    {
        (_S.REQUESTED, _E.REFUSE): _S.REFUSED,
        (_S.REQUESTED, _E.HOLD): _S.UNDER_REVIEW,  # clearance wants somebody to look first; nothing is held for it
        (_S.UNDER_REVIEW, _E.REFUSE): _S.REFUSED,
        (_S.UNDER_REVIEW, _E.ASK): _S.AWAITING_APPROVAL,
        (_S.UNDER_REVIEW, _E.QUEUE): _S.QUEUED,
        (_S.UNDER_REVIEW, _E.CANCEL): _S.CANCELLED,
        (_S.REQUESTED, _E.ASK): _S.AWAITING_APPROVAL,
        (_S.REQUESTED, _E.QUEUE): _S.QUEUED,
        (_S.AWAITING_APPROVAL, _E.QUEUE): _S.QUEUED,
        (_S.AWAITING_APPROVAL, _E.CANCEL): _S.CANCELLED,
        (_S.QUEUED, _E.CANCEL): _S.CANCELLED,
        (_S.QUEUED, _E.BEGIN): _S.SENDING,
        (_S.SENDING, _E.POSTPONE): _S.QUEUED,  # it certainly did not arrive: nobody was there to hear it
        (_S.SENDING, _E.ACCEPT): _S.SUBMITTED,
        (_S.SENDING, _E.LOSE): _S.UNKNOWN,
        (_S.SENDING, _E.COMPLETE): _S.COMPLETED,  # the provider's event overtook its answer
        (_S.SENDING, _E.FAIL): _S.FAILED,
        (_S.UNKNOWN, _E.ACCEPT): _S.SUBMITTED,
        (_S.UNKNOWN, _E.MISS): _S.QUEUED,  # read back: the provider has never heard of it
        (_S.UNKNOWN, _E.COMPLETE): _S.COMPLETED,
        (_S.UNKNOWN, _E.FAIL): _S.FAILED,
        (_S.SUBMITTED, _E.COMPLETE): _S.COMPLETED,
        (_S.SUBMITTED, _E.FAIL): _S.FAILED,
        (_S.COMPLETED, _E.RETURN): _S.RETURNED,
    },
    (_S.REFUSED, _S.FAILED, _S.RETURNED, _S.CANCELLED),
)
OPEN = frozenset({_S.SENDING, _S.UNKNOWN, _S.SUBMITTED})
"""States in which the provider may hold it."""
UNSENT = (State.UNDER_REVIEW, State.AWAITING_APPROVAL, State.QUEUED)
"""States in which nobody was handed it, so that it can be ended here."""
HELD = frozenset({State.AWAITING_APPROVAL, State.QUEUED, *OPEN})
"""States in which the ledger holds its money."""
WORKED_ON = frozenset({State.UNKNOWN, State.RETURNED})
"""States in which somebody may take it up; it can be ticked off once nothing more comes of it by itself."""


class Resolution(enum.StrEnum):
    """Why somebody ticked a withdrawal off the work list."""

    CUSTOMER_INFORMED = "customer_informed"
    DETAILS_CORRECTED = "details_corrected"
    SENT_ANEW = "sent_anew"
    PROVIDER_CLARIFIED = "provider_clarified"
    WRITTEN_OFF = "written_off"


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts are in the ledger's smallest unit of the asset; `fee` is taken beside `amount`, by a hold of its own."""

    id: UUID
    account: UUID
    beneficiary: UUID
    asset: int
    amount: int
    fee: int
    rail: Rail
    provider: str
    state: State
    reason: str
    external: str
    hold: UUID
    fee_hold: UUID | None
    attempts: int
    value_date: date
    created_at: datetime
    changed_at: datetime
    revision: int
    due_at: datetime | None = None
    returned: int | None = None
    deposit: UUID | None = None
    """The deposit that it gives back, where it is the house that pays and no customer."""
    claimed_by: UUID | None = None
    resolution: str = ""


class Step(msgspec.Struct, frozen=True):
    """A line of a withdrawal's timeline."""

    state: State
    event: Event
    code: str
    at: datetime


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is asked to pay. `id` is the idempotency key, the same in every attempt; `minor` is ISO's unit."""

    id: UUID
    currency: str
    minor: int
    rail: Rail
    beneficiary: UUID
    name: str
    details: Details
    reference: str
    value_date: date
    external: str = ""

    @property
    def key(self) -> str:
        """How providers know it: at most 32 characters, as the narrowest of them takes."""
        return self.id.hex


class Verdict(enum.StrEnum):
    """What an attempt came to."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It may have arrived: silence, 408, 5xx, an answer that cannot be read."""
    LATER = "later"
    """It did not arrive: no connection, or turned away at the door."""


class Sent(msgspec.Struct, frozen=True):
    verdict: Verdict
    external: str = ""
    code: str = ""


class Standing(enum.StrEnum):
    """Where a payment stands at its provider."""

    NONE = "none"
    """The provider has never heard of it."""
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"
    RETURNED = "returned"
    UNKNOWN = "unknown"
    """The provider could not be asked."""


class Found(msgspec.Struct, frozen=True):
    standing: Standing
    external: str = ""
    code: str = ""
    returned_minor: int | None = None


class NoWithdrawal(errors.NotFound):
    """There is no such withdrawal, or none that the caller may see."""

    code = "withdrawal_unknown"


class NotOnTheList(errors.Conflict):
    """It is not, or no longer, on the work list, or somebody else has taken it up."""

    code = "withdrawal_not_on_list"


class NotCancellable(errors.Conflict):
    """It is on its way, or over."""

    code = "withdrawal_not_cancellable"


class AmountWrong(errors.Invalid):
    """The amount is not one that the currency can be sent in."""

    code = "withdrawal_amount_invalid"


class NotEnough(errors.Conflict):
    """Amount and fee are more than is available."""

    code = "withdrawal_exceeds_available"
