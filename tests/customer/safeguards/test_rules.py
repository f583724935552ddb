"""Limits over time, calendars, and when they say no."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_stack.safeguards import model, rules

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
DELAY = timedelta(hours=24)
K, P, R = model.LimitKind, model.Period, model.Refused
EMPTY = model.Limit(kind=K.STAKE, period=P.DAY, currency="LKR")
NOTHING = dict.fromkeys(P, model.Totals(0, 0, 0))
STEPS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(0, 50)), st.integers(0, 40), st.booleans()), min_size=1, max_size=12
)


def strict(amount: int | None) -> int:
    return 10**9 if amount is None else amount


@given(STEPS)
def test_what_holds_is_never_looser_than_anything_asked_for_within_the_delay(
    steps: list[tuple[int | None, int, bool]],
) -> None:
    limit, now = EMPTY, NOW
    asked: list[tuple[datetime, int | None]] = [(NOW - DELAY, None)]
    for wanted, hours, cancels in steps:
        now += timedelta(hours=hours)
        before = strict(limit.at(now))
        if cancels and limit.next_at is not None and limit.next_at > now:
            limit = rules.cancel(limit, now)
        else:
            limit = rules.change(limit, wanted, now, DELAY)
            asked.append((now, wanted))
        assert strict(limit.at(now)) <= before, "nothing becomes looser at once"
        recent = [strict(amount) for at, amount in asked if at > now - DELAY]
        assert all(strict(limit.at(now)) <= amount for amount in recent)


def test_stricter_holds_at_once_and_looser_after_the_delay() -> None:
    limit = rules.change(EMPTY, 100, NOW, DELAY)
    assert (limit.at(NOW), limit.next_at) == (100, None)
    wider = rules.change(limit, 200, NOW, DELAY)
    assert (wider.at(NOW + DELAY - timedelta(seconds=1)), wider.at(NOW + DELAY)) == (100, 200)
    none = rules.change(wider, None, NOW + DELAY, DELAY)
    assert (none.at(NOW + DELAY), none.at(NOW + 2 * DELAY)) == (200, None)
    assert rules.change(none, 50, NOW + DELAY, DELAY).next_at is None


def test_a_looser_limit_is_taken_back_before_it_holds_and_not_after() -> None:
    wider = rules.change(rules.change(EMPTY, 100, NOW, DELAY), 200, NOW, DELAY)
    back = rules.cancel(wider, NOW + DELAY - timedelta(seconds=1))
    assert back.at(NOW + 9 * DELAY) == 100
    for limit, at in ((wider, NOW + DELAY), (back, NOW), (EMPTY, NOW)):
        with pytest.raises(model.NothingWaits):
            rules.cancel(limit, at)


@pytest.mark.parametrize(
    "at, zone, day, week, month",
    [
        ("2026-05-03T18:29:59+00:00", "Asia/Colombo", "2026-05-03", "2026-04-27", "2026-05-01"),
        ("2026-05-03T18:30:00+00:00", "Asia/Colombo", "2026-05-04", "2026-05-04", "2026-05-01"),
        ("2026-01-01T04:59:59+00:00", "America/New_York", "2025-12-31", "2025-12-29", "2025-12-01"),
        ("2026-03-29T12:00:00+00:00", "Europe/Luxembourg", "2026-03-29", "2026-03-23", "2026-03-01"),
    ],
)
def test_periods_begin_at_local_midnight(at: str, zone: str, day: str, week: str, month: str) -> None:
    found = rules.windows(datetime.fromisoformat(at), zone)
    assert tuple(each.date().isoformat() for each in found) == (day, week, month)
    assert {(each.hour, each.minute) for each in found} == {(0, 0)}


def test_a_period_that_crosses_a_change_of_clocks_begins_at_its_own_midnight() -> None:
    found = rules.windows(datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Luxembourg")
    assert found.day.astimezone(UTC).hour == 23
    assert found.month.astimezone(UTC).hour == 23
    after = rules.windows(datetime(2026, 3, 30, 12, tzinfo=UTC), "Europe/Luxembourg")
    assert (after.day.astimezone(UTC).hour, after.month.astimezone(UTC).hour) == (22, 23)


def test_months_end_on_a_day_that_there_is() -> None:
    last = datetime(2026, 8, 31, 5, tzinfo=UTC)
    assert rules.after_months(last, 6).date().isoformat() == "2027-02-28"
    assert rules.after_months(last, 12).date().isoformat() == "2027-08-31"


def asked(amount: int | None, *, deposits: bool = False, stakes: bool = False, enters: bool = True) -> model.Asked:
    return model.Asked(amount, deposits, stakes, enters)


def test_a_limit_says_no_to_its_own_kind_beyond_its_amount() -> None:
    state = model.State({(K.DEPOSIT, P.DAY): 100, (K.STAKE, P.WEEK): 50}, None, "LKR")
    moved = NOTHING | {P.DAY: model.Totals(60, 0, 0), P.WEEK: model.Totals(60, 30, 0)}
    assert rules.refusals(state, asked(40, deposits=True), moved) == ()
    assert rules.refusals(state, asked(41, deposits=True), moved) == (R.DEPOSIT_LIMIT,)
    assert rules.refusals(state, asked(20, stakes=True), moved) == ()
    assert rules.refusals(state, asked(21, stakes=True), moved) == (R.STAKE_LIMIT,)
    assert rules.refusals(state, asked(999), moved) == ()


def test_what_came_back_is_no_loss() -> None:
    state = model.State({(K.LOSS, P.MONTH): 100}, None, "LKR")
    moved = NOTHING | {P.MONTH: model.Totals(0, 500, 450)}
    assert rules.refusals(state, asked(50, stakes=True), moved) == ()
    assert rules.refusals(state, asked(51, stakes=True), moved) == (R.LOSS_LIMIT,)


def test_what_cannot_be_told_is_beyond_a_limit() -> None:
    state = model.State({(K.LOSS, P.DAY): 100}, None, "LKR")
    assert rules.refusals(state, asked(None, stakes=True), NOTHING) == (R.LOSS_LIMIT,)
    for totals in (model.Totals(0, None, 0), model.Totals(0, 0, None)):
        assert rules.refusals(state, asked(1, stakes=True), NOTHING | {P.DAY: totals}) == (R.LOSS_LIMIT,)
    assert rules.refusals(model.State(), asked(None, stakes=True), NOTHING) == ()


def test_every_limit_that_says_no_is_named_once() -> None:
    limits = {(kind, period): 0 for kind in K for period in P}
    state = model.State(limits, model.ExclusionKind.SELF_EXCLUSION, "LKR")
    found = rules.refusals(state, asked(1, deposits=True, stakes=True), NOTHING)
    assert sorted(found) == sorted([R.SELF_EXCLUDED, R.DEPOSIT_LIMIT, R.LOSS_LIMIT, R.STAKE_LIMIT])


def test_the_graver_exclusion_holds_and_an_end_is_its_first_free_moment() -> None:
    cool = model.Exclusion(model.ExclusionKind.COOL_OFF, NOW, NOW + timedelta(days=9))
    self_ = model.Exclusion(model.ExclusionKind.SELF_EXCLUSION, NOW, NOW + timedelta(days=5))
    for days, expected in ((0, self_.kind), (5, cool.kind), (9, None)):
        assert rules.excluded([cool, self_], NOW + timedelta(days=days)) is expected
    assert rules.excluded([self_._replace(ends_at=None)], NOW + timedelta(days=99999)) is self_.kind
    assert rules.excluded([cool], NOW - timedelta(seconds=1)) is None
