"""Limits, exclusions and reality checks as their owner sees them, and what the audit log is told.

Amounts are whole numbers of the smallest unit of the jurisdiction's currency.
"""

import enum
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors, records


class LimitKind(enum.StrEnum):
    DEPOSIT = "deposit"
    LOSS = "loss"
    STAKE = "stake"


class Period(enum.StrEnum):
    """By the calendar of the jurisdiction; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ExclusionKind(enum.StrEnum):
    COOL_OFF = "cool_off"
    SELF_EXCLUSION = "self_exclusion"


class Fact(enum.StrEnum):
    """What happened, in the words of the history."""

    LIMIT_SET = "limit_set"
    INCREASE_ASKED = "increase_asked"
    INCREASE_CANCELLED = "increase_cancelled"
    COOL_OFF = "cool_off"
    SELF_EXCLUSION = "self_exclusion"
    REALITY_CHECK = "reality_check"


class Refused(enum.StrEnum):
    """Why a safeguard says no. The names are part of the API."""

    COOL_OFF = "cool_off"
    SELF_EXCLUDED = "self_excluded"
    DEPOSIT_LIMIT = "deposit_limit"
    LOSS_LIMIT = "loss_limit"
    STAKE_LIMIT = "stake_limit"


COOL_OFF_MIN = timedelta(hours=24)
COOL_OFF_MAX = timedelta(days=42)
MONTHS_MIN = 6
MONTHS_MAX = 120
MINUTES_MIN = 15
MINUTES_MAX = 240
DELAY_MIN = timedelta(hours=24)
AMOUNT_MAX = (1 << 63) - 1


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """One limit as it is stored. No amount is no limit; `next_at` says when `next_amount` takes its place."""

    kind: LimitKind
    period: Period
    amount: int | None = None
    currency: str
    next_amount: int | None = None
    next_at: datetime | None = None
    version: int = 0

    def at(self, now: datetime) -> int | None:
        """What holds at this moment."""
        return self.next_amount if self.next_at is not None and self.next_at <= now else self.amount


class Exclusion(NamedTuple):
    """From when to when its owner wanted to be kept out; without an end, for good."""

    kind: ExclusionKind
    begins_at: datetime
    ends_at: datetime | None


class Reality(NamedTuple):
    """How often its owner wants to be told, in minutes of one sitting."""

    minutes: int
    told_at: datetime | None


class State(NamedTuple):
    """All that holds for one account at a moment."""

    limits: Mapping[tuple[LimitKind, Period], int] = {}
    excluded: ExclusionKind | None = None
    currency: str = ""


class Asked(NamedTuple):
    """What a safeguard has to know of an operation. No amount: it could not be told in the limits' currency.

    `deposits`: it brings money in. `stakes`: it may be lost. `enters`: it is for playing on, so an exclusion stops it.
    """

    amount: int | None
    deposits: bool
    stakes: bool
    enters: bool


class Totals(NamedTuple):
    """What was moved in a period so far, in the limits' currency; nothing where it could not be told."""

    deposited: int | None
    staked: int | None
    returned: int | None


class Change(msgspec.Struct, frozen=True, array_like=True):
    """A row of the history. `id` is chance, so a hash over the row tells nobody what it says."""

    id: UUID
    account: UUID
    fact: Fact
    kind: str
    period: str
    before: str
    after: str
    currency: str
    effective_at: datetime | None
    at: datetime


class Safeguarded(records.Entry, frozen=True, tag="safeguards.changed.v1"):
    """Somebody changed what they are held to; the digest is over the row of the history."""

    account: UUID
    change: UUID
    digest: records.Hash32


class RealityTold(records.Entry, frozen=True, tag="safeguards.reality_told.v1"):
    """Somebody was told how long they have been here."""

    account: UUID
    minutes: records.Count


class AmountWrong(errors.Invalid):
    """A limit is an amount of the jurisdiction's currency, zero or more, in its own places."""

    code = "safeguard_amount_wrong"


class PeriodWrong(errors.Invalid):
    """A cool-off lasts from one to 42 days, a self-exclusion six to 120 months or for good, a reality check comes every
    15 to 240 minutes.
    """

    code = "safeguard_period_wrong"


class NothingWaits(errors.NotFound):
    """No looser limit waits to take effect here."""

    code = "safeguard_nothing_waits"
