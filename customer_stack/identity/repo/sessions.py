"""Sessions, the families of their refresh tokens, challenges on the way to one, and devices that are known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.identity.model import accounts, sessions

_INSERT = """
INSERT INTO session (id, account, created_at, authenticated_at, factor_at, seen_at, expires_at, program, network,
  device, place) VALUES ($1, $2, $3, $3, $4, $3, $5, $6, $7, $8, $9)"""
_STANDING = """
SELECT s.id AS session, s.account, a.state, s.authenticated_at, s.factor_at, s.expires_at,
  s.ended_at IS NOT NULL AS ended, t.confirmed_at IS NOT NULL AS enrolled, s.program, s.network
FROM session s JOIN account a ON a.id = s.account LEFT JOIN account_totp t ON t.account = a.id
WHERE s.id = ANY($1::uuid[])"""
_ISSUE = """
INSERT INTO refresh_token (digest, session, generation, issued_at) VALUES ($1, $2, $3, $4)"""
_FAMILY = """
SELECT s.id AS session, s.account, s.generation AS newest, s.expires_at, s.ended_at, s.factor_at, s.program,
  s.network, r.generation AS presented, r.issued_at, r.used_at, a.state,
  EXISTS (SELECT FROM account_totp t WHERE t.account = a.id AND t.confirmed_at IS NOT NULL) AS enrolled
FROM refresh_token r JOIN session s ON s.id = r.session JOIN account a ON a.id = s.account
WHERE r.digest = $1 FOR UPDATE OF s"""
_PRESENTED = "SELECT generation AS presented, issued_at, used_at FROM refresh_token WHERE digest = $1"
_USED = "UPDATE refresh_token SET used_at = $2 WHERE digest = $1"
_ROTATED = "UPDATE session SET generation = $2, seen_at = $3 WHERE id = $1"
_PROVED = "UPDATE session SET factor_at = $2, network = $3, place = $4 WHERE id = $1 AND ended_at IS NULL"
_FACTOR = "UPDATE session SET factor_at = $2 WHERE id = $1 AND ended_at IS NULL"
_END = """
UPDATE session SET ended_at = $2, ended = $3
WHERE id = ANY($1::uuid[]) AND ended_at IS NULL RETURNING id"""
_BEYOND = """
SELECT id FROM session WHERE account = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC, id OFFSET $3"""
_END_ALL = """
UPDATE session SET ended_at = $2, ended = $3
WHERE account = $1 AND ended_at IS NULL AND expires_at > $2 AND id IS DISTINCT FROM $4 RETURNING id"""
_LIST = """
SELECT id, device, place, created_at, seen_at FROM session
WHERE account = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC, id LIMIT $3"""
_FORGET = """
WITH over AS (SELECT id FROM session WHERE expires_at < $1 OR ended_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED),
  tokens AS (DELETE FROM refresh_token WHERE session IN (SELECT id FROM over))
