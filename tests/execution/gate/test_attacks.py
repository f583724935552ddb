"""The attack suite: each row of the tables against a receiver on a real database, with a full dump before and after."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from boundary.channel import envelope
from boundary.kernel import errors
from boundary.kernel.runtime import problems
from boundary.wire import control, frame, words
from execution_stack.gate import model
from tests.execution.gate import attack_bodies, attacks
from tests.execution.gate.house import House, Wire, added, placed

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL = [*attacks.ALL, *attack_bodies.ALL]
HARMLESS = [each for each in ALL if not each.halts]
HALTING = [each for each in ALL if each.halts]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(house: House) -> AsyncIterator[attacks.Stage]:
    """One for all attacks that leave no effect: so they cannot spoil it for each other."""
    yield await attacks.staged(house)


def name_of(attack: attacks.Attack) -> str:
    return attack.name


async def outcome(stage: attacks.Stage, sent: bytes) -> attacks.Outcome:
    """What came back, as the table writes it; a refusal that is signed must be about this very frame."""
    try:
        answer = await stage.wire.receiver.exchange(sent)
    except errors.Refusal as refusal:
        found = problems.of(refusal, "")
        return found.status, found.code
    opened = stage.end.open(answer)
    assert opened.core is None, "an attack is given no core"
    if isinstance(opened.said, control.Nack):
        asking = frame.split(sent)[0]
        assert opened.said.digest == frame.digest(asking)
        due = (opened.said.due_epoch, opened.said.due_sequence, opened.said.head)
        assert due == (1, stage.end.position.due, stage.end.position.head)
        return opened.said.code
    return attacks.Answered(None if opened.said is None else type(opened.said))


async def attacked(stage: attacks.Stage, attack: attacks.Attack) -> None:
    """Send, and compare everything: the answer, the evidence, and every other row of the database."""
    house = stage.house
    sent = attack.make(stage)
    await house.superuser.execute("DELETE FROM channel_refused")  # else the second of a kind leaves no evidence
    before, last = await house.contents(), await house.last_entry()
    assert await outcome(stage, sent) == attack.outcome
    expected = {"audit_entry": len(attack.evidence)} if attack.evidence else {}
    if model.FrameRefused in attack.evidence:
        expected["channel_refused"] = 1
    if attack.spends:
        expected["channel_nonce"] = 1
    if attack.halts:
        expected |= {"channel_inbound": 1, "-channel_inbound": 1}
    assert added(before, await house.contents()) == expected
    entries = await house.entries(last)
    assert [type(each) for each in entries] == list(attack.evidence)
    for each in entries:
        assert each.channel == stage.end.channel
        if isinstance(each, model.FrameRefused):
            assert isinstance(attack.outcome, words.NackCode)
            facts = (1, stage.end.position.due, frame.digest(sent), len(sent), int(attack.outcome))
            assert (each.epoch, each.sequence, each.digest, each.size, each.code) == facts


@pytest.mark.parametrize("attack", HARMLESS, ids=name_of)
async def test_an_attack_has_its_exact_answer_and_no_effect(stage: attacks.Stage, attack: attacks.Attack) -> None:
    await attacked(stage, attack)
    answer = await stage.wire.ask(stage.end.heartbeat())
    assert isinstance(answer.said, control.Seen)


@pytest.mark.parametrize("attack", HALTING, ids=name_of)
async def test_two_histories_halt_their_channel_for_good_and_no_other(house: House, attack: attacks.Attack) -> None:
    stage = await attacks.staged(house)
    await attacked(stage, attack)
    before = await house.contents()
    restarted = Wire(house, house.receiver(*stage.wire.ends), stage.wire.ends)
    for wire in (stage.wire, restarted):
        for asked in (stage.valid, stage.delivered[-1][1], attack.make(stage), stage.end.void(stage.victim)):
            answer = await wire.ask(asked)
            assert isinstance(answer.said, control.Nack)
            assert answer.said.code is words.NackCode.HALTED
    assert added(before, await house.contents()) == {}
    assert len(await stage.wire.participants(3, end=stage.other)) == 3, "the other channel goes on"


async def test_after_all_of_it_the_victim_is_taken_once(stage: attacks.Stage) -> None:
    for attack in HARMLESS[::7]:
        await outcome(stage, attack.make(stage))
    outcomes = await stage.wire.say(placed(stage.who, stage.instrument), placed(stage.who, stage.instrument, lots=5))
    assert len(outcomes) == 2
    stage.victim = attacks.victim(stage.wire, stage.who, stage.instrument)


async def test_the_placement_that_the_bodies_are_made_from_is_sound(stage: attacks.Stage) -> None:
    assert attack_bodies.sound(stage)
    assert isinstance(envelope.verify(stage.valid, dict.fromkeys(stage.end.ring.key_ids, stage.end.ring),
                                      frame.Direction.TO_EXECUTION, stage.house.time.now()), envelope.Arrived)  # fmt: skip


async def test_no_row_of_the_tables_is_there_twice() -> None:
    assert len({each.name for each in ALL}) == len(ALL) >= 212
