"""Keeps a running process's channel keys what files and states say: a new key or a revocation counts within two seconds.

A bad file (open to others, weak, equal to another, with another fingerprint than was written down) stops a process from
starting. One that appears later must not stop a service: it is told as an alarm, again and again, and the keys of before
stay in use. A revocation that stands in the database counts even then.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol
from uuid import UUID

import prometheus_client

from boundary.kernel import clock, errors, key_states
from boundary.kernel.runtime import key_files, key_store, server, settings, telemetry, transaction

_ACTIVE = key_states.State.ACTIVE
SECONDS = 1.0
SEEN_SECONDS = 30.0
ALARM_EVERY_SECONDS = 10.0
AGE_DAYS_ALARM = 90
AGE_ALARM_EVERY_SECONDS = 3600.0

NOT_TAKEN = telemetry.Event("keys.not_taken", code=telemetry.Word)
TAKEN = telemetry.Event("keys.taken", keys=int)
OLD = telemetry.Event("keys.old", channel=UUID, key=int, days=int)
AGE = prometheus_client.Gauge("channel_key_age_seconds", "How long a channel's key has been active", ["channel"])
BAD = prometheus_client.Gauge("channel_keys_not_taken", "1 while key files or states are such that old keys stay")

Held = Mapping[UUID, Mapping[int, key_states.Held]]


class Keyring(Protocol):
    """What a gate seals and verifies with. `take` refuses with `ValueError` and changes nothing then."""

    def take(self, held: Held) -> None: ...

    def seen(self) -> set[int]:
        """Keys under which the other side was heard since the last question."""
        ...


class _Files(NamedTuple):
    signature: object
    masters: Mapping[UUID, Mapping[int, bytes]]


class KeyWatch:
    def __init__(
        self, db: transaction.Database, directory: Path, time: clock.Clock, *, apart: Sequence[bytes] = ()
    ) -> None:
        """`apart` are secrets of other duties, which no channel key may be."""
        self._db = db
        self._directory = directory
        self._clock = time
        self._apart = frozenset(apart)
        self._files = _Files(self, {})
        self._held: Held = {}
        self._fresh: dict[int, float] = {}
        self._active: set[int] = set()
        self._alarmed_at = float("-inf")
        self._told_age_at = float("-inf")

    async def load(self) -> Held:
        """What is to be held now; `SettingsError` says in a line why it cannot be."""
        masters = self._read()
        rows = await self._db.read("keys.rows", key_store.rows)
        prints = {
            channel: {key_id: key_states.fingerprint(channel, key_id, master) for key_id, master in keys.items()}
            for channel, keys in masters.items()
        }
        _compare(prints, rows)
        listed = {row.key_id for row in rows}
        given: Mapping[int, key_states.State] = {}
        if any(key_id not in listed for keys in prints.values() for key_id in keys):
            given = await self._db.run("keys.adopt", lambda tx: key_store.adopt(tx, prints))
        self._tell_age(rows)
        states = {row.key_id: row.state for row in rows} | dict(given)
        self._active = {key_id for key_id, state in states.items() if state is _ACTIVE}
        return {
            channel: {
                key_id: key_states.Held(master, states.get(key_id) or _assumed(channel, keys, rows)[key_id])
                for key_id, master in keys.items()
            }
            for channel, keys in masters.items()
        }

    def loop_of(self, keyring: Keyring) -> server.Loop:
        """Keeps a keyring up to date until told to stop."""

        async def loop(stop: asyncio.Event) -> None:
            while not stop.is_set():
                await self._turn(keyring)
                await server.pause(stop, SECONDS)

        return loop

    async def _turn(self, keyring: Keyring) -> None:
        try:
            await self._look(keyring)
        except errors.Refusal as refusal:
            self._alarm(refusal.code)

    async def _look(self, keyring: Keyring) -> None:
        try:
            await self._note_seen(keyring)
            held = await self.load()
            if held != self._held:
                keyring.take(held)
                self._held = held
                telemetry.emit(TAKEN, keys=sum(map(len, held.values())))
            self._tell_missing(held)
        except (settings.SettingsError, ValueError, errors.Invalid):
            self._alarm("key_files_bad")
            await self._drop_revoked(keyring)

    def _tell_missing(self, held: Held) -> None:
        """A channel whose active key has no file here is mute: people must know, though nothing else can be done."""
        active = {key_id for keys in held.values() for key_id, one in keys.items() if one.state is _ACTIVE}
        if self._active <= active:
            BAD.set(0)
        else:
            self._alarm("active_key_missing")

    async def _drop_revoked(self, keyring: Keyring) -> None:
        """What was held before, but for what the database says is over."""
        states = {row.key_id: row.state for row in await self._db.read("keys.rows", key_store.rows)}
        held = {
            channel: {
                key_id: one._replace(state=states.get(key_id, one.state))
                if states.get(key_id) not in key_states.KNOWN
                else one
                for key_id, one in keys.items()
            }
            for channel, keys in self._held.items()
        }
        if held != self._held:
            keyring.take(held)
            self._held = held

    def _alarm(self, code: str) -> None:
        BAD.set(1)
        now = asyncio.get_running_loop().time()
        if now - self._alarmed_at >= ALARM_EVERY_SECONDS:
            self._alarmed_at = now
            telemetry.emit(NOT_TAKEN, "error", code=telemetry.Word(code))

    async def _note_seen(self, keyring: Keyring) -> None:
        """A key that is heard for the first time is noted at once, one in use now and then."""
        now = asyncio.get_running_loop().time()
        due = {each for each in keyring.seen() if now - self._fresh.get(each, float("-inf")) >= SEEN_SECONDS}
        if due:
            noted = await self._db.run("keys.seen", lambda tx: key_store.note_seen(tx, due))
            self._fresh |= dict.fromkeys(noted, now)

    def _read(self) -> Mapping[UUID, Mapping[int, bytes]]:
        signature = _signature(self._directory)
        if signature != self._files.signature:
            masters = key_files.directory(self._directory)
            if any(master in self._apart for keys in masters.values() for master in keys.values()):
                raise settings.SettingsError("a channel key is also the key of another duty")
            self._files = _Files(signature, masters)
        return self._files.masters

    def _tell_age(self, rows: Sequence[key_store.Row]) -> None:
        now = asyncio.get_running_loop().time()
        tell = now - self._told_age_at >= AGE_ALARM_EVERY_SECONDS
        self._told_age_at = now if tell else self._told_age_at
        for row in rows:
            if row.state is not key_states.State.ACTIVE or row.activated_at is None:
                continue
            age = max((self._clock.now() - row.activated_at).total_seconds(), 0)
            AGE.labels(row.channel).set(age)
            if tell and age >= AGE_DAYS_ALARM * 86_400:
                telemetry.emit(OLD, "warning", channel=row.channel, key=row.key_id, days=int(age // 86_400))


def _assumed(channel: UUID, keys: Mapping[int, bytes], rows: Sequence[key_store.Row]) -> Mapping[int, key_states.State]:
    """Of a channel that is not admitted yet, so that no row may speak of it."""
    listed = {row.key_id: row.state for row in rows if row.channel == channel}
    return key_states.assumed(listed.values(), keys.keys() - listed.keys())


def _compare(prints: Mapping[UUID, Mapping[int, bytes]], rows: Sequence[key_store.Row]) -> None:
    known = {row.key_id: (row.channel, row.fingerprint) for row in rows}
    for channel, keys in prints.items():
        for key_id, fingerprint in keys.items():
            if known.get(key_id, (channel, fingerprint)) != (channel, fingerprint):
                raise settings.SettingsError(f"key {key_id} is not the key that was known by this id: make a new id")


def _signature(directory: Path) -> object:
    """Changes whenever a key file does; the directory that is gone has one of its own."""
    try:
        found = [(each.name, each.stat()) for each in sorted(directory.glob("*.key"))]
    except OSError:
        return None
    return tuple((name, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_mode) for name, s in found)
