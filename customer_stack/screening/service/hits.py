"""Hits as people see and decide them. Who decides holds the subject: of two, one wins, and the other learns who did."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import audit, transaction
from customer_stack.screening.model import entries, people
from customer_stack.screening.repo import hits as repo
from customer_stack.screening.repo import subjects
from customer_stack.screening.rules import standing
from customer_stack.screening.service import wiring

NOTE = "screening_hit.note"
_EXPIRE_MAX = 200


class Decided(NamedTuple):
    """The hit as it is now, and where its subject stands."""

    hit: people.Hit
    standing: people.Standing


async def one(tx: transaction.Tx, number: UUID) -> people.Hit:
    found = await repo.one(tx, number)
    if found is None:
        raise people.UnknownHit("there is no such hit")
    return found


def undecided(hit: people.Hit, verdict: people.Verdict, by: UUID) -> None:
    """Raises what `decide` would, before anybody is told that the page they saw is old."""
    standing.second(hit, standing.judge(hit, verdict), by)


async def of(tx: transaction.Tx, subject: UUID) -> list[people.Hit]:
    """Every hit that a subject ever had."""
    return (await repo.of(tx, [subject]))[subject]


async def worklist(
    tx: transaction.Tx, tier: people.Tier | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[people.Hit]:
    """Open hits, longest waiting first."""
    return await repo.open_(tx, tier, after, limit)


async def decide(
    tx: transaction.Tx, screening: wiring.Screening, by: UUID, number: UUID, verdict: people.Verdict, note: str
) -> Decided:
    """Say what a hit is. A verdict holds while both sides are as they are, and no longer than the policy says.

    A hit that takes two officers to let go stays open after the first, and the second has to say the same.
    """
    subject = await subjects.hold(tx, (await one(tx, number)).subject)
    hit = await repo.hold(tx, number)
    assert subject is not None, "a hit has its subject"
    assert hit is not None, "hits are never deleted"
    if by in {subject.id, subject.owner}:
        raise people.OwnHit("somebody else decides this")
    state, now = standing.judge(hit, verdict), screening.clock.now()
    sealed = await _noted(tx, screening, subject, number, note, beside=hit.proposed is not None)
    if not standing.second(hit, state, by):
        await repo.propose(tx, number, state, by, now, sealed)
        found = await one(tx, number)
        await audit.write(tx, entries.HitProposed(number, hit.subject, verdict, by, found.revision))
        return Decided(found, await _restated(tx, subject, now))
    ends = state in {people.HitState.FALSE_POSITIVE, people.HitState.ACCEPTED}
    expires_at = now + screening.policy.verdict_life if ends else None
    await repo.decide(tx, number, state, _cause(hit, verdict), by, now, expires_at, sealed)
    said = await _restated(tx, subject, now)
    found = await one(tx, number)
    await audit.write(tx, entries.HitDecided(number, hit.subject, verdict, by, found.revision, said.state))
    return Decided(found, said)


def _cause(hit: people.Hit, verdict: people.Verdict) -> people.Cause:
    if verdict is not people.Verdict.REOPEN:
        return hit.cause
    return people.Cause.MATCH_REOPENED if hit.state is people.HitState.TRUE_MATCH else people.Cause.REOPENED


async def _noted(
    tx: transaction.Tx, screening: wiring.Screening, subject: people.Subject, number: UUID, text: str, *, beside: bool
) -> bytes | None:
    """The note, sealed; `beside` what the first of two officers wrote, if they wrote something."""
    if not text:
        return None
    first = await note(tx, screening, number) if beside else ""
    whole = f"{first}\n{text}" if first else text
    return (await screening.vault.seal(tx, subject.owner, {NOTE: whole}))[NOTE]


async def note(tx: transaction.Tx, screening: wiring.Screening, number: UUID) -> str:
    """What was written beside the last verdict."""
    owner, sealed = await repo.note(tx, number)
    return (await screening.vault.open_bytes(tx, owner, {NOTE: sealed}))[NOTE].decode() if sealed else ""


async def expire(tx: transaction.Tx, screening: wiring.Screening) -> int:
    """Reopen hits whose verdict has run out; how many, at most so many."""
    now = screening.clock.now()
    found = await repo.expired(tx, now, _EXPIRE_MAX)
    await reopen(tx, [each.id for each in found], {each.subject for each in found}, people.Cause.EXPIRED, now)
    return len(found)


async def reopen(
    tx: transaction.Tx, numbers: Collection[UUID], of_subjects: Collection[UUID], cause: people.Cause, now: datetime
) -> None:
    held = [found for each in sorted(of_subjects) if (found := await subjects.hold(tx, each)) is not None]
    if not await repo.reopen(tx, numbers, cause, now):
        return
    for subject in held:
        await _restated(tx, subject, now)
    await audit.write(tx, entries.HitsReopened(cause, tuple(sorted(numbers))))


async def close(tx: transaction.Tx, numbers: Collection[UUID], of_subjects: Collection[UUID], now: datetime) -> None:
    """Open hits that nothing stands behind any more."""
    held = [found for each in sorted(of_subjects) if (found := await subjects.hold(tx, each)) is not None]
    await repo.gone(tx, numbers)
    for subject in held:
        await _restated(tx, subject, now)
    await audit.write(tx, entries.HitsClosed(tuple(sorted(numbers))))


async def _restated(tx: transaction.Tx, subject: people.Subject, now: datetime) -> people.Standing:
    said = standing.derive(subject.outcome, (await repo.of(tx, [subject.id]))[subject.id], now)
    await subjects.restate(tx, [(subject.id, said.state)])
    return said
