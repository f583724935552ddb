"""When a limit changes and when it says no. Pure.

Days, weeks and months are those of the jurisdiction's calendar, so that a limit of a day begins anew at local midnight.
"""

import calendar
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

import msgspec

from customer_stack.safeguards import model

K, P, R = model.LimitKind, model.Period, model.Refused
_SAID = {K.DEPOSIT: R.DEPOSIT_LIMIT, K.LOSS: R.LOSS_LIMIT, K.STAKE: R.STAKE_LIMIT}


class Windows(NamedTuple):
    """When the present day, week and month began."""

    day: datetime
    week: datetime
    month: datetime


def windows(now: datetime, zone: str) -> Windows:
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    today = local.date()
    starts = today, today - timedelta(days=today.weekday()), today.replace(day=1)
    return Windows(*(datetime.combine(day, time(), local.tzinfo) for day in starts))


def change(limit: model.Limit, wanted: int | None, now: datetime, delay: timedelta) -> model.Limit:
    """The limit after its owner asked for another: at once if it is as strict or stricter, after the delay if not."""
    current = limit.at(now)
    strict = wanted is not None and (current is None or wanted <= current)
    if strict or wanted == current:
        return _settled(limit, wanted)
    return msgspec.structs.replace(
        limit, amount=current, next_amount=wanted, next_at=now + delay, version=limit.version + 1
    )


def cancel(limit: model.Limit, now: datetime) -> model.Limit:
    """Take back a looser limit before it holds."""
    if limit.next_at is None or limit.next_at <= now:
        raise model.NothingWaits("no looser limit waits")
    return _settled(limit, limit.amount)


def _settled(limit: model.Limit, amount: int | None) -> model.Limit:
    return msgspec.structs.replace(limit, amount=amount, next_amount=None, next_at=None, version=limit.version + 1)


def excluded(exclusions: Sequence[model.Exclusion], now: datetime) -> model.ExclusionKind | None:
    """The graver of those that hold."""
    held = {each.kind for each in exclusions if each.begins_at <= now and (each.ends_at is None or now < each.ends_at)}
    return next((kind for kind in reversed(model.ExclusionKind) if kind in held), None)


def after_months(begin: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    day = min(begin.day, calendar.monthrange(year, month + 1)[1])
    return begin.replace(year=year, month=month + 1, day=day)


def refusals(
    state: model.State, asked: model.Asked, moved: Mapping[model.Period, model.Totals]
) -> tuple[model.Refused, ...]:
    """Every reason against it. `moved` is what was done in each period, earlier items of the batch included.

    Where an amount cannot be told in the limits' currency, a limit that would apply says no: somebody wanted to be kept
    within it.
    """
    found: list[model.Refused] = []
    if asked.enters and state.excluded is not None:
        cooling = state.excluded is model.ExclusionKind.COOL_OFF
        found.append(R.COOL_OFF if cooling else R.SELF_EXCLUDED)
    for (kind, period), limit in sorted(state.limits.items()):
        if _applies(kind, asked) and _beyond(kind, limit, asked.amount, moved[period]) and _SAID[kind] not in found:
            found.append(_SAID[kind])
    return tuple(found)


def _applies(kind: model.LimitKind, asked: model.Asked) -> bool:
    return asked.deposits if kind is K.DEPOSIT else asked.stakes


def _beyond(kind: model.LimitKind, limit: int, amount: int | None, moved: model.Totals) -> bool:
    parts = (moved.deposited,) if kind is K.DEPOSIT else (moved.staked,)
    returned = moved.returned if kind is K.LOSS else 0
    if amount is None or returned is None or None in parts:
        return True
    return sum(part for part in parts if part is not None) - returned + amount > limit
