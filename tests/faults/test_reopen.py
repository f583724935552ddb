"""A halted channel goes on in a new epoch: nothing is lost, nothing is done twice, whichever side lost what it knew."""

import uuid

import pytest

from boundary.channel import witness
from boundary.wire import to_execution
from customer_stack.gate import model as customer_model
from customer_stack.gate.service import drill, outbound
from execution_stack.gate import model as execution_model
from tests.faults.pair import Pair

SIDES = ("customer", "execution")


async def busy(pair: Pair, count: int = 60) -> uuid.UUID:
    """A channel over which something has gone; the instrument that intents are about."""
    pair.start()
    instrument = await pair.list_instrument()
    await pair.place(instrument, await pair.participants(3), count)
    await pair.answered(count + 4)
    return instrument


async def more(pair: Pair, instrument: uuid.UUID, count: int = 20) -> list[uuid.UUID]:
    """Intents of new participants, and an instrument more: both directions have something to say."""
    who = await pair.customer.run("test.who", lambda tx: drill.participants(tx, pair.channel, 2, pair.random))
    subjects = await pair.place(instrument, who, count)
    await pair.list_instrument()
    return subjects


async def settled(pair: Pair) -> None:
    """Everything that was said has an outcome, and every promise holds, over all epochs."""
    query = "SELECT count(*) = 0 FROM channel_subject WHERE outcome = 'sent'"
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 0 FROM channel_outbox"), 20)
    await pair.until(lambda: pair.look("customer", query), 20)
    await pair.at_rest()
    await pair.holds()
    opened = "SELECT open_intents FROM channel_tally"
    counted = "SELECT count(*) FROM channel_subject WHERE outcome IN ('accepted', 'working')"
    assert await pair.look("customer", opened) == await pair.look("customer", counted)
    mine = await pair.look("execution", "SELECT count(*) FROM intent WHERE state = 'open'")
    assert mine == await pair.look("customer", counted), "open here is open there"


async def goes_on(pair: Pair, instrument: uuid.UUID, epoch: int = 2) -> None:
    """After both sides decided: what waited is said, the drill runs, and heads are exchanged again."""
    await pair.reopened()
    await pair.at_rest()
    await pair.customer.run("test.replenish", pair.replenish)
    spare = "SELECT count(*) >= 500 FROM channel_reference WHERE state = 'spare'"
    await pair.until(lambda: pair.look("customer", spare), 20)
    await more(pair, instrument)
    await settled(pair)
    for side in SIDES:
        assert await pair.look(side, "SELECT epoch FROM channel_inbound") == epoch
        assert await pair.look(side, "SELECT epoch FROM channel_outbound") == epoch
        assert await pair.state_heads(side)
    for side in SIDES:
        held = (
            "SELECT count(*) = 1 FROM channel_heads WHERE origin = 'theirs' AND verdict = 'holds' AND sent_epoch = $1"
        )
        await pair.until(lambda s=side, q=held: pair.look(s, q, epoch), 10)
    await settled(pair)
    await pair.halt()


@pytest.fixture(autouse=True)
def heads_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "EVERY_SECONDS", 0)


async def test_two_histories_go_on_from_what_both_have(pair: Pair) -> None:
    instrument = await busy(pair)
    await pair.look("customer", "UPDATE channel_outbound SET head = '\\x" + "ab" * 32 + "' RETURNING due")
    await more(pair, instrument)
    await pair.until(lambda: pair.halted("customer"), 10)
    await more(pair, instrument)  # what is said meanwhile waits
    await goes_on(pair, instrument)
    for side, model in zip(SIDES, (customer_model, execution_model), strict=True):
        (reopened,) = await pair.entries(side, model.ChannelReopened)
        assert (reopened.epoch, reopened.following, reopened.compared) == (1, 2, 1)


@pytest.mark.parametrize("goes_first", [False, True], ids=["at rest", "says more first"])
async def test_a_customer_database_from_a_backup(pair: Pair, goes_first: bool) -> None:
    """What it has lost is withdrawn over there; what it says instead is said once."""
    instrument = await busy(pair)
    backup = await pair.back_up("customer")
    pair.start()
    await more(pair, instrument)
    await settled(pair)
    await pair.restore("customer", backup)
    pair.start()
    if goes_first:
        await more(pair, instrument, 13)  # else it would say the very same again, and nobody could tell
        await pair.until(lambda: pair.halted("customer"), 20)
    await goes_on(pair, instrument)
    assert await pair.look("execution", "SELECT count(*) FROM intent WHERE state = 'cancelled'") == 20
    assert await pair.look("execution", "SELECT count(*) FROM participant WHERE status = 'closed'") == 2


