"""What is shown of applications: to their owners, and to those who work here."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from customer_stack.kyc import model
from customer_stack.kyc.rules import sniffing, telling
from customer_stack.kyc.service import uploading

_SCREENING = frozenset({model.Waiting.SCREENING_PENDING, model.Waiting.SCREENING_ERROR})
Text = Annotated[str, msgspec.Meta(max_length=4000)]


class Wanted(model.Closed, frozen=True):
    """The level that is applied for."""

    level: model.Level


class WantedUpload(model.Closed, frozen=True):
    """A file that will be sent in parts; `size` in bytes."""

    kind: model.UploadKind
    size: Annotated[int, msgspec.Meta(ge=sniffing.SIZE_MIN, le=sniffing.SIZE_MAX)]


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """A file, and how it is sent: parts are numbered from 0, and all but the last have `part_bytes`."""

    id: UUID
    kind: str
    state: str
    size: int
    media: str
    parts: int
    part_bytes: int


class ApplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """An application as its owner sees it. What officers wrote for each other is not among it."""

    id: UUID
    level: int
    state: str
    waiting: str
    message: str
    created_at: datetime
    submitted_at: datetime | None
    expires_at: datetime | None
    uploads: list[UploadView]


class Page(msgspec.Struct, frozen=True):
    """Where the customer goes on."""

    url: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An application in the queue."""

    id: UUID
    account: UUID
    level: int
    state: str
    waiting: str
    session: int
    reasons: tuple[str, ...]
    policy_version: int
    claimed_by: UUID | None
    claimed_at: datetime | None
    submitted_at: datetime | None
    changed_at: datetime


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """An application with all that was said in it."""

    row: Row
    form: model.Form | None
    customer_text: str
    private_text: str
    uploads: list[UploadView]


class Decision(model.Closed, frozen=True):
    """What is decided. `private_text` is for officers alone."""

    verdict: Literal["approve", "reject", "return"]
    reasons: Annotated[list[model.Reason], msgspec.Meta(max_length=10)] = msgspec.field(default_factory=list)
    customer_text: Text = ""
    private_text: Text = ""


class WantedOverride(model.Closed, frozen=True):
    """Against which decision, and why."""

    approve: bool
    reason: model.Reason


class ProposedView(msgspec.Struct, frozen=True):
    """Somebody else approves the proposal by its hash."""

    proposal: str


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the log. `sequence` is when it happened, in microseconds since 1970, by whose clock says `source`."""

    number: int
    event: str
    source: str
    sequence: int
    at: datetime
    policy_version: int
    reasons: tuple[str, ...]
    by: UUID | None
    digest: str


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of the queue ends."""

    at: datetime
    id: UUID


def upload(each: model.Upload) -> UploadView:
    return UploadView(
        id=each.id,
        kind=each.kind.value,
        state=each.state.value,
        size=each.size,
        media=each.media,
        parts=uploading.parts(each.size),
        part_bytes=sniffing.PART_MAX,
    )


def application(row: model.Application, message: str, uploads: list[model.Upload], *, frozen: bool) -> ApplicationView:
    state = telling.shown(row.state, frozen=frozen)
    return ApplicationView(
        id=row.id,
        level=row.level,
        state=state.value,
        waiting=_told(row.waiting),
        message=message if state in {row.state, model.State.PENDING} else "",
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        expires_at=row.expires_at,
        uploads=[upload(each) for each in uploads],
    )


def _told(waiting: model.Waiting) -> str:
    """That something is checked is told; that it is screening, and that screening is in trouble, is for officers."""
    return "checks" if waiting in _SCREENING else waiting.value


def row(each: model.Application, *, whole: bool = True) -> Row:
    """Who only reads, as support does, is not told of findings: whoever knows of a hit can warn the person."""
    waiting = each.waiting.value if whole else _told(each.waiting)
    return Row(
        id=each.id,
        account=each.account,
        level=each.level,
        state=each.state.value,
        waiting=waiting,
        session=each.session,
        reasons=each.reasons if whole else (),
        policy_version=each.policy_version,
        claimed_by=each.claimed_by,
        claimed_at=each.claimed_at,
        submitted_at=each.submitted_at,
        changed_at=each.changed_at,
    )


def event(number: int, at: datetime, each: model.Logged, *, whole: bool) -> EventView:
    return EventView(
        number=number,
        event=each.event.value,
        source=each.source.value,
        sequence=each.sequence,
        at=at,
        policy_version=each.policy_version,
        reasons=each.reasons if whole else (),
        by=each.by,
        digest=each.digest.hex(),
    )
