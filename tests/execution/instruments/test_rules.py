"""What may be listed, and how a listing moves, over every pair of state and event."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from boundary.kernel import states
from execution_stack.instruments import model, rules

S, E = model.State, model.StateEvent
LEGAL = {
    (S.LISTED, E.HALT): S.HALTED,
    (S.LISTED, E.DELIST): S.DELISTED,
    (S.HALTED, E.RESUME): S.LISTED,
    (S.HALTED, E.DELIST): S.DELISTED,
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
    ],
)
def test_what_makes_no_sense_is_not_listed(changes: dict[str, Any]) -> None:
    with pytest.raises(model.BadInstrument) as refused:
        rules.check(msgspec.structs.replace(SOUND, **changes))
    assert refused.value.code == "instrument_invalid"
