"""What the routes of monitoring take and show."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from boundary.kernel import clock
from boundary.kernel.runtime import etags, transaction
from customer_stack.monitoring import model
from customer_stack.monitoring.model import cases

Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9_.:-]{0,63}$", examples=["adverse_media"])]
Line = Annotated[str, Meta(min_length=1, max_length=200, examples=["statement.pdf"])]


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every body."""


class NewCase(Given, frozen=True, kw_only=True):
    """A case opened by hand. One that is open already, of this kind about this subject and link, is that one."""

    kind: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,31}$", examples=["manual"])]
    subject: UUID
    reasons: Annotated[list[Code], Meta(min_length=1, max_length=16)]
    link: UUID | None = None


class Conclude(Given, frozen=True, kw_only=True):
    """How the investigator would end it; the note says why."""

    conclusion: cases.Conclusion
    note: Annotated[str, Meta(min_length=1, max_length=8000)]


class NewNote(Given, frozen=True, kw_only=True):
    text: Annotated[str, Meta(min_length=1, max_length=8000)]


class SendBack(Given, frozen=True, kw_only=True):
    note: Annotated[str, Meta(min_length=1, max_length=8000)]


class NewEvidence(Given, frozen=True, kw_only=True):
    """A file in base64, at most 48 KiB of content."""

    name: Line
    media_type: Annotated[str, Meta(max_length=40, examples=["application/pdf"])]
    content: Annotated[str, Meta(min_length=1, max_length=70_000)]


class LinkCase(Given, frozen=True, kw_only=True):
    case: UUID


class AttachAlert(Given, frozen=True, kw_only=True):
    alert: UUID


class NewRisk(Given, frozen=True, kw_only=True):
    reason: Code
    points: Annotated[int, Meta(ge=1, le=1000)]
    half_life_days: Annotated[int, Meta(ge=1, le=3660)]


class NewLink(Given, frozen=True, kw_only=True):
    other: UUID
    reason: Code


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: str
    subject: UUID
    link: UUID | None
    reasons: list[str]
    state: cases.State
    investigator: UUID | None
    conclusion: cases.Conclusion | None
    approver: UUID | None
    opened_at: datetime
    due_at: datetime
    overdue: bool
    closed_at: datetime | None


def case(found: cases.Case) -> CaseView:
    return CaseView(
        id=found.id,
        kind=found.kind,
        subject=found.subject,
        link=found.link,
        reasons=list(found.reasons),
        state=found.state,
        investigator=found.investigator,
        conclusion=found.conclusion,
        approver=found.approver,
        opened_at=found.opened_at,
        due_at=found.due_at,
        overdue=found.overdue_at is not None,
        closed_at=found.closed_at,
    )


def tag(found: cases.Case) -> str:
    return etags.strong("case", str(found.id), found.version)


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """`certain` is false when the rule could not be computed, which asks for review by itself."""

    id: UUID
    rule: str
    version: int
    account: UUID
    operation: UUID
    severity: model.Severity
    answer: model.Answer
    certain: bool
    score: int
    case: UUID | None
    raised_at: datetime


def alert(row: transaction.Record) -> AlertView:
    return AlertView(
        id=row["id"],
        rule=row["rule"],
        version=row["version"],
        account=row["account"],
        operation=row["operation"],
        severity=model.Severity(row["severity"]),
        answer=model.Answer(row["answer"]),
        certain=row["certain"],
        score=row["score"],
        case=row["case_id"],
        raised_at=row["raised_at"],
    )


class EntryView(msgspec.Struct, frozen=True):
    what: str
    by: UUID | None
    at: datetime


class NoteView(msgspec.Struct, frozen=True):
    id: UUID
    author: UUID
    at: datetime
    text: str


class EvidenceView(msgspec.Struct, frozen=True):
    id: UUID
    author: UUID
    at: datetime
    name: str
    media_type: str
    size: int


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """A case with all that belongs to it."""

    case: CaseView
    history: list[EntryView]
    notes: list[NoteView]
    evidence: list[EvidenceView]
    linked: list[UUID]
    alerts: list[AlertView]


class MadeView(msgspec.Struct, frozen=True):
    id: UUID


class RiskReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """`points` as they were given, and what is `left` of them. Nobody is behind what a rule gave."""

    reason: str
    points: int
    left: int
    at: datetime
    by: UUID | None


class LinkedView(msgspec.Struct, frozen=True):
    account: UUID
    reason: str
    at: datetime


class RiskView(msgspec.Struct, frozen=True, kw_only=True):
    account: UUID
    points: int
    level: model.RiskLevel
    reasons: list[RiskReasonView]
    linked: list[LinkedView]


class RulesView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the rules. The first is the one that was shipped, and names nobody."""

    number: int
    hash: str
    effective_at: datetime
    proposer: UUID | None
    approver: UUID | None


class ShadowView(msgspec.Struct, frozen=True, kw_only=True):
    """How often a shadow rule would have spoken."""

    rule: str
    hits: int
    uncertain: int
    newest: datetime


class RulesFileView(msgspec.Struct, frozen=True, kw_only=True):
    rules: dict[str, Any]
    shadows: list[ShadowView]


class ProposedView(msgspec.Struct, frozen=True):
    """Somebody else approves the proposal by its hash."""

    proposal: str


def position(at: datetime, id_: UUID) -> model.Position:
    return model.Position(clock.to_micros(at), id_)


def place(after: model.Position | None) -> tuple[datetime, UUID] | None:
    return (clock.from_micros(after.at), after.id) if after else None
