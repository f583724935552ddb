"""Freezes: the sagas that bring them, their steps, and webhooks that were refused."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.kyc import model

_BEGIN = """
INSERT INTO kyc_saga (id, account, application, begun_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"""
_HOLD = "SELECT id, account, application, finished_at, lifted_at FROM kyc_saga WHERE id = $1 FOR UPDATE"
_STEPS = "SELECT name FROM kyc_saga_step WHERE saga = $1 ORDER BY at, name"
_DONE = "INSERT INTO kyc_saga_step (saga, name, at) VALUES ($1, $2, $3)"
_FINISH = "UPDATE kyc_saga SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL"
_RUNNING = "SELECT id FROM kyc_saga WHERE finished_at IS NULL ORDER BY begun_at LIMIT $1"
_OF = "SELECT id FROM kyc_saga WHERE account = $1 ORDER BY begun_at"
_FREEZE = "INSERT INTO kyc_freeze (account, saga, at) VALUES ($1, $2, $3) ON CONFLICT (account) DO NOTHING"
_FROZEN = "SELECT saga FROM kyc_freeze WHERE account = $1"
_LIFT = "DELETE FROM kyc_freeze WHERE account = $1 AND saga = $2"
_LIFTED = "UPDATE kyc_saga SET lifted_at = $2 WHERE id = $1"
_REFUSED = """
INSERT INTO kyc_refused_hook (digest, size, reason, at)
SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM (SELECT FROM kyc_refused_hook WHERE at > $5 LIMIT $6) recent) < $6
ON CONFLICT DO NOTHING"""


async def open_(tx: transaction.Tx, id_: UUID, account: UUID, application: UUID, now: datetime) -> bool:
    """Whether it begins: an account is frozen once at a time."""
    return bool(await tx.execute(_BEGIN, id_, account, application, now))


async def held(tx: transaction.Tx, id_: UUID) -> model.Saga | None:
    row = await tx.row(_HOLD, id_)
    if row is None:
        return None
    done = tuple(each["name"] for each in await tx.fetch(_STEPS, id_))
    return model.Saga(row["id"], row["account"], row["application"], done, row["finished_at"] is not None)


async def note(tx: transaction.Tx, id_: UUID, step: str, now: datetime) -> None:
    await tx.execute(_DONE, id_, step, now)


async def finish(tx: transaction.Tx, id_: UUID, now: datetime) -> None:
    await tx.execute(_FINISH, id_, now)


async def running(tx: transaction.Tx, limit: int) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_RUNNING, limit)]


async def of(tx: transaction.Tx, account: UUID) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_OF, account)]


async def freeze(tx: transaction.Tx, account: UUID, saga: UUID, now: datetime) -> None:
    await tx.execute(_FREEZE, account, saga, now)


async def frozen_by(tx: transaction.Tx, account: UUID) -> UUID | None:
    saga: UUID | None = await tx.value(_FROZEN, account)
    return saga


async def lift(tx: transaction.Tx, account: UUID, saga: UUID, now: datetime) -> bool:
    if not await tx.execute(_LIFT, account, saga):
        return False
    await tx.execute(_LIFTED, saga, now)
    return True


async def refused(
    tx: transaction.Tx, digest: bytes, size: int, reason: str, now: datetime, since: datetime, most: int
) -> bool:
    """Whether it was noted: the same thing is noted once, and no more in a while than anybody would read."""
    return bool(await tx.execute(_REFUSED, digest, size, reason, now, since, most))
