"""Orders with their members and manifests, once a window has closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.intents import model as intents

_LOCK = """
SELECT ref, instrument, side::text, limit_ticks, manner::text, state::text, version, obeyed, lots
FROM omnibus_order WHERE ref = $1 FOR UPDATE"""
_NEWEST = """
SELECT ref, instrument, side::text, limit_ticks, manner::text, state::text, members, lots, version, obeyed,
  (SELECT coalesce(sum(CASE WHEN f.reverses IS NULL THEN f.lots ELSE -f.lots END), 0)::bigint
   FROM omnibus_fill f WHERE f."order" = o.ref) AS filled,
  opened_at, ended_at
FROM omnibus_order o ORDER BY opened_at DESC, ref LIMIT $1"""
_LOOK = _LOCK.removesuffix(" FOR UPDATE")
_VERSIONS = """
SELECT version, root, members, lots, xid::text::bigint, left_xid::text::bigint FROM omnibus_manifest
WHERE "order" = $1 AND left_at IS NOT NULL ORDER BY version"""
_ENTRY = "SELECT id FROM audit_entry WHERE xid = $1::bigint::text::xid8 AND payload = $2"
_NUMBER = """
UPDATE omnibus_member m SET number = n.number
FROM (SELECT channel, epoch, sequence, position,
        row_number() OVER (ORDER BY at, epoch, sequence, position, channel) - 1 AS number
      FROM omnibus_member WHERE "order" = $1 AND open) n
WHERE m."order" = $1 AND (m.channel, m.epoch, m.sequence, m.position) = (n.channel, n.epoch, n.sequence, n.position)"""
_MEMBERS = """
SELECT number, channel, epoch, sequence, position, participant, lots FROM omnibus_member
WHERE "order" = $1 AND number IS NOT NULL ORDER BY number"""
_MANIFEST = 'INSERT INTO omnibus_manifest ("order", version, root, members, lots) VALUES ($1, $2, $3, $4, $5)'
_MANIFESTED = (
    "UPDATE omnibus_order SET state = $2, version = $3, lots = $4, members = $5, changes = false WHERE ref = $1"
)
_UNCHANGED = "UPDATE omnibus_order SET changes = false WHERE ref = $1"
_STATE = "UPDATE omnibus_order SET state = $2, ended_at = $3 WHERE ref = $1"
_OBEYED = "UPDATE omnibus_order SET obeyed = $2, obeying = NULL WHERE ref = $1"
_SEALED = """
SELECT "order", version, root, lots FROM omnibus_manifest m
WHERE left_at IS NULL AND EXISTS (
  SELECT FROM audit_entry e WHERE e.xid = m.xid HAVING count(*) > 0 AND bool_and(
    EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)))
ORDER BY xid LIMIT 1 FOR UPDATE SKIP LOCKED"""
_LEFT = 'UPDATE omnibus_manifest SET left_at = $3, left_xid = pg_current_xact_id() WHERE "order" = $1 AND version = $2'
_LOTS = 'SELECT lots FROM omnibus_manifest WHERE "order" = $1 AND version = $2'
_ROOT = 'SELECT root FROM omnibus_manifest WHERE "order" = $1 AND version = $2'
_NAMES = """
SELECT channel, epoch, sequence, position FROM omnibus_member WHERE "order" = $1 AND number IS NOT NULL
ORDER BY channel, number"""
_CHANGING = """
SELECT ref FROM omnibus_order WHERE changes AND state = 'working' AND obeyed = version
ORDER BY closes_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
_TARGETS = """
SELECT number, lots, filled, target FROM omnibus_member WHERE "order" = $1 AND target IS NOT NULL AND open
ORDER BY number FOR UPDATE"""
_CUT = """
WITH n AS (SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS n(number, before, lots)),
noted AS (
  INSERT INTO omnibus_change ("order", version, number, lots_before, lots) SELECT $1, $2, n.* FROM n)
UPDATE omnibus_member m SET lots = n.lots FROM n WHERE m."order" = $1 AND m.number = n.number"""
_CHANGED = """
SELECT m.number, m.channel, m.epoch, m.sequence, m.position, c.lots_before, m.lots, m.filled, m.target,
  m.reason::text, m.participant
FROM omnibus_change c JOIN omnibus_member m ON (m."order", m.number) = (c."order", c.number)
WHERE c."order" = $1 AND c.version = $2 ORDER BY m.number"""
_SETTLE = """
UPDATE omnibus_member m SET target = NULL, reason = NULL, open = m.filled < m.lots
WHERE m."order" = $1 AND m.number = ANY($2::bigint[]) AND m.target <= m.lots"""
_UNFILLED = """
SELECT channel, epoch, sequence, position, reason::text, lots - filled AS lots FROM omnibus_member
WHERE "order" = $1 AND open AND number IS NOT NULL AND filled < lots ORDER BY number"""
_HAD = """
SELECT m.epoch, m.sequence, m.position, sum(m.filled)::bigint FROM omnibus_member m
JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n(epoch, sequence, position)
  ON (m.epoch, m.sequence, m.position) = (n.epoch, n.sequence, n.position)
WHERE m.channel = $1 GROUP BY 1, 2, 3"""
_NOTE_OBEYS = "UPDATE omnibus_order SET obeying = $2 WHERE ref = $1 AND state <> 'ended'"
_NOTE_OVER = "UPDATE omnibus_order SET over = true, why = $2 WHERE ref = $1 AND NOT over"
_SETTLED = """
SELECT ref, obeying, over, why::text FROM omnibus_order o
WHERE (over OR obeying IS NOT NULL) AND state <> 'ended'
  AND NOT EXISTS (SELECT FROM omnibus_fill f WHERE f."order" = o.ref AND NOT f.done)
ORDER BY ref LIMIT 1 FOR UPDATE SKIP LOCKED"""
_CLOSE = 'UPDATE omnibus_member SET open = false, target = NULL, reason = NULL WHERE "order" = $1 AND open'


