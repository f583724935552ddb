"""Hands orders and commands to the venue, and writes down what it answered.

A row says that something is on its way before it is, in a transaction of its own; the answer is written in another.
Between the two anything may die: what is still on its way when its lease has run out is of unknown fate, and is read
back (`reading`), never sent again before the venue said that it has it not.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import prometheus_client

from boundary.kernel.runtime import telemetry, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing
from execution_stack.venues.model.dealing import Command, CommandEvent, CommandKind, Event, Order, State
from execution_stack.venues.repo import accounts
from execution_stack.venues.repo import commands as commands_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.service import moving
from execution_stack.venues.service.wiring import Dealing

SENT = prometheus_client.Counter("venue_sent", "What was sent to venues, by kind and answer", ["kind", "answer"])
LOCKED_OUT = telemetry.Event("venues.locked_out", code=telemetry.Word)
_KNOWN_NOT = (model.Limited, model.Unreachable)


class Answer(NamedTuple):
    """What came of one attempt: the venue's answer, or one of the port's failures."""

    said: model.Placed | model.Cancelled | model.Reduced | model.Amended | None = None
    failure: Exception | None = None

    @property
    def word(self) -> str:
        return "done" if self.failure is None else getattr(type(self.failure), "code", "adapter_failed")


async def claim(tx: transaction.Tx, deal: Dealing, *, orders: int, commands: int) -> tuple[list[Order], list[Command]]:
    """What is to leave now. Commands leave whatever happens; new orders only while the venue is open."""
    now = deal.clock.now()
    asked = await commands_repo.claim(tx, deal.name, commands, now, rules.LEASE)
    if not orders or not await accounts.is_open(tx, deal.name, hold=True):
        return [], asked
    return await repo.claim(tx, deal.name, orders, now, rules.LEASE), asked


async def send(deal: Dealing, order: Order) -> Answer:
    """One order on its way. What an adapter does not foresee may have happened after the request left."""
    try:
        answer = Answer(said=await deal.venue.place(order.wanted()))
    except Exception as error:  # noqa: BLE001 -- each is an answer; what is not of the port is of unknown fate
        answer = _failed(error)
    SENT.labels("place", answer.word).inc()
    return answer


async def ask(deal: Dealing, order: Order, command: Command) -> Answer:
    """One command on its way."""
    assert order.venue_id is not None, "only orders that the venue has named are claimed"
    try:
        said = await _asked(deal, order, model.Handle(order.venue_id, order.market), command)
        answer = said if isinstance(said, Answer) else Answer(said=said)
    except Exception as error:  # noqa: BLE001 -- as above
        answer = _failed(error)
    SENT.labels(command.kind.value, answer.word).inc()
    return answer


async def _asked(
    deal: Dealing, order: Order, handle: model.Handle, command: Command
) -> model.Cancelled | model.Reduced | Answer:
    if command.kind is CommandKind.AMEND:
        return await _amend(deal, order, command)
    if command.kind is CommandKind.CANCEL:
        return await deal.venue.cancel(handle)
    assert command.count is not None, "placing.decrease writes it"
    return await deal.venue.decrease(handle, to=command.count)


async def _amend(deal: Dealing, order: Order, command: Command) -> Answer:
    """The venue asks what the order is before it is amended; if it cannot say, nothing has left."""
    assert order.venue_id is not None, "only orders that the venue has named are claimed"
    assert command.client is not None, "placing.amend draws it"
    try:
        before = await deal.venue.order(order.venue_id)
    except (model.Silent, model.Refused, model.Limited, model.Unreachable, model.Unauthorised):
        before = None
    if before is None:
        return Answer(failure=model.Unreachable("the order could not be read before it was amended"))
    price, total = command.price or order.price, command.count or order.count
    return Answer(said=await deal.venue.amend(before, client=command.client, price=price, total=total))


def _failed(error: Exception) -> Answer:
    if isinstance(error, model.Unauthorised):
        telemetry.emit(LOCKED_OUT, "critical", code=telemetry.Word(type(error).code))
    elif not isinstance(error, (model.Refused, model.Unknown, *_KNOWN_NOT)):
        telemetry.fault(error)
    return Answer(failure=error)


async def sent(tx: transaction.Tx, deal: Dealing, ref: Order, answer: Answer) -> Order:
    """Write down what the venue answered to an order, unless news of it was faster."""
    now = deal.clock.now()
    order = await moving.held(tx, ref.ref)
    said, failure = answer.said, answer.failure
    if isinstance(said, model.Placed):
        event = Event.ACCEPT if order.state in {State.SENDING, State.UNKNOWN, State.RECORDED} else None
        return await moving.moved(tx, deal.listeners, order, event, now, venue_id=said.order, checked=False, due_at=now)
    if order.state is not State.SENDING or order.attempts != ref.attempts:
        return order
    if isinstance(failure, model.Refused):
        return await moving.moved(
            tx, deal.listeners, order, Event.REFUSE, now, refusal=failure.reason, checked=True, due_at=None
        )
    if isinstance(failure, (*_KNOWN_NOT, model.Unauthorised)):
        return await _again(tx, deal, order, _wait(failure, order.attempts), now)
    return await moving.moved(tx, deal.listeners, order, Event.LOSE, now, due_at=now)


async def _again(tx: transaction.Tx, deal: Dealing, order: Order, wait: timedelta, now: datetime) -> Order:
    """Known not to have happened: under the same id later, unless it was cancelled or has run out meanwhile."""
    return await not_there(tx, deal, order, Event.POSTPONE, now, now + wait)


async def not_there(
    tx: transaction.Tx, deal: Dealing, order: Order, event: Event, now: datetime, due_at: datetime
) -> Order:
    """The venue does not have this order. It leaves again if it is still wanted."""
    pending = await commands_repo.pending(tx, order.ref)
    if any(each.kind is CommandKind.CANCEL for each in pending):
        return await moving.moved(tx, deal.listeners, order, Event.CANCEL, now, checked=True, due_at=None)
    if order.expires_at is not None and order.expires_at <= now:
        return await moving.moved(tx, deal.listeners, order, Event.EXPIRE, now, checked=True, due_at=None)
    return await moving.moved(tx, deal.listeners, order, event, now, due_at=due_at)


def _wait(failure: Exception, attempts: int) -> timedelta:
    return failure.retry_after if isinstance(failure, model.Limited) else rules.waits(attempts)


async def asked(tx: transaction.Tx, deal: Dealing, command: Command, answer: Answer) -> None:
    """Write down what the venue answered to a command. Whatever it was, the order is read back next."""
    now = deal.clock.now()
    order = await moving.held(tx, command.order)
    here = await commands_repo.lock(tx, command.order, command.number)
    if here.state is dealing.CommandState.SENDING and here.attempts == command.attempts:
        await _command_answered(tx, order, here, answer, now)
        if isinstance(answer.failure, model.Refused):
            for listener in deal.listeners:
                await listener.refused(tx, order, here.kind)
    said = answer.said
    if isinstance(said, model.Amended) and said.order != order.venue_id:
        order = msgspec.structs.replace(order, venue_id=said.order)
        await repo.save(tx, order)
    if order.state in dealing.AT_VENUE:
        late = isinstance(answer.failure, _KNOWN_NOT)
        await moving.moved(
            tx, deal.listeners, order, None, now, checked=order.checked and late, due_at=order.due_at if late else now
        )


async def _command_answered(tx: transaction.Tx, order: Order, command: Command, answer: Answer, now: datetime) -> None:
    failure = answer.failure
    if failure is None or isinstance(failure, model.Unknown):  # the order itself, read back, says what it came to
        await moving.command_moved(tx, command, CommandEvent.LOSE, now, due_at=now)
    elif isinstance(failure, model.Refused):
        await moving.command_moved(tx, command, CommandEvent.REFUSE, now, refusal=failure.reason)
    elif order.state not in dealing.OPEN and isinstance(failure, (*_KNOWN_NOT, model.Unauthorised)):
        await moving.command_moved(tx, command, CommandEvent.REFUSE, now)  # there is nothing left to ask it about
    elif isinstance(failure, (*_KNOWN_NOT, model.Unauthorised)):
        due_at = now + _wait(failure, command.attempts)
        await moving.command_moved(tx, command, CommandEvent.POSTPONE, now, due_at=due_at)
    else:
        await moving.command_moved(tx, command, CommandEvent.LOSE, now, due_at=now)


async def lost(tx: transaction.Tx, deal: Dealing, limit: int) -> int:
    """Commands whose sender died: of unknown fate, like the order's own answer would be."""
    now = deal.clock.now()
    found = await commands_repo.lost(tx, deal.name, now, limit)
    for each in found:
        await moving.held(tx, each.order)
        here = await commands_repo.lock(tx, each.order, each.number)
        if here.state is dealing.CommandState.SENDING and here.due_at == each.due_at:
            await moving.command_moved(tx, here, CommandEvent.LOSE, now, due_at=now)
            await repo.look_at(tx, [each.order], now)
    return len(found)
