"""Set-based reads and writes of the register. Addresses are written in their order, so two cores never block each other."""

from collections.abc import Sequence
from uuid import UUID

from boundary.kernel import clock
from boundary.kernel.runtime import transaction
from execution_stack.wallets import model

_ADD_OWN = """
INSERT INTO wallet (address, channel, participant, kind, signed_at, proof, statement)
SELECT address, $1, participant, 'own', signed_at, proof, statement
FROM unnest($2::bytea[], $3::uuid[], $4::timestamptz[], $5::bytea[], $6::bytea[])
  AS n(address, participant, signed_at, proof, statement)
ORDER BY address ON CONFLICT DO NOTHING RETURNING address"""
_ADD_CUSTODY = """
INSERT INTO wallet (address, channel, participant, kind) VALUES ($1, $2, $3, 'custody')
ON CONFLICT DO NOTHING"""
_OWN_COUNTS = """
SELECT participant, count(*) FROM wallet
WHERE channel = $1 AND participant = ANY($2::uuid[]) AND kind = 'own' GROUP BY participant"""
_IN_CUSTODY = """
SELECT participant, address FROM wallet
WHERE channel = $1 AND participant = ANY($2::uuid[]) AND kind = 'custody'"""


async def add_own(tx: transaction.Tx, channel: UUID, claims: Sequence[model.Claim]) -> set[bytes]:
    """The addresses that were new. What stands there already, by whomever, stays as it is."""
    rows = await tx.fetch(
        _ADD_OWN,
        channel,
        [each.address for each in claims],
        [each.participant for each in claims],
        [clock.from_micros(each.signed_at * 1_000_000) for each in claims],
        [each.proof for each in claims],
        [each.statement for each in claims],
    )
    return {row["address"] for row in rows}


async def add_custody(tx: transaction.Tx, channel: UUID, participant: UUID, address: bytes) -> bool:
    return await tx.execute(_ADD_CUSTODY, address, channel, participant) == 1


async def own_counts(tx: transaction.Tx, channel: UUID, participants: Sequence[UUID]) -> dict[UUID, int]:
    rows = await tx.fetch(_OWN_COUNTS, channel, list(participants))
    return {row["participant"]: row["count"] for row in rows}


async def in_custody(tx: transaction.Tx, channel: UUID, participants: Sequence[UUID]) -> dict[UUID, bytes]:
    """The custody wallets among these participants'."""
    rows = await tx.fetch(_IN_CUSTODY, channel, list(participants))
    return {row["participant"]: row["address"] for row in rows}
