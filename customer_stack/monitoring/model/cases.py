"""Cases: what somebody looks into, who does, by when, and how it ended."""

import enum
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import errors


class State(enum.StrEnum):
    OPEN = "open"
    INVESTIGATING = "investigating"
    ESCALATED = "escalated"
    DECIDING = "deciding"
    """The investigator is done and somebody else decides."""
    CLOSED = "closed"


class Event(enum.StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    ESCALATE = "escalate"
    CONCLUDE = "conclude"
    APPROVE = "approve"
    SEND_BACK = "send_back"


class Remark(enum.StrEnum):
    """What is written into a case's history beside the events of its state."""

    OPENED = "opened"
    JOINED = "joined"
    """Something came to it that would otherwise have opened a case of its own."""
    LINKED = "linked"
    NOTED = "noted"
    EVIDENCE = "evidence"
    OVERDUE = "overdue"
    REPORTED = "reported"


class Conclusion(enum.StrEnum):
    """How a case ended."""

    NO_SUSPICION = "no_suspicion"
    EXPLAINED = "explained"
    REPORTED = "reported"
    DUPLICATE = "duplicate"
    RELATIONSHIP_ENDED = "relationship_ended"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """`link` is what it is about beside its subject: a decision, a transfer, an application."""

    id: UUID
    kind: str
    subject: UUID
    link: UUID | None
    reasons: tuple[str, ...]
    state: State
    investigator: UUID | None
    conclusion: Conclusion | None
    approver: UUID | None
    version: int
    opened_at: datetime
    due_at: datetime
    overdue_at: datetime | None
    closed_at: datetime | None


class Entry(msgspec.Struct, frozen=True):
    """A line of a case's history. Nobody is behind what the machinery did."""

    what: str
    by: UUID | None
    at: datetime


class Note(msgspec.Struct, frozen=True):
    id: UUID
    author: UUID
    at: datetime
    text: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was put to a case, without its content."""

    id: UUID
    author: UUID
    at: datetime
    name: str
    media_type: str
    size: int


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases of the inbox."""

    state: State | None = None
    kind: str | None = None
    subject: UUID | None = None
    investigator: UUID | None = None
    unclaimed: bool = False
    overdue: bool = False


class UnknownCase(errors.NotFound):
    """There is no such case, or none that the caller may see."""

    code = "case_unknown"


class UnknownEvidence(errors.NotFound):
    """The case has no such evidence."""

    code = "evidence_unknown"


class CaseTaken(errors.Conflict):
    """Somebody else works on it; the facts say who, and that is why this came to nothing."""

    code = "case_taken"


class NotInvestigator(errors.Forbidden):
    """Only who works on the case may do that."""

    code = "case_not_investigator"


class Investigated(errors.Forbidden):
    """Whoever worked on a case decides nothing about its end: somebody else must."""

    code = "case_second_person"


class CaseClosed(errors.Conflict):
    """The case is closed; open a new one and link it."""

    code = "case_closed"


class BadReason(errors.Invalid):
    """Kinds and reasons are short codes in lower case."""

    code = "case_code_invalid"


class EvidenceTooLarge(errors.TooLarge):
    """The evidence is larger than one may be; the fact `bytes_max` says how large."""

    code = "evidence_too_large"


class BadEvidence(errors.Invalid):
    """Evidence is base64, and of a media type that is kept."""

    code = "evidence_invalid"
