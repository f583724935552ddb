"""An operator's states, and what is written into the audit log about operators and their decisions."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, records, states


class State(enum.StrEnum):
    REGISTERED = "registered"
    """A reference and a key; nothing that it signs counts yet."""
    ACTIVE = "active"
    REVOKED = "revoked"


class Event(enum.StrEnum):
    ACTIVATE = "activate"
    REVOKE = "revoke"


STATE: states.Machine[State, Event] = states.Machine(
    name="operator",
    initial=State.REGISTERED,
    transitions={
        (State.REGISTERED, Event.ACTIVATE): State.ACTIVE,
        (State.REGISTERED, Event.REVOKE): State.REVOKED,
        (State.ACTIVE, Event.REVOKE): State.REVOKED,
    },
    terminal=(State.REVOKED,),
)


class Operator(msgspec.Struct, frozen=True):
    """`channel` is whose messages they approve; none for an operator of this stack itself."""

    ref: UUID
    channel: UUID | None
    public_key: bytes
    state: State
    registered_at: datetime
    activated_at: datetime | None
    revoked_at: datetime | None


class UnknownOperator(errors.NotFound):
    """No operator has this reference."""

    code = "operator_unknown"


class KeyTaken(errors.Conflict):
    """The public key belongs to an operator already, or is no Ed25519 key that may be registered."""

    code = "operator_key_refused"


class NoSuchChannel(errors.NotFound):
    """Nobody can approve the messages of a channel that is not admitted."""

    code = "operator_channel_unknown"


class TooFew(errors.Conflict):
    """Without this operator there would not be two left who could decide anything."""

    code = "operators_too_few"


class Registered(records.Entry, frozen=True, tag="operators.registered.v1"):
    """A reference was drawn for a public key, of an operator of the stack itself."""

    operator: UUID
    public_key: records.Hash32


class RegisteredForChannel(records.Entry, frozen=True, tag="operators.registered_for_channel.v1"):
    """A reference was drawn for a public key, of an operator who approves one channel's messages."""

    operator: UUID
    channel: UUID
    public_key: records.Hash32


class Activated(records.Entry, frozen=True, tag="operators.activated.v1"):
    """The key's holder proved to have it. `bootstrap`: one of the first two, whom nobody could approve."""

    operator: UUID
    statement: records.Hash32
    bootstrap: bool


class Revoked(records.Entry, frozen=True, tag="operators.revoked.v1"):
    """Nothing that this operator signs counts any more."""

    operator: UUID
    statement: records.Hash32


class Decided(records.Entry, frozen=True, tag="operators.decided.v1"):
    """Two operators signed this statement, which is used up by it."""

    statement: records.Hash32
    first: UUID
    second: UUID


class DecisionRefused(records.Entry, frozen=True, tag="operators.decision_refused.v1"):
    """What claimed to be two operators' decision was none; `reason` counts `approvals.Refusal` from 1."""

    statement: records.Hash32
    reason: records.Count
