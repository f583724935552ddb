"""A decision made again, years later: from the lists, the matcher and the person that it kept, to the same bytes."""

import asyncio
import functools
import zlib
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import canonical, primitives
from boundary.kernel.runtime import audit, transaction
from customer_stack.screening import model
from customer_stack.screening.matchers import known
from customer_stack.screening.model import entries, people
from customer_stack.screening.repo import subjects as repo
from customer_stack.screening.rules import standing
from customer_stack.screening.service import decisions, listing, wiring


class Opened(NamedTuple):
    """A decision in clear."""

    stored: people.Stored
    person: model.Person
    answer: people.Answer | None


def names(person: model.Person) -> list[str]:
    """The names that were asked about, in the order of the answers."""
    return [query.name for query in standing.queries(person)]


class Replayed(NamedTuple):
    """`same`: byte for byte. `same_but_libraries`: so it is, but for the versions that it names; `libraries` tells which
    are others now. `untouched`: what is stored is what was decided.
    """

    stored: people.Stored
    same: bool
    same_but_libraries: bool
    untouched: bool
    libraries: Mapping[str, tuple[str, str]]
    digest: bytes
    packed: bytes


async def opened(tx: transaction.Tx, screening: wiring.Screening, number: UUID) -> Opened:
    """Raises if there is no such decision, or its subject was erased."""
    stored = await repo.decision(tx, number)
    if stored is None:
        raise people.UnknownDecision("there is no such decision")
    sealed = {decisions.KEPT_PERSON: stored.person} | ({decisions.ANSWER: stored.answer} if stored.answer else {})
    clear = await screening.vault.open_bytes(tx, stored.owner, sealed)
    answer = canonical.unpack(zlib.decompress(clear[decisions.ANSWER]), people.Answer) if stored.answer else None
    return Opened(stored, decisions.person_of(clear[decisions.KEPT_PERSON]), answer)


async def read(tx: transaction.Tx, screening: wiring.Screening, number: UUID, by: UUID) -> Opened:
    """The same for somebody who works here, and on record."""
    found = await opened(tx, screening, number)
    await audit.write(tx, entries.DecisionRead(number, by))
    return found


async def of(tx: transaction.Tx, subject: UUID, before: UUID | None, limit: int) -> list[people.Stored]:
    """A subject's decisions, newest first."""
    return await repo.decisions(tx, subject, before, limit)


async def replay(db: transaction.Database, screening: wiring.Screening, number: UUID) -> Replayed:
    """Decide again, with nothing but what was kept."""
    found = await db.read("screening.replay", lambda tx: opened(tx, screening, number))
    if found.answer is None:
        raise people.NoAnswer(f"there was no answer: {found.stored.failure.value if found.stored.failure else ''}")
    stored, kept = found.stored, canonical.pack(found.answer)
    lists = await db.read("screening.replayed", functools.partial(listing.stored, numbers=stored.lists), seconds_max=60)
    answer = await asyncio.to_thread(_again, stored, found.person, lists)
    packed = canonical.pack(answer)
    dressed = people.Answer(
        tuple(msgspec.structs.replace(each, libraries=stored.libraries) for each in answer.decisions)
    )
    now = known.BY_NAME[stored.matcher].libraries
    names = sorted({*stored.libraries, *now})
    return Replayed(
        stored=stored,
        same=packed == kept,
        same_but_libraries=canonical.pack(dressed) == kept,
        untouched=primitives.equal(screening.vault.commitment("screening.answer", kept), stored.digest),
        libraries={
            name: (stored.libraries.get(name, ""), now.get(name, ""))
            for name in names
            if stored.libraries.get(name) != now.get(name)
        },
        digest=screening.vault.commitment("screening.answer", packed),
        packed=packed,
    )


def _again(stored: people.Stored, person: model.Person, lists: list[model.List]) -> people.Answer:
    matcher = known.BY_NAME[stored.matcher]
    prepared = matcher.prepare(lists)
    return people.Answer(
        tuple(
            matcher.decide(prepared, query, threshold=stored.review, limit=stored.count)
            for query in standing.queries(person)
        )
    )
