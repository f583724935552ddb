"""Screening somebody: one transaction, one decision, whatever the answer is.

The lists in use cannot change while somebody is being decided by them. An index that is not of these very versions is
not asked; then, as when lists are missing or old or the matcher fails, the decision says so and the subject waits as
PENDING or ERROR until a job has an answer. Names are compared in a thread, so that the loop goes on.
"""

import asyncio
import zlib
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import canonical, clock
from boundary.kernel.runtime import audit, jobs, telemetry, transaction
from customer_stack.screening import model
from customer_stack.screening.matchers import known, v1_tokens
from customer_stack.screening.model import entries, people
from customer_stack.screening.repo import hits as hits_repo
from customer_stack.screening.repo import lists as lists_repo
from customer_stack.screening.repo import subjects as repo
from customer_stack.screening.rules import standing
from customer_stack.screening.service import loaded, matching, wiring
from customer_stack.vault import model as vault_model

PERSON = "screening_subject.person"
KEPT_PERSON = "screening_decision.person"
ANSWER = "screening_decision.answer"
CASE = "screening"
_LEVEL = 9
_EPOCH = clock.EPOCH

FAILED = telemetry.Event("screening.matcher_failed", decision=UUID)


class Decision(NamedTuple):
    """What came of it. `state` is the subject's from now on; only CLEAR lets anything pass."""

    id: UUID
    subject: UUID
    state: people.State
    reasons: tuple[people.Reason, ...]
    failure: people.Failure | None
    hits: int


class _Asked(NamedTuple):
    outcome: people.State
    failure: people.Failure | None
    ids: tuple[int, ...]
    answer: people.Answer
    found: list[people.Found]


async def screen(
    tx: transaction.Tx,
    screening: wiring.Screening,
    *,
    subject: UUID,
    person: model.Person,
    trigger: people.Trigger,
    kind: people.SubjectKind = people.SubjectKind.ACCOUNT,
    owner: UUID | None = None,
) -> Decision:
    """Compare somebody with every list in use, and keep all that is needed to do it again.

    `owner` is the vault's subject whose key seals the person: the account of a beneficiary, for one. Without it the
    subject has a key of its own. Raises nothing that could be taken for a pass.
    """
    standing.check(person)
    for name in person.names:
        matching.check(name)
    known_ = await _subject(tx, screening, subject, kind, owner)
    number, now = screening.ids.ordered(), screening.clock.now()
    asked = await _ask(tx, screening, person, number)
    data = msgspec.json.encode(person)
    packed = canonical.pack(asked.answer)
    commitment = screening.vault.commitment("screening.person", data)
    sealed = await screening.vault.seal(
        tx, known_.owner, {PERSON: data, KEPT_PERSON: data, ANSWER: zlib.compress(packed, _LEVEL)}
    )
    before = (await hits_repo.of(tx, [subject]))[subject]
    merged = standing.merge(asked.found, before, commitment, now) if _answered(asked) else []
    after = _after(before, merged, number, subject)
    said = standing.derive(asked.outcome, after, now)
    made = people.Stored(
        id=number, subject=subject, owner=known_.owner, trigger=trigger, outcome=asked.outcome, state=said.state,
        failure=asked.failure, matcher=known.CURRENT, libraries=dict(known.BY_NAME[known.CURRENT].libraries),
        lists=asked.ids, review=screening.policy.review, strong=screening.policy.strong, count=screening.policy.limit,
        hits=len(asked.found), person=sealed[KEPT_PERSON], answer=sealed[ANSWER] if _answered(asked) else None,
        commitment=commitment, digest=screening.vault.commitment("screening.answer", packed), at=now,
    )  # fmt: skip
    tokens = await _tokens(screening, known_, person, commitment, trigger, asked)
    await _write(tx, screening, made, merged, sealed[PERSON], tokens, known_.kind)
    if any(each.state is people.HitState.OPEN and _fresh(each) for each in merged) and screening.cases is not None:
        reasons = tuple(each.value for each in said.reasons)
        await screening.cases.open_(
            tx, kind=CASE, subject=subject, reasons=reasons, link=None, now=now, random=screening.ids
        )
    if not _answered(asked):
        await jobs.enqueue(tx, entries.Complete(), screening.ids)
    return Decision(number, subject, said.state, said.reasons, asked.failure, len(asked.found))


async def again(
    tx: transaction.Tx, screening: wiring.Screening, subject: UUID, trigger: people.Trigger
) -> Decision | None:
    """Screen somebody as they are known here; nothing if they were erased meanwhile."""
    await lists_repo.share(tx)
    found = await repo.hold(tx, subject)
    if found is None or found.person is None:
        return None
    try:
        opened = await screening.vault.open_bytes(tx, found.owner, {PERSON: found.person})
    except vault_model.Unreadable:
        return None
    person = person_of(opened[PERSON])
    return await screen(
        tx, screening, subject=subject, person=person, trigger=trigger, kind=found.kind, owner=found.owner
    )


def person_of(data: bytes | str) -> model.Person:
    """Somebody as they were sealed."""
    return msgspec.json.decode(data, type=model.Person)


def blind(screening: wiring.Screening) -> v1_tokens.Blind:
    """The keyed hash under which parts of names are kept."""
    return lambda key: screening.vault.commitment("screening.token", key)


