"""Set-based reads and writes of holdings, resolutions and payouts."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.resolution import model

_BUY = """
INSERT INTO holding AS h (instrument, channel, participant, lots, paid, had)
SELECT $1, channel, participant, sum(lots), sum(money), 0
FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[]) AS n(channel, participant, lots, money)
GROUP BY channel, participant ORDER BY channel, participant
ON CONFLICT (instrument, channel, participant) DO UPDATE SET lots = h.lots + excluded.lots, paid = h.paid + excluded.paid"""
_CHANGE = """
UPDATE holding h SET lots = h.lots + n.lots, paid = h.paid + n.paid, had = h.had + n.had
FROM (
  SELECT channel, participant, sum(lots)::bigint AS lots, sum(paid)::bigint AS paid, sum(had)::bigint AS had
  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS n(channel, participant, lots, paid, had)
  GROUP BY channel, participant) n
WHERE (h.instrument, h.channel, h.participant) = ($1, n.channel, n.participant)
RETURNING h.channel"""
_HOLD_INSTRUMENT = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 7))"
_NEWEST = """
SELECT instrument, revision, kind::text, value, state::text, step::text, decided_at FROM resolution
WHERE instrument = $1 ORDER BY revision DESC LIMIT 1"""
_ADD = """
INSERT INTO resolution (instrument, revision, kind, value, state, step, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_REPLACE = "UPDATE resolution SET state = 'replaced' WHERE instrument = $1 AND revision < $2 AND state <> 'replaced'"
_PAYING = """
SELECT instrument, revision, kind::text, value, state::text, step::text, decided_at FROM resolution
WHERE state = 'paying' ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED"""
_STEP = "UPDATE resolution SET step = $3, state = $4 WHERE instrument = $1 AND revision = $2"
_UNPAID = """
SELECT h.channel, h.participant, h.lots, greatest(h.paid - h.had, 0) FROM holding h
WHERE h.instrument = $1 AND (h.lots > 0 OR $3) AND h.paid > 0 AND NOT EXISTS (
  SELECT FROM payout p
  WHERE (p.instrument, p.revision, p.channel, p.participant) = (h.instrument, $2, h.channel, h.participant))
ORDER BY h.channel, h.participant LIMIT $4"""
_PAY = """
INSERT INTO payout (instrument, revision, channel, participant, lots, amount)
SELECT $1, $2, n.* FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[]) AS n"""
_TAKE_BACK = """
UPDATE payout p SET reversed = true FROM (
  SELECT revision, channel, participant FROM payout
  WHERE instrument = $1 AND NOT reversed AND revision < $2 ORDER BY channel, participant LIMIT $3) n
WHERE p.instrument = $1 AND (p.revision, p.channel, p.participant) = (n.revision, n.channel, n.participant)
RETURNING p.revision, p.channel, p.participant, p.lots, p.amount"""


async def buy(tx: transaction.Tx, instrument: UUID, trades: Sequence[model.Trade]) -> None:
    await tx.execute(_BUY, instrument, *_names(trades), [t.lots for t in trades], [t.money for t in trades])


async def change(
    tx: transaction.Tx,
    instrument: UUID,
    trades: Sequence[model.Trade],
    *,
    lots: int,
    paid: int,
    had: int,
) -> int:
    """Add to what these have, each figure with the sign that is given; how many positions that were."""
    rows = await tx.fetch(
        _CHANGE,
        instrument,
        *_names(trades),
        [lots * t.lots for t in trades],
        [paid * t.money for t in trades],
        [had * t.money for t in trades],
    )
    return len(rows)


async def hold(tx: transaction.Tx, instrument: UUID) -> None:
    """One at a time decides and pays about an instrument."""
    await tx.execute(_HOLD_INSTRUMENT, instrument)


async def newest(tx: transaction.Tx, instrument: UUID) -> model.Resolution | None:
    return _resolution(await tx.row(_NEWEST, instrument))


async def add(tx: transaction.Tx, resolution: model.Resolution) -> None:
    """A revision, in the place of those before it."""
    await tx.execute(_REPLACE, resolution.instrument, resolution.revision)
    await tx.execute(
        _ADD,
        resolution.instrument,
        resolution.revision,
        resolution.kind.value,
        resolution.value,
        resolution.state.value,
        resolution.step.value,
        resolution.decided_at,
    )


async def paying(tx: transaction.Tx) -> model.Resolution | None:
    """The oldest that is not paid out, held."""
    return _resolution(await tx.row(_PAYING))


async def step(tx: transaction.Tx, resolution: model.Resolution, to: model.Step, state: model.State) -> None:
    await tx.execute(_STEP, resolution.instrument, resolution.revision, to.value, state.value)


async def unpaid(tx: transaction.Tx, resolution: model.Resolution, limit: int) -> list[model.Holding]:
    """Positions that have something to come: lots, or what they cost where the event was voided."""
    voided = resolution.value is None
    rows = await tx.fetch(_UNPAID, resolution.instrument, resolution.revision, voided, limit)
    return [model.Holding(*row) for row in rows]


async def pay(tx: transaction.Tx, resolution: model.Resolution, payouts: Sequence[model.Payout]) -> None:
    await tx.execute(
        _PAY,
        resolution.instrument,
        resolution.revision,
        *_names(payouts),
        [each.lots for each in payouts],
        [each.amount for each in payouts],
    )


async def take_back(tx: transaction.Tx, resolution: model.Resolution, limit: int) -> list[tuple[int, model.Payout]]:
    """Reverse payouts of revisions before this one: the revision of each."""
    rows = await tx.fetch(_TAKE_BACK, resolution.instrument, resolution.revision, limit)
    return sorted((row[0], model.Payout(row[1], row[2], row[3], row[4])) for row in rows)


def _resolution(row: transaction.Record | None) -> model.Resolution | None:
    if row is None:
        return None
    return model.Resolution(
        row["instrument"],
        row["revision"],
        model.Kind(row["kind"]),
        row["value"],
        model.State(row["state"]),
        model.Step(row["step"]),
        row["decided_at"],
    )


def _names(rows: Sequence[model.Trade | model.Payout]) -> tuple[list[UUID], list[UUID]]:
    return [each.channel for each in rows], [each.participant for each in rows]
