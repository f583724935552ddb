"""Intents that want less, or nothing more: at once while their window gathers, else as soon as the venue has agreed."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import transaction
from execution_stack.aggregation import model
from execution_stack.aggregation.repo import leaving
from execution_stack.intents import model as intents


class Wish(NamedTuple):
    """`lots` is the intent's new total, what is filled included. With another pool, or more lots than before, it is
    taken out of this order, so that it can go into another one.
    """

    lots: int
    reason: model.Reason
    pool: model.Pool | None = None


class Answer(NamedTuple):
    """`at_once`: it is done, and so many lots were given up. Otherwise it is noted, and news of it will follow. What
    `moves` has that many lots to find in another window.
    """

    at_once: bool
    lots: int
    moves: bool = False


async def reduce(
    tx: transaction.Tx, channel: UUID, wishes: Mapping[intents.Name, Wish]
) -> dict[intents.Name, Answer | intents.Refusal]:
    """Each wish on its own. One that is on its way out already comes too late."""
    held = await leaving.hold(tx, channel, list(wishes))
    answers: dict[intents.Name, Answer | intents.Refusal] = {}
    now: list[leaving.Less] = []
    later: list[leaving.Less] = []
    for name, wish in wishes.items():
        member = held.get(name)
        if member is None:
            answers[name] = intents.Refusal.TOO_LATE
            continue
        earlier = member.filled_in_all - member.filled
        moves = _moves(member, wish, earlier)
        target = member.filled if moves else max(wish.lots - earlier, member.filled)
        current = member.lots if member.target is None else member.target
        if target == current and wish.lots - earlier == current:
            answers[name] = Answer(at_once=True, lots=0)  # nothing but the cap was amended
        elif target >= current:
            answers[name] = intents.Refusal.TOO_LATE
        elif member.state is model.State.GATHERING:
            now.append(leaving.Less(member.order, name, target, wish.reason))
            lots = wish.lots - member.filled_in_all if moves else member.lots - target
            answers[name] = Answer(at_once=True, lots=lots, moves=moves)
        else:
            later.append(leaving.Less(member.order, name, target, wish.reason))
            answers[name] = Answer(at_once=False, lots=0)
    if now:
        await leaving.now(tx, channel, now)
    if later:
        await leaving.later(tx, channel, later)
    return answers


def _moves(member: leaving.Held, wish: Wish, earlier: int) -> bool:
    return wish.pool is not None and (wish.pool != member.pool or wish.lots - earlier > member.lots)


async def expel(
    tx: transaction.Tx, channel: UUID, participants: Sequence[UUID], reason: model.Reason
) -> dict[intents.Name, Answer | intents.Refusal]:
    """Everything of these participants, for instance because they were frozen."""
    names = await leaving.open_of(tx, channel, participants)
    return await reduce(tx, channel, dict.fromkeys(names, Wish(0, reason)))
