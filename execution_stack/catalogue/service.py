"""Admits and revokes keys, publishes what they sign, holds what the sweep does not pass, and hears what people decide."""

from collections.abc import Sequence

from boundary.kernel import primitives
from boundary.kernel.runtime import approvals, audit, transaction
from execution_stack.catalogue import model, ports, repo, rules
from execution_stack.documents import model as documents_model
from execution_stack.documents import ports as documents_ports
from execution_stack.documents import service as documents
from execution_stack.operators import service as operators

KIND, MEDIA = documents_model.Kind.RULES, documents_model.Media.JSON


async def admit_key(
    tx: transaction.Tx, public_key: bytes, made: approvals.Statement, given: Sequence[approvals.Approval], now: int
) -> None:
    """Two operators let this key sign. It cannot come back once it is revoked."""
    hashed = _expected(made, rules.ADMIT, public_key, now)
    await operators.require_two(tx, hashed, given)
    if not primitives.is_ed25519_public(public_key) or not await repo.add_key(tx, public_key, hashed):
        raise model.KeyRegistered("this is no Ed25519 public key, or one that was registered here before")
    await audit.write(tx, model.KeyAdmitted(public_key, hashed))


async def revoke_key(
    tx: transaction.Tx, public_key: bytes, made: approvals.Statement, given: Sequence[approvals.Approval], now: int
) -> None:
    hashed = _expected(made, rules.REVOKE, public_key, now)
    await operators.require_two(tx, hashed, given)
    if not await repo.revoke(tx, public_key):
        raise model.UnknownKey("no such key is active here")
    await audit.write(tx, model.KeyRevoked(public_key, hashed))


def _expected(made: approvals.Statement, purpose: str, public_key: bytes, now: int) -> bytes:
    approvals.expect(
        made,
        stack=operators.STACK,
        purpose=purpose,
        subject=rules.subject(public_key),
        facts=rules.key_facts(public_key),
        now=now,
    )
    return approvals.statement_hash(made)


async def require_active(tx: transaction.Tx, public_key: bytes) -> None:
    """Asked before an import begins: without an active key there is nothing to import for."""
    if not await repo.is_active(tx, public_key):
        raise model.KeyNotActive("the catalogue key of this worker is not registered, or revoked")


def content(document: documents_model.Document) -> model.Content:
    return model.Content(document.hash, document.size, document.kind.value, document.media.value)


def judge(data: bytes, sweep: ports.Sweep) -> int | None:
    """How much the sweep finds in a text; nothing if it is no document. Takes a while: outside a transaction."""
    return sweep.findings(data)


def described(data: bytes) -> documents_model.Document:
    return documents_model.Document(primitives.sha256(data), len(data), KIND, MEDIA)


async def take(
    tx: transaction.Tx,
    document: documents_model.Document,
    findings: int | None,
    public_key: bytes,
    signature: bytes,
    outbound: documents_ports.Outbound,
) -> model.Outcome:
    """One document of a catalogue whose bytes are stored already: published, or held if the sweep found something."""
    if findings is None:
        return model.Outcome.UNUSABLE
    if not await repo.hold_active(tx, public_key):
        raise model.KeyNotActive("the catalogue key of this worker is not registered, or revoked")
    signed = rules.signed_hash(content(document))
    if not primitives.ed25519_matches(public_key, signed, signature):
        raise model.BadSignature("the signature is not this key's over this document")
    waits = await repo.held(tx, document.hash, lock=True)
    if waits is not None and waits.state is not model.HeldState.PUBLISHED:
        return model.Outcome.REFUSED if waits.state is model.HeldState.REFUSED else model.Outcome.HELD
    if waits is None and findings:
        await repo.hold(tx, document.hash, document.size, findings)
        await audit.write(tx, model.Waits(document.hash, findings))
        return model.Outcome.HELD
    if not await documents.publish(tx, document, signed, outbound):
        return model.Outcome.KNOWN
    await repo.sign(tx, document.hash, public_key, signature)
    await audit.write(tx, model.Signed(document.hash, public_key))
    return model.Outcome.PUBLISHED


async def publish(
    tx: transaction.Tx,
    hashed: bytes,
    made: approvals.Statement,
    given: Sequence[approvals.Approval],
    now: int,
    outbound: documents_ports.Outbound,
) -> None:
    """Two operators have read a document that waited, and publish it; its bytes are in the served store already."""
    waits = await _waiting(tx, hashed)
    approvals.expect(
        made,
        stack=operators.STACK,
        purpose=rules.PUBLISH,
        subject=rules.subject(hashed),
        facts=rules.held_facts(waits),
        now=now,
    )
    statement = approvals.statement_hash(made)
    await operators.require_two(tx, statement, given)
    await repo.decide(tx, hashed, rules.HELD.advance(waits.state, model.HeldEvent.PUBLISH))
    await audit.write(tx, model.Judged(hashed, published=True))
    document = documents_model.Document(hashed, waits.size, KIND, MEDIA)
    await documents.publish(tx, document, statement, outbound)


async def refuse(tx: transaction.Tx, hashed: bytes) -> None:
    """It stays out, whenever the catalogue brings it again."""
    waits = await _waiting(tx, hashed)
    await repo.decide(tx, hashed, rules.HELD.advance(waits.state, model.HeldEvent.REFUSE))
    await audit.write(tx, model.Judged(hashed, published=False))


async def _waiting(tx: transaction.Tx, hashed: bytes) -> model.Held:
    found = await repo.held(tx, hashed, lock=True)
    if found is None:
        raise model.NotHeld("no document with this hash waits here")
    return found


async def find(tx: transaction.Tx, hashed: bytes) -> model.Held:
    found = await repo.held(tx, hashed)
    if found is None:
        raise model.NotHeld("no document with this hash waits here")
    return found


async def waiting(tx: transaction.Tx) -> list[model.Held]:
    return await repo.waiting(tx)


async def keys(tx: transaction.Tx) -> list[model.Key]:
    return await repo.keys(tx)
