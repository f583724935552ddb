"""Reads and moves the states of channel keys, each move with its audit entry.

A file that no row speaks of is adopted by whoever sees it first: its fingerprint is written down, and from then on the
key id means this key. The first keys of a channel are in use at once, later ones wait to be activated.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors, key_states, records
from boundary.kernel.runtime import audit, transaction

State, Event = key_states.State, key_states.Event

_COLUMNS = "key_id, channel, state::text, fingerprint, added_at, seen_at, activated_at, replaced_at, ended_at"
_ALL = f"SELECT {_COLUMNS} FROM channel_key ORDER BY channel, key_id"  # noqa: S608 -- a constant
_LOCK = f"SELECT {_COLUMNS} FROM channel_key WHERE channel = $1 ORDER BY key_id FOR UPDATE"  # noqa: S608 -- likewise
_ADOPT = """
INSERT INTO channel_key (key_id, channel, state, fingerprint, activated_at, replaced_at)
SELECT $2, id, $3::text::channel_key_state, $4,
  CASE WHEN $3 = 'active' THEN now() END, CASE WHEN $3 = 'verify_only' THEN now() END
FROM channel WHERE id = $1 ON CONFLICT DO NOTHING"""
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('channel_key', 0))"
_MOVE = {
    Event.ACTIVATE: "UPDATE channel_key SET state = 'active', activated_at = now() WHERE key_id = $1",
    Event.REPLACE: "UPDATE channel_key SET state = 'verify_only', replaced_at = now() WHERE key_id = $1",
    Event.RETIRE: "UPDATE channel_key SET state = 'retired', ended_at = now() WHERE key_id = $1",
    Event.REVOKE: "UPDATE channel_key SET state = 'revoked', ended_at = now() WHERE key_id = $1",
}
_SEEN = "UPDATE channel_key SET seen_at = now() WHERE key_id = ANY($1::bigint[]) RETURNING key_id"
_NOW = "SELECT now()"


class Row(msgspec.Struct, frozen=True):
    """What is known of a key beside its secret."""

    key_id: int
    channel: UUID
    state: key_states.State
    fingerprint: bytes
    added_at: datetime
    seen_at: datetime | None
    activated_at: datetime | None
    replaced_at: datetime | None
    ended_at: datetime | None


class KeyAdopted(records.Entry, frozen=True, tag="channel_keys.adopted.v1"):
    """A key was found in its file; `state` counts the states from 1."""

    channel: UUID
    key_id: records.Count
    fingerprint: records.Hash32
    state: records.Count


class KeyMoved(records.Entry, frozen=True, tag="channel_keys.moved.v1"):
    """A key was activated, replaced, retired or revoked; `state` counts the states from 1."""

    channel: UUID
    key_id: records.Count
    state: records.Count


class UnknownChannelKey(errors.NotFound):
    """The channel has no key of this id here."""

    code = "channel_key_unknown"


class NotSeen(errors.Conflict):
    """The other side was not heard under this key yet, so it may not have it, or not know of it."""

    code = "channel_key_not_seen"


class TooEarly(errors.Conflict):
    """Frames under this key may still be on their way."""

    code = "channel_key_in_use"


async def rows(tx: transaction.Tx) -> list[Row]:
    return [_row(row) for row in await tx.fetch(_ALL)]


async def adopt(tx: transaction.Tx, files: Mapping[UUID, Mapping[int, bytes]]) -> Mapping[int, key_states.State]:
    """Write down every file that no row speaks of; the states that they were given. `files` hold fingerprints."""
    await tx.execute(_HOLD)
    known = await rows(tx)
    given: dict[int, key_states.State] = {}
    for channel, keys in files.items():
        ours = {row.key_id: row.state for row in known if row.channel == channel}
        new = {key_id for key_id in keys if key_id not in {row.key_id for row in known}}
        for key_id, state in sorted(key_states.assumed(ours.values(), new).items()):
            if await tx.execute(_ADOPT, channel, key_id, state.value, keys[key_id]) == 1:
                given[key_id] = state
                await audit.write(tx, KeyAdopted(channel, key_id, keys[key_id], _number(state)))
    return given


async def note_seen(tx: transaction.Tx, key_ids: Collection[int]) -> set[int]:
    """The other side was heard under these keys; those among them that a row speaks of."""
    return {row["key_id"] for row in await tx.fetch(_SEEN, sorted(key_ids))}


async def activate(tx: transaction.Tx, channel: UUID, key_id: int, *, unseen: bool = False) -> None:
    """Seal with this key from now on; the one before it only verifies. `unseen`: though the other side may not know it."""
    ours = await _lock(tx, channel)
    row = _known(ours, key_id)
    key_states.STATE.advance(row.state, Event.ACTIVATE)
    if row.seen_at is None and not unseen:
        raise NotSeen("the other side was not heard under this key yet; is its file there, and its worker running?")
    for each in ours.values():
        if each.state is State.ACTIVE:
            await _move(tx, each, Event.REPLACE)
    await _move(tx, row, Event.ACTIVATE)


async def retire(tx: transaction.Tx, channel: UUID, key_id: int) -> None:
    """Forget a key that was replaced long enough ago, and under which nobody was heard lately."""
    row = _known(await _lock(tx, channel), key_id)
    key_states.STATE.advance(row.state, Event.RETIRE)
    if not is_idle(row, await tx.value(_NOW)):
        raise TooEarly("frames under this key may still be on their way", seconds=key_states.VERIFY_SECONDS_MIN)
    await _move(tx, row, Event.RETIRE)


async def revoke(tx: transaction.Tx, channel: UUID, key_id: int) -> bool:
    """Believe nothing under this key any more; whether another is active."""
    ours = await _lock(tx, channel)
    await _move(tx, _known(ours, key_id), Event.REVOKE)
    return any(each.state is State.ACTIVE for each in ours.values() if each.key_id != key_id)


async def rotate(tx: transaction.Tx, channel: UUID) -> str | None:
    """The next step that is due: retire what is idle, or promote what is pending. What was done, or None."""
    ours = await _lock(tx, channel)
    now = await tx.value(_NOW)
    for row in ours.values():
        if row.state is State.VERIFY_ONLY and is_idle(row, now):
            await _move(tx, row, Event.RETIRE)
            return f"key {row.key_id} is retired: its file may be deleted"
    pending = [row for row in ours.values() if row.state is State.PENDING]
    if pending and pending[-1].seen_at is not None:
        await activate(tx, channel, pending[-1].key_id)
        return f"key {pending[-1].key_id} is active"
    return None


def is_idle(row: Row, now: datetime) -> bool:
    """Whether no frame under a replaced key can be on its way any more."""
    moments = [each for each in (row.replaced_at, row.seen_at) if each is not None]
    return all((now - each).total_seconds() >= key_states.VERIFY_SECONDS_MIN for each in moments)


async def _move(tx: transaction.Tx, row: Row, event: key_states.Event) -> None:
    state = key_states.STATE.advance(row.state, event)
    await tx.execute(_MOVE[event], row.key_id)
    await audit.write(tx, KeyMoved(row.channel, row.key_id, _number(state)))


async def _lock(tx: transaction.Tx, channel: UUID) -> dict[int, Row]:
    await tx.execute(_HOLD)
    return {row.key_id: row for row in map(_row, await tx.fetch(_LOCK, channel))}


def _known(ours: Mapping[int, Row], key_id: int) -> Row:
    if key_id not in ours:
        raise UnknownChannelKey("this channel has no such key here; a new file is noticed within two seconds")
    return ours[key_id]


def _number(state: key_states.State) -> int:
    return list(State).index(state) + 1


def _row(row: transaction.Record) -> Row:
    key_id, channel, state, *rest = row
    return Row(key_id, channel, State(state), *rest)
