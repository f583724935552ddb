"""Where subjects stand now: one answer for many, for whoever has to let something pass or not."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.screening.model import people
from customer_stack.screening.repo import hits, subjects
from customer_stack.screening.rules import standing as rules


async def of(tx: transaction.Tx, wanted: Collection[UUID], now: datetime) -> dict[UUID, people.State]:
    """The state of each: who was never screened is PENDING, and a verdict that has run out clears nobody."""
    found = dict.fromkeys(wanted, people.State.PENDING)
    for row in await subjects.states(tx, list(wanted), now):
        found[row[0]] = row[1]
    return found


async def explained(tx: transaction.Tx, subject: UUID, now: datetime) -> tuple[people.Subject, people.Standing]:
    """One subject with the reasons of its state."""
    found = await subjects.one(tx, subject)
    if found is None:
        raise people.UnknownSubject("nobody of this number was screened")
    return found, rules.derive(found.outcome, (await hits.of(tx, [subject]))[subject], now)
