"""Operations as monitoring sees them, facts about them, and the alerts that rules raise."""

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors


class Kind(enum.StrEnum):
    """What an operation is. The first two cross the border of the house."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER = "transfer"
    CONVERSION = "conversion"
    STAKE = "stake"
    TRADE = "trade"
    OTHER = "other"


class Direction(enum.StrEnum):
    """Which way money moves, as the customer's own cash account sees it."""

    IN = "in"
    OUT = "out"


class Severity(enum.StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Mode(enum.StrEnum):
    """A shadow rule is evaluated and counted and does nothing else."""

    LIVE = "live"
    SHADOW = "shadow"


class Answer(enum.StrEnum):
    """What an alert asks of the operation that raised it."""

    NOTE = "note"
    """Somebody looks at it later; the operation goes on."""
    REVIEW = "review"
    """Nobody moves this money before somebody has looked."""


class RiskLevel(enum.StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """Money that is about to move, or has moved. `amount` is in the asset's smallest unit; `country` is where the other
    side is, and empty when it is at home or not known to have one.

    `posted` is the number of its row in the books; without one the operation is not in them yet.
    """

    id: UUID
    kind: Kind
    account: UUID
    direction: Direction
    amount: int
    asset: int
    country: str = ""
    at: datetime | None = None
    posted: int | None = None
    also: tuple[UUID, ...] = ()
    """Other ids by which it may have been judged before: the transfer's reference, its pending one."""


class Rate(NamedTuple):
    """What one smallest unit of an asset is worth in the smallest unit of the jurisdiction's currency, as a fraction."""

    numerator: int
    denominator: int


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A rule had something to say. `certain` is false when it could not be computed, and then it asks for review."""

    id: UUID
    rule: str
    version: int
    account: UUID
    operation: UUID
    severity: Severity
    answer: Answer
    certain: bool = True
    score: int = 0
    half_life_days: int = 0
    key: bytes = b""
    opens: bool = True
    """Whether it opens a case, or joins the one that is open."""


class Reason(NamedTuple):
    """Points that an account got for something, as they were at that moment, and how fast they fade."""

    points: int
    half_life_days: int
    at: datetime


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of something that is ordered by time ends."""

    at: int
    id: UUID


class BadRules(errors.Invalid):
    """The rules cannot be used. The fact `at` is a JSON pointer to what is wrong."""

    code = "monitoring_rules_invalid"


class RulesUnknown(errors.NotFound):
    """There is no such version of the rules, or no such rule in it."""

    code = "monitoring_rules_unknown"


class NotInFuture(errors.Conflict):
    """New rules begin in the future, and after every version that there is: the past is not judged anew."""

    code = "monitoring_rules_not_in_future"


class UnknownAlert(errors.NotFound):
    """There is no such alert, or none that the caller may see."""

    code = "alert_unknown"


class AlertTaken(errors.Conflict):
    """The alert stands in another case already."""

    code = "alert_taken"
