"""Whatever an engine leaves behind, the next one goes on from: the same state, every order once, every trade once."""

import asyncio
import itertools
from collections.abc import Iterable

import pytest

from execution_stack.clob import model
from execution_stack.clob.native import choosing
from execution_stack.clob.repo import matching as repo
from execution_stack.clob.service import running, verifying, writing
from tests.execution.clob import floor as floors
from tests.execution.clob import flows

pytestmark = pytest.mark.asyncio(loop_scope="module")
Op = model.Op
OFTEN = running.Pace(commands=1, seconds=0)
NEVER = running.Pace(commands=1 << 60, seconds=1 << 40)


def flow(seed: int, books: int, count: int) -> list[tuple[int, model.Command]]:
    """Commands of every kind over several books, malformed ones among them."""
    made = [numbered(flows.Flow(seed + book).commands(count)) for book in range(books)]
    return [(book, made[book][at]) for at in range(min(map(len, made))) for book in range(books)]


def numbered(commands: Iterable[model.Command]) -> list[model.Command]:
    """New orders with ids as the journal gives them: ascending, each once. No number is beyond what columns hold."""
    ids = itertools.count(1)
    known = [each for each in commands if each.quantity <= 10**12 and each.price <= 10**9]
    return [each._replace(id=next(ids)) if each.op == Op.NEW else each for each in known]


async def states(shard: floors.Shard) -> tuple[bytes, bytes]:
    """What a new engine would begin with, and what a book says that never stopped."""
    recovered = await shard.recovered()
    return recovered.matcher.digest(), (await shard.again()).digest()


@pytest.mark.parametrize("engine", [choosing.PYTHON, choosing.NATIVE][: 1 + choosing.built()])
async def test_a_flow_of_every_kind_is_the_same_after_each_restart(floor: floors.Floor, engine: str) -> None:
    shard = await floor.shard(books=3)
    said = flow(11, 3, 400)
    for start in range(0, len(said), 300):
        await shard.append(said[start : start + 300])
        await shard.run(pace=OFTEN if start % 600 else NEVER, engine=engine)
    recovered, again = await states(shard)
    assert recovered == again
    report = await verifying.verify(floor.engine, shard.number)
    assert (report.fault, report.digest, report.commands) == (None, again.hex(), len(said) + 6)
    assert report.snapshots >= 1
    other = choosing.PYTHON if engine == choosing.NATIVE else None
    assert (await verifying.verify(floor.engine, shard.number, engine=other, from_snapshot=True)).digest == again.hex()


async def test_trades_and_rows_of_orders_say_what_the_events_say(floor: floors.Floor) -> None:
    shard = await floor.shard()
    await shard.append(flow(5, 1, 1500))
    await shard.run()
    matcher = await shard.again()
    (kept,) = matcher.books()
    book = choosing.from_snapshot(kept.snapshot)
    live = {id_: left for part in range(4) for id_, _, left in book.orders(part)}
    rows = await shard.rows(
        "SELECT id, open FROM clob_order WHERE book = $1 AND state = 'working' ORDER BY id", shard.books[0]
    )
    assert dict(rows) == live
    filled = await shard.rows("SELECT coalesce(sum(filled), 0) FROM clob_order WHERE book = $1", shard.books[0])
    traded = await shard.rows(
        "SELECT coalesce(sum(lots), 0) * 2, count(*), max(number) FROM clob_trade WHERE instrument = $1",
        shard.instruments[0],
    )
    assert filled[0][0] == traded[0][0] > 0
    assert traded[0][1] == traded[0][2]


async def test_malformed_commands_leave_the_digest_as_it_was(floor: floors.Floor) -> None:
    shard = await floor.shard()
    await shard.append(flow(3, 1, 200))
    await shard.run()
    before = (await shard.recovered()).matcher.digest()
    edges = (-(1 << 63), -1, 0, (1 << 40) + 1, (1 << 63) - 1)
    bad = [model.Command(Op.NEW, 0, 0, 0, 1, 1 << 39, price, 5) for price in edges]
    bad += [model.Command(Op.NEW, 0, 0, 0, 1, 1 << 39, 5, lots) for lots in edges]
    bad += [model.Command(Op.AMEND, user=1, id=id_, price=5, quantity=5) for id_ in edges]
    bad += [model.Command(77), model.Command(Op.CANCEL, user=1 << 25, id=1), model.Command(Op.TIME, time=-1)]
    await shard.append([(0, each) for each in bad])
    await shard.run()
    assert (await shard.recovered()).matcher.digest() == before


async def test_a_command_that_says_more_than_a_row_holds_is_written_in_pieces_and_resumed(floor: floors.Floor) -> None:
    shard = await floor.shard()
    orders = [model.Command(Op.NEW, 1, 0, 4, 1 + at % 9, at, 100 + at % 7, 5) for at in range(1, 6001)]
    await shard.append([(0, each) for each in orders])
    await shard.run(pace=NEVER)
    await shard.append([(0, model.Command(Op.END_DAY))])
    engine = shard.make(pace=NEVER)
    cursor = await engine.acquire()
    assert cursor is not None
    before = cursor.batch
    stop = asyncio.Event()
    task = asyncio.create_task(shard.make(pace=NEVER).loop(stop))
    await floor.engine.run("t", lambda tx: repo.release(tx, shard.number, cursor.epoch))

    async def went_on() -> bool:
        return (await shard.rows("SELECT batch FROM clob_cursor WHERE shard = $1", shard.number))[0][0] > before

    await floors.until(went_on)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await shard.run(pace=NEVER)
    batches = await shard.rows(
        "SELECT done, events FROM clob_batch WHERE shard = $1 AND number > $2 ORDER BY number", shard.number, before
    )
    assert [done for done, _ in batches] == [False] * (len(batches) - 1) + [True]
    assert len(batches) >= 2
    assert sum(events for _, events in batches) == 6001
    recovered, again = await states(shard)
    assert recovered == again
    rows = await shard.rows("SELECT count(*) FROM clob_order WHERE book = $1 AND state = 'working'", shard.books[0])
    assert rows == [(0,)]


