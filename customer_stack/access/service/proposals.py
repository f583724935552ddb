"""What takes two people: one proposes an act, another approves its hash, and approving it is doing it.

Both hold the permission that the act needs, at the moment when each of them speaks and again, for who proposed, at the
moment of approval; both have just proved a second factor. The row is locked while it is decided, and what it holds is
hashed anew, so of a hundred approvals at once one has an effect, and a payload that was exchanged has none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from boundary.kernel import errors, ids, primitives, records
from boundary.kernel.runtime import audit, telemetry, transaction
from customer_stack.access import model, ports, repo, rules

LIFE = timedelta(days=3)
EXPIRE_MAX = 500

ALTERED = telemetry.Event("access.proposal_altered")

Executors = Mapping[type[model.Act], ports.Executes]


class NoExecutor(errors.Unavailable):
    """Another release knows how to do the act; the process that was asked does not."""

    code = "act_unknown"


async def propose(
    tx: transaction.Tx,
    caller: model.Caller,
    act: model.Act,
    needs: model.Permission,
    now: datetime,
    random: ids.Ids,
    *,
    life: timedelta = LIFE,
) -> model.Proposal:
    """Ask for a second person. The caller has just proved a factor and holds the permission that the act needs."""
    refusal = rules.decide(caller, rules.may(needs, fresh=True), now)
    if refusal is not None:
        raise refusal
    proposal = model.Proposal(
        nonce=random.ref(),
        payload=records.encode(act),
        needs=needs,
        proposer=caller.account,
        proposed_at=now,
        expires_at=now + life,
    )
    await repo.propose(tx, proposal)
    payload = primitives.sha256(proposal.payload)
    await audit.write(tx, model.Proposed(proposal.hash, payload, caller.account, needs))
    return proposal


async def approve(
    tx: transaction.Tx, caller: model.Caller, digest: bytes, now: datetime, executors: Executors
) -> model.Proposal:
    """Do what was proposed, in this transaction. If it cannot be done, the proposal stays open."""
    proposal = await _held(tx, caller, digest)
    state = await _decide(tx, caller, proposal, model.ProposalEvent.APPROVE, now)
    act = proposal.act
    executor = executors.get(type(act))
    if executor is None:
        raise NoExecutor("this process does not know how to do that")
    await executor(tx, act, ports.Approval(digest, proposal.proposer, caller.account))
    return await _end(tx, caller, proposal, state, now)


async def reject(tx: transaction.Tx, caller: model.Caller, digest: bytes, now: datetime) -> model.Proposal:
    proposal = await _held(tx, caller, digest)
    return await _end(tx, caller, proposal, await _decide(tx, caller, proposal, model.ProposalEvent.REJECT, now), now)


async def withdraw(tx: transaction.Tx, caller: model.Caller, digest: bytes, now: datetime) -> model.Proposal:
    """Who proposed it may always take it back, whatever they may do by now."""
    proposal = await _held(tx, caller, digest)
    return await _end(tx, caller, proposal, await _decide(tx, caller, proposal, model.ProposalEvent.WITHDRAW, now), now)


async def show(tx: transaction.Tx, caller: model.Caller, digest: bytes) -> model.Proposal:
    return _visible(caller, await repo.proposal(tx, digest))


async def some(
    tx: transaction.Tx,
    caller: model.Caller,
    state: model.ProposalState | None,
    after: tuple[datetime, bytes] | None,
    limit: int,
) -> Sequence[model.Proposal]:
    """What the caller may decide or has proposed, newest first."""
    return await repo.proposals(tx, caller.account, caller.permissions, state, after, limit)


async def expire(tx: transaction.Tx, now: datetime) -> int:
    """Close what nobody decided in time, a bounded number at a time; how many."""
    gone = await repo.expire(tx, now, EXPIRE_MAX)
    await audit.write_many(tx, [model.ProposalDecided(digest, model.ProposalState.EXPIRED, None) for digest in gone])
    return len(gone)


async def _held(tx: transaction.Tx, caller: model.Caller, digest: bytes) -> model.Proposal:
    return _visible(caller, await repo.proposal(tx, digest, hold=True))


def _visible(caller: model.Caller, found: tuple[model.Proposal, bool] | None) -> model.Proposal:
    """Whoever could neither decide it nor proposed it does not learn that it is there."""
    if found is None or (found[0].needs not in caller.permissions and found[0].proposer != caller.account):
        raise errors.NotFound("there is no such proposal")
    proposal, sound = found
    if not sound:
        telemetry.emit(ALTERED, "error")
        raise rules.ProposalAltered("what is stored is not what its hash stands for")
    return proposal


async def _decide(
    tx: transaction.Tx, caller: model.Caller, proposal: model.Proposal, event: model.ProposalEvent, now: datetime
) -> model.ProposalState:
    """With the rights of this transaction, held until it ends: nobody decides with what was just taken from them."""
    standings = await repo.locked(tx, {caller.account, proposal.proposer})
    may = {account: rules.effective(standing, now) for account, standing in standings.items()}
    none = frozenset[model.Permission]()
    current = msgspec.structs.replace(caller, permissions=may.get(caller.account, none) & caller.permissions)
    state = rules.decide_proposal(current, proposal, event, now)
    if event is model.ProposalEvent.APPROVE and proposal.needs not in may.get(proposal.proposer, none):
        raise rules.ProposerLapsed("who proposed this may not propose it any more")
    return state


async def _end(
    tx: transaction.Tx,
    caller: model.Caller,
    proposal: model.Proposal,
    state: model.ProposalState,
    now: datetime,
) -> model.Proposal:
    await repo.decide(tx, proposal.hash, state, caller.account, now)
    await audit.write(tx, model.ProposalDecided(proposal.hash, state, caller.account))
    return msgspec.structs.replace(proposal, state=state, decided_by=caller.account, decided_at=now)
