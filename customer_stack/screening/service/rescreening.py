"""When a list changes, everybody is compared with what changed, and with nothing else.

Names are sealed, so a sieve goes first: the keyed hashes of the changed entries' words against the tokens that every
subject has. Whoever passes it is opened and compared with the changed entries; whom that finds, or who has a hit on one
of them, is screened in full, and that is the decision that is kept. Work goes in chunks in the order of subjects'
numbers; the last number that is done is committed with the chunk, so that whoever is killed goes on from there.
"""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.screening import model
from customer_stack.screening.matchers import known, v1, v1_tokens
from customer_stack.screening.model import entries, people
from customer_stack.screening.repo import hits as hits_repo
from customer_stack.screening.repo import lists as lists_repo
from customer_stack.screening.repo import rescreens, subjects
from customer_stack.screening.rules import changes, standing
from customer_stack.screening.service import decisions, hits, listing, wiring

CHUNK, CHUNK_OF_MANY = 5_000, 250
"""Subjects between two notes of how far we are: fewer when so much changed that most of them have to be opened."""
MANY = 1_000
"""Changed entries from which on that is so: the first version of a list, for one."""
OPENED = 200
"""Persons opened in one read."""
AT_ONCE = 4
"""Persons screened side by side."""
REMOVED = 200
"""Hits on removed entries closed in one transaction."""
RETRIED = 500
_FIRST = UUID(int=0)

Progress = Callable[[int], None]
"""Told how many more subjects are done."""


class _Work(NamedTuple):
    """A rescreen with what it needs in memory: the changed entries, their sieve, and an index of them alone."""

    of: rescreens.Rescreen
    delta: changes.Delta
    sieve: v1_tokens.Sieve
    prepared: v1.Prepared


async def follow(
    db: transaction.Database,
    screening: wiring.Screening,
    *,
    seconds_max: int | None = None,
    progress: Progress = lambda _: None,
) -> bool:
    """Work through what is open; whether some is left when the time is up."""
    loop = asyncio.get_running_loop()
    until = None if seconds_max is None else loop.time() + seconds_max
    while True:
        of = await db.read("screening.rescreen", rescreens.first_open)
        if of is None:
            return False
        work = await _work(db, screening, of)
        await _remove(db, screening, work)
        while (step := await _step(db, screening, work)) is not None:
            work = work._replace(of=work.of._replace(reached=step.reached))
            progress(step.compared)
            if until is not None and loop.time() > until:  # asked behind a step, so that every run gets somewhere
                return True


async def _work(db: transaction.Database, screening: wiring.Screening, of: rescreens.Rescreen) -> _Work:
    now = await db.read("screening.now", lambda tx: listing.stored(tx, [of.version]), seconds_max=60)
    before = await db.read("screening.then", lambda tx: _before(tx, of.previous), seconds_max=60)
    await screening.lists.refresh(db)
    return await asyncio.to_thread(_compared, of, now[0], before, decisions.blind(screening))


async def _before(tx: transaction.Tx, number: int | None) -> tuple[model.Entity, ...]:
    return () if number is None else await listing.entities(tx, number)


def _compared(of: rescreens.Rescreen, now: model.List, before: Sequence[model.Entity], blind: v1_tokens.Blind) -> _Work:
    delta = changes.between(changes.digests(before), now.entities)
    alone = model.List(now.version, delta.changed)
    prepared = known.BY_NAME[known.CURRENT].prepare([alone])
    return _Work(of, delta, v1_tokens.sieve(delta.changed, blind), prepared)


async def _remove(db: transaction.Database, screening: wiring.Screening, work: _Work) -> None:
    """An open hit on an entry that left the list is gone; a match that somebody confirmed is theirs to look at again."""

    async def some(tx: transaction.Tx) -> int:
        now = screening.clock.now()
        found = await hits_repo.delisted(tx, work.of.publisher, work.delta.removed, REMOVED)
        opened = [(hit, subject) for hit, subject, state in found if state is people.HitState.OPEN]
        matched = [(hit, subject) for hit, subject, state in found if state is not people.HitState.OPEN]
        if opened:
            await hits.close(tx, [hit for hit, _ in opened], {subject for _, subject in opened}, now)
        if matched:
            numbers = [hit for hit, _ in matched]
            await hits.reopen(tx, numbers, {subject for _, subject in matched}, people.Cause.DELISTED, now)
        return len(found)

    left = bool(work.delta.removed)
    while left:
        left = await db.run("screening.removed", some) > 0


class _Step(NamedTuple):
    reached: UUID
    compared: int