async def test_of_two_engines_only_one_writes_and_the_other_refuses(floor: floors.Floor) -> None:
    shard = await floor.shard()
    first, second = shard.make(), shard.make()
    cursor = await first.acquire()
    assert cursor is not None
    assert await second.acquire() is None
    assert not await second.wins(0)
    await shard.floor.superuser.execute(
        "UPDATE clob_cursor SET until = now() - interval '1 second' WHERE shard = $1", shard.number
    )
    taken = await second.acquire()
    assert taken is not None
    assert taken.epoch == cursor.epoch + 1
    assert not await floor.engine.run("t", lambda tx: repo.renew(tx, shard.number, cursor.epoch, writing.LEASE))


async def test_an_engine_that_was_taken_for_dead_writes_nothing_more(floor: floors.Floor) -> None:
    shard = await floor.shard()
    stop = asyncio.Event()
    task = asyncio.create_task(shard.make().loop(stop))
    await shard.settled(task)
    await floor.superuser.execute(
        "UPDATE clob_cursor SET epoch = epoch + 1, holder = gen_random_uuid(), until = now() + interval '1 minute'"
        " WHERE shard = $1",
        shard.number,
    )
    before = await shard.rows("SELECT count(*) FROM clob_batch WHERE shard = $1", shard.number)
    await shard.tell(model.Command(Op.BAND, price=5))
    with pytest.raises(model.Fenced):
        await task
    assert await shard.rows("SELECT count(*) FROM clob_batch WHERE shard = $1", shard.number) == before
    stop.set()


@pytest.mark.parametrize("damage", ["torn", "changed", "version", "missing part", "no batch", "digest"])
async def test_a_snapshot_that_cannot_be_trusted_is_passed_over(floor: floors.Floor, damage: str) -> None:
    shard = await floor.shard()
    said = flow(2, 1, 500)
    for start in range(0, 450, 150):
        await shard.append(said[start : start + 150])
        await shard.run(pace=OFTEN)
    kept = await shard.rows("SELECT batch FROM clob_snapshot WHERE shard = $1 ORDER BY batch DESC", shard.number)
    assert len(kept) >= 2
    newest = kept[0][0]
    part = "UPDATE clob_snapshot_part SET payload = {} WHERE shard = $1 AND batch = $2 AND part = 0"
    changes = {
        "torn": part.format("substring(payload::bytea FROM 1 FOR 40)"),
        "changed": part.format("set_byte(payload::bytea, 60, 255 - get_byte(payload::bytea, 60))"),
        "version": part.format("set_byte(payload::bytea, 19, 9)"),
        "missing part": "DELETE FROM clob_snapshot_part WHERE shard = $1 AND batch = $2 AND part = 0",
        "no batch": "UPDATE clob_snapshot SET command = command + 1 WHERE shard = $1 AND batch = $2",
        "digest": "UPDATE clob_snapshot SET digest = sha256('x'::bytea) WHERE shard = $1 AND batch = $2",
    }
    await floor.superuser.execute(changes[damage], shard.number, newest)
    recovered, again = await states(shard)
    assert recovered == again
    await shard.append(said[450:])
    await shard.run()
    recovered, again = await states(shard)
    assert recovered == again
    if damage != "no batch":
        assert (await verifying.verify(floor.engine, shard.number)).fault is not None


@pytest.mark.parametrize("change", ["event", "command", "hash"])
async def test_verify_names_the_first_difference(floor: floors.Floor, change: str) -> None:
    shard = await floor.shard()
    said = flow(1, 1, 180)
    for start in range(0, 180, 60):
        await shard.append(said[start : start + 60])
        await shard.run(pace=NEVER)
    assert (await verifying.verify(floor.engine, shard.number)).fault is None
    changes = {
        "event": "UPDATE clob_batch SET payload = set_byte(payload::bytea, 30, 77) WHERE shard = $1 AND number = 2",
        "command": "UPDATE clob_command SET payload = set_byte(payload::bytea, 8, 5) WHERE shard = $1 AND no = ("
        "SELECT first FROM clob_batch WHERE shard = $1 AND number = 2)",
        "hash": "UPDATE clob_batch SET hash = sha256('x'::bytea) WHERE shard = $1 AND number = 2",
    }
    async with floor.superuser.transaction():
        await floor.superuser.execute("SET LOCAL session_replication_role = replica")  # past the append-only trigger
        await floor.superuser.execute(changes[change], shard.number)
    fault = (await verifying.verify(floor.engine, shard.number)).fault
    assert fault is not None
    assert "batch 2" in fault


async def test_an_engine_that_would_say_something_else_matches_nothing_more(floor: floors.Floor) -> None:
    shard = await floor.shard()
    await shard.append(flow(1, 1, 60))
    await shard.run(pace=NEVER)
    async with floor.superuser.transaction():
        await floor.superuser.execute("SET LOCAL session_replication_role = replica")
        await floor.superuser.execute(
            "UPDATE clob_batch SET hash = sha256('x'::bytea) WHERE shard = $1 AND number = 1", shard.number
        )
    with pytest.raises(model.Diverged):
        await shard.make().loop(asyncio.Event())
