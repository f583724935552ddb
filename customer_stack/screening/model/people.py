"""Who was screened, what was found, and what somebody decided about it."""

import enum
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from boundary.kernel import errors
from customer_stack.screening import model

NAMES_MAX = 16
"""Names of one person that we are given. Each is compared, and each answer is kept."""


class SubjectKind(enum.StrEnum):
    """What stands behind a subject's number."""

    ACCOUNT = "account"
    BENEFICIARY = "beneficiary"
    COUNTERPARTY = "counterparty"


class State(enum.StrEnum):
    """What may follow. Only CLEAR lets money move; whoever has no answer yet is PENDING."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCKED = "blocked"
    PENDING = "pending"
    ERROR = "error"


class Trigger(enum.StrEnum):
    """Why somebody was screened."""

    ONBOARDING = "onboarding"
    PROFILE = "profile"
    BENEFICIARY = "beneficiary"
    COUNTERPARTY = "counterparty"
    DELTA = "delta"
    RETRY = "retry"
    MANUAL = "manual"


class Failure(enum.StrEnum):
    """Why there is no answer."""

    LISTS_MISSING = "lists_missing"
    LISTS_STALE = "lists_stale"
    LISTS_LOADING = "lists_loading"
    MATCHER_FAILED = "matcher_failed"


class Tier(enum.StrEnum):
    """What kind of interest an entry is of, the gravest of its topics."""

    SANCTION = "sanction"
    CRIME = "crime"
    PEP = "pep"
    RCA = "rca"


class HitState(enum.StrEnum):
    OPEN = "open"
    FALSE_POSITIVE = "false_positive"
    TRUE_MATCH = "true_match"
    ACCEPTED = "accepted"
    GONE = "gone"


class Cause(enum.StrEnum):
    """Why a hit is open."""

    NEW = "new"
    ENTITY_CHANGED = "entity_changed"
    PERSON_CHANGED = "person_changed"
    EXPIRED = "expired"
    DELISTED = "delisted"
    REOPENED = "reopened"
    MATCH_REOPENED = "match_reopened"
    STRONGER = "stronger"


class Verdict(enum.StrEnum):
    """What an officer says of a hit. Accepting is for office holders and their relatives, after enhanced due diligence."""

    FALSE_POSITIVE = "false_positive"
    TRUE_MATCH = "true_match"
    ACCEPT = "accept"
    REOPEN = "reopen"


class Reason(enum.StrEnum):
    """Why a subject is not clear, for those who decide what follows."""

    SANCTIONS_MATCH = "sanctions_match"
    SANCTIONS_HIT = "sanctions_hit"
    CRIME_MATCH = "crime_match"
    CRIME_HIT = "crime_hit"
    PEP_ENHANCED_DUE_DILIGENCE = "pep_enhanced_due_diligence"
    RELATIVE_ENHANCED_DUE_DILIGENCE = "relative_enhanced_due_diligence"


class Policy(NamedTuple):
    """What the operator decided. Scores are millionths."""

    required: tuple[model.Publisher, ...] = (model.Publisher.OFAC, model.Publisher.UN)
    review: int = 700_000
    strong: int = 950_000
    limit: int = 10
    list_age_max: timedelta = timedelta(days=14)
    list_share_min: int = 90
    verdict_life: timedelta = timedelta(days=365)
    office_ended: timedelta = timedelta(days=365)


class InUse(msgspec.Struct, frozen=True):
    """A version that a publisher's list is used in; `checked_at` is when a load last said that it is the newest."""

    id: int
    version: model.Version
    adopted_at: datetime
    checked_at: datetime


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is the vault's subject under whose key the person is sealed."""

    id: UUID
    kind: SubjectKind
    owner: UUID
    outcome: State
    failure: Failure | None
    state: State
    person: bytes | None
    commitment: bytes
    decision: UUID | None
    screened_at: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """A subject as it stands now, and why."""

    state: State
    reasons: tuple[Reason, ...] = ()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a list that a subject may be. `entity` and `person` are digests of both sides as they were compared.

    `proposed` is what the first of two officers wants it to be, where it takes two; once the second has said the same, it
    stays beside their decision.
    """

    id: UUID
    subject: UUID
    publisher: model.Publisher
    ref: str
    tier: Tier
    score: int
    strong: bool
    state: HitState
    cause: Cause
    revision: int
    entity: bytes
    person: bytes
    decision: UUID
    opened_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    proposed: HitState | None = None
    proposed_by: UUID | None = None
    proposed_at: datetime | None = None

    @property
    def takes_two(self) -> bool:
        """Whether no officer lets it go alone: it agrees in more than the name, or somebody found it to be a match."""
        return self.strong or self.cause is Cause.MATCH_REOPENED


class Found(NamedTuple):
    """What a comparison found, before it meets what was decided earlier."""

    publisher: model.Publisher
    ref: str
    tier: Tier
    score: int
    strong: bool
    entity: bytes


class Answer(msgspec.Struct, frozen=True):
    """What a matcher said of each of a person's names, in their order: the bytes that are kept and made again."""

    decisions: tuple[model.Decision, ...]


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it lies in the database."""

    id: UUID
    subject: UUID
    owner: UUID
    trigger: Trigger
    outcome: State
    state: State
    failure: Failure | None
    matcher: str
    libraries: dict[str, str]
    lists: tuple[int, ...]
    review: int
    strong: int
    count: int
    hits: int
    person: bytes
    answer: bytes | None
    commitment: bytes
    digest: bytes
    at: datetime


class BadPerson(errors.Invalid):
    """Somebody without a name, or with more names or longer ones than anybody has, cannot be screened."""

    code = "screening_person_invalid"


class OtherKind(errors.Conflict):
    """The number belongs to a subject of another kind, or of another owner."""

    code = "screening_subject_differs"


class UnknownSubject(errors.NotFound):
    """Nobody of this number was screened."""

    code = "screening_subject_unknown"


class UnknownDecision(errors.NotFound):
    """There is no such screening decision."""

    code = "screening_decision_unknown"


class UnknownHit(errors.NotFound):
    """There is no such hit."""

    code = "screening_hit_unknown"


class HitDecided(errors.Conflict):
    """Somebody was faster: the facts say what they decided and when. Read it, and reopen it if it is wrong."""

    code = "screening_hit_decided"


class OwnHit(errors.Forbidden):
    """Nobody decides what a list says of themselves, or of whom they pay."""

    code = "screening_own_hit"


class SecondOfficer(errors.Conflict):
    """It takes two to let this hit go, and the first of them was you."""

    code = "screening_second_officer"


class VerdictRefused(errors.Invalid):
    """A hit of this tier or in this state cannot have that verdict."""

    code = "screening_verdict_refused"


class NoAnswer(errors.Conflict):
    """There was no answer that could be made again: the decision says why."""

    code = "screening_no_answer"
