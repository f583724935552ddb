"""All that is held of one customer's screening, opened, for a bundle that the law asks for: of the customer, and of whoever
they pay or are paid by, as far as that lies under the customer's key.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel.runtime import transaction
from customer_stack.screening import model
from customer_stack.screening.model import people
from customer_stack.screening.repo import hits as hits_repo
from customer_stack.screening.repo import subjects as repo
from customer_stack.screening.rules import standing
from customer_stack.screening.service import hits, replaying, wiring
from customer_stack.vault import model as vault_model

DECISIONS_MAX = 100
"""The newest of each subject; the file says when there are more, and every one can be read by its number."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A hit, who decided it, and what they wrote."""

    id: str
    list: str
    ref: str
    tier: str
    score: int
    strong: bool
    state: str
    cause: str
    opened_at: datetime
    proposed: str
    proposed_by: str
    decided_by: str
    decided_at: datetime | None
    expires_at: datetime | None
    note: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision: what it was made with, whom it was about, and what the matcher said of each name."""

    id: str
    trigger: str
    state: str
    failure: str
    matcher: str
    libraries: dict[str, str]
    lists: tuple[int, ...]
    review: int
    strong: int
    digest: str
    at: datetime
    person: model.Person | None
    candidates: tuple[tuple[model.Candidate, ...], ...]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was screened."""

    id: str
    kind: str
    state: str
    reasons: tuple[str, ...]
    hits: tuple[Hit, ...]
    decisions: tuple[Decision, ...]
    older_left_out: bool


async def of(tx: transaction.Tx, screening: wiring.Screening, account: UUID, now: datetime) -> tuple[Subject, ...]:
    """Every subject that lies under the account's key, in the order of their numbers."""
    found = await repo.owned(tx, account)
    every = await hits_repo.of(tx, [each.id for each in found])
    return tuple([await _subject(tx, screening, each, every[each.id], now) for each in found])


async def _subject(
    tx: transaction.Tx, screening: wiring.Screening, subject: people.Subject, known: list[people.Hit], now: datetime
) -> Subject:
    said = standing.derive(subject.outcome, known, now)
    rows = await repo.decisions(tx, subject.id, None, DECISIONS_MAX + 1)
    return Subject(
        id=str(subject.id),
        kind=subject.kind.value,
        state=said.state.value,
        reasons=tuple(each.value for each in said.reasons),
        hits=tuple([await _hit(tx, screening, each) for each in known]),
        decisions=tuple([await _decision(tx, screening, each) for each in rows[:DECISIONS_MAX]]),
        older_left_out=len(rows) > DECISIONS_MAX,
    )


async def _hit(tx: transaction.Tx, screening: wiring.Screening, hit: people.Hit) -> Hit:
    try:
        note = await hits.note(tx, screening, hit.id)
    except vault_model.Unreadable:
        note = ""
    return Hit(
        id=str(hit.id),
        list=hit.publisher.value,
        ref=hit.ref,
        tier=hit.tier.value,
        score=hit.score,
        strong=hit.strong,
        state=hit.state.value,
        cause=hit.cause.value,
        opened_at=hit.opened_at,
        proposed=hit.proposed.value if hit.proposed else "",
        proposed_by=str(hit.proposed_by or ""),
        decided_by=str(hit.decided_by or ""),
        decided_at=hit.decided_at,
        expires_at=hit.expires_at,
        note=note,
    )


async def _decision(tx: transaction.Tx, screening: wiring.Screening, stored: people.Stored) -> Decision:
    """In clear, unless its owner was erased: then only what was never personal."""
    try:
        opened = await replaying.opened(tx, screening, stored.id)
    except vault_model.Unreadable:
        opened = None
    answers = opened.answer.decisions if opened is not None and opened.answer is not None else ()
    return Decision(
        id=str(stored.id),
        trigger=stored.trigger.value,
        state=stored.state.value,
        failure=stored.failure.value if stored.failure else "",
        matcher=stored.matcher,
        libraries=stored.libraries,
        lists=stored.lists,
        review=stored.review,
        strong=stored.strong,
        digest=stored.digest.hex(),
        at=stored.at,
        person=opened.person if opened is not None else None,
        candidates=tuple(each.candidates for each in answers),
    )
