"""Two operators of the customer stack who sign statements, as `boundary approve` does."""

import pathlib
from uuid import UUID

from boundary.kernel import primitives
from boundary.kernel.runtime import approvals
from tests import stacks

SEEDS = (bytes([1]) * 32, bytes([2]) * 32)


def sign(seed: bytes, made: approvals.Statement) -> bytes:
    return primitives.ed25519_sign(seed, approvals.statement_hash(made))


async def operators(schema: stacks.StackDatabase) -> list[UUID]:
    """Two who may sign, as if they had been activated long ago."""
    superuser = await schema.superuser()
    refs = [UUID(int=0x40008000000000000000 << 8 | n) for n in (1, 2)]
    for ref, seed in zip(refs, SEEDS, strict=True):
        await superuser.execute(
            "INSERT INTO operator (ref, public_key, state, activated_at) VALUES ($1, $2, 'active', now()) ON CONFLICT DO NOTHING",
            ref,
            primitives.ed25519_public(seed),
        )
    await superuser.close()
    return refs


def signed(folder: pathlib.Path, statement: str, refs: list[UUID]) -> list[str]:
    """What `boundary approve` writes for each."""
    made = approvals.read_statement(statement.encode())
    (folder / "statement.json").write_text(statement)
    arguments = ["--statement", str(folder / "statement.json")]
    for ref, seed in zip(refs, SEEDS, strict=False):
        file = folder / f"{ref}.json"
        file.write_bytes(
            approvals.write_approval(approvals.Approval(ref, sign(seed, made)), approvals.statement_hash(made))
        )
        arguments += ["--approval", str(file)]
    return arguments
