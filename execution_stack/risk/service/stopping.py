"""The switch: one operator stops trading at once, two let it go on."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from boundary.kernel import clock, ids
from boundary.kernel.runtime import approvals, audit, transaction
from execution_stack.instruments import model as instruments_model
from execution_stack.instruments import service as instruments
from execution_stack.operators import service as operators
from execution_stack.participants import service as participants
from execution_stack.risk import model, ports
from execution_stack.risk.repo import stops

PURPOSE = "risk.revive"


async def kill(
    tx: transaction.Tx,
    scope: model.Scope,
    subject: UUID | None,
    random: ids.Ids,
    subjects: ports.Subjects,
    books: ports.Books | None = None,
) -> model.Stop:
    """Stop trading of everything, or of one channel, instrument or participant. No core that follows places anything;
    those that were being applied have ended.
    """
    await instruments.hold_alone(tx)
    await _require(tx, scope, subject, subjects)
    stop = random.ref()
    halting = [each for each in await _books(tx, scope, subject) if not await stops.halts(tx, each)]
    if not await stops.add(tx, stop, scope, subject):
        raise model.AlreadyStopped("this is stopped already")
    await audit.write(tx, model.Stopped(stop, list(model.Scope).index(scope) + 1, subject or stop))
    for each in halting if books is not None else ():
        assert books is not None
        await books.halt(tx, each)
    found = await stops.find(tx, stop)
    assert found is not None, "it was written above"
    return found


async def revive(
    tx: transaction.Tx,
    stop: UUID,
    made: approvals.Statement,
    given: Sequence[approvals.Approval],
    now: int,
    books: ports.Books | None = None,
) -> model.Stop:
    """Lift a stop that two operators signed for. What is stopped otherwise as well stays so."""
    await instruments.hold_alone(tx)
    found = await require(tx, stop)
    approvals.expect(made, stack=operators.STACK, purpose=PURPOSE, subject=found.id, facts=facts(found), now=now)
    statement = approvals.statement_hash(made)
    await operators.require_two(tx, statement, given)
    if not await stops.lift(tx, stop, statement):
        raise model.NotStopped("there is no such stop in force")
    await audit.write(tx, model.Revived(stop, statement))
    for each in await _books(tx, found.scope, found.subject) if books is not None else ():
        assert books is not None
        if not await stops.halts(tx, each):
            await books.resume(tx, each)
    return found


async def require(tx: transaction.Tx, stop: UUID) -> model.Stop:
    """A stop that is in force."""
    found = await stops.find(tx, stop)
    if found is None:
        raise model.NotStopped("there is no such stop in force")
    return found


async def in_force(tx: transaction.Tx) -> list[model.Stop]:
    return await stops.in_force(tx)


async def halts(tx: transaction.Tx, instrument: UUID) -> bool:
    """Whether a stop keeps the instrument's book halted, whatever the register says."""
    return await stops.halts(tx, instrument)


def facts(stop: model.Stop) -> Mapping[str, str]:
    """What two people sign: what is stopped, and since when."""
    return {
        "scope": stop.scope.value,
        "stopped": str(stop.subject or "everything"),
        "since": str(clock.to_micros(stop.at)),
    }


async def _books(tx: transaction.Tx, scope: model.Scope, subject: UUID | None) -> list[UUID]:
    """Open books that a stop of this scope halts. A channel's or a participant's leaves books to the others."""
    if scope is model.Scope.ALL:
        found = await instruments.search(tx, route=instruments_model.Route.CLOB, state=instruments_model.State.LISTED)
    elif scope is model.Scope.INSTRUMENT and subject is not None:
        found = list((await instruments.some(tx, [subject])).values())
    else:
        found = []
    return sorted(
        each.ref
        for each in found
        if each.route is instruments_model.Route.CLOB and each.state is instruments_model.State.LISTED
    )


async def _require(tx: transaction.Tx, scope: model.Scope, subject: UUID | None, subjects: ports.Subjects) -> None:
    """A stop of what does not exist would stop nothing, and somebody would believe that it did."""
    match scope, subject:
        case model.Scope.ALL, None:
            return
        case model.Scope.CHANNEL, UUID():
            known = await subjects.is_channel(tx, subject)
        case model.Scope.INSTRUMENT, UUID():
            known = bool(await instruments.some(tx, [subject]))
        case model.Scope.PARTICIPANT, UUID():
            known = await participants.standing(tx, subject) is not None
        case _:
            known = False
    if not known:
        raise model.UnknownSubject("there is no such channel, instrument or participant")
