"""Deliveries: promised in somebody's transaction, taken by one worker at a time, ended once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.notifications import model

_COLUMNS = """id, account, notification, channel::text, kind, locale::text, state::text, attempts, code, sealed, due_at,
  expires_at, created_at"""
_ADD = """
INSERT INTO delivery (id, account, notification, channel, kind, locale, sealed, due_at, expires_at, created_at)
VALUES ($1, $2, $3, $4::notice_channel, $5, $6::notice_locale, $7, $8, $9, $8)"""
_ADD_MANY = """
INSERT INTO delivery (id, account, notification, channel, kind, locale, due_at, created_at)
SELECT id, account, notification, channel::notice_channel, $6, locale::notice_locale, $7, $7
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) AS n(id, account, notification, channel, locale)"""
_TAKE = f"""
UPDATE delivery SET state = 'sending', attempts = attempts + 1, lease_until = $1::timestamptz + $2::interval
WHERE id IN (
  SELECT id FROM delivery WHERE state = 'waiting' AND due_at <= $1 AND ($3::uuid IS NULL OR id = $3)
  ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)
RETURNING {_COLUMNS}"""  # noqa: S608 -- names are the program's own
_ABANDONED = f"""
SELECT {_COLUMNS} FROM delivery WHERE state = 'sending' AND lease_until < $1 ORDER BY due_at LIMIT $2
FOR UPDATE SKIP LOCKED"""  # noqa: S608 -- likewise
_RECORD = """
UPDATE delivery SET state = $3::delivery_state, code = $4, reference = $5, due_at = $6, lease_until = NULL,
  ended_at = CASE WHEN $7 THEN $8::timestamptz END, sealed = CASE WHEN $9 THEN NULL ELSE sealed END
WHERE id = $1 AND attempts = $2 AND state = 'sending'"""
_LIST = f"""
SELECT {_COLUMNS} FROM delivery WHERE ($1::text IS NULL OR state = $1::delivery_state)
  AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR account = $3) ORDER BY id DESC LIMIT $4"""  # noqa: S608 -- likewise
_LOCK = f"SELECT {_COLUMNS} FROM delivery WHERE id = $1 FOR UPDATE"  # noqa: S608 -- likewise
_AGAIN = """
UPDATE delivery SET state = 'waiting', attempts = 0, due_at = $2, ended_at = NULL WHERE id = $1"""
_FORGET = """
DELETE FROM delivery WHERE id IN (
  SELECT id FROM delivery WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)"""
_COUNTS = "SELECT state::text, count(*) FROM delivery WHERE state IN ('waiting', 'unknown', 'dead') GROUP BY state"


async def add(tx: transaction.Tx, delivery: model.Delivery, sealed: bytes) -> None:
    await tx.execute(
        _ADD,
        delivery.id,
        delivery.account,
        delivery.notification,
        delivery.channel.value,
        delivery.kind,
        delivery.locale.value,
        sealed,
        delivery.due_at,
        delivery.expires_at,
    )


async def add_many(
    tx: transaction.Tx,
    kind: model.Kind,
    rows: Sequence[tuple[UUID, UUID, UUID, model.Channel, model.Locale]],
    now: datetime,
) -> None:
    """Delivery, account, notification, channel and language of each; addresses are looked up when they are sent."""
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], [], []]
    await tx.execute(_ADD_MANY, *columns, kind.value, now)


async def take(
    tx: transaction.Tx, now: datetime, lease: timedelta, limit: int, only: UUID | None = None
) -> list[model.Delivery]:
    """Deliveries that are due and nobody else has, ours for the length of the lease."""
    return [_delivery(row) for row in await tx.fetch(_TAKE, now, lease, only, limit)]


async def abandoned(tx: transaction.Tx, now: datetime, limit: int) -> list[model.Delivery]:
    """Deliveries that were being sent by somebody who has not been heard of since, held."""
    return [_delivery(row) for row in await tx.fetch(_ABANDONED, now, limit)]


async def record(
    tx: transaction.Tx,
    delivery: model.Delivery,
    state: model.DeliveryState,
    outcome: model.Outcome,
    due_at: datetime,
    now: datetime,
    *,
    empty: bool,
) -> bool:
    """Write what became of an attempt, unless it is not ours any more."""
    ended = state not in {model.DeliveryState.WAITING, model.DeliveryState.SENDING}
    return bool(
        await tx.execute(
            _RECORD,
            delivery.id,
            delivery.attempts,
            state.value,
            outcome.code,
            outcome.reference,
            due_at,
            ended,
            now,
            empty,
        )
    )


async def listed(
    tx: transaction.Tx, state: model.DeliveryState | None, account: UUID | None, before: UUID | None, limit: int
) -> list[model.Delivery]:
    """Newest first, for staff; what is sealed stays sealed."""
    return [_delivery(row) for row in await tx.fetch(_LIST, state.value if state else None, before, account, limit)]


async def lock(tx: transaction.Tx, delivery: UUID) -> model.Delivery | None:
    row = await tx.row(_LOCK, delivery)
    return _delivery(row) if row else None


async def again(tx: transaction.Tx, delivery: UUID, now: datetime) -> None:
    await tx.execute(_AGAIN, delivery, now)


async def forget(tx: transaction.Tx, before: datetime, limit: int) -> int:
    return await tx.execute(_FORGET, before, limit)


async def counts(tx: transaction.Tx) -> dict[str, int]:
    return {row["state"]: row["count"] for row in await tx.fetch(_COUNTS)}


def _delivery(row: transaction.Record) -> model.Delivery:
    return model.Delivery(
        id=row["id"],
        account=row["account"],
        notification=row["notification"],
        channel=model.Channel(row["channel"]),
        kind=row["kind"],
        locale=model.Locale(row["locale"]),
        state=model.DeliveryState(row["state"]),
        attempts=row["attempts"],
        code=row["code"],
        sealed=row["sealed"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        created_at=row["created_at"],
    )
