"""The counters of one core in two statements: one that locks and one that reads; and one that writes them all.

Accounts are locked in the order of their references. Holdings are never locked: whoever holds a participant's account
holds all that is counted of it, so they are read after the lock, in a statement of their own.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.participants import model as participants
from execution_stack.risk import model

Pair = tuple[UUID, UUID]
"""Participant and instrument."""

_SLOTS = [f"placed_{number}" for number in range(model.SLOTS)]
_COUNTED = ["day", "traded", "open_orders", "open_value", "refusals", "cooling_until", "slot", *_SLOTS]
_HELD = list(model.Holding._fields)
_ACCOUNTS, _HOLDINGS = len(_COUNTED), len(_HELD)

_LOCK = f"""
SELECT participant, {", ".join(_COUNTED)} FROM risk_account
WHERE participant = ANY($1::uuid[]) ORDER BY participant FOR UPDATE"""  # noqa: S608 -- names of our own columns
_CREATE = """
INSERT INTO risk_account (participant) SELECT * FROM unnest($1::uuid[]) AS n(participant) ORDER BY participant
ON CONFLICT DO NOTHING"""
_BOUNDS = f"""
SELECT n.participant, n.instrument, {", ".join(f"coalesce(o.{each}, d.{each}) AS {each}" for each in model.FIGURES)},
  {", ".join(f"i.{each} AS here_{each}" for each in model.OF_INSTRUMENT)},
  {", ".join(f"coalesce(h.{each}, 0) AS held_{each}" for each in _HELD)},
  EXISTS (SELECT FROM risk_stop WHERE lifted_at IS NULL AND scope = 'all') AS all_stopped,
  EXISTS (SELECT FROM risk_stop WHERE lifted_at IS NULL AND channel = $5) AS channel_stopped,
  EXISTS (SELECT FROM risk_stop s WHERE s.lifted_at IS NULL AND s.instrument = n.instrument)
    AS instrument_stopped,
  EXISTS (SELECT FROM risk_stop s WHERE s.lifted_at IS NULL AND s.participant = n.participant)
    AS participant_stopped,
  coalesce(l.listing = 'block', false) AS blocked,
  l.listing IS DISTINCT FROM 'allow'
    AND EXISTS (SELECT FROM risk_symbol a WHERE a.participant = n.participant AND a.listing = 'allow') AS not_allowed
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS n(participant, instrument, category, level)
LEFT JOIN risk_default d ON d.category = n.category::risk_category AND d.level = n.level
LEFT JOIN risk_participant o ON o.participant = n.participant
LEFT JOIN risk_instrument i ON i.instrument = n.instrument
LEFT JOIN risk_symbol l ON l.participant = n.participant AND l.instrument = n.instrument
LEFT JOIN risk_holding h ON h.participant = n.participant AND h.instrument = n.instrument"""  # noqa: S608 -- as above
_CAUSES = ("all_stopped", "channel_stopped", "instrument_stopped", "participant_stopped", "blocked", "not_allowed")
_HOLDINGS_OF = f"""
SELECT h.participant, h.instrument, {", ".join(f"h.{each}" for each in _HELD)}
FROM risk_holding h JOIN unnest($1::uuid[], $2::uuid[]) AS n(participant, instrument) USING (participant, instrument)"""  # noqa: S608 -- as above


def _arrays(first: int, count: int) -> str:
    return ", ".join(f"${first + number}::bigint[]" for number in range(count))


_SAVE = f"""
WITH counted AS (
  UPDATE risk_account a SET {", ".join(f"{each} = n.{each}" for each in _COUNTED)}
  FROM unnest($1::uuid[], {_arrays(2, _ACCOUNTS)}) AS n(participant, {", ".join(_COUNTED)})
  WHERE a.participant = n.participant)
