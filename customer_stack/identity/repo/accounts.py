"""Accounts, their passwords and consents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.access import model as access
from customer_stack.identity.model import accounts

_INSERT = """
INSERT INTO account (id, role, state, language, email, email_index, phone, phone_index, email_verified_at,
  phone_verified_at, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $10, $9, $9)"""
_COLUMNS = """id, role, state, reason, language, email, phone, email_verified_at, phone_verified_at, created_at,
  changed_at, revision"""
_GET = f"SELECT {_COLUMNS} FROM account WHERE id = $1"  # noqa: S608 -- the columns are named above
_LOCK = f"{_GET} FOR UPDATE"
_SOME = f"SELECT {_COLUMNS} FROM account WHERE id = ANY($1::uuid[])"  # noqa: S608 -- the columns are named above
_LOGIN = """
SELECT a.id AS account, a.state, p.hash AS password_hash, t.confirmed_at IS NOT NULL AS enrolled
FROM account a LEFT JOIN account_password p ON p.account = a.id LEFT JOIN account_totp t ON t.account = a.id
WHERE a.email_index = $1 AND a.state IN ('active', 'suspended')"""
_TAKEN = "SELECT EXISTS (SELECT FROM account WHERE email_index = $1 AND state IN ('active', 'suspended'))"
_BY_EMAIL = f"SELECT {_COLUMNS} FROM account WHERE email_index = $1 ORDER BY created_at LIMIT $2"  # noqa: S608 -- the columns are named above
_BY_PHONE = f"SELECT {_COLUMNS} FROM account WHERE phone_index = $1 ORDER BY created_at LIMIT $2"  # noqa: S608 -- the columns are named above
_MEMBERS = """
SELECT id FROM account
WHERE state IN ('active', 'suspended') AND created_at <= $1 AND ($2::account_role IS NULL OR role = $2)
  AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4"""
_NUMBERS = """
SELECT id FROM account WHERE ($1::account_state IS NULL OR state = $1) AND ($2::uuid IS NULL OR id > $2)
ORDER BY id LIMIT $3"""
_HOLD_EMAIL = "SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 7))"
_VERIFIED = {
    accounts.Channel.EMAIL: "UPDATE account SET email_verified_at = $2 WHERE id = $1",
    accounts.Channel.SMS: "UPDATE account SET phone_verified_at = $2 WHERE id = $1",
}
_STATE = """
UPDATE account SET state = $3, reason = $4, changed_at = $5, revision = revision + 1
WHERE id = $1 AND state = $2"""
_CONTACT = {
    accounts.Channel.EMAIL: """
UPDATE account SET email = $2, email_index = $3, email_verified_at = $4, changed_at = $4, revision = revision + 1
WHERE id = $1 AND state IN ('active', 'suspended')""",
    accounts.Channel.SMS: """