async def _subject(
    tx: transaction.Tx, screening: wiring.Screening, subject: UUID, kind: people.SubjectKind, owner: UUID | None
) -> people.Subject:
    await lists_repo.share(tx)  # before any row, as everybody does who needs both
    found = await repo.hold(tx, subject)
    if found is None:
        if owner is None and kind is not people.SubjectKind.ACCOUNT:
            await screening.vault.create(tx, subject)
        await repo.add(tx, subject, kind, owner or subject)
        found = await repo.hold(tx, subject)
    assert found is not None, "it was added, now or by somebody else"
    if found.kind is not kind or found.owner != (owner or found.owner):
        raise people.OtherKind("this subject is of another kind, or somebody else's")
    return found


async def _ask(tx: transaction.Tx, screening: wiring.Screening, person: model.Person, number: UUID) -> _Asked:
    used = await lists_repo.in_use(tx)
    ids = tuple(sorted(each.id for each in used.values()))
    failure = standing.unusable(used, screening.policy, screening.clock.now())
    ready = screening.lists.of(ids)
    nothing = people.Answer(())
    if failure is not None:
        return _Asked(people.State.ERROR, failure, ids, nothing, [])
    if ready is None:
        return _Asked(people.State.PENDING, people.Failure.LISTS_LOADING, ids, nothing, [])
    try:
        answer = await asyncio.to_thread(compare, ready, person, screening.policy)
        found = standing.found(answer, ready.entities, screening.policy, screening.clock.now().date())
    except Exception as error:  # noqa: BLE001 -- whatever goes wrong in a comparison, it is no pass
        telemetry.emit(FAILED, "error", decision=number)
        telemetry.fault(error)
        return _Asked(people.State.ERROR, people.Failure.MATCHER_FAILED, ids, nothing, [])
    return _Asked(people.State.REVIEW if found else people.State.CLEAR, None, ids, answer, found)


def compare(ready: loaded.Ready, person: model.Person, policy: people.Policy) -> people.Answer:
    """Every name of somebody against the lists, by the matcher of today."""
    decide = known.BY_NAME[known.CURRENT].decide
    return people.Answer(
        tuple(
            decide(ready.prepared, query, threshold=policy.review, limit=policy.limit)
            for query in standing.queries(person)
        )
    )


async def _tokens(
    screening: wiring.Screening,
    before: people.Subject,
    person: model.Person,
    commitment: bytes,
    trigger: people.Trigger,
    asked: _Asked,
) -> bytes | None:
    """What the person is found by when a list changes; none if that stays as it is, as it does for the thousands whom a
    change of a list is compared with.

    Who has no answer is screened in full soon. Reading their name here could be the first in this process, which takes
    seconds; an index that is in memory has read many.
    """
    if not _answered(asked):
        return b""
    same = before.commitment == commitment and before.outcome not in {people.State.PENDING, people.State.ERROR}
    if same and trigger is people.Trigger.DELTA:
        return None
    return await asyncio.to_thread(v1_tokens.of_person, person, blind(screening))


def _answered(asked: _Asked) -> bool:
    return asked.failure is None


def _fresh(change: standing.Change) -> bool:
    return change.before is None or change.before.state is not people.HitState.OPEN


def _after(before: list[people.Hit], merged: list[standing.Change], number: UUID, subject: UUID) -> list[people.Hit]:
    """The subject's hits as they will be, for deriving its state."""
    kept = {(hit.publisher, hit.ref): hit for hit in before}
    for each in merged:
        if each.found is None:
            assert each.before is not None, "only a known hit can be gone"
            kept[each.before.publisher, each.before.ref] = msgspec.structs.replace(each.before, state=each.state)
            continue
        found = each.found
        base = kept.get((found.publisher, found.ref))
        if base is None:
            base = people.Hit(
                id=number, subject=subject, publisher=found.publisher, ref=found.ref, tier=found.tier, score=found.score,
                strong=found.strong, state=each.state, cause=each.cause, revision=1, entity=found.entity, person=b"",
                decision=number, opened_at=_EPOCH,
            )  # fmt: skip
        kept[found.publisher, found.ref] = msgspec.structs.replace(
            base, state=each.state, cause=each.cause, tier=found.tier, strong=found.strong
        )
    return list(kept.values())


async def _write(
    tx: transaction.Tx,
    screening: wiring.Screening,
    made: people.Stored,
    merged: list[standing.Change],
    sealed: bytes,
    tokens: bytes | None,
    kind: people.SubjectKind,
) -> None:
    await repo.decide(tx, made)
    await repo.screened(tx, made, sealed, tokens)
    rows = [
        (each.before.id if each.before else screening.ids.ordered(), each.found, each.state, each.cause)
        for each in merged
        if each.found is not None and _differs(each, made.commitment)
    ]
    await hits_repo.put(tx, made, rows)
    await hits_repo.gone(tx, [each.before.id for each in merged if each.found is None and each.before is not None])
    await audit.write(
        tx,
        entries.Decided(
            made.id, made.subject, kind, made.trigger, made.state, made.failure.value if made.failure else "", made.matcher, made.lists,
            made.commitment, made.digest, made.hits,
        ),
    )  # fmt: skip


def _differs(change: standing.Change, commitment: bytes) -> bool:
    """A hit that is as it was keeps its revision, and with it the page that an officer has before them."""
    hit, found = change.before, change.found
    assert found is not None, "asked of what was found"
    if hit is None or hit.state is not change.state:
        return True
    same = (hit.score, hit.strong, hit.tier, hit.entity) == (found.score, found.strong, found.tier, found.entity)
    return not same or hit.person != commitment
