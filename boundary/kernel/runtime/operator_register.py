"""A stack's operators: references minted here, public keys, and decisions by two of them.

The first two of a stack are activated by whoever has its host and its database, since nobody could approve them; every
later one, and every revocation, takes two signatures. An operator of a channel approves that channel's messages and
nothing else; an operator of the stack approves the stack's own commands. A statement decides once.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel import ids, primitives
from boundary.kernel.runtime import approvals as pure
from boundary.kernel.runtime import audit, operator_states, transaction

ACTIVATE = "operators.activate"
REVOKE = "operators.revoke"

_COLUMNS = "ref, channel, public_key, state::text, registered_at, activated_at, revoked_at"
_ADD = "INSERT INTO operator (ref, channel, public_key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_HAS_CHANNEL = "SELECT EXISTS (SELECT FROM channel WHERE id = $1)"
_ALL = f"SELECT {_COLUMNS} FROM operator ORDER BY registered_at, ref"  # noqa: S608 -- a constant
_LOCK = f"SELECT {_COLUMNS} FROM operator ORDER BY ref FOR UPDATE"  # noqa: S608 -- likewise
_KEYS = """
SELECT ref, public_key FROM operator
WHERE state = 'active' AND ref = ANY($1::uuid[]) AND channel IS NOT DISTINCT FROM $2::uuid"""
_ACTIVATE = "UPDATE operator SET state = 'active', activated_at = now() WHERE ref = $1"
_REVOKE = "UPDATE operator SET state = 'revoked', revoked_at = now() WHERE ref = $1"
_SPEND = """
INSERT INTO operator_decision (statement, first, second) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"""


async def register(tx: transaction.Tx, public_key: bytes, random: ids.Ids, *, channel: UUID | None = None) -> UUID:
    """A new reference for a public key. It counts for nothing until it is activated."""
    if channel is not None and not await tx.value(_HAS_CHANNEL, channel):
        raise operator_states.NoSuchChannel("no such channel is admitted here")
    ref = random.ref()
    if not primitives.is_ed25519_public(public_key) or await tx.execute(_ADD, ref, channel, public_key) != 1:
        raise operator_states.KeyTaken("no Ed25519 public key, or that of an operator here already")
    await audit.write(
        tx,
        operator_states.RegisteredForChannel(ref, channel, public_key)
        if channel
        else operator_states.Registered(ref, public_key),
    )
    return ref


async def every(tx: transaction.Tx) -> list[operator_states.Operator]:
    return [_operator(row) for row in await tx.fetch(_ALL)]


async def judge_two(
    tx: transaction.Tx, statement: bytes, approvals: Sequence[pure.Approval], *, channel: UUID | None = None
) -> pure.Refusal | None:
    """Whether two active operators of the channel (or of the stack) signed this statement's hash, for the first time.

    A statement that counts is used up. One that does not leaves its evidence, if the caller commits.
    """
    keys = {row["ref"]: row["public_key"] for row in await tx.fetch(_KEYS, [a.operator for a in approvals], channel)}
    judged = pure.judge(statement, approvals, keys)
    if isinstance(judged, tuple):
        first, second = (each.operator for each in judged)
        if await tx.execute(_SPEND, statement, first, second) == 1:
            await audit.write(tx, operator_states.Decided(statement, first, second))
            return None
        judged = pure.Refusal.USED
    await audit.write(tx, operator_states.DecisionRefused(statement, list(pure.Refusal).index(judged) + 1))
    return judged


async def require_two(
    tx: transaction.Tx, statement: bytes, approvals: Sequence[pure.Approval], *, channel: UUID | None = None
) -> None:
    """As `judge_two`, for callers that do nothing without it: raises `NotApproved`, and so leaves no trace."""
    refusal = await judge_two(tx, statement, approvals, channel=channel)
    if refusal is not None:
        raise pure.NotApproved("two different operators must have signed this, for the first time", why=refusal.value)


def facts_of(operator: operator_states.Operator) -> Mapping[str, str]:
    """What a statement about an operator says beside its reference."""
    scope = str(operator.channel) if operator.channel else "stack"
    return {"public_key": operator.public_key.hex(), "scope": scope}


async def activate(
    tx: transaction.Tx, stack: str, made: pure.Statement, approvals: Sequence[pure.Approval], now: int
) -> operator_states.Operator:
    """Let an operator decide from now on: it signed this itself, and so did two others unless it is one of the first."""
    everybody = await _lock(tx)
    found = _known(everybody, made.subject)
    pure.expect(made, stack=stack, purpose=ACTIVATE, subject=found.ref, facts=facts_of(found), now=now)
    state = operator_states.STATE.advance(found.state, operator_states.Event.ACTIVATE)
    hashed = pure.statement_hash(made)
    own = [each for each in approvals if each.operator == found.ref]
    others = [each for each in approvals if each.operator != found.ref]
    if len(own) != 1 or not primitives.ed25519_matches(found.public_key, hashed, own[0].signature):
        raise pure.NotApproved("the new operator has not signed this with the registered key")
    first_two = found.channel is None and sum(o.channel is None and o.activated_at is not None for o in everybody) < 2
    if not first_two:
        await require_two(tx, hashed, others)
    elif others:
        raise pure.NotApproved("the first two operators need their own signature and no other")
    await tx.execute(_ACTIVATE, found.ref)
    await audit.write(tx, operator_states.Activated(found.ref, hashed, first_two))
    assert state is operator_states.State.ACTIVE
    return found


async def revoke(
    tx: transaction.Tx, stack: str, made: pure.Statement, approvals: Sequence[pure.Approval], now: int
) -> operator_states.Operator:
    """From now on nothing that this operator signs counts. Two sign it, and two of the stack remain."""
    everybody = await _lock(tx)
    found = _known(everybody, made.subject)
    pure.expect(made, stack=stack, purpose=REVOKE, subject=found.ref, facts=facts_of(found), now=now)
    operator_states.STATE.advance(found.state, operator_states.Event.REVOKE)
    active = operator_states.State.ACTIVE
    left = sum(o.state is active and o.channel is None and o.ref != found.ref for o in everybody)
    if found.state is active and found.channel is None and left < 2:
        raise operator_states.TooFew("two operators of the stack must remain: activate another one first")
    hashed = pure.statement_hash(made)
    await require_two(tx, hashed, approvals)
    await tx.execute(_REVOKE, found.ref)
    await audit.write(tx, operator_states.Revoked(found.ref, hashed))
    return found


async def find(tx: transaction.Tx, ref: UUID) -> operator_states.Operator:
    return _known(await every(tx), ref)


async def _lock(tx: transaction.Tx) -> list[operator_states.Operator]:
    """Everybody, held: who may decide is decided by one transaction at a time."""
    return [_operator(row) for row in await tx.fetch(_LOCK)]


def _known(everybody: Sequence[operator_states.Operator], ref: UUID) -> operator_states.Operator:
    for each in everybody:
        if each.ref == ref:
            return each
    raise operator_states.UnknownOperator("no operator has this reference")


def _operator(row: transaction.Record) -> operator_states.Operator:
    ref, channel, key, state, registered_at, activated_at, revoked_at = row
    return operator_states.Operator(
        ref, channel, key, operator_states.State(state), registered_at, activated_at, revoked_at
    )