DELETE FROM session WHERE id IN (SELECT id FROM over)"""

_CHALLENGE = """
INSERT INTO sign_in_challenge (digest, account, login, program, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)"""
_TRY = """
UPDATE sign_in_challenge SET tries = tries + 1
WHERE digest = $1 AND used_at IS NULL AND expires_at > $2 AND tries < $3 RETURNING account, login, program"""
_PASSED = "UPDATE sign_in_challenge SET used_at = $2 WHERE digest = $1 AND used_at IS NULL"
_CHALLENGED = "SELECT account FROM sign_in_challenge WHERE digest = $1"
_VOID = "DELETE FROM sign_in_challenge WHERE account = $1"
_CHALLENGES_OVER = "DELETE FROM sign_in_challenge WHERE expires_at < $1"

_KNOWN = "UPDATE known_device SET seen_at = $3 WHERE digest = $1 AND account = $2"
_IS_KNOWN = """
SELECT EXISTS (
  SELECT FROM known_device d JOIN account a ON a.id = d.account
  WHERE d.digest = $1 AND a.email_index = $2 AND d.seen_at > $3)"""
_REMEMBER = """
INSERT INTO known_device (digest, account, created_at, seen_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (digest, account) DO UPDATE SET seen_at = excluded.seen_at"""
_PRUNE = """
DELETE FROM known_device WHERE account = $1 AND digest NOT IN (
  SELECT digest FROM known_device WHERE account = $1 ORDER BY seen_at DESC, digest LIMIT $2)"""
_FORGET_DEVICES = "DELETE FROM known_device WHERE account = $1"


class Family(NamedTuple):
    """A refresh token as it was presented, with the session that it belongs to, which is locked."""

    session: UUID
    account: UUID
    state: accounts.State
    newest: int
    presented: int
    issued_at: datetime
    used_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    factor_at: datetime | None
    program: bytes
    network: bytes
    enrolled: bool


class Passed(NamedTuple):
    """A challenge that may be answered."""

    account: UUID
    login: bytes
    program: bytes


class Listed(NamedTuple):
    id: UUID
    device: bytes
    place: bytes
    created_at: datetime
    seen_at: datetime


async def insert(
    tx: transaction.Tx,
    number: UUID,
    account: UUID,
    *,
    now: datetime,
    factor_at: datetime | None,
    expires_at: datetime,
    program: bytes,
    network: bytes,
    device: bytes,
    place: bytes,
) -> None:
    await tx.execute(_INSERT, number, account, now, factor_at, expires_at, program, network, device, place)


async def standings(tx: transaction.Tx, numbers: Sequence[UUID]) -> dict[UUID, sessions.Standing]:
    """How sessions stand this moment, for all requests that ask at once."""
    found = {}
    for row in await tx.fetch(_STANDING, list(numbers)):
        values: dict[str, Any] = dict(row.items())
        values |= {"state": accounts.State(row["state"])}
        found[row["session"]] = sessions.Standing(**values)
    return found


async def issue(tx: transaction.Tx, digest: bytes, session: UUID, generation: int, now: datetime) -> None:
    await tx.execute(_ISSUE, digest, session, generation, now)


async def family(tx: transaction.Tx, digest: bytes) -> Family | None:
    """Lock the family of a token. Who waited for the lock must see what was done meanwhile, so the token is read again:
    a statement sees the moment at which it began.
    """
    row = await tx.row(_FAMILY, digest)
    if row is None:
        return None
    token = await tx.row(_PRESENTED, digest)
    assert token is not None, "tokens go with their session, which is locked"
    values: dict[str, Any] = {**dict(row.items()), **dict(token.items())}
    values |= {"state": accounts.State(row["state"])}
    return Family(**values)


async def rotate(
    tx: transaction.Tx, session: UUID, used: bytes, successor: bytes, generation: int, now: datetime
) -> None:
    await tx.execute(_USED, used, now)
    await issue(tx, successor, session, generation, now)
    await tx.execute(_ROTATED, session, generation, now)


async def proved(tx: transaction.Tx, session: UUID, now: datetime, network: bytes, place: bytes) -> bool:
    return await tx.execute(_PROVED, session, now, network, place) == 1


async def factor_proved(tx: transaction.Tx, session: UUID, now: datetime) -> None:
    await tx.execute(_FACTOR, session, now)


async def end(tx: transaction.Tx, numbers: Sequence[UUID], reason: sessions.End, now: datetime) -> list[UUID]:
    """Those of them that had not ended yet."""
    return [row["id"] for row in await tx.fetch(_END, list(numbers), now, reason.value)]


async def beyond(tx: transaction.Tx, account: UUID, now: datetime, most: int) -> list[UUID]:
    """The open sessions that are more than so many: those that were seen longest ago."""
    return [row["id"] for row in await tx.fetch(_BEYOND, account, now, most)]


async def end_all(
    tx: transaction.Tx, account: UUID, reason: sessions.End, now: datetime, but: UUID | None
) -> list[UUID]:
    return [row["id"] for row in await tx.fetch(_END_ALL, account, now, reason.value, but)]


async def listed(tx: transaction.Tx, account: UUID, now: datetime, limit: int) -> list[Listed]:
    return [Listed(*row.values()) for row in await tx.fetch(_LIST, account, now, limit)]


_SITTING = """
SELECT account, min(authenticated_at) AS began FROM session
WHERE ended_at IS NULL AND seen_at > $1 GROUP BY account ORDER BY account LIMIT $2"""


async def sitting(tx: transaction.Tx, seen: datetime, limit: int) -> dict[UUID, datetime]:
    """Who was seen since a moment in an open session, and when they signed in to the first of those."""
    return {row["account"]: row["began"] for row in await tx.fetch(_SITTING, seen, limit)}


async def forget(tx: transaction.Tx, before: datetime, limit: int) -> int:
    return await tx.execute(_FORGET, before, limit)


async def challenge(
    tx: transaction.Tx, digest: bytes, account: UUID, login: bytes, program: bytes, now: datetime, until: datetime
) -> None:
    await tx.execute(_CHALLENGE, digest, account, login, program, now, until)


async def attempt(tx: transaction.Tx, digest: bytes, now: datetime, tries_max: int) -> Passed | None:
    """Count one try at a challenge; nothing if it is over. The row stays locked."""
    row = await tx.row(_TRY, digest, now, tries_max)
    return Passed(*row.values()) if row else None


async def challenged(tx: transaction.Tx, digest: bytes) -> UUID | None:
    found: UUID | None = await tx.value(_CHALLENGED, digest)
    return found


async def passed(tx: transaction.Tx, digest: bytes, now: datetime) -> None:
    await tx.execute(_PASSED, digest, now)


async def void_challenges(tx: transaction.Tx, account: UUID) -> None:
    await tx.execute(_VOID, account)


async def forget_challenges(tx: transaction.Tx, before: datetime) -> int:
    return await tx.execute(_CHALLENGES_OVER, before)


async def is_known(tx: transaction.Tx, digest: bytes, email_index: bytes, since: datetime) -> bool:
    """Whether somebody with this address signed in from this device before."""
    return bool(await tx.value(_IS_KNOWN, digest, email_index, since))


async def seen_again(tx: transaction.Tx, digest: bytes, account: UUID, now: datetime) -> bool:
    return await tx.execute(_KNOWN, digest, account, now) == 1


async def remember(tx: transaction.Tx, digest: bytes, account: UUID, now: datetime, most: int) -> None:
    await tx.execute(_REMEMBER, digest, account, now)
    await tx.execute(_PRUNE, account, most)


async def forget_devices(tx: transaction.Tx, account: UUID) -> None:
    await tx.execute(_FORGET_DEVICES, account)