INSERT INTO risk_holding (participant, instrument, {", ".join(_HELD)})
SELECT * FROM unnest(${_ACCOUNTS + 2}::uuid[], ${_ACCOUNTS + 3}::uuid[], {_arrays(_ACCOUNTS + 4, _HOLDINGS)})
ON CONFLICT (participant, instrument) DO UPDATE SET {", ".join(f"{each} = EXCLUDED.{each}" for each in _HELD)}"""  # noqa: S608 -- as above
_FOUND = """
INSERT INTO risk_finding (channel, participant, instrument, cause, refuses, value, bound)
SELECT $1, participant, instrument, cause::risk_cause, refuses, value, bound
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[])
  AS n(participant, instrument, cause, refuses, value, bound)"""
_FINDINGS = """
SELECT channel, participant, instrument, cause::text AS cause, refuses, value, bound, at FROM risk_finding
WHERE $1::uuid IS NULL OR participant = $1 ORDER BY id DESC LIMIT $2"""
_FORGET = """
DELETE FROM risk_finding WHERE id IN (SELECT id FROM risk_finding WHERE at < now() - interval '90 days' LIMIT $1)"""


async def lock(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Account]:
    """The counters of these participants, held; who had none has empty ones from now on."""
    found = await _lock(tx, refs)
    if len(found) < len(refs):
        await tx.execute(_CREATE, sorted(set(refs) - found.keys()))
        found = await _lock(tx, refs)
    return found


async def _lock(tx: transaction.Tx, refs: Sequence[UUID]) -> dict[UUID, model.Account]:
    rows = [tuple(row) for row in await tx.fetch(_LOCK, list(refs))]
    return {row[0]: _account(row[1:]) for row in rows}


def _account(row: tuple[int, ...]) -> model.Account:
    day, traded, open_orders, open_value, refusals, cooling_until, slot, *placed = row
    return model.Account(day, traded, open_orders, open_value, refusals, cooling_until, slot, tuple(placed))


async def bounds(
    tx: transaction.Tx, channel: UUID, pairs: Mapping[Pair, participants.Standing]
) -> dict[Pair, tuple[model.Bounds, model.Holding]]:
    """What orders of these participants in these instruments are compared with."""
    keys = [*pairs]
    rows = await tx.fetch(
        _BOUNDS,
        [participant for participant, _ in keys],
        [instrument for _, instrument in keys],
        [each.category.value for each in pairs.values()],
        [each.level for each in pairs.values()],
        channel,
    )
    return {(row["participant"], row["instrument"]): (_bounds(row), _holding(row, "held_")) for row in rows}


def _bounds(row: transaction.Record) -> model.Bounds:
    here = {each: row[f"here_{each}"] for each in model.OF_INSTRUMENT}
    return model.Bounds(
        model.Limits(*(row[each] for each in model.FIGURES)),
        model.Limits(**here),
        tuple(model.Cause(each) for each in _CAUSES if row[each]),
    )


def _holding(row: transaction.Record, prefix: str = "") -> model.Holding:
    return model.Holding(*(row[prefix + each] for each in _HELD))


async def holdings(tx: transaction.Tx, pairs: Sequence[Pair]) -> dict[Pair, model.Holding]:
    columns = [participant for participant, _ in pairs], [instrument for _, instrument in pairs]
    rows = await tx.fetch(_HOLDINGS_OF, *columns)
    return {(row["participant"], row["instrument"]): _holding(row) for row in rows}


async def save(tx: transaction.Tx, accounts: Mapping[UUID, model.Account], held: Mapping[Pair, model.Holding]) -> None:
    """All counters that changed, in one statement; the accounts are held."""
    rows = [(*each[:7], *each.placed) for each in accounts.values()]
    counted = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(_ACCOUNTS)]
    kept = [list(column) for column in zip(*held.values(), strict=True)] or [[] for _ in range(_HOLDINGS)]
    pairs = [participant for participant, _ in held], [instrument for _, instrument in held]
    await tx.execute(_SAVE, list(accounts), *counted, *pairs, *kept)


async def add_findings(tx: transaction.Tx, channel: UUID, found: Sequence[tuple[model.Order, model.Finding]]) -> None:
    await tx.execute(
        _FOUND,
        channel,
        [order.participant for order, _ in found],
        [order.instrument for order, _ in found],
        [each.cause.value for _, each in found],
        [each.refuses for _, each in found],
        [each.value for _, each in found],
        [each.limit for _, each in found],
    )


async def findings(tx: transaction.Tx, participant: UUID | None, limit: int) -> list[model.Kept]:
    """The newest first."""
    rows = await tx.fetch(_FINDINGS, participant, limit)
    return [model.Kept(**dict(row.items()) | {"cause": model.Cause(row["cause"])}) for row in rows]


async def forget_findings(tx: transaction.Tx, limit: int) -> int:
    return await tx.execute(_FORGET, limit)


async def account(tx: transaction.Tx, participant: UUID) -> model.Account:
    """As it was counted last, without holding it."""
    row = await tx.row(f"SELECT {', '.join(_COUNTED)} FROM risk_account WHERE participant = $1", participant)  # noqa: S608 -- as above
    return model.Account() if row is None else _account(tuple(row))


async def holdings_of(tx: transaction.Tx, participant: UUID) -> dict[UUID, model.Holding]:
    """By instrument."""
    rows = await tx.fetch(
        f"SELECT instrument, {', '.join(_HELD)} FROM risk_holding WHERE participant = $1 ORDER BY instrument",  # noqa: S608 -- as above
        participant,
    )
    return {row["instrument"]: _holding(row) for row in rows}
