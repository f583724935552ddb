"""Moves orders and commands from state to state: the row, the audit entry and the word to listeners, in one place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import prometheus_client

from boundary.kernel.runtime import audit, transaction
from execution_stack.venues import model
from execution_stack.venues.model import dealing, entries
from execution_stack.venues.model.dealing import Command, CommandEvent, CommandKind, Event, Order, State
from execution_stack.venues.ports import listening
from execution_stack.venues.repo import commands as commands_repo
from execution_stack.venues.repo import orders as repo
from execution_stack.venues.rules import dealing as rules
from execution_stack.venues.rules import states

MOVED = prometheus_client.Counter("venue_orders", "Orders at venues by the state that they reached", ["state"])
Listeners = Sequence[listening.Listener]


async def held(tx: transaction.Tx, ref: UUID) -> Order:
    """The order, locked."""
    found = (await repo.lock(tx, [ref])).get(ref)
    if found is None:
        raise dealing.UnknownOrder("there is no such order here")
    return found


async def moved(
    tx: transaction.Tx, listeners: Listeners, order: Order, event: Event | None, now: datetime, **changes: Any
) -> Order:
    """The order after an event, or after a change of figures alone; `due_at` says when somebody looks at it again."""
    after = await written(tx, order, event, now, **changes)
    for listener in listeners:
        await listener.moved(tx, order, after)
    await ended(tx, listeners, order, after, now)
    return after


async def written(tx: transaction.Tx, order: Order, event: Event | None, now: datetime, **changes: Any) -> Order:
    """As `moved`, for who has something to tell before that it is over."""
    state = order.state if event is None else states.ORDER.advance(order.state, event)
    after = msgspec.structs.replace(order, state=state, **changes)
    if state is not order.state:
        after = msgspec.structs.replace(after, changed_at=now)
    over = state not in dealing.OPEN
    rest = 0 if over else max(0, after.count - after.filled)
    after = msgspec.structs.replace(
        after,
        reserved=rules.reserved(after.side, after.price, rest),
        due_at=None if over and after.checked else after.due_at,
    )
    await repo.save(tx, after)
    if state is not order.state or after.filled != order.filled:
        await audit.write(tx, entries.OrderMoved(after.ref, list(State).index(state) + 1, after.filled))
    if state is not order.state:
        MOVED.labels(state.value).inc()
    return after


async def ended(tx: transaction.Tx, listeners: Listeners, before: Order, order: Order, now: datetime) -> None:
    """If it is over now and was not before: what was still to be asked about it has been answered by its end. What is on
    its way is not: the order, read back, says whether it was in time.
    """
    if order.state in dealing.OPEN or before.state not in dealing.OPEN:
        return
    for each in await commands_repo.pending(tx, order.ref):
        if each.state is dealing.CommandState.RECORDED:
            cancelled = each.kind is CommandKind.CANCEL and order.state in {State.CANCELLED, State.EXPIRED}
            await command_moved(tx, each, CommandEvent.FINISH if cancelled else CommandEvent.REFUSE, now)
    for listener in listeners:
        await listener.over(tx, order)


async def command_moved(
    tx: transaction.Tx,
    command: Command,
    event: CommandEvent,
    now: datetime,
    *,
    due_at: datetime | None = None,
    refusal: model.Code | None = None,
) -> None:
    state = states.COMMAND.advance(command.state, event)
    await commands_repo.save(tx, command, state, due_at, now, refusal)
    entry = entries.CommandMoved(command.order, command.number, list(dealing.CommandState).index(state) + 1)
    await audit.write(tx, entry)
