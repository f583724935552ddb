"""Money that came in: whose it is, or why nobody knows yet."""

import enum
from datetime import date, datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors


class State(enum.StrEnum):
    BOOKED = "booked"
    SUSPENSE = "suspense"
    RELEASED = "released"
    RETURNED = "returned"


class Why(enum.StrEnum):
    """Why money is in suspense."""

    NO_REFERENCE = "no_reference"
    REFERENCE_UNKNOWN = "reference_unknown"
    OTHER_CURRENCY = "other_currency"
    CLEARANCE = "clearance"
    """Compliance looks at it; released there it is credited."""
    CLEARANCE_REFUSED = "clearance_refused"


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A credit as a bank or provider states it. `line` names it for ever: the same one again is no news."""

    provider: str
    line: bytes
    currency: str
    minor: int
    value_date: date
    texts: tuple[str, ...] = ()
    external: str = ""
    """The virtual account that it came to, where the provider names one."""
    remitter: str = ""


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    provider: str
    account: UUID | None
    asset: int
    amount: int
    value_date: date
    state: State
    why: str
    transfer: UUID
    created_at: datetime
    resolved_at: datetime | None = None
    resolution: UUID | None = None
    intended: UUID | None = None
    """Whose it would be if clearance allowed it."""


class Reference(msgspec.Struct, frozen=True):
    """What a customer writes into a transfer so that it finds them: an ISO 11649 creditor reference."""

    reference: str
    account: UUID
    asset: int
    provider: str
    external: str


class ImportState(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A statement on its way into the books: `lines` of it are dealt with."""

    id: UUID
    provider: str
    digest: bytes
    size: int
    parts: int
    state: ImportState
    reason: str
    lines: int
    booked: int
    suspense: int
    passed: int
    """Lines that are no arrival: debits, what is not booked, what was known already."""
    created_at: datetime
    ended_at: datetime | None


class NoDeposit(errors.NotFound):
    """There is no such deposit, or none that the caller may see."""

    code = "deposit_unknown"


class NotInSuspense(errors.Conflict):
    """The money is not, or no longer, in suspense."""

    code = "deposit_not_in_suspense"


class AlreadyImported(errors.Conflict):
    """The file was handed in before; the fact `id` names its import."""

    code = "statement_already_imported"


class NoImport(errors.NotFound):
    """No such statement was handed in."""

    code = "statement_unknown"


class StatementTooLarge(errors.TooLarge):
    """A statement is handed in through the API up to a size; larger ones by command."""

    code = "statement_too_large"
