"""By when something is due: hours, days of the calendar, or days on which the place works. Pure."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

from customer_stack.monitoring.model import packs

_DAY = timedelta(days=1)


def works(day: date, calendar: packs.Calendar) -> bool:
    return day.isoweekday() not in calendar.weekend and not {day.isoformat(), f"--{day:%m-%d}"} & set(calendar.holidays)


def due(start: datetime, deadline: packs.Deadline, pack: packs.Pack) -> datetime:
    """The end of the last day that counts, by the calendar of the place; hours count from the moment itself.

    The day on which it begins does not count.
    """
    if deadline.unit is packs.Unit.HOURS:
        return start + timedelta(hours=deadline.count)
    zone = zoneinfo.ZoneInfo(pack.time_zone)
    day, left = start.astimezone(zone).date(), deadline.count
    while left:
        day += _DAY
        left -= deadline.unit is packs.Unit.DAYS or works(day, pack.calendar)
    return datetime.combine(day + _DAY, time.min, zone).astimezone(UTC)
