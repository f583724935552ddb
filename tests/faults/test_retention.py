"""What is older than any backup goes, and nothing that a restore, a repetition or a comparison needs."""

import asyncpg
import pytest

from boundary.channel import witness
from boundary.kernel.runtime import retention
from customer_stack.gate import jobs as customer_jobs
from execution_stack.gate import jobs as execution_jobs
from tests.faults.pair import Pair

SIDES = ("customer", "execution")
TABLES = ("channel_sent", "channel_received")


@pytest.fixture(autouse=True)
def heads_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "EVERY_SECONDS", 0)
    monkeypatch.setattr(retention, "CHUNK", 2)


async def aged(pair: Pair, days: int = 36) -> None:
    """Everything was written so many days ago."""
    for side in SIDES:
        columns = [("channel_subject", "answered_at")] if side == "customer" else []
        for table, column in [*((each, "at") for each in (*TABLES, "channel_void", "channel_refused")), *columns]:
            await pair.plant(side, f"UPDATE {table} SET {column} = {column} - interval '{days} days'")


async def purged(pair: Pair) -> dict[str, int]:
    """How many rows of which table are left, after both workers did their job."""
    await pair.as_worker("customer", lambda db: customer_jobs.purge(db, customer_jobs.Purge()))
    await pair.as_worker("execution", lambda db: execution_jobs.purge(db, execution_jobs.Purge()))
    left = {}
    for side in SIDES:
        for table in TABLES:
            left[f"{side} {table}"] = await pair.look(side, f"SELECT count(*) FROM {table}")
    left["subjects"] = await pair.look("customer", "SELECT count(*) FROM channel_subject")
    return left


async def busy(pair: Pair) -> None:
    pair.start()
    instrument = await pair.list_instrument()
    who = await pair.participants(3)
    for _ in range(5):
        await pair.place(instrument, who, 5)
        await pair.at_rest()
    await pair.answered(29)


async def exchanged(pair: Pair, count: int) -> None:
    for side in SIDES:
        assert await pair.state_heads(side)
    for side in SIDES:
        await pair.until(
            lambda s=side: pair.look(s, f"SELECT count(*) >= {count} FROM channel_heads WHERE origin = 'theirs'"), 10
        )
    await pair.at_rest()


async def test_what_is_old_acknowledged_and_witnessed_goes_and_the_rest_stays(pair: Pair) -> None:
    await busy(pair)
    whole = await purged(pair)
    await aged(pair)
    assert await purged(pair) == whole, "nobody has witnessed it yet"
    await exchanged(pair, 1)
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))
    await exchanged(pair, 2)
    left = await purged(pair)
    assert all(0 < left[name] < whole[name] for name in whole), (whole, left)
    assert await pair.look("customer", "SELECT count(*) FROM channel_subject WHERE outcome = 'accepted'") == 25
    assert await purged(pair) == left


async def test_nothing_younger_goes_and_the_database_itself_refuses(pair: Pair) -> None:
    await busy(pair)
    await exchanged(pair, 1)
    whole = await purged(pair)
    await aged(pair, 34)
    assert (await purged(pair)).items() >= {name: rows for name, rows in whole.items() if name != "subjects"}.items()
    for side in SIDES:
        for table in (*TABLES, "channel_void"):
            await pair.plant(
                side, "INSERT INTO channel_void (channel, epoch, sequence) VALUES (gen_random_uuid(), 1, 9)"
            )
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="kept"):
                await pair.look(side, f"DELETE FROM {table} RETURNING 1")
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append_only"):
                await pair.look(side, f"UPDATE {table} SET at = now() RETURNING 1")


async def test_a_channel_whose_old_cores_are_gone_goes_on_after_a_restore(pair: Pair) -> None:
    await busy(pair)
    await exchanged(pair, 1)
    await aged(pair)
    await pair.list_instrument()
    await pair.until(lambda: pair.look("customer", "SELECT count(*) = 2 FROM instrument"))
    await exchanged(pair, 2)
    await purged(pair)
    backup = await pair.back_up("execution")
    pair.start()
    instrument = await pair.look("customer", "SELECT ref FROM instrument LIMIT 1")
    who = [await pair.look("customer", "SELECT reference FROM channel_reference WHERE state = 'attached' LIMIT 1")]
    await pair.place(instrument, who, 10)
    await pair.at_rest()
    await pair.restore("execution", backup)
    pair.start()
    await pair.place(instrument, who, 7)
    await pair.until(lambda: pair.halted("customer"), 20)
    await pair.reopened()
    await pair.until(
        lambda: pair.look("customer", "SELECT count(*) = 0 FROM channel_subject WHERE outcome = 'sent'"), 20
    )
    assert await pair.look("execution", "SELECT count(*) FROM intent WHERE state = 'open'") == 42
    assert await pair.look("customer", "SELECT open_intents FROM channel_tally") == 42
    await pair.halt()
