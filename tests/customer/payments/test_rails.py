"""The decision table of rails: which rail, why, when the money counts, what it costs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_stack.payments.model.rails import NoRail, Passed, Price, Priority, Rail, Reason
from customer_stack.payments.rules import calendars, fees, rail_table, rails

NOON = datetime(2026, 6, 10, 10, tzinfo=UTC)  # a Wednesday

TABLE = [
    ("EUR", "DE", "FR", Rail.SEPA, Reason.SAME_ZONE),
    ("EUR", "DE", "DE", Rail.SEPA, Reason.DOMESTIC),
    ("EUR", "GB", "FR", Rail.SEPA, Reason.SAME_ZONE),
    ("EUR", "DE", "US", Rail.SWIFT, Reason.INTERNATIONAL),
    ("EUR", "DE", "", Rail.SWIFT, Reason.COUNTRY_UNKNOWN),
    ("GBP", "GB", "GB", Rail.FPS, Reason.DOMESTIC),
    ("GBP", "GB", "DE", Rail.SWIFT, Reason.INTERNATIONAL),
    ("USD", "US", "US", Rail.ACH, Reason.DOMESTIC),
    ("USD", "US", "LK", Rail.WIRE, Reason.INTERNATIONAL),
    ("USD", "LK", "US", Rail.WIRE, Reason.INTERNATIONAL),
    ("CAD", "CA", "CA", Rail.INTERAC, Reason.DOMESTIC),
    ("CAD", "CA", "US", Rail.SWIFT, Reason.INTERNATIONAL),
    ("LKR", "LK", "LK", Rail.CEFTS, Reason.DOMESTIC),
    ("LKR", "LK", "IN", Rail.SWIFT, Reason.INTERNATIONAL),
    ("AED", "AE", "AE", Rail.UAEFTS, Reason.DOMESTIC),
    ("JPY", "JP", "JP", Rail.SWIFT, Reason.CURRENCY_HAS_NO_LOCAL_RAIL),
]


@pytest.mark.parametrize("currency, sender, recipient, rail, why", TABLE)
def test_the_rail_by_currency_and_countries(
    currency: str, sender: str, recipient: str, rail: Rail, why: Reason
) -> None:
    answer = rails.detect_rail(currency, sender, recipient, at=NOON)
    assert (answer.rail, answer.reasons[0]) == (rail, why)
    assert answer.rail not in answer.fallbacks
    assert answer.table == rails.digest()


def test_an_instant_payment_is_instant_where_the_scheme_is() -> None:
    answer = rails.detect_rail("EUR", "DE", "FR", at=NOON, priority=Priority.INSTANT)
    assert answer.rail is Rail.SEPA_INSTANT
    assert Reason.PRIORITY in answer.reasons
    assert answer.fallbacks == (Rail.SEPA, Rail.SWIFT)
    assert (answer.value_date, answer.cut_off) == (NOON.date(), None)


def test_the_cap_of_sepa_instant_fell_on_its_day() -> None:
    over, instant = 100_000_01, Priority.INSTANT
    before = datetime(2025, 10, 8, 12, tzinfo=UTC)
    capped = rails.detect_rail("EUR", "DE", "FR", at=before, amount=over, priority=instant)
    assert capped.rail is Rail.SEPA
    assert Passed(Rail.SEPA_INSTANT, Reason.ABOVE_LIMIT) in capped.passed
    free = rails.detect_rail("EUR", "DE", "FR", at=datetime(2025, 10, 9, tzinfo=UTC), amount=over, priority=instant)
    assert free.rail is Rail.SEPA_INSTANT


def test_a_country_is_in_sepa_from_its_day_on() -> None:
    day_before, day = datetime(2026, 5, 4, 12, tzinfo=UTC), datetime(2026, 5, 5, 12, tzinfo=UTC)
    assert rails.detect_rail("EUR", "DE", "RS", at=day_before).rail is Rail.SWIFT
    assert rails.detect_rail("EUR", "DE", "RS", at=day).rail is Rail.SEPA


@pytest.mark.parametrize(
    "currency, country, amount, rail",
    [
        ("LKR", "LK", 5_000_000_00, Rail.CEFTS),
        ("LKR", "LK", 5_000_000_01, Rail.RTGS),
        ("GBP", "GB", 1_000_000_00, Rail.FPS),
        ("GBP", "GB", 1_000_000_01, Rail.CHAPS),
        ("USD", "US", 99_999_999_99, Rail.ACH),
        ("USD", "US", 100_000_000_00, Rail.WIRE),
        ("CAD", "CA", 25_000_01, Rail.LYNX),
    ],
)
def test_an_amount_above_a_limit_takes_the_next_rail(currency: str, country: str, amount: int, rail: Rail) -> None:
    assert rails.detect_rail(currency, country, country, at=NOON, amount=amount).rail is rail


def test_a_rail_that_nobody_here_sends_on_is_passed_over_and_said_so() -> None:
    answer = rails.detect_rail("LKR", "LK", "LK", at=NOON, offered={Rail.SLIPS})
    assert answer.rail is Rail.SLIPS
    assert Passed(Rail.CEFTS, Reason.NO_PROVIDER) in answer.passed
    with pytest.raises(NoRail):
        rails.detect_rail("LKR", "LK", "LK", at=NOON, offered=set())


@pytest.mark.parametrize(
    "at, value, reason",
    [
        (datetime(2026, 6, 10, 12, 59, tzinfo=UTC), date(2026, 6, 11), None),  # 14:59 in Brussels
        (datetime(2026, 6, 10, 13, 1, tzinfo=UTC), date(2026, 6, 12), Reason.AFTER_CUT_OFF),
        (datetime(2026, 6, 12, 13, 1, tzinfo=UTC), date(2026, 6, 16), Reason.AFTER_CUT_OFF),  # a Friday
        (datetime(2026, 4, 3, 9, tzinfo=UTC), date(2026, 4, 8), Reason.HOLIDAY),  # Good Friday; Monday is one too
        (datetime(2026, 12, 24, 9, tzinfo=UTC), date(2026, 12, 28), None),
    ],
)
def test_the_value_date_of_sepa_follows_target(at: datetime, value: date, reason: Reason | None) -> None:
    answer = rails.detect_rail("EUR", "DE", "FR", at=at)
    assert answer.value_date == value
    assert reason is None or reason in answer.reasons
    assert answer.cut_off is not None
    assert answer.cut_off >= at


def test_a_calendar_that_does_not_know_a_year_is_named() -> None:
    known = rails.detect_rail("LKR", "LK", "LK", at=NOON, offered={Rail.SLIPS})
    unknown = rails.detect_rail("LKR", "LK", "LK", at=NOON.replace(year=2031), offered={Rail.SLIPS})
    assert Reason.CALENDAR_UNKNOWN not in known.reasons
    assert Reason.CALENDAR_UNKNOWN in unknown.reasons


@pytest.mark.parametrize(
    "name, holidays",
    [
        ("US", ["2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-09-07", "2026-10-12",
                "2026-11-11", "2026-11-26", "2026-12-25"]),
        ("GB", ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25",
                "2026-12-28"]),
        ("CA", ["2026-02-16", "2026-05-18", "2026-07-01", "2026-08-03", "2026-09-07", "2026-10-12", "2026-12-28"]),
        ("TARGET", ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25"]),
        ("LK", ["2026-04-13", "2026-04-14", "2026-05-01", "2026-12-25"]),
    ],
)  # fmt: skip
def test_holidays_fall_where_they_were_published(name: str, holidays: list[str]) -> None:
    for each in holidays:
        assert not calendars.is_business_day(name, date.fromisoformat(each)), each
    assert calendars.is_business_day(name, date(2026, 6, 10))


def test_a_saturdays_fourth_of_july_closes_no_federal_reserve_bank() -> None:
    assert calendars.is_business_day("US", date(2026, 7, 3))
    assert not calendars.is_business_day("US", date(2027, 7, 5))  # Sunday's


@settings(deadline=None)
@given(st.integers(1900, 2199))
def test_easter_is_a_sunday_between_its_bounds(year: int) -> None:
    found = calendars.easter(year)
    assert found.weekday() == 6
    assert date(year, 3, 22) <= found <= date(year, 4, 25)


COUNTRIES = st.sampled_from(["", "LK", "DE", "FR", "GB", "US", "CA", "AE", "RS", "JP"])


@settings(deadline=None)
@given(
    st.sampled_from(["EUR", "GBP", "USD", "CAD", "LKR", "AED", "JPY", "CHF"]),
    COUNTRIES,
    COUNTRIES,
    st.integers(0, 9 * 365 * 24).map(lambda hours: datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    st.none() | st.integers(1, 10**12),
    st.sampled_from(Priority),
)
def test_an_answer_is_the_same_again_and_never_dated_before_it_was_asked(
    currency: str, sender: str, recipient: str, at: datetime, amount: int | None, priority: Priority
) -> None:
    first = rails.detect_rail(currency, sender, recipient, at=at, amount=amount, priority=priority)
    assert first == rails.detect_rail(currency, sender, recipient, at=at, amount=amount, priority=priority)
    assert (first.value_date - at.date()).days >= -1  # their day may be yesterday's where they are
    row = rails.row_of(first.rail, currency, at.date())
    assert row is not None


def test_every_line_can_win_and_has_a_price_or_is_not_offered() -> None:
    for row in rail_table.TABLE:
        assert row.since < (row.until or date.max)
    assert rails.price(Rail.WIRE, "USD", NOON.date()) == Price("USD", 25_00)
    assert rails.price(Rail.CEFTS, "LKR", date(2025, 2, 14)) is None
    answer = rails.detect_rail("CHF", "CH", "US", at=NOON)
    with pytest.raises(fees.NoPrice):
        fees.fixed(answer, "CHF")