class Due(NamedTuple):
    """A version of a manifest that is sealed, and has not left."""

    order: UUID
    version: int
    root: bytes
    lots: int


class Version(NamedTuple):
    """A manifest that has left, and the transactions that made it and let it go."""

    number: int
    root: bytes
    members: int
    lots: int
    xid: int
    left_xid: int


class Target(NamedTuple):
    """A member that is to have less."""

    number: int
    lots: int
    filled: int
    target: int


class Changed(NamedTuple):
    """A member whose lots a version changed."""

    number: int
    channel: UUID
    name: intents.Name
    before: int
    lots: int
    filled: int
    target: int | None
    reason: model.Reason | None
    participant: UUID


class Noted(NamedTuple):
    """What the venue was heard to do with an order, and is not worked out yet."""

    ref: UUID
    obeying: int | None
    over: bool
    why: model.Why | None


class Unfilled(NamedTuple):
    channel: UUID
    name: intents.Name
    reason: model.Reason | None
    lots: int


async def lock(tx: transaction.Tx, ref: UUID) -> model.Order | None:
    return _order(ref, await tx.row(_LOCK, ref))


async def look(tx: transaction.Tx, ref: UUID) -> model.Order | None:
    return _order(ref, await tx.row(_LOOK, ref))


async def newest(tx: transaction.Tx, limit: int) -> list[transaction.Record]:
    return await tx.fetch(_NEWEST, limit)


async def versions(tx: transaction.Tx, ref: UUID) -> list[Version]:
    return [Version(*row) for row in await tx.fetch(_VERSIONS, ref)]


async def entry(tx: transaction.Tx, xid: int, payload: bytes) -> int:
    """The number of the audit entry that this transaction wrote with this payload."""
    found: int = await tx.value(_ENTRY, xid, payload)
    return found


def _order(ref: UUID, row: transaction.Record | None) -> model.Order | None:
    if row is None:
        return None
    pool = model.Pool(row["instrument"], row["side"], row["limit_ticks"], model.Manner(row["manner"]))
    return model.Order(ref, pool, model.State(row["state"]), row["version"], row["obeyed"], row["lots"])


async def number(tx: transaction.Tx, order: UUID) -> None:
    """Give everybody who is still in a place in the order of priority: the earliest intent first."""
    await tx.execute(_NUMBER, order)


async def members(tx: transaction.Tx, order: UUID) -> tuple[model.Member, ...]:
    return tuple(model.Member(*row) for row in await tx.fetch(_MEMBERS, order))


async def manifested(tx: transaction.Tx, manifest: model.Manifest, root: bytes, state: model.State) -> None:
    """A further version, and the order as it is from now on."""
    count, lots = len(manifest.members), manifest.lots
    await tx.execute(_MANIFEST, manifest.order, manifest.version, root, count, lots)
    await tx.execute(_MANIFESTED, manifest.order, state.value, manifest.version, lots, count)


