"""Whatever cannot be verified is thrown away without the database: it is neither read nor written."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from boundary.kernel import errors, ids
from boundary.kernel.runtime import transaction
from boundary.wire import frame, to_execution
from execution_stack.gate.service import keyring, receiving
from tests.boundary.channel import frames
from tests.execution.gate.house import House, Wire, added, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")
FRAMES = 100_000
SEED = 20260504
WRITTEN = """
SELECT xact_commit + xact_rollback, tup_inserted + tup_updated + tup_deleted FROM pg_stat_database
WHERE datname = current_database()"""


def garbage(end: frames.End, count: int, random: ids.Ids) -> Iterator[bytes]:
    """Six sorts in turn, each closer to a valid frame than the one before; none of them twice."""
    valid = end.data(end.core(to_execution.ReserveRefs(5), to_execution.ReserveRefs(6)))
    for number in range(count):
        noise = random.token(32)
        match number % 6:
            case 0:
                yield noise * 5
            case 1:
                yield valid[:2] + noise * 5
            case 2:
                yield valid[:6] + noise[:4] + valid[10:]
            case 3:
                yield valid[:84] + noise[: len(valid) - 116] + valid[84 + len(noise[: len(valid) - 116]) :]
            case 4:
                yield valid[:-32] + noise
            case _:
                at = int.from_bytes(noise[:4], "big") % (8 * len(valid))
                yield valid[: at // 8] + bytes([valid[at // 8] ^ (1 << at % 8)]) + valid[at // 8 + 1 :]


async def written(house: House) -> tuple[int, int]:
    """Transactions and rows of this database, by the server's own count, once every session has reported its own."""

    async def report(tx: transaction.Tx) -> None:
        await tx.execute("SELECT pg_stat_force_next_flush(), pg_sleep(0.05)")  # as long as the others take, to meet all

    await asyncio.gather(*(house.gate.run("test.report", report) for _ in range(4)))
    connection = await house.schema.superuser()
    try:
        return tuple(await connection.fetchrow(WRITTEN))
    finally:
        await connection.close()


async def test_a_hundred_thousand_forged_frames_cause_no_transaction_at_all(wire: Wire, house: House) -> None:
    random = ids.SeededIds(SEED)
    codes: dict[str, int] = {}
    dump, counted = await house.contents(), await written(house)
    alone = receiving.Receiver(
        _NoDatabase(),
        keyring.Keyring(frames.held({wire.end.channel: wire.end.masters})),
        house.time,
        house.ids,
    )
    for number, data in enumerate(garbage(wire.end, FRAMES, random)):
        try:
            await (wire.receiver if number % 2 else alone).exchange(data)
        except errors.Refusal as refusal:
            codes[refusal.code] = codes.get(refusal.code, 0) + 1
    assert set(codes) == {"frame_malformed", "frame_forged", "frame_key_unknown"}
    assert sum(codes.values()) == FRAMES, f"seed {SEED}: {codes}"
    assert min(codes.values()) > FRAMES // 10, "every sort was there"
    assert added(dump, await house.contents()) == {}
    after = await written(house)
    assert after[1] == counted[1], "not one row"
    assert after[0] - counted[0] < 20, "but for our own looking"


class _NoDatabase:
    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"a frame that was not verified reached the database: {name}")


async def test_the_servers_count_would_have_shown_a_single_write(wire: Wire, house: House) -> None:
    before = await written(house)
    await wire.say(to_execution.ReserveRefs(1))
    assert (await written(house))[1] > before[1]


async def test_forged_frames_are_refused_faster_than_anybody_can_send_them(wire: Wire) -> None:
    """The figure itself is measured by `bench`; here the bound is loose enough for a busy machine."""
    data = wire.end.data(wire.end.core(to_execution.ReserveRefs(5)))
    forged = data[:-1] + bytes([data[-1] ^ 1])
    started, count = time.perf_counter(), 5_000
    for _ in range(count):
        try:
            wire.receiver._open(forged)
        except frame.Forged:
            continue
        raise AssertionError("taken")
    assert count / (time.perf_counter() - started) > 5_000


async def test_an_honest_frame_is_taken_right_after_the_storm(wire: Wire) -> None:
    for data in garbage(wire.end, 600, ids.SeededIds(SEED + 1)):
        assert (await problem(wire.receiver.exchange(data)))[0] in {400, 401}
    assert len(await wire.participants(2)) == 2
