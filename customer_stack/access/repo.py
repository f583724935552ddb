"""Set-based reads and writes of standings, grants and proposals."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.access import model

_ENROL = "INSERT INTO access_standing (account, role) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_STANDINGS = """
SELECT s.account, s.role::text, s.version,
  coalesce(array_agg(g.item::text ORDER BY g.item) FILTER (WHERE g.item IS NOT NULL), '{}') AS items,
  coalesce(array_agg(g.until ORDER BY g.item) FILTER (WHERE g.item IS NOT NULL), '{}') AS untils
FROM access_standing s LEFT JOIN access_grant g ON g.account = s.account
WHERE s.account = ANY($1) GROUP BY s.account"""
_LOCK = "SELECT account FROM access_standing WHERE account = ANY($1) ORDER BY account FOR UPDATE"
_NUMBERS = """
SELECT account FROM access_standing WHERE role = $1::access_role AND ($2::uuid IS NULL OR account > $2)
ORDER BY account LIMIT $3"""
_ADVANCE = "UPDATE access_standing SET role = $2, version = version + 1, changed_at = now() WHERE account = $1"
_TAKE = "DELETE FROM access_grant WHERE account = $1 AND item::text <> ALL($2::text[])"
_GIVE = """
INSERT INTO access_grant AS g (account, item, until, granted_by)
SELECT $1, item::access_item, until, $4 FROM unnest($2::text[], $3::timestamptz[]) AS n (item, until)
ON CONFLICT (account, item) DO UPDATE SET until = excluded.until, granted_by = excluded.granted_by, granted_at = now()
WHERE g.until IS DISTINCT FROM excluded.until"""
# Locked, so that of two who take it from each other at once the second sees what the first has left.
_SUPER_ADMINS = """
SELECT g.account FROM access_grant g JOIN access_standing s ON s.account = g.account
WHERE g.item = 'super_admin' AND g.until IS NULL AND s.role IN ('admin', 'staff') ORDER BY g.account FOR UPDATE OF g"""

_PROPOSE = """
INSERT INTO access_proposal (hash, nonce, payload, needs, proposer, proposed_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_FIELDS = """
nonce, payload, needs::text, proposer, proposed_at, expires_at, state::text, decided_by, decided_at, hash"""
_PROPOSAL = f"SELECT {_FIELDS} FROM access_proposal WHERE hash = $1"  # noqa: S608 -- the names are ours
_LIST = f"""
SELECT {_FIELDS} FROM access_proposal
WHERE (needs::text = ANY($1::text[]) OR proposer = $2) AND ($3::text IS NULL OR state::text = $3)
  AND ($4::timestamptz IS NULL OR (proposed_at, hash) < ($4, $5)) ORDER BY proposed_at DESC, hash DESC LIMIT $6"""  # noqa: S608 -- likewise
_DECIDE = "UPDATE access_proposal SET state = $2, decided_by = $3, decided_at = $4 WHERE hash = $1"
_EXPIRE = """
UPDATE access_proposal SET state = 'expired', decided_at = $1 WHERE hash = ANY(ARRAY(
  SELECT hash FROM access_proposal WHERE state = 'open' AND expires_at <= $1 ORDER BY expires_at LIMIT $2
  FOR UPDATE SKIP LOCKED)) RETURNING hash"""


async def enrol(tx: transaction.Tx, account: UUID, role: model.Role) -> bool:
    return bool(await tx.execute(_ENROL, account, role.value))


async def standings(tx: transaction.Tx, accounts: Collection[UUID]) -> dict[UUID, model.Standing]:
    """One statement for all accounts; who is not enrolled is not among them."""
    rows = await tx.fetch(_STANDINGS, list(accounts))
    return {row["account"]: _standing(row) for row in rows}


def _standing(row: transaction.Record) -> model.Standing:
    grants = zip(row["items"], row["untils"], strict=True)
    return model.Standing(
        row["account"],
        model.Role(row["role"]),
        row["version"],
        tuple(model.Grant(model.item(item), until) for item, until in grants),
    )


async def locked(tx: transaction.Tx, accounts: Collection[UUID]) -> dict[UUID, model.Standing]:
    """The same, held until the transaction ends."""
    await tx.execute(_LOCK, list(accounts))
    return await standings(tx, accounts)


async def replace(
    tx: transaction.Tx, account: UUID, role: model.Role, grants: Sequence[model.Grant], by: UUID | None
) -> None:
    items = [grant.item.value for grant in grants]
    await tx.execute(_ADVANCE, account, role.value)
    await tx.execute(_TAKE, account, items)
    await tx.execute(_GIVE, account, items, [grant.until for grant in grants], by)


async def lasting_super_admins(tx: transaction.Tx) -> list[UUID]:
    return [row["account"] for row in await tx.fetch(_SUPER_ADMINS)]


async def numbers(tx: transaction.Tx, role: model.Role, after: UUID | None, limit: int) -> list[UUID]:
    return [row["account"] for row in await tx.fetch(_NUMBERS, role.value, after, limit)]


async def propose(tx: transaction.Tx, proposal: model.Proposal) -> None:
    await tx.execute(
        _PROPOSE,
        proposal.hash,
        proposal.nonce,
        proposal.payload,
        proposal.needs.value,
        proposal.proposer,
        proposal.proposed_at,
        proposal.expires_at,
    )


async def proposal(tx: transaction.Tx, digest: bytes, *, hold: bool = False) -> tuple[model.Proposal, bool] | None:
    """What is stored under a hash, and whether it is what the hash stands for."""
    row = await tx.row(_PROPOSAL + " FOR UPDATE" * hold, digest)
    return _proposal(row) if row else None


def _proposal(row: Any) -> tuple[model.Proposal, bool]:
    found = model.Proposal(
        nonce=row["nonce"],
        payload=row["payload"],
        needs=model.Permission(row["needs"]),
        proposer=row["proposer"],
        proposed_at=row["proposed_at"],
        expires_at=row["expires_at"],
        state=model.ProposalState(row["state"]),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
    )
    return found, found.hash == row["hash"]


async def proposals(
    tx: transaction.Tx,
    account: UUID,
    permissions: Collection[model.Permission],
    state: model.ProposalState | None,
    after: tuple[datetime, bytes] | None,
    limit: int,
) -> list[model.Proposal]:
    """Those that the account may decide or has proposed, newest first."""
    at, digest = after or (None, None)
    rows = await tx.fetch(
        _LIST, [each.value for each in permissions], account, state and state.value, at, digest, limit
    )
    return [_proposal(row)[0] for row in rows]


async def decide(tx: transaction.Tx, digest: bytes, state: model.ProposalState, by: UUID, now: datetime) -> None:
    await tx.execute(_DECIDE, digest, state.value, by, now)


async def expire(tx: transaction.Tx, now: datetime, limit: int) -> list[bytes]:
    return [row["hash"] for row in await tx.fetch(_EXPIRE, now, limit)]
