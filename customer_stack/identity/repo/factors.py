"""One-time password secrets and recovery codes. What may pass once passes by one conditional write."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction

_OFFER = """
INSERT INTO account_totp (account, secret, created_at) VALUES ($1, $2, $3)
ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
WHERE account_totp.confirmed_at IS NULL"""
_GET = "SELECT secret, confirmed_at, created_at FROM account_totp WHERE account = $1"
_ENROLLED = "SELECT account FROM account_totp WHERE account = ANY($1::uuid[]) AND confirmed_at IS NOT NULL"
_CONFIRM = """
UPDATE account_totp SET confirmed_at = $2, last_step = $3
WHERE account = $1 AND confirmed_at IS NULL AND secret = $4"""
_ACCEPT = """
UPDATE account_totp SET last_step = $2 WHERE account = $1 AND confirmed_at IS NOT NULL AND last_step < $2"""
_REMOVE = "DELETE FROM account_totp WHERE account = $1 AND confirmed_at IS NOT NULL"
_CLEAR = "DELETE FROM recovery_code WHERE account = $1"
_CODES = "INSERT INTO recovery_code (account, digest, created_at) SELECT $1, unnest($2::bytea[]), $3"
_USE = "UPDATE recovery_code SET used_at = $3 WHERE account = $1 AND digest = $2 AND used_at IS NULL"
_LEFT = "SELECT count(*) FROM recovery_code WHERE account = $1 AND used_at IS NULL"


class Secret(NamedTuple):
    secret: bytes
    confirmed_at: datetime | None
    created_at: datetime


async def offer(tx: transaction.Tx, account: UUID, sealed: bytes, now: datetime) -> bool:
    """A new secret in the place of one that was never confirmed; a confirmed one stays."""
    return await tx.execute(_OFFER, account, sealed, now) == 1


async def get(tx: transaction.Tx, account: UUID) -> Secret | None:
    row = await tx.row(_GET, account)
    return Secret(*row.values()) if row else None


async def enrolled(tx: transaction.Tx, accounts: Sequence[UUID]) -> set[UUID]:
    return {row["account"] for row in await tx.fetch(_ENROLLED, list(accounts))}


async def confirm(tx: transaction.Tx, account: UUID, now: datetime, step: int, sealed: bytes) -> bool:
    """Once, and only for the very secret that the code was computed from."""
    return await tx.execute(_CONFIRM, account, now, step, sealed) == 1


async def accept(tx: transaction.Tx, account: UUID, step: int) -> bool:
    """Compare and set: of all who bring a step's code one passes, and an older step never passes after a newer one."""
    return await tx.execute(_ACCEPT, account, step) == 1


async def remove(tx: transaction.Tx, account: UUID) -> bool:
    gone = await tx.execute(_REMOVE, account) == 1
    await tx.execute(_CLEAR, account)
    return gone


async def set_codes(tx: transaction.Tx, account: UUID, digests: Sequence[bytes], now: datetime) -> None:
    await tx.execute(_CLEAR, account)
    await tx.execute(_CODES, account, list(digests), now)


async def use_code(tx: transaction.Tx, account: UUID, digest: bytes, now: datetime) -> bool:
    return await tx.execute(_USE, account, digest, now) == 1


async def codes_left(tx: transaction.Tx, account: UUID) -> int:
    return int(await tx.value(_LEFT, account))
