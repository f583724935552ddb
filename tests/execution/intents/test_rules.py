"""Why an intent is refused: every reason, their fixed order, and every pair of state and event."""

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import clock, states
from boundary.wire import provenance
from execution_stack.instruments import model as instruments
from execution_stack.intents import model, rules
from execution_stack.participants import model as participants

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
SECONDS = clock.to_micros(NOW) // 1_000_000
R = model.Refusal
INSTRUMENT = instruments.Instrument(
    ref=uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"),
    code="RAIN-26.MAY",
    route=instruments.Route.OMNIBUS,
    product=instruments.Product.EVENT_CONTRACT,
    state=instruments.State.LISTED,
    tick_size=10_000,
    lot_size=1_000_000,
    price_max=99,
    cap_lots=500,
    opens_at=NOW - timedelta(days=1),
    closes_at=NOW + timedelta(days=1),
    document=bytes(32),
)
STANDING = participants.Standing(participants.Status.ELIGIBLE, 1, participants.Category.RETAIL)
TERMS = model.Terms(
    participant=uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517"),
    instrument=INSTRUMENT.ref,
    side=model.Side.BUY,
    kind=model.Kind.LIMIT,
    time_in_force=model.TimeInForce.UNTIL_CANCELLED,
    limit_ticks=40,
    lots=10,
    cost_cap=40 * 10_000 * 10,
    expires_at=0,
)
DAY = {"time_in_force": model.TimeInForce.DAY}
UNTIL = {"time_in_force": model.TimeInForce.UNTIL_TIME}
AT_ONCE = {"time_in_force": model.TimeInForce.AT_ONCE_OR_CANCEL}
ALL = {"time_in_force": model.TimeInForce.ALL_OR_NOTHING}
MARKET = {"kind": model.Kind.MARKET, "limit_ticks": 0}


class Case(NamedTuple):
    """Everything that an intent is judged on."""

    terms: model.Terms = TERMS
    standing: participants.Standing | None = STANDING
    instrument: instruments.Instrument | None = INSTRUMENT

    def wants(self, **changes: Any) -> "Case":
        return self._replace(terms=msgspec.structs.replace(self.terms, **changes))

    def is_(self, status: participants.Status) -> "Case":
        return self._replace(standing=participants.Standing(status, 1, participants.Category.RETAIL))

    def trades(self, **changes: Any) -> "Case":
        assert self.instrument is not None
        return self._replace(instrument=msgspec.structs.replace(self.instrument, **changes))

    def judge(self) -> model.Refusal | None:
        return rules.judge(self.terms, self.standing, self.instrument, NOW, SECONDS)


FINE = Case()
YEAR_AND_A_DAY = 366 * 86_400


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(FINE, id="a limit that costs exactly its cap"),
        pytest.param(
            FINE.wants(limit_ticks=99, lots=500, cost_cap=99 * 10_000 * 500), id="the highest price, all lots"
        ),
        pytest.param(FINE.wants(**MARKET, cost_cap=99 * 10_000 * 10), id="a market buy whose cap covers any price"),
        pytest.param(FINE.wants(cost_cap=2 * 40 * 10_000 * 10 + 10_000_000), id="a cap with room for all fees"),
        pytest.param(FINE.wants(side=model.Side.SELL, cost_cap=0), id="a sale needs no cap"),
        pytest.param(
            FINE.wants(side=model.Side.SELL, cost_cap=40 * 10_000 * 10 + 10_000_000), id="a sale with a cap on its fees"
        ),
        pytest.param(FINE.wants(side=model.Side.SELL, **MARKET, cost_cap=0), id="nor does a market sale"),
        pytest.param(FINE.wants(kind=model.Kind.POST_ONLY), id="post only"),
        pytest.param(FINE.wants(**UNTIL, expires_at=SECONDS + 1), id="a second to live"),
        pytest.param(FINE.wants(**UNTIL, expires_at=SECONDS + YEAR_AND_A_DAY), id="as far ahead as may be"),
        pytest.param(FINE.trades(opens_at=NOW), id="as it opens"),
        pytest.param(FINE.trades(closes_at=NOW + timedelta(microseconds=1)), id="as it closes"),
    ],
)
def test_a_sound_intent_enters(case: Case) -> None:
    assert case.judge() is None