UPDATE account SET phone = $2, phone_index = $3, phone_verified_at = $4, changed_at = $4, revision = revision + 1
WHERE id = $1 AND state IN ('active', 'suspended')""",
}
_SET = """
INSERT INTO account_password (account, hash, changed_at) VALUES ($1, $2, $3)
ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at"""
_REHASH = "UPDATE account_password SET hash = $3 WHERE account = $1 AND hash = $2"
_HASH = "SELECT hash FROM account_password WHERE account = $1"
_CONSENT = """
INSERT INTO consent (id, account, consent, version, granted, at)
SELECT i, $2, c::consent_kind, v, g, $3 FROM unnest($1::uuid[], $4::text[], $5::text[], $6::boolean[]) AS n(i, c, v, g)"""
_CONSENTS = """
SELECT DISTINCT ON (consent) consent, version, granted, at FROM consent
WHERE account = $1 ORDER BY consent, at DESC, id DESC"""
_ABANDONED = """
SELECT id FROM account WHERE state = 'pending' AND created_at < $1 ORDER BY created_at LIMIT $2
FOR UPDATE SKIP LOCKED"""
_FORGET = (
    "DELETE FROM sent_code WHERE account = ANY($1::uuid[])",
    "DELETE FROM account_password WHERE account = ANY($1::uuid[])",
    "DELETE FROM account WHERE id = ANY($1::uuid[]) AND state = 'pending'",
)


def _account(row: transaction.Record) -> accounts.Account:
    values: dict[str, Any] = dict(row.items())
    values["role"] = access.Role(row["role"])
    values["state"] = accounts.State(row["state"])
    values["reason"] = accounts.Reason(row["reason"]) if row["reason"] else None
    return accounts.Account(**values)


async def insert(
    tx: transaction.Tx,
    number: UUID,
    role: access.Role,
    state: accounts.State,
    language: str,
    *,
    email: tuple[bytes, bytes],
    phone: tuple[bytes, bytes],
    now: datetime,
    verified_at: datetime | None = None,
) -> None:
    """A new account; each contact is its sealed value and its blind index. One that staff vouch for has verified contacts from the start."""
    await tx.execute(_INSERT, number, role.value, state.value, language, *email, *phone, now, verified_at)


async def get(tx: transaction.Tx, number: UUID) -> accounts.Account | None:
    row = await tx.row(_GET, number)
    return _account(row) if row else None


async def lock(tx: transaction.Tx, number: UUID) -> accounts.Account | None:
    """The same, held until the transaction ends: whatever else changes this account waits."""
    row = await tx.row(_LOCK, number)
    return _account(row) if row else None


async def some(tx: transaction.Tx, numbers: Sequence[UUID]) -> list[accounts.Account]:
    return [_account(row) for row in await tx.fetch(_SOME, list(numbers))]


async def login(tx: transaction.Tx, email_index: bytes) -> accounts.Login | None:
    row = await tx.row(_LOGIN, email_index)
    if row is None:
        return None
    values: dict[str, Any] = dict(row.items())
    return accounts.Login(**values | {"state": accounts.State(row["state"])})


async def is_taken(tx: transaction.Tx, email_index: bytes) -> bool:
    """Whether the address belongs to an account."""
    return bool(await tx.value(_TAKEN, email_index))


async def by_index(tx: transaction.Tx, channel: accounts.Channel, index: bytes, limit: int) -> list[accounts.Account]:
    """Whoever has this address or number, pending and closed ones included."""
    statement = _BY_EMAIL if channel is accounts.Channel.EMAIL else _BY_PHONE
    return [_account(row) for row in await tx.fetch(statement, index, limit)]


async def members(
    tx: transaction.Tx, role: access.Role | None, registered_by: datetime, after: UUID | None, limit: int
) -> list[UUID]:
    """The next accounts in the order of their numbers, pending and closed ones left out."""
    rows = await tx.fetch(_MEMBERS, registered_by, role and role.value, after, limit)
    return [row["id"] for row in rows]


async def numbers(tx: transaction.Tx, state: accounts.State | None, after: UUID | None, limit: int) -> list[UUID]:
    rows = await tx.fetch(_NUMBERS, state and state.value, after, limit)
    return [row["id"] for row in rows]


async def hold_email(tx: transaction.Tx, email_index: bytes) -> None:
    """Nobody else gives this address to an account until the transaction ends."""
    await tx.fetch(_HOLD_EMAIL, email_index)


async def verified(tx: transaction.Tx, number: UUID, channel: accounts.Channel, now: datetime) -> None:
    await tx.execute(_VERIFIED[channel], number, now)


async def set_state(
    tx: transaction.Tx,
    number: UUID,
    old: accounts.State,
    new: accounts.State,
    reason: accounts.Reason | None,
    now: datetime,
) -> bool:
    return await tx.execute(_STATE, number, old.value, new.value, reason and reason.value, now) == 1


async def set_contact(
    tx: transaction.Tx, number: UUID, channel: accounts.Channel, sealed: bytes, index: bytes, now: datetime
) -> bool:
    return await tx.execute(_CONTACT[channel], number, sealed, index, now) == 1


async def set_password(tx: transaction.Tx, number: UUID, hashed: str, now: datetime) -> None:
    await tx.execute(_SET, number, hashed, now)


async def renew_hash(tx: transaction.Tx, number: UUID, old: str, new: str) -> bool:
    """The same password at today's cost, unless it was changed meanwhile."""
    return await tx.execute(_REHASH, number, old, new) == 1


async def password_hash(tx: transaction.Tx, number: UUID) -> str | None:
    found: str | None = await tx.value(_HASH, number)
    return found


async def decide(
    tx: transaction.Tx,
    number: UUID,
    decisions: Sequence[tuple[UUID, accounts.Consent, str, bool]],
    now: datetime,
) -> None:
    ids, consents, versions, granted = zip(*decisions, strict=True)
    await tx.execute(_CONSENT, list(ids), number, now, [each.value for each in consents], list(versions), list(granted))


async def decisions(tx: transaction.Tx, number: UUID) -> list[accounts.Decision]:
    """The last answer to each question."""
    return [
        accounts.Decision(accounts.Consent(row["consent"]), row["version"], row["granted"], row["at"])
        for row in await tx.fetch(_CONSENTS, number)
    ]


async def abandoned(tx: transaction.Tx, before: datetime, limit: int) -> list[UUID]:
    """Registrations that nobody finished, held for being forgotten."""
    return [row["id"] for row in await tx.fetch(_ABANDONED, before, limit)]


async def forget(tx: transaction.Tx, numbers: Sequence[UUID]) -> None:
    for statement in _FORGET:
        await tx.execute(statement, list(numbers))
