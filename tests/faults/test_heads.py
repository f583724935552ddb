"""Each side keeps what the other signed, and what is withheld or contradicted is noticed."""

import asyncio
import pathlib

import msgspec
import pytest

from boundary.channel import witness
from boundary.kernel import primitives
from boundary.verify import heads as verifier
from boundary.wire import frame
from customer_stack.gate import model as customer_model
from customer_stack.gate.service import heads as customer_heads
from customer_stack.gate.service import relay
from execution_stack.gate import jobs as execution_jobs
from execution_stack.gate import model as execution_model
from execution_stack.gate.service import heads as execution_heads
from tests.faults import network
from tests.faults.pair import Pair

SIDES = ("customer", "execution")
SERVICES = {"customer": customer_heads, "execution": execution_heads}
ENTRIES = {"customer": customer_model, "execution": execution_model}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heads are due whenever something happened, without ten seconds in between."""
    monkeypatch.setattr(witness, "EVERY_SECONDS", 0)


async def exchanged(pair: Pair) -> None:
    """Both sides have stated their heads, and keep each other's."""
    before = {side: await pair.witnessed(side) for side in SIDES}
    for side in SIDES:
        assert await pair.state_heads(side)

    async def both() -> bool:
        return all([await pair.witnessed(side) > before[side] for side in SIDES])

    await pair.until(both, 10)
    await pair.at_rest()


async def busy(pair: Pair, count: int = 30) -> None:
    """A channel over which something has gone, its relay running."""
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    await pair.place(instrument, who, count)
    await pair.answered(count + 4)


async def exported(pair: Pair, side: str, folder: pathlib.Path) -> str:
    service = SERVICES[side]
    found = await pair.as_worker(side, lambda db: db.read("test.export", lambda tx: service.export(tx, 100)))
    path = folder / f"{side}.json"
    path.write_bytes(msgspec.json.encode(found))
    return str(path)


async def test_both_sides_keep_what_the_other_signed_and_an_outsider_can_check_it(
    pair: Pair, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await busy(pair)
    await exchanged(pair)
    await pair.holds()
    for side in SIDES:
        assert len(await pair.entries(side, ENTRIES[side].HeadsWitnessed)) == 1
    files = [await exported(pair, side, tmp_path) for side in SIDES]
    keys = {side: primitives.ed25519_public(pair.seeds[side]).hex() for side in SIDES}
    right = [f"--{side}-key={key}" for side, key in keys.items()]
    assert verifier.main([*files, *right]) == 0
    assert "2 heads of the customer stack, 2 of the execution stack" in capsys.readouterr().out
    assert verifier.main([*files, right[0], f"--execution-key={keys['customer']}"]) == 1
    await pair.halt()


async def test_heads_follow_each_other_as_long_as_something_happens_and_then_fall_silent(pair: Pair) -> None:
    await busy(pair)
    await exchanged(pair)
    for side in SIDES:
        assert not await pair.state_heads(side), "only heads and answers to them have crossed since"
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))
    await pair.at_rest()
    await exchanged(pair)
    assert [await pair.witnessed(side) for side in SIDES] == [2, 2]
    await pair.holds()
    await pair.halt()


@pytest.mark.parametrize("side", SIDES)
async def test_heads_that_contradict_us_halt_the_channel_and_are_kept_as_evidence(pair: Pair, side: str) -> None:
    """The signer's database is not what it was: a hash, a count or a position of its transcript is another."""
    other = SIDES[1 - SIDES.index(side)]
    await busy(pair)
    await exchanged(pair)
    await pair.look(other, "UPDATE channel_outbound SET messages = messages + 7 RETURNING messages")
    assert await pair.state_heads(other)
    await pair.until(lambda: pair.halted(side), 10)
    assert await pair.look(side, "SELECT reason::text FROM channel_inbound") == "heads"
    assert await pair.witnessed(side, "contradicts") == 1
    (refused,) = await pair.entries(side, ENTRIES[side].HeadsNotBelieved)
    assert refused.fault == witness.Fault.CONTRADICTS_TRANSCRIPT
    assert len(await pair.entries(side, ENTRIES[side].ChannelHalted)) == 1
    await pair.halt()


async def test_heads_of_a_key_that_nobody_registered_are_refused_and_halt_nothing(pair: Pair) -> None:
    await busy(pair)
    pair.seeds["customer"] = bytes(range(32))
    assert await pair.state_heads("customer")
    await pair.until(
        lambda: pair.look("customer", "SELECT count(*) = 1 FROM channel_subject WHERE outcome = 'refused'")
    )
    assert await pair.witnessed("execution") == 0
    assert not await pair.halted("execution")
    await pair.halt()


async def test_a_tail_that_is_withheld_is_noticed_within_ten_seconds(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody in between lets heartbeats and answers pass, and no core: each sender sees that nobody takes its last."""
    await busy(pair)
    pair.network.forward = without_cores(pair)
    await pair.list_instrument()  # still goes along with the answer that was held back before
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))
    loop, noticed = asyncio.get_running_loop(), dict[str, float]()
    started = loop.time()

    def emit(event: object, _level: str, **_: object) -> None:
        for side, lagging in (("customer", relay.LAGGING), ("execution", execution_jobs.LAGGING)):
            if event is lagging:
                noticed.setdefault(side, loop.time() - started)

    monkeypatch.setattr(relay.telemetry, "emit", emit)
    stop = asyncio.Event()

    async def watch(db: object) -> None:
        await execution_jobs.Silence(db, pair.time).loop(stop)  # type: ignore[arg-type]  # a database, by its maker

    watching = asyncio.create_task(pair.as_worker("execution", watch))
    await pair.list_instrument()
    await pair.place(await pair.look("customer", "SELECT ref FROM instrument LIMIT 1"), [pair.random.ref()], 1)
    await pair.until(lambda: asyncio.sleep(0, len(noticed) == 2), 15)
    stop.set()
    await watching
    assert max(noticed.values()) <= 10.0
    await pair.crash()


def without_cores(pair: Pair) -> network.Forward:
    async def forward(body: bytes) -> bytes:
        kinds = [frame.parse(each, frame.Direction.TO_EXECUTION).header.kind for each in frame.split(body)]
        if frame.Kind.DATA in kinds:
            raise network.Lost
        answer = frame.split(await pair.forward(body))
        return b"".join(
            each for each in answer if frame.parse(each, frame.Direction.TO_CUSTOMER).header.kind is not frame.Kind.DATA
        )

    return forward
