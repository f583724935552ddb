"""Held operations and what becomes of them."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors
from customer_stack.access import model as access
from customer_stack.compliance import model


class State(enum.StrEnum):
    OPEN = "open"
    RELEASED = "released"
    REFUSED = "refused"
    USED = "used"
    LAPSED = "lapsed"


class Event(enum.StrEnum):
    RELEASE = "release"
    REFUSE = "refuse"
    USE = "use"
    LAPSE = "lapse"


class Ground(enum.StrEnum):
    """On what ground staff decided."""

    FALSE_ALARM = "false_alarm"
    EXPLAINED = "explained"
    DOCUMENTS_COMPLETE = "documents_complete"
    RISK_ACCEPTED = "risk_accepted"
    NOT_EXPLAINED = "not_explained"
    RISK_NOT_ACCEPTED = "risk_not_accepted"


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that waits for somebody, or did. It is named by the verdict that held it."""

    verdict: UUID
    operation: UUID
    kind: model.OperationKind
    account: UUID
    ledger_account: UUID
    asset: int
    amount: int
    home: int | None
    reasons: tuple[model.Code, ...]
    at: datetime
    state: State = State.OPEN
    ground: str = ""
    decided_by: UUID | None = None
    approved_by: UUID | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    used_by: UUID | None = None


class OwnOperation(errors.Forbidden):
    """Nobody decides about what they want to do themselves."""

    code = "clearance_own_operation"


class ReleaseHeld(access.Act, frozen=True, tag="compliance.release_held.v1"):
    """Let a held operation be judged again without the reasons that it is held for."""

    verdict: UUID
    ground: Ground
