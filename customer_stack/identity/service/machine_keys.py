"""API keys: for machines, made by a person, never able to do more than that person may at the moment."""

from datetime import datetime
from uuid import UUID

from boundary.kernel import errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.access import model as access
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import entries, notices, refusals, sessions
from customer_stack.identity.repo import accounts as account_repo
from customer_stack.identity.repo import keys as repo
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import wiring

FIELD = "api_key.label"
LISTED_MAX = 100


async def create(
    tx: transaction.Tx,
    identity: wiring.Identity,
    owner: access.Caller,
    *,
    label: str,
    permissions: frozenset[access.Permission],
    read_only: bool,
    expires_at: datetime,
) -> tuple[sessions.Key, str]:
    """The key as it is listed, and the key itself, which nobody can show again."""
    now = identity.now()
    if not permissions <= owner.permissions:
        raise refusals.KeyRange("a key may not do what its owner may not")
    if not now < expires_at <= now + lifetimes.KEY_MAX:
        raise refusals.KeyRange("a key lasts at most a year", days_max=lifetimes.KEY_MAX.days)
    await account_repo.lock(tx, owner.account)
    if await repo.live(tx, owner.account, now) >= lifetimes.KEYS_MAX:
        raise refusals.TooManyKeys("revoke a key first", keys_max=lifetimes.KEYS_MAX)
    text = opaque.api_key(identity.random.token(opaque.SIZE))
    digest = opaque.api_key_digest(text)
    assert digest is not None
    sealed = await identity.vault.seal(tx, owner.account, {FIELD: label})
    row = repo.Row(
        id=identity.random.ref(),
        label=sealed[FIELD],
        prefix=text[: opaque.PREFIX_LENGTH],
        permissions=sorted(permission.value for permission in permissions),
        read_only=read_only,
        created_at=now,
        expires_at=expires_at,
        used_at=None,
        revoked_at=None,
    )
    await repo.insert(tx, owner.account, digest, row)
    await audit.write(tx, entries.KeyChanged(owner.account, row.id, "created"))
    await identity.notifier.notify(tx, owner.account, notices.Notice.API_KEY_CREATED, {"name": label})
    return _shown(row, label), text


async def listed(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> list[sessions.Key]:
    """All of the account's keys, the latest first, those that are no more included."""
    shown = []
    for row in await repo.listed(tx, account, LISTED_MAX):
        opened = await identity.vault.open(tx, account, {FIELD: row.label})
        shown.append(_shown(row, opened[FIELD]))
    return shown


async def revoke(tx: transaction.Tx, identity: wiring.Identity, account: UUID, number: UUID) -> None:
    if not await repo.revoke(tx, number, account, identity.now()):
        raise errors.NotFound("there is no such key")
    await audit.write(tx, entries.KeyChanged(account, number, "revoked"))


async def revoke_all(tx: transaction.Tx, identity: wiring.Identity, account: UUID) -> None:
    gone = await repo.revoke_all(tx, account, identity.now())
    await audit.write_many(tx, [entries.KeyChanged(account, number, "revoked") for number in gone])


def _shown(row: repo.Row, label: str) -> sessions.Key:
    return sessions.Key(
        id=row.id,
        label=label,
        prefix=row.prefix,
        permissions=tuple(access.Permission(each) for each in row.permissions),
        read_only=row.read_only,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
