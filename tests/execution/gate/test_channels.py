"""Who may speak, by which keys, and when a link counts as open or lost."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from boundary.kernel.runtime import key_files, settings, transcript_store
from boundary.wire import frame, to_execution
from execution_stack.gate import model, rules
from execution_stack.gate.service import channels, keyring
from tests.boundary.channel import frames
from tests.execution.gate.house import House, Wire, added

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONE, TWO = uuid.UUID("0d6f8a3e-51c2-4e7b-9a40-c1d2e3f40516"), uuid.UUID("1e7f8a3e-51c2-4e7b-9a40-c1d2e3f40517")


async def link(house: House, channel: uuid.UUID) -> str:
    found: str = await house.superuser.fetchval("SELECT link::text FROM channel WHERE id = $1", channel)
    return found


async def silence(house: House) -> int:
    """What the worker's loop does, as the worker."""
    worker = await house.schema.connect("execution_worker", size=1)
    try:
        return await worker.run("test.silence", lambda tx: channels.notice_silence(tx, house.time.now()))
    finally:
        await worker.close()


async def test_a_channel_is_admitted_once_with_one_entry(house: House) -> None:
    channel, last = house.ids.ref(), await house.last_entry()
    assert await house.as_operator(lambda tx: channels.register(tx, channel)) is True
    before = await house.contents()
    assert await house.as_operator(lambda tx: channels.register(tx, channel)) is False
    assert added(before, await house.contents()) == {}
    assert await house.entries(last) == [model.ChannelRegistered(channel)]
    assert await link(house, channel) == "unseen"


async def test_a_link_opens_with_the_first_frame_is_lost_in_silence_and_opens_again(house: House) -> None:
    end = house.end()
    await house.as_operator(lambda tx: channels.register(tx, end.channel))
    last, beat = await house.last_entry(), end.heartbeat()
    await house.receiver(end).exchange(beat)
    assert await link(house, end.channel) == "open"
    assert await house.entries(last) == [model.LinkOpened(end.channel, frame.digest(beat))]
    last = await house.last_entry()
    await house.receiver(end).exchange(end.heartbeat())
    assert await house.entries(last) == [], "only the opening is an event"
    house.time.advance(rules.SILENCE_MAX)
    await silence(house)
    assert await link(house, end.channel) == "open"
    house.time.advance(timedelta(microseconds=1))
    assert await silence(house) >= 1
    assert await link(house, end.channel) == "lost"
    assert model.LinkLost(end.channel) in await house.entries(last)
    last, beat = await house.last_entry(), end.heartbeat()
    await house.receiver(end).exchange(beat)
    assert await link(house, end.channel) == "open"
    assert await house.entries(last) == [model.LinkOpened(end.channel, frame.digest(beat))]


async def test_a_forged_frame_opens_nothing(house: House) -> None:
    end, stranger = house.end(), house.end()
    await house.as_operator(lambda tx: channels.register(tx, end.channel))
    with pytest.raises(frame.Forged):
        await house.receiver(end).exchange(end.heartbeat(key=stranger.masters[stranger.ring.active]))
    assert await link(house, end.channel) == "unseen"


async def test_old_nonces_are_forgotten_and_young_ones_kept(wire: Wire, house: House) -> None:
    await wire.say(to_execution.ReserveRefs(1))
    await wire.say(to_execution.ReserveRefs(1))
    old = "UPDATE channel_nonce SET at = at - $2::interval WHERE nonce = (SELECT nonce FROM channel_nonce WHERE channel = $1 LIMIT 1)"
    await house.superuser.execute(old, wire.end.channel, rules.NONCE_KEPT)
    worker = await house.schema.connect("execution_worker", size=1)
    try:
        assert await worker.run("test.nonces", channels.forget_nonces) == 1
    finally:
        await worker.close()
    left = "SELECT count(*) FROM channel_nonce WHERE channel = $1"
    assert await house.superuser.fetchval(left, wire.end.channel) == 1


async def test_a_replay_is_known_by_its_place_even_when_its_nonce_is_forgotten(wire: Wire, house: House) -> None:
    core = wire.end.core(to_execution.ReserveRefs(1))
    data = wire.end.data(core)
    first = await wire.ask(data)
    await house.superuser.execute("DELETE FROM channel_nonce WHERE channel = $1", wire.end.channel)
    assert (await wire.ask(data)).said == first.said
    minted = "SELECT count(*) FROM participant WHERE channel = $1"
    assert await house.superuser.fetchval(minted, wire.end.channel) == 1


async def test_every_key_id_leads_to_the_ring_of_its_channel(house: House) -> None:
    rings = keyring.Keyring(
        frames.held({ONE: {1: house.ids.token(32), 2: house.ids.token(32)}, TWO: {3: house.ids.token(32)}})
    )
    found = {key_id: ring.channel for key_id in range(5) if (ring := rings.get(key_id))}
    assert found == {1: ONE, 2: ONE, 3: TWO}


def write(path: Path, name: str, key: bytes, mode: int = 0o600) -> None:
    file = path / name
    file.write_text(key.hex())
    file.chmod(mode)


@pytest.mark.parametrize("case", ["equal", "zero", "short", "readable", "two owners", "unnamed", "none"])
async def test_a_process_does_not_start_with_weak_or_ambiguous_keys(tmp_path: Path, case: str, house: House) -> None:
    one, two = house.ids.token(32), house.ids.token(32)
    write(tmp_path, f"{ONE}.1.key", bytes(32) if case == "zero" else one[:31] if case == "short" else one)
    if case == "readable":
        (tmp_path / f"{ONE}.1.key").chmod(0o640)
    if case == "equal":
        write(tmp_path, f"{TWO}.2.key", one)
    if case == "two owners":
        write(tmp_path, f"{TWO}.1.key", two)
    if case == "unnamed":
        write(tmp_path, "spare.key", two)
    if case == "none":
        (tmp_path / f"{ONE}.1.key").unlink()
    with pytest.raises(settings.SettingsError) as refused:
        keyring.Keyring(frames.held(key_files.directory(tmp_path)))
    assert one.hex() not in str(refused.value)


async def test_the_store_takes_no_row_that_would_not_fit_into_a_core(house: House) -> None:
    channel = house.ids.ref()
    for payload, count in (
        (b"", 1),
        (bytes(transcript_store.ROW_BYTES_MAX + 1), 1),
        (b"x", 0),
        (b"x", transcript_store.MESSAGES_MAX + 1),
    ):
        with pytest.raises(ValueError, match="fit into one core"):
            await house.as_operator(lambda tx, p=payload, c=count: transcript_store.put(tx, channel, p, c))
