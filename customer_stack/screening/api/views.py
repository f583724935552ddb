"""What staff are shown of lists, subjects, hits and decisions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from customer_stack.screening import model
from customer_stack.screening.model import people
from customer_stack.screening.service import listing, loaded, replaying

NOTE_MAX = 2_000


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher's list. `stale`: nobody has seen for too long that this version is the newest."""

    list: model.Publisher
    required: bool
    version: int | None
    sha256: str | None
    entities: int | None
    names: int | None
    published: datetime | None
    adopted_at: datetime | None
    checked_at: datetime | None
    stale: bool
    refused: model.Reason | None
    refused_at: datetime | None


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a list's history: a version was taken into use, or found to be the newest still."""

    number: int
    at: datetime
    version: int
    sha256: str
    entities: int
    names: int
    published: datetime | None


class HitView(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a list that a subject may be. Scores are millionths. `takes_two`: no officer lets it go alone; what the
    first of two wants it to be is `proposed`.
    """

    id: UUID
    subject: UUID
    list: model.Publisher
    ref: str
    tier: people.Tier
    score: int
    strong: bool
    state: people.HitState
    cause: people.Cause
    revision: int
    decision: UUID
    opened_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    expires_at: datetime | None
    takes_two: bool
    proposed: people.HitState | None
    proposed_by: UUID | None
    proposed_at: datetime | None


class SubjectView(msgspec.Struct, frozen=True, kw_only=True):
    """Where a subject stands, and every hit it ever had."""

    id: UUID
    kind: people.SubjectKind
    state: people.State
    reasons: tuple[people.Reason, ...]
    failure: people.Failure | None
    decision: UUID | None
    screened_at: datetime | None
    hits: list[HitView]


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """A decision without anything personal."""

    id: UUID
    subject: UUID
    trigger: people.Trigger
    state: people.State
    failure: people.Failure | None
    matcher: str
    libraries: dict[str, str]
    lists: tuple[int, ...]
    review: int
    strong: int
    hits: int
    digest: str
    at: datetime


class AgainView(msgspec.Struct, frozen=True, kw_only=True):
    """What screening somebody again came to."""

    decision: UUID
    state: people.State
    reasons: tuple[people.Reason, ...]
    failure: people.Failure | None


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """What one name was compared with, candidates with every reason of their scores."""

    name: str
    candidates: tuple[model.Candidate, ...]


class OpenedDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision in clear: who was asked about, and what the matcher said."""

    decision: DecisionView
    person: model.Person
    answers: list[AnswerView]


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """A hit with its entry as the list in use says it; none if the list no longer has it."""

    hit: HitView
    entry: model.Entity | None
    note: str


class VerdictBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`accept` is for office holders and relatives, after enhanced due diligence. The note is sealed."""

    verdict: people.Verdict
    note: Annotated[str, msgspec.Meta(max_length=NOTE_MAX)] = ""


class DecidedHit(msgspec.Struct, frozen=True, kw_only=True):
    """The hit after a verdict, and where its subject stands now."""

    hit: HitView
    state: people.State
    reasons: tuple[people.Reason, ...]


def list_(found: listing.ListState) -> ListView:
    used, refused = found.used, found.refused
    version = used.version if used else None
    return ListView(
        list=found.publisher,
        required=found.required,
        version=used.id if used else None,
        sha256=version.sha256 if version else None,
        entities=version.entities if version else None,
        names=version.names if version else None,
        published=version.published if version else None,
        adopted_at=used.adopted_at if used else None,
        checked_at=used.checked_at if used else None,
        stale=found.stale,
        refused=refused[0] if refused else None,
        refused_at=refused[1] if refused else None,
    )


def version(found: listing.Adopted) -> VersionView:
    stored = found.stored
    return VersionView(
        number=found.number,
        at=found.at,
        version=stored.id,
        sha256=stored.version.sha256,
        entities=stored.version.entities,
        names=stored.version.names,
        published=stored.version.published,
    )


def hit(found: people.Hit) -> HitView:
    return HitView(
        id=found.id,
        subject=found.subject,
        list=found.publisher,
        ref=found.ref,
        tier=found.tier,
        score=found.score,
        strong=found.strong,
        state=found.state,
        cause=found.cause,
        revision=found.revision,
        decision=found.decision,
        opened_at=found.opened_at,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        expires_at=found.expires_at,
        takes_two=found.takes_two,
        proposed=found.proposed,
        proposed_by=found.proposed_by,
        proposed_at=found.proposed_at,
    )


def decision(found: people.Stored) -> DecisionView:
    return DecisionView(
        id=found.id,
        subject=found.subject,
        trigger=found.trigger,
        state=found.state,
        failure=found.failure,
        matcher=found.matcher,
        libraries=found.libraries,
        lists=found.lists,
        review=found.review,
        strong=found.strong,
        hits=found.hits,
        digest=found.digest.hex(),
        at=found.at,
    )


def opened(found: replaying.Opened) -> OpenedDecision:
    answers = found.answer.decisions if found.answer else ()
    return OpenedDecision(
        decision=decision(found.stored),
        person=found.person,
        answers=[
            AnswerView(name=name, candidates=each.candidates)
            for name, each in zip(replaying.names(found.person), answers, strict=False)
        ],
    )


def entry(found: people.Hit, ready: loaded.Ready | None, note: str) -> EntryView:
    known = ready.entities.get((found.publisher, found.ref)) if ready else None
    return EntryView(hit=hit(found), entry=known[0] if known else None, note=note)
