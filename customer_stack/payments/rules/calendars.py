"""Business days by calendar. Computed where law is a rule, listed where it is the moon's; each says for which years.

A year that a calendar does not know has weekends only, and the decision that used it says so: nobody is promised a
value date that nobody looked up.
"""

import functools
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_HORIZON = 60


class Calendar(NamedTuple):
    """Where its clock stands, which weekdays are free, and its holidays of a year, none for a year that it lacks."""

    zone: str
    weekend: frozenset[int]
    holidays: Callable[[int], frozenset[date] | None]


@functools.lru_cache(maxsize=256)
def easter(year: int) -> date:
    """Gregorian Easter Sunday, by the anonymous algorithm of 1876."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th weekday of a month; from the end if n is negative."""
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = (date(year + month // 12, month % 12 + 1, 1)) - _DAY
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _moved_to_monday(days: list[date]) -> set[date]:
    """Britain's rule: what falls on a weekend is kept on the next weekday that is free of one."""
    taken: set[date] = set()
    for day in days:
        kept = day
        while kept.weekday() >= _SATURDAY or kept in taken:
            kept += _DAY
        taken.add(kept)
    return taken


def _sunday_to_monday(day: date) -> date:
    """The Federal Reserve's rule: a Sunday's holiday is kept on Monday, a Saturday's not at all."""
    return day + _DAY if day.weekday() == _SUNDAY else day


@functools.lru_cache(maxsize=64)
def _target(year: int) -> frozenset[date]:
    sunday = easter(year)
    return frozenset({
        date(year, 1, 1), sunday - 2 * _DAY, sunday + _DAY, date(year, 5, 1), date(year, 12, 25), date(year, 12, 26),
    })  # fmt: skip


@functools.lru_cache(maxsize=64)
def _fed(year: int) -> frozenset[date]:
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    return frozenset({
        *map(_sunday_to_monday, fixed), _nth(year, 1, _MONDAY, 3), _nth(year, 2, _MONDAY, 3), _nth(year, 5, _MONDAY, -1),
        _nth(year, 9, _MONDAY, 1), _nth(year, 10, _MONDAY, 2), _nth(year, 11, _THURSDAY, 4),
    })  # fmt: skip


@functools.lru_cache(maxsize=64)
def _england(year: int) -> frozenset[date]:
    sunday = easter(year)
    moved = _moved_to_monday([date(year, 1, 1)]) | _moved_to_monday([date(year, 12, 25), date(year, 12, 26)])
    return frozenset({
        *moved, sunday - 2 * _DAY, sunday + _DAY, _nth(year, 5, _MONDAY, 1), _nth(year, 5, _MONDAY, -1),
        _nth(year, 8, _MONDAY, -1),
    })  # fmt: skip


@functools.lru_cache(maxsize=64)
def _canada(year: int) -> frozenset[date]:
    before = date(year, 5, 25)
    victoria = before - timedelta(days=(before.weekday() - _MONDAY) % 7 or 7)
    fixed = [date(year, 1, 1), date(year, 7, 1), date(year, 9, 30), date(year, 11, 11)]
    return frozenset({
        *(d for day in fixed for d in _moved_to_monday([day])), *_moved_to_monday([date(year, 12, 25), date(year, 12, 26)]),
        _nth(year, 2, _MONDAY, 3), easter(year) - 2 * _DAY, victoria, _nth(year, 8, _MONDAY, 1),
        _nth(year, 9, _MONDAY, 1), _nth(year, 10, _MONDAY, 2),
    })  # fmt: skip


def _listed(text: str) -> Callable[[int], frozenset[date] | None]:
    years: dict[int, set[date]] = {}
    for word in text.split():
        day = date.fromisoformat(word)
        years.setdefault(day.year, set()).add(day)
    found = {year: frozenset(days) for year, days in years.items()}
    return found.get


_LANKA = """
2026-01-03 2026-01-15 2026-02-01 2026-02-04 2026-02-15 2026-03-02 2026-03-21 2026-04-01 2026-04-03 2026-04-13 2026-04-14
2026-05-01 2026-05-02 2026-05-28 2026-05-30 2026-06-29 2026-07-29 2026-08-26 2026-08-27 2026-09-26 2026-10-25 2026-11-08
2026-11-24 2026-12-23 2026-12-25
"""
"""Public and bank holidays under the Holidays Act. The moon's days can only be listed, after each year's gazette; a year
that is not here is unknown, and the decision says so."""

_WESTERN = frozenset({_SATURDAY, _SUNDAY})
CALENDARS = {
    "TARGET": Calendar("Europe/Brussels", _WESTERN, _target),
    "US": Calendar("America/New_York", _WESTERN, _fed),
    "GB": Calendar("Europe/London", _WESTERN, _england),
    "CA": Calendar("America/Toronto", _WESTERN, _canada),
    "LK": Calendar("Asia/Colombo", _WESTERN, _listed(_LANKA)),
    "AE": Calendar("Asia/Dubai", _WESTERN, _listed("")),
}


class Dated(NamedTuple):
    """When money counts, when the door closes next, and what moved it."""

    value_date: date
    cut_off: datetime
    after_cut_off: bool
    holiday: bool
    known: bool


def is_business_day(name: str, day: date) -> bool:
    calendar = CALENDARS[name]
    return day.weekday() not in calendar.weekend and day not in (calendar.holidays(day.year) or frozenset())


def after(name: str, day: date, count: int) -> date:
    """The business day so many business days later; the first from that day on if the count is 0."""
    for _ in range(_HORIZON):
        if is_business_day(name, day):
            if count == 0:
                return day
            count -= 1
        day += _DAY
    raise ValueError("a calendar has no two months without a business day")


def dated(name: str, at: datetime, cut_off: str, days: int) -> Dated:
    """The value date of what is handed in at a moment, by a calendar's own clock."""
    calendar = CALENDARS[name]
    zone = ZoneInfo(calendar.zone)
    local = at.astimezone(zone)
    closing = time.fromisoformat(cut_off)
    today, late = local.date(), False
    holiday = not is_business_day(name, today)
    begins = after(name, today, 0)
    if not holiday and local.time() > closing:
        late = True
        begins = after(name, today + _DAY, 0)
    value = after(name, begins, days)
    known = all(calendar.holidays(year) is not None for year in {today.year, value.year})
    return Dated(value, datetime.combine(begins, closing, zone), late, holiday, known)
