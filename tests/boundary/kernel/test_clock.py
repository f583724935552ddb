"""Time: always aware, always exact."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundary.kernel import clock

law = settings(deadline=None)
NOON = datetime(2031, 5, 6, 12, 0, 0, 7, tzinfo=UTC)


@law
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_microseconds_go_there_and_back_exactly(moment: datetime) -> None:
    try:
        micros = clock.to_micros(moment)
    except OverflowError:  # the first hours of year 1 have no UTC time
        return
    assert clock.from_micros(micros) == moment
    assert clock.from_micros(micros).utcoffset() == timedelta(0)


def test_microseconds_count_from_1970() -> None:
    assert clock.to_micros(clock.EPOCH) == 0
    assert clock.to_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert clock.to_micros(datetime(2000, 1, 1, tzinfo=UTC)) == 946_684_800_000_000


def test_a_time_without_a_zone_is_refused() -> None:
    for use in (clock.as_utc, clock.to_micros, clock.ManualClock):
        with pytest.raises(ValueError, match="without a zone"):
            use(NOON.replace(tzinfo=None))


def test_a_manual_clock_stands_still_until_told() -> None:
    time = clock.ManualClock(NOON)
    assert time.now() == time.now() == NOON
    assert time.advance(timedelta(seconds=3)) == NOON + timedelta(seconds=3) == time.now()


def test_the_systems_clock_is_aware_and_goes_on() -> None:
    time = clock.SystemClock()
    first = time.now()
    assert first.tzinfo is UTC
    assert first <= time.now()
