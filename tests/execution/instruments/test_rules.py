"""What may be listed, and how a listing moves, over every pair of state and event."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundary.kernel import states
from execution_stack.instruments import model, rules

S, E, B = model.State, model.StateEvent, model.Band
LEGAL = {
    (S.LISTED, E.HALT): S.HALTED,
    (S.LISTED, E.DELIST): S.DELISTED,
    (S.HALTED, E.RESUME): S.LISTED,
    (S.HALTED, E.DELIST): S.DELISTED,
    (S.LISTED, E.CLOSE): S.CLOSED,
    (S.HALTED, E.CLOSE): S.CLOSED,
    (S.HALTED, E.RESOLVE): S.RESOLVED,
    (S.CLOSED, E.RESOLVE): S.RESOLVED,
    (S.CLOSED, E.DELIST): S.DELISTED,
    (S.RESOLVED, E.DELIST): S.DELISTED,
}
OPENS = datetime(2026, 5, 1, tzinfo=UTC)
SOUND = model.Instrument(
    ref=uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"),
    code="RAIN-26.MAY",
    route=model.Route.OMNIBUS,
    product=model.Product.EVENT_CONTRACT,
    state=S.LISTED,
    tick_size=10_000,
    lot_size=1_000_000,
    price_max=99,
    cap_lots=25_000,
    opens_at=OPENS,
    closes_at=OPENS + timedelta(days=30),
    document=bytes(32),
)


@pytest.mark.parametrize("state, event", [*itertools.product(S, E)])
def test_every_pair_moves_as_the_table_says_or_not_at_all(state: model.State, event: model.StateEvent) -> None:
    if (state, event) in LEGAL:
        assert rules.STATE.advance(state, event) is LEGAL[state, event]
        return
    with pytest.raises(states.IllegalTransition) as refused:
        rules.STATE.advance(state, event)
    assert refused.value.code == "illegal_transition"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"tick_size": 1, "lot_size": 1, "price_max": 1, "cap_lots": 1}, id="the smallest"),
        pytest.param({"tick_size": 10**3, "price_max": 10**6, "cap_lots": 10**6}, id="the largest amount"),
        pytest.param({"lot_size": 10**15}, id="the largest lot"),
        pytest.param({"code": "A"}, id="a code of one letter"),
        pytest.param({"code": "A" * 32}, id="a code of 32"),
        pytest.param({"closes_at": OPENS + timedelta(microseconds=1)}, id="open for a moment"),
        pytest.param({"state": S.HALTED}, id="halted until somebody resumes it"),
        pytest.param({"route": model.Route.CLOB, "product": model.Product.SECURITY_TOKEN}, id="a token on our book"),
        pytest.param({"route": model.Route.BROKER, "product": model.Product.CURRENCY_PAIR}, id="a pair at a broker"),
        pytest.param({"grid": (B(1, 1),)}, id="a band that thins nothing"),
        pytest.param({"grid": (B(1, 1), B(10, 3), B(90, 1))}, id="fine at the ends, coarse between"),
        pytest.param({"grid": tuple(B(each, 1) for each in range(1, 9))}, id="eight bands"),
        pytest.param({"grid": (B(99, 99),)}, id="a band of one price"),
    ],
)
def test_a_sound_instrument_may_be_listed(changes: dict[str, Any]) -> None:
    rules.check(msgspec.structs.replace(SOUND, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"tick_size": 0}, id="no tick"),
        pytest.param({"tick_size": -1}, id="negative tick"),
        pytest.param({"lot_size": 0}, id="no lot"),
        pytest.param({"lot_size": 10**15 + 1}, id="a lot that no word holds"),
        pytest.param({"price_max": 0}, id="no price"),
        pytest.param({"cap_lots": 0}, id="no cap"),
        pytest.param({"tick_size": 10**3, "price_max": 10**6, "cap_lots": 10**6 + 1}, id="an amount that does not fit"),
        pytest.param({"tick_size": 1, "price_max": 10**9 + 1, "cap_lots": 1}, id="a price that does not fit"),
        pytest.param({"tick_size": 1, "price_max": 1, "cap_lots": 10**12 + 1}, id="a cap that does not fit"),
        pytest.param({"closes_at": OPENS}, id="never open"),
        pytest.param({"opens_at": OPENS, "closes_at": OPENS - timedelta(days=1)}, id="closes before it opens"),
        pytest.param({"opens_at": datetime(2019, 12, 31, tzinfo=UTC)}, id="before the system's time"),
        pytest.param({"closes_at": datetime(2200, 1, 1, tzinfo=UTC)}, id="after the system's time"),
        pytest.param({"document": bytes(31)}, id="short hash"),
        pytest.param({"document": b""}, id="no document"),
        pytest.param({"code": ""}, id="no code"),
        pytest.param({"code": "A" * 33}, id="long code"),
        pytest.param({"code": "Nimal Perera"}, id="a name for a code"),
        pytest.param({"code": "RAIN-26\n"}, id="a line end in the code"),
        pytest.param({"state": S.CLOSED}, id="closed before it was listed"),
        pytest.param({"state": S.DELISTED}, id="delisted before it was listed"),
        pytest.param({"product": model.Product.EQUITY}, id="an equity in an omnibus"),
        pytest.param({"route": model.Route.BROKER}, id="an event contract at a broker"),
        pytest.param({"grid": (B(10, 1), B(10, 3))}, id="two bands from one price"),
        pytest.param({"grid": (B(10, 1), B(5, 1))}, id="bands that do not ascend"),
        pytest.param({"grid": (B(0, 1),)}, id="a band from nothing"),
        pytest.param({"grid": (B(-5, 1),)}, id="a band from below nothing"),
        pytest.param({"grid": (B(100, 1),)}, id="a band above every price"),
        pytest.param({"grid": (B(1, 0),)}, id="a band without a step"),
        pytest.param({"grid": (B(1, -1),)}, id="a band that steps back"),
        pytest.param({"grid": (B(1, 100),)}, id="a band without a price"),
        pytest.param({"grid": (B(1, 2),)}, id="a highest price that is none"),
        pytest.param({"grid": (B(1, 2**63),)}, id="a step beyond numbers"),
        pytest.param({"grid": tuple(B(each, 1) for each in range(1, 10))}, id="nine bands"),
    ],
)
def test_what_makes_no_sense_is_not_listed(changes: dict[str, Any]) -> None:
    with pytest.raises(model.BadInstrument) as refused:
        rules.check(msgspec.structs.replace(SOUND, **changes))
    assert refused.value.code == "instrument_invalid"


def test_an_instrument_that_makes_no_sense_says_which_field_does_not() -> None:
    with pytest.raises(model.BadInstrument) as refused:
        rules.check(msgspec.structs.replace(SOUND, grid=(B(1, 2),)))
    assert refused.value.facts == {"field": "grid"}


TAPERED = msgspec.structs.replace(SOUND, price_max=999, cap_lots=100, grid=(B(1, 1), B(100, 10), B(900, 1)))


@pytest.mark.parametrize(
    "ticks, is_price",
    [
        (-(2**63), False), (-1, False), (0, False), (1, True), (99, True), (100, True), (101, False), (109, False),
        (110, True), (890, True), (899, False), (900, True), (901, True), (999, True), (1000, False), (2**63 - 1, False),
    ],
)  # fmt: skip
def test_a_price_is_on_the_step_of_its_band(ticks: int, is_price: bool) -> None:
    assert rules.is_price(TAPERED, ticks) is is_price


bands = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 12)), max_size=4, unique_by=lambda band: band[0])


@given(bands)
def test_prices_are_those_of_the_naive_table_and_multiples_of_the_common_step(pairs: list[tuple[int, int]]) -> None:
    grid = tuple(B(*pair) for pair in sorted(pairs))
    each = msgspec.structs.replace(SOUND, price_max=60, grid=grid)
    steps = [1] * 61
    for start, step in sorted(pairs):
        steps[start:] = [step] * (61 - start)
    naive = [ticks for ticks in range(1, 61) if ticks % steps[ticks] == 0]
    assert [ticks for ticks in range(-5, 80) if rules.is_price(each, ticks)] == naive
    assert all(ticks % rules.common_step(each) == 0 for ticks in naive)


NOW = OPENS + timedelta(days=1)
TERMS = rules.terms(SOUND)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"cap_lots": 1}, id="a smaller cap"),
        pytest.param({"closes_at": NOW + timedelta(seconds=1)}, id="closes sooner"),
        pytest.param({"closes_at": OPENS + timedelta(days=300)}, id="closes later"),
        pytest.param({"document": bytes([1]) * 32}, id="another document"),
    ],
)
@pytest.mark.parametrize("state", [S.LISTED, S.HALTED])
def test_what_may_change_while_orders_are_open(changes: dict[str, Any], state: model.State) -> None:
    old = msgspec.structs.replace(SOUND, state=state)
    wanted = msgspec.structs.replace(TERMS, **changes)
    assert rules.change(old, wanted, NOW, 7) == msgspec.structs.replace(old, **changes)


@pytest.mark.parametrize(
    "changes, of, now, field",
    [
        pytest.param({"price_max": 98}, {}, NOW, "price_max", id="another highest price"),
        pytest.param({"price_max": 100}, {}, NOW, "price_max", id="even a higher one"),
        pytest.param({"grid": (B(1, 3),)}, {}, NOW, "grid", id="a coarser grid"),
        pytest.param({"opens_at": OPENS + timedelta(days=2)}, {}, NOW, "opens_at", id="to open again"),
        pytest.param({"opens_at": OPENS - timedelta(days=2)}, {}, OPENS, "opens_at", id="to have opened before"),
        pytest.param({"closes_at": NOW}, {}, NOW, "closes_at", id="to close now"),
        pytest.param({"closes_at": OPENS + timedelta(days=60)}, {}, SOUND.closes_at, "closes_at", id="to close anew"),
        pytest.param({}, {"state": S.CLOSED}, NOW, "state", id="a closed one"),
        pytest.param({}, {"state": S.RESOLVED}, NOW, "state", id="a resolved one"),
        pytest.param({}, {"state": S.DELISTED}, NOW, "state", id="a delisted one"),
    ],
)
def test_what_may_not_change_while_orders_are_open(
    changes: dict[str, Any], of: dict[str, Any], now: datetime, field: str
) -> None:
    with pytest.raises(model.BadChange) as refused:
        rules.change(msgspec.structs.replace(SOUND, **of), msgspec.structs.replace(TERMS, **changes), now, 1)
    assert (refused.value.code, refused.value.facts) == ("instrument_change_refused", {"field": field})


def test_prices_change_once_nobody_has_an_order_and_only_to_sound_ones() -> None:
    wanted = msgspec.structs.replace(TERMS, price_max=90, grid=(B(1, 3),))
    assert rules.change(SOUND, wanted, NOW, 0) == msgspec.structs.replace(SOUND, price_max=90, grid=(B(1, 3),))
    with pytest.raises(model.BadInstrument):
        rules.change(SOUND, msgspec.structs.replace(TERMS, grid=(B(1, 2),)), NOW, 0)


def test_an_instrument_opens_at_another_time_only_while_it_has_not_opened() -> None:
    early = OPENS - timedelta(seconds=1)
    later = msgspec.structs.replace(TERMS, opens_at=OPENS + timedelta(days=2))
    assert rules.change(SOUND, later, early, 0).opens_at == later.opens_at