@pytest.mark.parametrize("goes_first", [False, True], ids=["at rest", "says more first"])
async def test_an_execution_database_from_a_backup(pair: Pair, goes_first: bool) -> None:
    """It hears again what it has lost, and says again what came of it."""
    instrument = await busy(pair)
    backup = await pair.back_up("execution")
    pair.start()
    subjects = await more(pair, instrument)
    await settled(pair)
    await pair.restore("execution", backup)
    pair.start()
    if goes_first:
        await more(pair, instrument, 13)  # else it would say the very same again, and nobody could tell
        await pair.until(lambda: pair.halted("customer"), 20)
    await goes_on(pair, instrument)
    accepted = "SELECT count(*) FROM channel_subject WHERE subject = ANY($1::uuid[]) AND outcome = 'accepted'"
    assert await pair.look("customer", accepted, subjects) == 20


async def test_both_databases_from_backups_of_different_age(pair: Pair) -> None:
    instrument = await busy(pair)
    old = await pair.back_up("execution")
    pair.start()
    await more(pair, instrument)
    await settled(pair)
    newer = await pair.back_up("customer")
    pair.start()
    await more(pair, instrument)
    await settled(pair)
    await pair.restore("customer", newer)
    await pair.restore("execution", old)
    pair.start()
    await more(pair, instrument)
    await goes_on(pair, instrument)


@pytest.mark.parametrize("side", SIDES)
async def test_a_database_from_before_the_last_reopening(pair: Pair, side: str) -> None:
    """The two sides stand in different epochs, and go on in one that is new to both."""
    instrument = await busy(pair)
    backup = await pair.back_up(side)
    pair.start()
    await more(pair, instrument)
    await settled(pair)
    await pair.reopened()
    await pair.customer.run("test.replenish", pair.replenish)
    spare = "SELECT count(*) >= 500 FROM channel_reference WHERE state = 'spare'"
    await pair.until(lambda: pair.look("customer", spare), 20)
    await more(pair, instrument)
    await settled(pair)
    await pair.restore(side, backup)
    pair.start()
    await more(pair, instrument)
    await pair.until(lambda: pair.halted("customer"), 20)
    assert await pair.look("customer", "SELECT reason::text FROM channel_inbound") in {"other_epoch", "other_side"}
    await goes_on(pair, instrument, epoch=3)


async def test_what_speaks_of_an_intent_that_is_said_again_names_it_where_it_stands_now(pair: Pair) -> None:
    instrument = await busy(pair)
    backup = await pair.back_up("execution")
    pair.start()
    subjects = await more(pair, instrument)
    await settled(pair)
    said = [
        outbound.Said(to_execution.CancelIntent(outbound.UNNAMED), pair.random.ref(), each) for each in subjects[:5]
    ]
    await pair.customer.run("test.cancel", lambda tx: outbound.say(tx, pair.channel, said))
    await pair.until(
        lambda: pair.look("customer", "SELECT count(*) = 5 FROM channel_subject WHERE outcome = 'cancelled'")
    )
    await pair.restore("execution", backup)
    pair.start()
    await pair.reopened()
    cancelled = "SELECT count(*) = 5 FROM channel_subject WHERE subject = ANY($1::uuid[]) AND outcome = 'cancelled'"
    await pair.until(lambda: pair.look("customer", cancelled, subjects[:5]), 20)
    assert await pair.look("execution", "SELECT count(*) FROM intent WHERE state = 'cancelled' AND epoch = 2") == 5
    assert await pair.look("execution", "SELECT count(*) FROM intent WHERE state = 'open'") == 75
    await pair.halt()


async def test_nothing_goes_on_before_both_sides_have_decided(pair: Pair) -> None:
    instrument = await busy(pair)
    await pair.as_operator("customer", pair.halt_service("customer"))
    await more(pair, instrument)
    await pair.until(lambda: pair.look("execution", "SELECT true"))
    await pair.decide("customer")
    with pytest.raises(AssertionError, match="not within"):
        await pair.until(lambda: pair.runs("customer"), 3)
    await pair.as_operator("execution", pair.halt_service("execution"))
    with pytest.raises(AssertionError, match="not within"):
        await pair.until(lambda: pair.runs("customer"), 3)
    await pair.decide("execution")
    await pair.until(lambda: pair.runs("customer"), 10)
    await settled(pair)
    await pair.halt()
