"""API keys, by their hashes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity.model import accounts

_INSERT = """
INSERT INTO api_key (id, account, digest, prefix, label, permissions, read_only, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_LIVE = "SELECT count(*) FROM api_key WHERE account = $1 AND revoked_at IS NULL AND expires_at > $2"
_LIST = """
SELECT id, label, prefix, permissions, read_only, created_at, expires_at, used_at, revoked_at FROM api_key
WHERE account = $1 ORDER BY created_at DESC, id LIMIT $2"""
_REVOKE = "UPDATE api_key SET revoked_at = $3 WHERE id = $1 AND account = $2 AND revoked_at IS NULL"
_REVOKE_ALL = "UPDATE api_key SET revoked_at = $2 WHERE account = $1 AND revoked_at IS NULL RETURNING id"
_STANDING = """
SELECT k.id, k.account, k.digest, k.permissions, k.read_only, k.created_at, k.expires_at, k.used_at, k.revoked_at,
  a.state FROM api_key k JOIN account a ON a.id = k.account WHERE k.digest = ANY($1::bytea[])"""
_USED = "UPDATE api_key SET used_at = $2 WHERE id = ANY($1::uuid[])"


class Row(NamedTuple):
    id: UUID
    label: bytes
    prefix: str
    permissions: list[str]
    read_only: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class Standing(NamedTuple):
    """What a request asks of its key."""

    id: UUID
    account: UUID
    digest: bytes
    permissions: frozenset[access.Permission]
    read_only: bool
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    state: accounts.State


async def insert(tx: transaction.Tx, account: UUID, digest: bytes, row: Row) -> None:
    await tx.execute(
        _INSERT, row.id, account, digest, row.prefix, row.label, row.permissions, row.read_only, row.created_at,
        row.expires_at,
    )  # fmt: skip


async def live(tx: transaction.Tx, account: UUID, now: datetime) -> int:
    return int(await tx.value(_LIVE, account, now))


async def listed(tx: transaction.Tx, account: UUID, limit: int) -> list[Row]:
    return [Row(*row.values()) for row in await tx.fetch(_LIST, account, limit)]


async def revoke(tx: transaction.Tx, number: UUID, account: UUID, now: datetime) -> bool:
    return await tx.execute(_REVOKE, number, account, now) == 1


async def revoke_all(tx: transaction.Tx, account: UUID, now: datetime) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_REVOKE_ALL, account, now)]


async def standings(tx: transaction.Tx, digests: Sequence[bytes]) -> dict[bytes, Standing]:
    found = {}
    for row in await tx.fetch(_STANDING, list(digests)):
        values: dict[str, Any] = dict(row.items())
        values |= {
            "permissions": frozenset(access.Permission(each) for each in row["permissions"]),
            "state": accounts.State(row["state"]),
        }
        found[row["digest"]] = Standing(**values)
    return found


async def used(tx: transaction.Tx, numbers: Sequence[UUID], now: datetime) -> None:
    await tx.execute(_USED, list(numbers), now)
