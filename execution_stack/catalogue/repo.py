"""Reads and writes of catalogue keys, signatures and held documents."""

from boundary.kernel.runtime import transaction
from execution_stack.catalogue import model

_ADD_KEY = "INSERT INTO catalogue_key (public_key, statement) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_REVOKE = """
UPDATE catalogue_key SET state = 'revoked', revoked_at = now() WHERE public_key = $1 AND state = 'active'"""
_IS_ACTIVE = "SELECT EXISTS (SELECT FROM catalogue_key WHERE public_key = $1 AND state = 'active')"
_HOLD_ACTIVE = "SELECT true FROM catalogue_key WHERE public_key = $1 AND state = 'active' FOR SHARE"
_KEYS = (
    "SELECT public_key, state::text, registered_at, revoked_at FROM catalogue_key ORDER BY registered_at, public_key"
)
_SIGN = """
INSERT INTO catalogue_signature (document, public_key, signature) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""
_HOLD = """
INSERT INTO catalogue_held (document, size, findings) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""
_HELD = "SELECT document, size, findings, state::text, held_at FROM catalogue_held WHERE document = $1"
_WAITING = """
SELECT document, size, findings, state::text, held_at FROM catalogue_held
WHERE state = 'waiting' ORDER BY held_at, document"""
_DECIDE = "UPDATE catalogue_held SET state = $2, decided_at = now() WHERE document = $1"


async def add_key(tx: transaction.Tx, public_key: bytes, statement: bytes) -> bool:
    """Whether it is new; a key that was revoked never comes back."""
    return await tx.execute(_ADD_KEY, public_key, statement) == 1


async def revoke(tx: transaction.Tx, public_key: bytes) -> bool:
    return await tx.execute(_REVOKE, public_key) == 1


async def is_active(tx: transaction.Tx, public_key: bytes) -> bool:
    found: bool = await tx.value(_IS_ACTIVE, public_key)
    return found


async def hold_active(tx: transaction.Tx, public_key: bytes) -> bool:
    """Whether it is active, and stays so until the transaction ends."""
    return await tx.value(_HOLD_ACTIVE, public_key) is not None


async def keys(tx: transaction.Tx) -> list[model.Key]:
    return [
        model.Key(row["public_key"], model.KeyState(row["state"]), row["registered_at"], row["revoked_at"])
        for row in await tx.fetch(_KEYS)
    ]


async def sign(tx: transaction.Tx, document: bytes, public_key: bytes, signature: bytes) -> None:
    await tx.execute(_SIGN, document, public_key, signature)


async def hold(tx: transaction.Tx, document: bytes, size: int, findings: int) -> bool:
    return await tx.execute(_HOLD, document, size, findings) == 1


async def held(tx: transaction.Tx, document: bytes, *, lock: bool = False) -> model.Held | None:
    row = await tx.row(_HELD + (" FOR UPDATE" if lock else ""), document)
    return None if row is None else _held(row)


async def waiting(tx: transaction.Tx) -> list[model.Held]:
    return [_held(row) for row in await tx.fetch(_WAITING)]


async def decide(tx: transaction.Tx, document: bytes, state: model.HeldState) -> None:
    await tx.execute(_DECIDE, document, state.value)


def _held(row: transaction.Record) -> model.Held:
    return model.Held(row["document"], row["size"], row["findings"], model.HeldState(row["state"]), row["held_at"])
