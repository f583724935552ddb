"""Where messages are applied, and the two plain ends that any of them can have."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from boundary.kernel import ids
from boundary.kernel.runtime import transaction
from boundary.wire import messages, to_customer, values, words
from execution_stack.intents import ports as intents_ports
from execution_stack.participants import ports as participants_ports
from execution_stack.risk.service import judging

Outcomes = list[messages.Message]


class Context(NamedTuple):
    """Where and when messages are applied."""

    channel: UUID
    epoch: int
    sequence: int
    now: datetime
    ids: ids.Ids
    lanes: intents_ports.Lanes = intents_ports.NO_LANES
    """Where accepted intents go, by the route of their instruments."""
    so_far: Sequence[messages.Message] = ()
    """What became of the messages before these in the same core."""
    desk: intents_ports.Risk = judging.Desk()
    """Compares intents with limits."""
    leaving: Sequence[participants_ports.Leaving] = ()
    """Who, beside the intake itself, cancels what somebody has open who may trade no more."""

    def name(self, index: int) -> values.MessageName:
        return values.MessageName(self.epoch, self.sequence, index)


Handler = Callable[[transaction.Tx, Context, int, Sequence[Any]], Awaitable[Outcomes]]
"""Transaction, context, index of the first message, a run of messages of one kind -> an outcome for each, and news."""


def refused(context: Context, index: int, code: words.RefusalCode) -> messages.Message:
    return to_customer.MessageRefused(context.name(index), code)


def applied(context: Context, index: int) -> messages.Message:
    return to_customer.MessageApplied(context.name(index))