async def set_state(tx: transaction.Tx, order: UUID, state: model.State, ended_at: datetime | None = None) -> None:
    await tx.execute(_STATE, order, state.value, ended_at)


async def set_obeyed(tx: transaction.Tx, order: UUID, version: int) -> None:
    await tx.execute(_OBEYED, order, version)


async def sealed(tx: transaction.Tx) -> Due | None:
    """One whose every entry of the transaction that made it is in the signed tree."""
    row = await tx.row(_SEALED)
    return None if row is None else Due(*row)


async def left(tx: transaction.Tx, order: UUID, version: int, now: datetime) -> None:
    await tx.execute(_LEFT, order, version, now)


async def lots(tx: transaction.Tx, order: UUID, version: int) -> int:
    """What a version says in all."""
    found: int = await tx.value(_LOTS, order, version)
    return found


async def root(tx: transaction.Tx, order: UUID, version: int) -> bytes:
    found: bytes = await tx.value(_ROOT, order, version)
    return found


async def names(tx: transaction.Tx, order: UUID) -> dict[UUID, list[intents.Name]]:
    """Everybody in the order, by channel."""
    found: dict[UUID, list[intents.Name]] = {}
    for channel, *name in await tx.fetch(_NAMES, order):
        found.setdefault(channel, []).append(intents.Name(*name))
    return found


async def changing(tx: transaction.Tx) -> UUID | None:
    """An order that somebody wants less of, and that has no change under way; held."""
    found: UUID | None = await tx.value(_CHANGING)
    return found


async def unchanged(tx: transaction.Tx, order: UUID) -> None:
    """Nobody wants less of it any more."""
    await tx.execute(_UNCHANGED, order)


async def targets(tx: transaction.Tx, order: UUID) -> list[Target]:
    return [Target(*row) for row in await tx.fetch(_TARGETS, order)]


async def cut(tx: transaction.Tx, order: UUID, version: int, cuts: Sequence[tuple[int, int, int]]) -> None:
    """Number, lots before, lots from now on."""
    numbers, before, after = (list(column) for column in zip(*cuts, strict=True))
    await tx.execute(_CUT, order, version, numbers, before, after)


async def changed(tx: transaction.Tx, order: UUID, version: int) -> list[Changed]:
    return [
        Changed(
            row["number"],
            row["channel"],
            intents.Name(row["epoch"], row["sequence"], row["position"]),
            row["lots_before"],
            row["lots"],
            row["filled"],
            row["target"],
            model.Reason(row["reason"]) if row["reason"] else None,
            row["participant"],
        )
        for row in await tx.fetch(_CHANGED, order, version)
    ]


async def settle(tx: transaction.Tx, order: UUID, numbers: Sequence[int]) -> None:
    """What was to change has changed; who has nothing more to come is out."""
    await tx.execute(_SETTLE, order, list(numbers))


async def unfilled(tx: transaction.Tx, order: UUID) -> list[Unfilled]:
    return [
        Unfilled(row[0], intents.Name(row[1], row[2], row[3]), model.Reason(row[4]) if row[4] else None, row[5])
        for row in await tx.fetch(_UNFILLED, order)
    ]


async def note_obeys(tx: transaction.Tx, order: UUID, version: int) -> None:
    await tx.execute(_NOTE_OBEYS, order, version)


async def note_over(tx: transaction.Tx, order: UUID, why: model.Why | None) -> None:
    """The first word about an end is the one that counts."""
    await tx.execute(_NOTE_OVER, order, why.value if why else None)


async def settled(tx: transaction.Tx) -> Noted | None:
    """An order of which something was noted, and all of whose fills are shared; held."""
    row = await tx.row(_SETTLED)
    if row is None:
        return None
    return Noted(row["ref"], row["obeying"], row["over"], model.Why(row["why"]) if row["why"] else None)


async def close(tx: transaction.Tx, order: UUID) -> None:
    """Nobody is in it any more."""
    await tx.execute(_CLOSE, order)


async def filled_in_all(tx: transaction.Tx, channel: UUID, names: Sequence[intents.Name]) -> dict[intents.Name, int]:
    """Over every order that these intents were ever in."""
    columns = [n.epoch for n in names], [n.sequence for n in names], [n.position for n in names]
    return {intents.Name(*row[:3]): row[3] for row in map(tuple, await tx.fetch(_HAD, channel, *columns))}
