"""What the routes take and show. Amounts are decimal text in the jurisdiction's currency."""

from datetime import datetime
from typing import Annotated

import msgspec

from boundary.kernel import money
from boundary.kernel.runtime import etags
from customer_stack.safeguards import model, service

Amount = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class LimitView(msgspec.Struct, frozen=True):
    """`amount` holds now, none if there is no limit; `next_amount` from `next_at` on, if that is there."""

    kind: model.LimitKind
    period: model.Period
    currency: str
    amount: str | None
    next_amount: str | None
    next_at: datetime | None


class ExclusionView(msgspec.Struct, frozen=True):
    """Without an end it is for good."""

    kind: model.ExclusionKind
    begins_at: datetime
    ends_at: datetime | None


class SettingsView(msgspec.Struct, frozen=True):
    limits: list[LimitView]
    exclusions: list[ExclusionView]
    reality_check_minutes: int | None


class ChangeView(msgspec.Struct, frozen=True):
    """One line of the history. `before` and `after` are in smallest units, hours or minutes, as the fact has it."""

    fact: model.Fact
    kind: str
    period: str
    before: str
    after: str
    currency: str
    effective_at: datetime | None
    at: datetime


class WantedLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No amount: no limit, once the delay is over."""

    kind: model.LimitKind
    period: model.Period
    amount: Amount | None


class WhichLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: model.LimitKind
    period: model.Period


class WantedCoolOff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hours: int


class WantedExclusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For so many months; without them, for good. There is no way back."""

    months: int | None


class WantedReality(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every so many minutes, or not at all."""

    minutes: int | None


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of the history ends."""

    number: int


def settings(found: service.Settings, now: datetime) -> SettingsView:
    return SettingsView(
        [limit(each, now) for each in found.limits],
        [exclusion(each) for each in found.exclusions],
        found.reality.minutes or None,
    )


def limit(found: model.Limit, now: datetime) -> LimitView:
    waits = found.next_at is not None and found.next_at > now
    return LimitView(
        found.kind,
        found.period,
        found.currency,
        _amount(found.at(now), found.currency),
        _amount(found.next_amount, found.currency) if waits else None,
        found.next_at if waits else None,
    )


def exclusion(found: model.Exclusion) -> ExclusionView:
    return ExclusionView(*found)


def change(found: model.Change) -> ChangeView:
    c = found
    return ChangeView(c.fact, c.kind, c.period, c.before, c.after, c.currency, c.effective_at, c.at)


def tag(found: service.Settings) -> str:
    """Of the limits, which are what is replaced."""
    facts = (f"{each.kind}.{each.period}.{each.version}" for each in found.limits)
    return etags.strong("safeguards", *facts)


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else money.from_minor(minor, money.currency(currency)).text()
