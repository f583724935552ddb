"""Set-based reads and writes of the intake."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.intents import model

_ADD = """
INSERT INTO intent (channel, epoch, sequence, position, participant, instrument, side, kind, time_in_force, limit_ticks,
  lots, cost_cap, expires_at)
SELECT $1, $2, $3, i, participant, instrument, side::intent_side, kind::intent_kind, tif::intent_time_in_force,
  limit_ticks, lots, cost_cap, expires_at
FROM unnest($4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[],
  $12::bigint[], $13::bigint[])
  AS n(i, participant, instrument, side, kind, tif, limit_ticks, lots, cost_cap, expires_at)"""
_LOCK = """
SELECT t.epoch, t.sequence, t.position, t.participant, t.instrument, t.side::text, t.kind::text, t.time_in_force::text,
  t.limit_ticks, t.lots, t.cost_cap, t.expires_at, t.state::text
FROM intent t JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n(epoch, sequence, position)
  ON (t.epoch, t.sequence, t.position) = (n.epoch, n.sequence, n.position)
WHERE t.channel = $1 ORDER BY t.epoch, t.sequence, t.position FOR UPDATE OF t"""
_SET_STATE = """
UPDATE intent t SET state = $5 FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n(epoch, sequence, position)
WHERE t.channel = $1 AND (t.epoch, t.sequence, t.position) = (n.epoch, n.sequence, n.position)"""
_END = """
UPDATE intent t SET state = CASE WHEN t.state = 'open' THEN n.state::intent_state ELSE t.state END
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
  AS n(channel, epoch, sequence, position, state)
WHERE (t.channel, t.epoch, t.sequence, t.position) = (n.channel, n.epoch, n.sequence, n.position)
RETURNING t.channel, t.epoch, t.sequence, t.position, old.state = 'open'"""
_AMEND = """
UPDATE intent t SET limit_ticks = n.limit_ticks, lots = n.lots, cost_cap = n.cost_cap
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
  AS n(epoch, sequence, position, limit_ticks, lots, cost_cap)
WHERE t.channel = $1 AND (t.epoch, t.sequence, t.position) = (n.epoch, n.sequence, n.position)"""
_WITHDRAW = """
UPDATE intent SET state = 'cancelled' WHERE channel = $1 AND (epoch, sequence) > ($2, $3) AND state = 'open'
RETURNING epoch, sequence, position"""
_OPEN = "SELECT count(*) FROM intent WHERE channel = $1 AND state = 'open'"


async def withdraw(tx: transaction.Tx, channel: UUID, epoch: int, sequence: int) -> list[model.Name]:
    """Cancel what cores after this one placed."""
    return [model.Name(*row) for row in await tx.fetch(_WITHDRAW, channel, epoch, sequence)]


async def count_open(tx: transaction.Tx, channel: UUID) -> int:
    count: int = await tx.value(_OPEN, channel)
    return count


async def add(
    tx: transaction.Tx, channel: UUID, epoch: int, sequence: int, rows: Sequence[tuple[int, model.Terms]]
) -> None:
    """One statement for all intents of a core."""
    terms = [each for _, each in rows]
    await tx.execute(
        _ADD,
        channel,
        epoch,
        sequence,
        [position for position, _ in rows],
        [each.participant for each in terms],
        [each.instrument for each in terms],
        [each.side.value for each in terms],
        [each.kind.value for each in terms],
        [each.time_in_force.value for each in terms],
        [each.limit_ticks for each in terms],
        [each.lots for each in terms],
        [each.cost_cap for each in terms],
        [each.expires_at for each in terms],
    )


async def lock(
    tx: transaction.Tx, channel: UUID, names: Sequence[model.Name]
) -> dict[model.Name, tuple[model.Terms, model.State]]:
    """The intents of these names on this channel, held."""
    rows = await tx.fetch(_LOCK, channel, *_columns(names))
    return {
        model.Name(row[0], row[1], row[2]): (
            model.Terms(row[3], row[4], model.Side(row[5]), model.Kind(row[6]), model.TimeInForce(row[7]), *row[8:12]),
            model.State(row[12]),
        )
        for row in map(tuple, rows)
    }


async def set_state(tx: transaction.Tx, channel: UUID, names: Sequence[model.Name], state: model.State) -> None:
    await tx.execute(_SET_STATE, channel, *_columns(names), state.value)


async def end(
    tx: transaction.Tx, ended: Sequence[tuple[UUID, model.Name, model.State]]
) -> set[tuple[UUID, model.Name]]:
    """Those that are open; which were not. Every row is looked up by its whole key: with a condition on the channel alone, all rows of a
    channel would be read.
    """
    names = [name for _, name, _ in ended]
    channels, states = [channel for channel, _, _ in ended], [state.value for _, _, state in ended]
    rows = await tx.fetch(_END, channels, *_columns(names), states)
    return {(row[0], model.Name(*tuple(row)[1:4])) for row in rows if not row[4]}


async def amend(tx: transaction.Tx, channel: UUID, amended: Mapping[model.Name, model.Terms]) -> None:
    terms = amended.values()
    await tx.execute(
        _AMEND,
        channel,
        *_columns(list(amended)),
        [each.limit_ticks for each in terms],
        [each.lots for each in terms],
        [each.cost_cap for each in terms],
    )


def _columns(names: Sequence[model.Name]) -> tuple[list[int], list[int], list[int]]:
    return [n.epoch for n in names], [n.sequence for n in names], [n.position for n in names]
