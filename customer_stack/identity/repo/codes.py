"""Codes that were sent: one live code for each account and purpose."""

from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.identity.model import notices

_PUT = """
INSERT INTO sent_code (account, purpose, digest, sent_at, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account, purpose) DO UPDATE
SET digest = excluded.digest, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at"""
_TRY = """
UPDATE sent_code SET tries = tries + 1
WHERE account = $1 AND purpose = $2 AND expires_at > $3 AND tries < $4 RETURNING digest"""
_USED = "DELETE FROM sent_code WHERE account = $1 AND purpose = $2"
_REDEEM = """
DELETE FROM sent_code WHERE digest = $1 AND purpose = ANY($2::code_purpose[]) AND expires_at > $3 RETURNING account"""
_EXPIRED = "DELETE FROM sent_code WHERE expires_at < $1"


async def put(
    tx: transaction.Tx, account: UUID, purpose: notices.Purpose, digest: bytes, now: datetime, until: datetime
) -> None:
    """In the place of the one before, if there was one: that passes no more."""
    await tx.execute(_PUT, account, purpose.value, digest, now, until)


async def attempt(
    tx: transaction.Tx, account: UUID, purpose: notices.Purpose, now: datetime, tries_max: int
) -> bytes | None:
    """Count one try, and say what the live code hashes to. The row stays locked, so tries come one after another."""
    found: bytes | None = await tx.value(_TRY, account, purpose.value, now, tries_max)
    return found


async def used(tx: transaction.Tx, account: UUID, purpose: notices.Purpose) -> None:
    await tx.execute(_USED, account, purpose.value)


async def redeem(
    tx: transaction.Tx, digest: bytes, purposes: tuple[notices.Purpose, ...], now: datetime
) -> UUID | None:
    """Whose long code this is; it is gone with the asking."""
    found: UUID | None = await tx.value(_REDEEM, digest, [each.value for each in purposes], now)
    return found


async def forget(tx: transaction.Tx, before: datetime) -> int:
    return await tx.execute(_EXPIRED, before)