async def _step(db: transaction.Database, screening: wiring.Screening, work: _Work) -> _Step | None:
    """One chunk; none when it was the last or somebody else is at it."""
    after = work.of.reached or _FIRST
    size = CHUNK if len(work.delta.changed) < MANY else CHUNK_OF_MANY
    rows = await db.read("screening.tokens", lambda tx: subjects.tokens(tx, after, size)) if work.delta.changed else []
    if not rows:
        await db.run("screening.followed", lambda tx: _finish(tx, screening, work))
        return None
    last = rows[-1].id
    passing = await asyncio.to_thread(_passing, work.sieve, rows)
    refs = [each.ref for each in work.delta.changed]
    having = await db.read("screening.having", lambda tx: hits_repo.on(tx, work.of.publisher, refs, after, size))
    wanted = {each for each in having if each <= last}
    left = [each for each in passing if each not in wanted]
    for start in range(0, len(left), OPENED):
        some = {each: passing[each] for each in left[start : start + OPENED]}
        wanted |= await _near(db, screening, work, some)
    await _screen(db, screening, sorted(wanted))
    of, compared = work.of, len(rows)
    noted = await db.run("screening.advance", lambda tx: rescreens.advance(tx, of, last, compared, len(wanted)))
    return _Step(last, compared) if noted else None


async def _screen(db: transaction.Database, screening: wiring.Screening, subjects_: Sequence[UUID]) -> None:
    """Each in a transaction of its own, a few side by side: most of the time is waiting for what is committed."""
    for start in range(0, len(subjects_), AT_ONCE):
        await asyncio.gather(
            *(
                db.run(
                    "screening.delta",
                    functools.partial(
                        decisions.again, screening=screening, subject=subject, trigger=people.Trigger.DELTA
                    ),
                )
                for subject in subjects_[start : start + AT_ONCE]
            )
        )


def _passing(sieve: v1_tokens.Sieve, rows: Sequence[subjects.Tokens]) -> dict[UUID, frozenset[int]]:
    """Whom the sieve lets through, and by which names."""
    return {each.id: names for each in rows if (names := v1_tokens.reached(sieve, each.tokens))}


async def _near(
    db: transaction.Database, screening: wiring.Screening, work: _Work, some: Mapping[UUID, frozenset[int]]
) -> set[UUID]:
    """Those whom the changed entries may mean."""
    persons = await db.read("screening.persons", lambda tx: _persons(tx, screening, list(some)))
    review = screening.policy.review
    return await asyncio.to_thread(
        lambda: {
            number
            for number, person in persons.items()
            if v1_tokens.meant(work.prepared, some[number], standing.queries(person), review)
        }
    )


async def _persons(tx: transaction.Tx, screening: wiring.Screening, some: Sequence[UUID]) -> dict[UUID, model.Person]:
    """Opened in rounds of different owners: the vault opens one field of an owner at a time."""
    left = [each for each in await subjects.some(tx, some) if each.person is not None]
    found: dict[UUID, model.Person] = {}
    while left:
        turn = {each.owner: each for each in left}
        values = {(each.owner, decisions.PERSON): each.person for each in turn.values() if each.person is not None}
        for (owner, _), text in (await screening.vault.open_many(tx, values)).items():
            found[turn[owner].id] = decisions.person_of(text)
        done = {each.id for each in turn.values()}
        left = [each for each in left if each.id not in done]
    return found


async def _finish(tx: transaction.Tx, screening: wiring.Screening, work: _Work) -> None:
    if await rescreens.finish(tx, work.of, screening.clock.now()):
        done = next(each for each in await rescreens.newest(tx, 1000) if each.id == work.of.id)
        await audit.write(tx, entries.Rescreened(done.id, done.publisher, done.version, done.compared, done.decided))


async def complete(db: transaction.Database, screening: wiring.Screening) -> int:
    """Screen again whoever got no answer, if there can be one now; how many were tried."""
    used = await db.read("screening.in_use", lists_repo.in_use)
    if standing.unusable(used, screening.policy, screening.clock.now()) is not None:
        return 0
    await screening.lists.refresh(db)
    now = screening.clock.now()
    waiting = await db.read("screening.unanswered", lambda tx: subjects.unanswered(tx, now, RETRIED))
    for subject in waiting:
        await db.run(
            "screening.retry",
            functools.partial(decisions.again, screening=screening, subject=subject, trigger=people.Trigger.RETRY),
        )
    return len(waiting)


async def waiting(tx: transaction.Tx) -> int:
    """How many have no answer, whatever they wait for."""
    return await subjects.waiting(tx)


async def promise(tx: transaction.Tx, screening: wiring.Screening) -> None:
    """What is left goes on in another run of the job."""
    await jobs.enqueue(tx, entries.Follow(), screening.ids)


async def newest(tx: transaction.Tx, limit: int) -> list[rescreens.Rescreen]:
    """How far the last rescreens are."""
    return await rescreens.newest(tx, limit)
