"""Registers documents that two operators have signed, and hands out bytes that hash to their name."""

from collections.abc import Sequence

from boundary.kernel import primitives
from boundary.kernel.runtime import approvals, audit, transaction
from execution_stack.documents import model, ports, repo, rules
from execution_stack.operators import service as operators


def describe(data: bytes, kind: model.Kind, media: model.Media, sweep: ports.Sweep) -> model.Document:
    """What would be registered; raises if it is no document of its type or the sweep finds something in it."""
    sweep.admit(data, media)
    return model.Document(primitives.sha256(data), len(data), kind, media)


async def register(
    tx: transaction.Tx,
    document: model.Document,
    made: approvals.Statement,
    given: Sequence[approvals.Approval],
    now: int,
    outbound: ports.Outbound,
) -> None:
    """Publish a document whose bytes are in the store already, so that nobody hears of one that is not there."""
    approvals.expect(
        made,
        stack=operators.STACK,
        purpose=rules.PURPOSE,
        subject=rules.subject(document.hash),
        facts=rules.facts(document),
        now=now,
    )
    hashed = approvals.statement_hash(made)
    if await repo.find(tx, document.hash) is not None:
        raise model.AlreadyRegistered("a document with these bytes is registered")
    await operators.require_two(tx, hashed, given)
    if not await repo.add(tx, document, hashed):
        raise model.AlreadyRegistered("a document with these bytes is registered")
    await audit.write(tx, model.Imported(document.hash, document.size, hashed))
    await outbound.published(tx, document)


async def publish(tx: transaction.Tx, document: model.Document, authority: bytes, outbound: ports.Outbound) -> bool:
    """Publish what a catalogue's import has judged: `authority` is the hash of what was signed for it. Whether it is
    new; as with `register`, the bytes are in the store already.
    """
    if not await repo.add(tx, document, authority):
        return False
    await audit.write(tx, model.Catalogued(document.hash, document.size, authority))
    await outbound.published(tx, document)
    return True


async def require(tx: transaction.Tx, hashed: bytes) -> model.Document:
    """The register's entry of a hash; raises `UnknownDocument`."""
    found = await repo.find(tx, hashed)
    if found is None:
        raise model.UnknownDocument("no document with this hash is registered")
    return found


async def every(tx: transaction.Tx) -> list[model.Document]:
    return await repo.every(tx)


def read(store: ports.Store, document: model.Document) -> bytes:
    """The bytes, hashed again: what has rotted is not handed out."""
    data = store.get(document.hash)
    if data is None or len(data) != document.size or primitives.sha256(data) != document.hash:
        raise model.DocumentMissing("the bytes of this document are not in the store")
    return data