# In the order of judgement: each line breaks one rule, and is refused for it whatever later lines break as well.
REASONS: list[tuple[str, Callable[[Case], Case], model.Refusal]] = [
    ("unknown", lambda case: case._replace(standing=None), R.UNKNOWN_PARTICIPANT),
    ("issued", lambda case: case.is_(participants.Status.ISSUED), R.NOT_ACTIVE),
    ("frozen", lambda case: case.is_(participants.Status.FROZEN), R.FROZEN),
    ("closed", lambda case: case.is_(participants.Status.CLOSED), R.CLOSED),
    ("delisted", lambda case: case.trades(state=instruments.State.DELISTED), R.UNKNOWN_INSTRUMENT),
    ("halted", lambda case: case.trades(state=instruments.State.HALTED), R.HALTED),
    ("closed", lambda case: case.trades(state=instruments.State.CLOSED), R.OUTSIDE_WINDOW),
    ("resolved", lambda case: case.trades(state=instruments.State.RESOLVED), R.OUTSIDE_WINDOW),
    ("not open yet", lambda case: case.trades(opens_at=NOW + timedelta(microseconds=1)), R.OUTSIDE_WINDOW),
    ("just closed", lambda case: case.trades(opens_at=NOW - timedelta(days=2), closes_at=NOW), R.OUTSIDE_WINDOW),
    ("limit at market", lambda case: case.wants(kind=model.Kind.MARKET, limit_ticks=40), R.INCONSISTENT),
    ("no limit", lambda case: case.wants(kind=model.Kind.LIMIT, limit_ticks=0), R.INCONSISTENT),
    ("no limit to post", lambda case: case.wants(kind=model.Kind.POST_ONLY, limit_ticks=0), R.INCONSISTENT),
    (
        "post only, at once",
        lambda case: case.wants(kind=model.Kind.POST_ONLY, limit_ticks=40, **AT_ONCE),
        R.INCONSISTENT,
    ),
    (
        "post only, all or nothing",
        lambda case: case.wants(kind=model.Kind.POST_ONLY, limit_ticks=40, **ALL),
        R.INCONSISTENT,
    ),
    ("until never", lambda case: case.wants(**UNTIL, expires_at=0), R.INCONSISTENT),
    ("expiry of a day order", lambda case: case.wants(**DAY, expires_at=SECONDS + 9), R.INCONSISTENT),
    ("off the grid", lambda case: case.wants(kind=model.Kind.LIMIT, limit_ticks=100), R.OFF_GRID),
    (
        "between two prices",
        lambda case: case.wants(kind=model.Kind.LIMIT, limit_ticks=40).trades(grid=(instruments.Band(1, 3),)),
        R.OFF_GRID,
    ),
    ("too many lots", lambda case: case.wants(lots=501, cost_cap=10**12), R.OVER_CAP),
    ("more than it could ever cost", lambda case: case.wants(cost_cap=2 * 40 * 10_000 * 10 + 10_000_001), R.OVER_CAP),
    ("one short of its cost", lambda case: case.wants(cost_cap=40 * 10_000 * 10 - 1), R.OVER_CAP),
    ("expired", lambda case: case.wants(**UNTIL, expires_at=SECONDS), R.EXPIRED),
    ("long expired", lambda case: case.wants(**UNTIL, expires_at=1), R.EXPIRED),
    ("too far ahead", lambda case: case.wants(**UNTIL, expires_at=SECONDS + YEAR_AND_A_DAY + 1), R.OUTSIDE_WINDOW),
]
NAMES = [name for name, _, _ in REASONS]


@pytest.mark.parametrize("name, breaks, reason", REASONS, ids=NAMES)
def test_each_broken_rule_is_refused_for_itself(
    name: str, breaks: Callable[[Case], Case], reason: model.Refusal
) -> None:
    assert breaks(FINE).judge() is reason


@pytest.mark.parametrize("first", range(len(REASONS)), ids=NAMES)
def test_the_first_reason_in_order_is_the_one_given(first: int) -> None:
    _, breaks, reason = REASONS[first]
    for _, also_breaks, _ in REASONS[first + 1 :]:
        assert breaks(also_breaks(FINE)).judge() is reason


def test_an_unregistered_instrument_is_unknown_like_a_delisted_one() -> None:
    assert FINE._replace(instrument=None).judge() is R.UNKNOWN_INSTRUMENT
    assert FINE._replace(instrument=None, standing=None).judge() is R.UNKNOWN_PARTICIPANT


def test_every_reason_of_a_placement_is_in_the_table() -> None:
    said = {reason for _, _, reason in REASONS}
    elsewhere = {R.UNKNOWN_INTENT, R.TOO_LATE, R.STOPPED, R.RISK_LIMIT, R.TOO_MANY}
    assert set(R) - said == elsewhere, "which only an amendment, a cancellation or risk can meet"


def test_the_window_of_expiry_is_the_one_that_the_capacity_table_counts_on() -> None:
    assert provenance.EXPIRY_WINDOW.window_seconds == rules.EXPIRY_SECONDS_MAX


big = st.integers(0, 10**18)


@given(st.sampled_from(model.Side), st.sampled_from(model.Kind), st.sampled_from(model.TimeInForce), big, big, big, big)
def test_an_intent_that_enters_is_within_every_bound(
    side: model.Side,
    kind: model.Kind,
    time_in_force: model.TimeInForce,
    limit_ticks: int,
    lots: int,
    cost_cap: int,
    expires_at: int,
) -> None:
    terms = model.Terms(
        TERMS.participant,
        INSTRUMENT.ref,
        side,
        kind,
        time_in_force,
        limit_ticks % 120,
        lots % 600,
        cost_cap,
        expires_at,
    )
    if rules.judge(terms, STANDING, INSTRUMENT, NOW, SECONDS) is None:
        assert (terms.limit_ticks == 0) == (kind is model.Kind.MARKET)
        assert terms.limit_ticks <= INSTRUMENT.price_max
        assert terms.lots <= INSTRUMENT.cap_lots
        cost = (terms.limit_ticks or 99) * terms.lots * 10_000
        assert side is model.Side.SELL or cost <= cost_cap
        assert cost_cap <= 2 * cost + 10_000_000
        assert kind is not model.Kind.POST_ONLY or time_in_force.value not in {"at_once_or_cancel", "all_or_nothing"}
        assert expires_at == 0 or SECONDS < expires_at <= SECONDS + YEAR_AND_A_DAY


LEGAL = {
    (model.State.OPEN, model.StateEvent.CANCEL): model.State.CANCELLED,
    (model.State.OPEN, model.StateEvent.EXPIRE): model.State.EXPIRED,
    (model.State.OPEN, model.StateEvent.CLOSE): model.State.CLOSED,
}


@pytest.mark.parametrize("state, event", [*itertools.product(model.State, model.StateEvent)])
def test_every_pair_moves_as_the_table_says_or_not_at_all(state: model.State, event: model.StateEvent) -> None:
    if (state, event) in LEGAL:
        assert rules.STATE.advance(state, event) is LEGAL[state, event]
        return
    with pytest.raises(states.IllegalTransition):
        rules.STATE.advance(state, event)
