"""Re-wrapping, rotation and re-encryption: complete, resumable, harmless to whoever reads and writes meanwhile."""

import asyncio
import functools
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from boundary.kernel import clock, errors, ids
from boundary.kernel.runtime import jobs, transaction
from customer_stack.vault import jobs as vault_jobs
from customer_stack.vault import model, service
from customer_stack.vault.adapters import files
from tests.customer.vault.conftest import Guests, kek, made

LATER = datetime(2100, 1, 1, tzinfo=UTC)
PEOPLE = 30


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks so small that every loop goes round several times."""
    monkeypatch.setattr(vault_jobs, "KEYS", 7)
    monkeypatch.setattr(vault_jobs, "VALUES", 11)
    monkeypatch.setattr(vault_jobs, "SUBJECTS", 4)


async def people(guests: Guests, count: int = PEOPLE) -> dict[uuid.UUID, str]:
    found = {}
    for number in range(count):
        email = f"guest{number}@house.example"
        found[await guests.register(email)] = email
    return found


async def all_readable(guests: Guests, known: dict[uuid.UUID, str]) -> None:
    for subject, email in known.items():
        assert (await guests.read(subject))["guest.email"] == email
    notes = await guests.db.run("test", lambda tx: tx.fetch("SELECT guest, body FROM guest_note"))
    for row in notes:
        opened = await guests.db.run(
            "test", functools.partial(guests.vault.open, subject=row["guest"], values={"guest_note.body": row["body"]})
        )
        assert opened["guest_note.body"].startswith("note ")


async def versions(guests: Guests) -> set[int]:
    """Under which data keys the values are, by the bytes themselves."""
    rows = await guests.db.run(
        "test",
        lambda tx: tx.fetch(
            "SELECT substring(v FROM 2 FOR 4) AS version FROM "
            "(SELECT name AS v FROM guest UNION ALL SELECT email FROM guest UNION ALL SELECT body FROM guest_note) a"
        ),
    )
    return {int.from_bytes(row["version"], "big") for row in rows}


async def doubled_nonces(guests: Guests) -> int:
    """Among all values that are stored. One key and one nonce twice would give both values away."""
    return await guests.db.run(
        "test",
        lambda tx: tx.value(
            "SELECT count(*) - count(DISTINCT substring(v FROM 6 FOR 12)) FROM "
            "(SELECT name AS v FROM guest UNION ALL SELECT email FROM guest UNION ALL SELECT body FROM guest_note) a"
        ),
    )


async def state(guests: Guests) -> model.State:
    return await guests.db.run("test", lambda tx: guests.vault.state(tx, 0))


async def aged(guests: Guests) -> None:
    """As if more time had passed than a retired key is kept."""
    move = "UPDATE subject_key SET retired_at = retired_at - interval '11 minutes' WHERE retired_at IS NOT NULL"
    await guests.db.run("test", lambda tx: tx.execute(move))


# ---- under a newer key-encryption key


async def test_every_key_moves_under_the_newest(guests: Guests, small: None) -> None:
    known = await people(guests)
    newer = guests._replace(vault=made(keks=3))
    done: list[int] = []
    assert not await vault_jobs.rewrap(guests.db, newer.vault, progress=done.append)
    assert sum(done) == PEOPLE
    assert len(done) > 3
    assert (await state(guests)).keys == {3: PEOPLE}
    alone = files.Files({3: kek(3)})  # the older keys may be destroyed now
    await all_readable(guests._replace(vault=made(alone)), known)


async def test_one_that_is_stopped_goes_on_where_it_was(guests: Guests, small: None) -> None:
    await people(guests)
    newer = made(keks=2)
    assert await vault_jobs.rewrap(guests.db, newer, steps_max=2)
    assert (await state(guests)).keys == {1: PEOPLE - 14, 2: 14}
    done: list[int] = []
    assert not await vault_jobs.rewrap(guests.db, made(keks=2), progress=done.append)
    assert sum(done) == PEOPLE - 14


async def test_two_at_once_do_no_harm(guests: Guests, small: None) -> None:
    known = await people(guests)
    newer = [made(keks=2) for _ in range(3)]
    await asyncio.gather(*(vault_jobs.rewrap(guests.db, each) for each in newer))
    assert (await state(guests)).keys == {2: PEOPLE}
    await all_readable(guests._replace(vault=newer[0]), known)


async def test_a_subject_shredded_meanwhile_stays_away(guests: Guests) -> None:
    known = await people(guests, 3)
    gone = next(iter(known))

    class Slow(files.Files):
        async def rewrap(self, wrapped: Sequence[model.Wrapped]) -> list[model.Wrapped]:
            await guests.db.run("test", lambda tx: guests.vault.shred(tx, gone))
            return await super().rewrap(wrapped)

    await vault_jobs.rewrap(guests.db, made(Slow({1: kek(1), 2: kek(2)})))
    assert (await state(guests)).keys == {2: 2}
    with pytest.raises(model.Unreadable):
        await guests.read(gone)


async def test_a_provider_that_wraps_by_an_older_key_is_found_out(guests: Guests) -> None:
    await people(guests, 1)

    class Lying(files.Files):
        async def rewrap(self, wrapped: Sequence[model.Wrapped]) -> list[model.Wrapped]:
            return list(wrapped)

    with pytest.raises(model.KeyServiceWrong):
        await vault_jobs.rewrap(guests.db, made(Lying({1: kek(1), 2: kek(2)})))


# ---- under a newer data key


async def rotated(guests: Guests, subject: uuid.UUID | None = None) -> int:
    return await vault_jobs.rotate(guests.db, guests.vault, before=LATER, subject=subject)


async def test_every_value_moves_under_the_new_data_key(guests: Guests, small: None) -> None:
    known = await people(guests)
    assert await rotated(guests, next(iter(known))) == 1
    before = datetime(2020, 1, 1, tzinfo=UTC)
    assert await vault_jobs.rotate(guests.db, guests.vault, before=before) == 0
    for subject in list(known)[1:]:
        assert await rotated(guests, subject) == 1
    done: list[int] = []
    assert await vault_jobs.reencrypt(guests.db, guests.vault, progress=done.append) is None
    assert sum(done) == PEOPLE * 5
    assert await doubled_nonces(guests) == 0
    assert await versions(guests) == {2}
    await all_readable(guests, known)
    between = await state(guests)
    assert between == model.State(PEOPLE, 0, 0, {1: PEOPLE * 2}, 0)  # kept as long as somebody may be reading
    await aged(guests)
    await vault_jobs.reencrypt(guests.db, guests.vault)
    assert await state(guests) == model.State(PEOPLE, 0, 0, {1: PEOPLE}, 0)
    await all_readable(guests._replace(vault=made()), known)


async def test_a_stopped_re_encryption_names_where_to_go_on(guests: Guests, small: None) -> None:
    known = await people(guests)
    assert await rotated(guests) == PEOPLE
    after: uuid.UUID | None = model.NIL
    rounds = 0
    while (after := await vault_jobs.reencrypt(guests.db, made(), after=after, steps_max=5)) is not None:
        rounds += 1
        await all_readable(guests, known)
        assert rounds < 100
    assert rounds > 2
    assert await versions(guests) == {2}


async def test_whoever_writes_meanwhile_loses_nothing(guests: Guests, small: None) -> None:
    known = await people(guests, 12)
    stop = asyncio.Event()

    async def write(tx: transaction.Tx, subject: uuid.UUID, number: int) -> None:
        sealed = await guests.vault.seal(tx, subject, {"guest.name": f"name {number}"})
        await tx.execute("UPDATE guest SET name = $2 WHERE id = $1", subject, sealed["guest.name"])

    async def writer() -> int:
        number = 0
        while not stop.is_set():
            number += 1
            for subject in known:
                await guests.db.run("test", functools.partial(write, subject=subject, number=number))
        return number

    async def keys() -> None:
        for _ in range(4):
            await rotated(guests)
            await vault_jobs.reencrypt(guests.db, made())
            await aged(guests)
            await vault_jobs.reencrypt(guests.db, made())
        stop.set()

    last, _ = await asyncio.gather(writer(), keys())
    for subject in known:
        assert (await guests.read(subject))["guest.name"] == f"name {last}"
    await vault_jobs.reencrypt(guests.db, made())
    assert await versions(guests) == {5}


async def test_a_key_is_not_retired_while_somebody_seals_with_it(guests: Guests) -> None:
    [subject] = await people(guests, 1)
    sealing, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: transaction.Tx) -> None:
        sealed = await guests.vault.seal(tx, subject, {"guest.name": "late"})
        sealing.set()
        await go_on.wait()
        await tx.execute("UPDATE guest SET name = $2 WHERE id = $1", subject, sealed["guest.name"])

    writing = asyncio.create_task(guests.db.run("test", slow))
    await sealing.wait()
    await rotated(guests, subject)
    moving = asyncio.create_task(vault_jobs.reencrypt(guests.db, guests.vault))
    await asyncio.sleep(0.1)
    assert not moving.done()
    go_on.set()
    await asyncio.gather(writing, moving)
    await aged(guests)
    await vault_jobs.reencrypt(guests.db, guests.vault)
    assert (await guests.read(subject))["guest.name"] == "late"
    assert await versions(guests) == {2}


async def test_two_rotations_at_once_make_one_key(guests: Guests) -> None:
    [subject] = await people(guests, 1)
    newest = await guests.db.run(
        "test", lambda tx: guests.vault.to_rotate(tx, subject=subject, after=model.NIL, before=LATER, limit=1)
    )
    fresh = [await guests.vault.minted(newest) for _ in range(20)]
    counts = await asyncio.gather(
        *(guests.db.run("test", functools.partial(guests.vault.rotate, fresh=each)) for each in fresh)
    )
    assert sum(counts) == 1


async def test_a_rotation_leaves_no_key_to_somebody_who_is_erased_meanwhile(guests: Guests) -> None:
    known = await people(guests, 40)

    async def shred(subject: uuid.UUID) -> None:
        await guests.db.run("test", lambda tx: guests.vault.shred(tx, subject))

    work = [work for subject in known for work in (rotated(guests, subject), shred(subject))]
    await asyncio.gather(*work)
    assert await guests.db.run("test", lambda tx: tx.value("SELECT count(*) FROM subject_key")) == 0


async def test_an_erasure_waits_for_a_rotation_that_is_not_committed_yet(guests: Guests) -> None:
    [subject] = await people(guests, 1)
    fresh = await guests.vault.minted({subject: 1})
    rotating, go_on = asyncio.Event(), asyncio.Event()

    async def slow(tx: transaction.Tx) -> None:
        await guests.vault.rotate(tx, fresh)
        rotating.set()
        await go_on.wait()

    first = asyncio.create_task(guests.db.run("test", slow))
    await rotating.wait()
    second = asyncio.create_task(guests.db.run("test", lambda tx: guests.vault.shred(tx, subject)))
    await asyncio.sleep(0.1)
    go_on.set()
    await asyncio.gather(first, second)
    assert await guests.db.run("test", lambda tx: tx.value("SELECT count(*) FROM subject_key")) == 0


async def test_a_damaged_value_stops_the_work_and_keeps_the_key(guests: Guests) -> None:
    [subject] = await people(guests, 1)
    damage = "UPDATE guest SET name = set_byte(name, length(name) - 1, get_byte(name, length(name) - 1) # 1)"
    await guests.db.run("test", lambda tx: tx.execute(damage))
    await rotated(guests, subject)
    with pytest.raises(model.Damaged):
        await vault_jobs.reencrypt(guests.db, guests.vault)
    assert (await state(guests)).rotating == 1


# ---- as jobs of the worker


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(600):
        if await condition():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it did not happen in 30 s")


async def test_the_worker_rewraps_re_encrypts_and_exports(
    guests: Guests, redis_url: str, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_jobs, "STEPS", 12)
    known = await people(guests, 20)
    await rotated(guests)
    written: list[int] = []

    class Ledger:
        def read(self) -> model.Ledger | None:
            return None

        def write(self, erasures: Sequence[model.Erasure]) -> None:
            written.append(len(erasures))

    vault, time = made(keks=2), clock.SystemClock()
    work = vault_jobs.Handlers(vault, Ledger(), ids.SystemIds(time))
    runner = jobs.Runner(
        guests.db,
        inside={},
        outside={model.ExportErasures: work.export, model.Rewrap: work.rewrap, model.Reencrypt: work.reencrypt},
        schedules=vault_jobs.SCHEDULES,
        redis_url=redis_url,
        queue="test",
        time=time,
        random=ids.SystemIds(time),
    )
    stop = asyncio.Event()
    sweeping = asyncio.create_task(runner.sweep(stop))

    async def moved() -> bool:
        return (await state(guests)).keys == {2: 40} and await versions(guests) == {2} and bool(written)

    async def exported() -> bool:
        return written[-1] == 1

    await until(moved)
    await guests.db.run("test", lambda tx: guests.vault.shred(tx, next(iter(known))))
    await until(exported)
    stop.set()
    await sweeping
    await runner.close()


async def test_a_key_service_that_is_down_leaves_the_work_for_later(guests: Guests) -> None:
    await people(guests, 2)

    class Down(files.Files):
        async def newest(self) -> int:
            raise model.KeyServiceDown("away")

    with pytest.raises(errors.Unavailable) as refusal:
        await vault_jobs.rewrap(guests.db, made(Down({1: kek(1)})))
    assert refusal.value.code == "key_service_unavailable"
    assert (await state(guests)).keys == {1: 2}


async def test_remembered_keys_are_bounded_in_number_and_time(guests: Guests) -> None:
    time = clock.ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    provider = files.Files({1: kek(1)})
    vault = service.Vault(provider, kek(9), ids.SystemIds(time), time, columns=model.Columns(), remembered_max=5)
    bounded = guests._replace(vault=vault)
    known = await people(guests, 8)
    for subject in known:
        await bounded.read(subject)
    assert len(vault._remembered) == 5
    time.advance(service.REMEMBERED + timedelta(seconds=1))
    vault._remembered._sweep()
    assert len(vault._remembered) == 0
    await bounded.read(next(iter(known)))
    assert len(vault._remembered) == 1
    await vault.close()
    assert len(vault._remembered) == 0
