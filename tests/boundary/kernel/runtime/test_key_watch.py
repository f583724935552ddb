"""Keys of a running process: adopted from files, moved by commands, and never replaced by something bad."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from boundary.kernel import clock, ids, key_states, records, states
from boundary.kernel.runtime import key_files, key_store, key_watch, settings, transaction
from tests.stacks import StackDatabase

S = key_states.State


class Ring:
    """What a gate holds: it refuses as a gate's does."""

    def __init__(self) -> None:
        self.held: key_watch.Held = {}
        self.heard: set[int] = set()

    def take(self, held: key_watch.Held) -> None:
        if any(sum(one.state is S.ACTIVE for one in keys.values()) > 1 for keys in held.values()):
            raise ValueError("two active keys")
        self.held = held

    def seen(self) -> set[int]:
        found, self.heard = self.heard, set()
        return found


class Place:
    """A database with an admitted channel, a directory of keys, a process that watches them."""

    def __init__(self, gate: transaction.Database, operator: transaction.Database, folder: Path) -> None:
        self.gate, self.operator, self.folder = gate, operator, folder
        self.ids = ids.SystemIds()
        self.channel = self.ids.ref()
        self.ring = Ring()
        self.watch = key_watch.KeyWatch(gate, folder, clock.SystemClock(), apart=[bytes(range(32))])

    def file(self, key_id: int, master: bytes | None = None, channel: uuid.UUID | None = None) -> Path:
        path = self.folder / f"{channel or self.channel}.{key_id}.key"
        key_files.write(path, master or self.ids.token(32))
        return path

    async def turn(self) -> None:
        """One step of the loop, as the process takes it."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.watch.loop_of(self.ring)(stop))
        await asyncio.sleep(0)
        stop.set()
        await running

    def states(self) -> Mapping[int, key_states.State]:
        return {key_id: one.state for key_id, one in self.ring.held.get(self.channel, {}).items()}

    async def rows(self) -> dict[int, key_store.Row]:
        return {row.key_id: row for row in await self.operator.read("test.rows", key_store.rows)}

    async def activate(self, key_id: int, *, unseen: bool = False) -> None:
        await self.operator.run("test.activate", lambda tx: key_store.activate(tx, self.channel, key_id, unseen=unseen))

    async def rotate(self) -> str | None:
        return await self.operator.run("test.rotate", lambda tx: key_store.rotate(tx, self.channel))

    async def retire(self, key_id: int) -> None:
        await self.operator.run("test.retire", lambda tx: key_store.retire(tx, self.channel, key_id))

    async def revoke(self, key_id: int) -> bool:
        return await self.operator.run("test.revoke", lambda tx: key_store.revoke(tx, self.channel, key_id))

    async def long_ago(self, key_id: int) -> None:
        """Two minutes pass for this key."""
        await self.operator.run(
            "test.time",
            lambda tx: tx.execute(
                "UPDATE channel_key SET replaced_at = now() - interval '3 minutes' WHERE key_id = $1", key_id
            ),
        )


@pytest.fixture
async def place(execution_schema: StackDatabase, tmp_path: Path) -> AsyncIterator[Place]:
    gate = await execution_schema.connect("execution_gate", size=4)
    operator = await execution_schema.connect("execution_operator", size=4)
    made = Place(gate, operator, tmp_path)
    await operator.run("test.channel", lambda tx: tx.execute("INSERT INTO channel (id) VALUES ($1)", made.channel))
    yield made
    await operator.close()
    await gate.close()


async def test_the_first_keys_are_in_use_later_ones_wait_and_both_are_written_down(place: Place) -> None:
    place.file(1)
    place.file(2)
    await place.turn()
    assert place.states() == {1: S.VERIFY_ONLY, 2: S.ACTIVE}
    place.file(3)
    await place.turn()
    assert place.states() == {1: S.VERIFY_ONLY, 2: S.ACTIVE, 3: S.PENDING}
    rows = await place.rows()
    for key_id, one in place.ring.held[place.channel].items():
        assert rows[key_id].fingerprint == key_states.fingerprint(place.channel, key_id, one.master)
    payloads = await place.operator.read("test.log", lambda tx: tx.fetch("SELECT payload FROM audit_entry ORDER BY id"))
    entries = [records.decode(row[0], records.Entry) for row in payloads]
    assert [(each.key_id, each.state) for each in entries if isinstance(each, key_store.KeyAdopted)] == [
        (1, 3), (2, 2), (3, 1),
    ]  # fmt: skip


async def test_keys_of_a_channel_that_nobody_admitted_are_held_and_not_written_down(place: Place) -> None:
    other = place.ids.ref()
    place.file(7, channel=other)
    await place.turn()
    assert place.ring.held[other][7].state is S.ACTIVE
    assert await place.rows() == {}


async def test_a_rotation_promotes_what_was_heard_and_retires_what_is_idle(place: Place) -> None:
    place.file(1)
    await place.turn()
    place.file(2)
    await place.turn()
    assert await place.rotate() is None, "nobody was heard under the new key"
    with pytest.raises(key_store.NotSeen):
        await place.activate(2)
    place.ring.heard = {2}
    await place.turn()
    assert await place.rotate() == "key 2 is active"
    await place.turn()
    assert place.states() == {1: S.VERIFY_ONLY, 2: S.ACTIVE}
    assert await place.rotate() is None
    with pytest.raises(key_store.TooEarly):
        await place.retire(1)
    await place.long_ago(1)
    assert await place.rotate() == "key 1 is retired: its file may be deleted"
    await place.turn()
    assert place.states() == {1: S.RETIRED, 2: S.ACTIVE}, "its file still lies there and means nothing"


async def test_a_key_under_which_somebody_is_still_heard_is_not_retired(place: Place) -> None:
    place.file(1)
    place.file(2)
    await place.turn()
    await place.long_ago(1)
    place.ring.heard = {1}
    await place.turn()
    with pytest.raises(key_store.TooEarly):
        await place.retire(1)


async def test_a_revoked_key_is_gone_with_the_next_look_though_its_file_stays(place: Place) -> None:
    place.file(1)
    await place.turn()
    assert await place.revoke(1) is False, "and no other is active"
    await place.turn()
    assert place.states() == {1: S.REVOKED}
    place.file(2)
    await place.turn()
    assert place.states() == {1: S.REVOKED, 2: S.PENDING}, "people decide what follows"
    await place.activate(2, unseen=True)
    await place.turn()
    assert place.states()[2] is S.ACTIVE
    for move in (place.activate(1, unseen=True), place.retire(1), place.revoke(1)):
        with pytest.raises(states.IllegalTransition):
            await move


async def test_only_one_of_many_activations_at_once_stays_active(place: Place) -> None:
    for key_id in range(1, 8):
        place.file(key_id)
        await place.turn()
    done = await asyncio.gather(
        *(place.activate(key_id, unseen=True) for key_id in range(2, 8)), return_exceptions=True
    )
    assert done == [None] * 6
    found = [row.state for row in (await place.rows()).values()]
    assert (found.count(S.ACTIVE), found.count(S.VERIFY_ONLY)) == (1, 6)


async def test_of_many_processes_that_find_a_file_one_writes_it_down(place: Place) -> None:
    place.file(1)
    watches = [key_watch.KeyWatch(place.gate, place.folder, clock.SystemClock()) for _ in range(20)]
    found = await asyncio.gather(*(each.load() for each in watches))
    assert {held[place.channel][1].state for held in found} == {S.ACTIVE}
    payloads = await place.operator.read("test.log", lambda tx: tx.fetch("SELECT payload FROM audit_entry"))
    entries = [records.decode(row[0], records.Entry) for row in payloads]
    assert sum(isinstance(each, key_store.KeyAdopted) for each in entries) == 1


BAD = ["equal", "zero", "hardly random", "short", "readable", "two owners", "unnamed", "of another duty", "exchanged"]


def spoil(place: Place, case: str, first: Path) -> Path:
    """Something that must not be taken; the path of what is wrong."""
    new = place.folder / f"{place.channel}.9.key"
    content = {
        "equal": first.read_text(), "zero": "00" * 32, "hardly random": "0102" * 16, "short": "ab" * 31,
        "of another duty": bytes(range(32)).hex(),
    }.get(case, place.ids.token(32).hex())  # fmt: skip
    if case == "two owners":
        new = place.folder / f"{place.ids.ref()}.1.key"
    if case == "unnamed":
        new = place.folder / "spare.key"
    if case == "exchanged":
        new = first
        new.unlink()
    handle = os.open(new, os.O_WRONLY | os.O_CREAT, 0o640 if case == "readable" else 0o600)
    os.write(handle, content.encode())
    os.close(handle)
    return new


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_file_stops_a_start_but_no_running_service(
    place: Place, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = place.file(1)
    await place.turn()
    held = place.ring.held
    bad = spoil(place, case, first)
    await place.turn()
    assert place.ring.held is held, "the keys of before stay"
    assert key_watch.BAD._value.get() == 1
    with pytest.raises(settings.SettingsError) as refused:
        await key_watch.KeyWatch(place.gate, place.folder, clock.SystemClock(), apart=[bytes(range(32))]).load()
    shown = str(refused.value) + capsys.readouterr().out
    assert not any(one.master.hex() in shown for one in held[place.channel].values())
    if case != "exchanged":
        bad.unlink()
        place.file(2)
        await place.turn()
        assert place.states() == {1: S.ACTIVE, 2: S.PENDING}
        assert key_watch.BAD._value.get() == 0


async def test_a_revocation_counts_even_while_a_bad_file_lies_there(place: Place) -> None:
    first = place.file(1)
    place.file(2)
    await place.turn()
    spoil(place, "zero", first)
    await place.revoke(1)
    await place.turn()
    assert place.states() == {1: S.REVOKED, 2: S.ACTIVE}


async def test_a_file_that_is_gone_takes_its_key_along(place: Place) -> None:
    first = place.file(1)
    place.file(2)
    await place.turn()
    first.unlink()
    await place.turn()
    assert place.states() == {2: S.ACTIVE}
    assert key_watch.BAD._value.get() == 0


async def test_an_active_key_without_its_file_is_an_alarm(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.file(1)
    active = place.file(2)
    await place.turn()
    active.unlink()
    await place.turn()
    assert place.states() == {1: S.VERIFY_ONLY}
    assert key_watch.BAD._value.get() == 1
    assert "active_key_missing" in capsys.readouterr().out


async def test_without_its_database_a_process_keeps_its_keys(place: Place, execution_schema: StackDatabase) -> None:
    place.file(1)
    await place.turn()
    held = place.ring.held
    gate = await execution_schema.connect("execution_gate", size=1)
    place.watch._db = gate
    await gate.close()
    await place.turn()
    assert place.ring.held is held
