"""Reports to the authority: what they say, whom they name, and how far they have come."""

import enum
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from boundary.kernel import errors

Short = Annotated[str, Meta(min_length=1, max_length=255)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", examples=["LK"])]
Narrative = Annotated[str, Meta(max_length=8000)]


class Kind(enum.StrEnum):
    SUSPICIOUS = "suspicious"
    THRESHOLD = "threshold"


class State(enum.StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    EXPORTED = "exported"
    ACKNOWLEDGED = "acknowledged"
    DISCARDED = "discarded"


class Event(enum.StrEnum):
    APPROVE = "approve"
    EXPORT = "export"
    ACKNOWLEDGE = "acknowledge"
    DISCARD = "discard"


class Closed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The base of what a report's content is made of."""


class Address(Closed, frozen=True, kw_only=True):
    address: Name
    city: Name
    country: Country
    zip: Annotated[str, Meta(max_length=10)] = ""


class Identification(Closed, frozen=True, kw_only=True):
    type: Annotated[str, Meta(pattern="^[A-Z0-9]{1,20}$", examples=["PASSPORT"])]
    number: Short
    issue_country: Country


class Person(Closed, frozen=True, kw_only=True):
    """Somebody whom a report names. An empty name is a person who is not known yet, and nothing is filed about such."""

    first_name: Annotated[str, Meta(max_length=100)] = ""
    last_name: Annotated[str, Meta(max_length=100)] = ""
    birthdate: date | None = None
    id_number: Annotated[str, Meta(max_length=25)] = ""
    nationality: Country | None = None
    residence: Country | None = None
    address: Address | None = None
    identification: Identification | None = None
    occupation: Annotated[str, Meta(max_length=255)] = ""


class OtherSide(Closed, frozen=True, kw_only=True):
    """Where money came from or went to, as far as it is known."""

    institution: Annotated[str, Meta(max_length=255)] = ""
    account: Annotated[str, Meta(max_length=50)] = ""
    name: Annotated[str, Meta(max_length=255)] = ""
    country: Country | None = None


class Transaction(Closed, frozen=True, kw_only=True):
    """One movement as the books have it; `local` is its worth in the jurisdiction's currency, in smallest units, and
    none when nobody could say it. `opened` is when the customer's account was.
    """

    transfer: UUID
    at: datetime
    incoming: bool
    amount: int
    asset: str
    scale: int
    local: int | None
    ledger_account: UUID
    opened: datetime | None = None
    other: OtherSide = OtherSide()


class Content(Closed, frozen=True, kw_only=True):
    """All that a report says. It is sealed where it is kept."""

    reason: Narrative = ""
    action: Narrative = ""
    indicators: Annotated[
        tuple[Annotated[str, Meta(pattern="^[A-Z0-9_-]{1,25}$", examples=["MLPT"])], ...], Meta(max_length=50)
    ] = ()
    person: Person = Person()
    transactions: Annotated[tuple[Transaction, ...], Meta(max_length=200)] = ()


class Revision(Closed, frozen=True, kw_only=True):
    """What an officer may write into a draft: everything but the movements, which are the ledger's."""

    reason: Narrative = ""
    action: Narrative = ""
    indicators: Annotated[
        tuple[Annotated[str, Meta(pattern="^[A-Z0-9_-]{1,25}$", examples=["MLPT"])], ...], Meta(max_length=50)
    ] = ()
    person: Person = Person()
    others: dict[UUID, OtherSide] = {}
    """By transfer: the other side, where the books do not know it."""
    local: dict[UUID, Annotated[int, Meta(ge=0)]] = {}
    """By transfer: its worth in the jurisdiction's currency, where no rate was there when it was drafted."""


class Reporter(Closed, frozen=True, kw_only=True):
    """Who files: the entity's number with the authority, its place, and the person who answers for it."""

    rentity_id: Annotated[int, Meta(ge=1, le=999_999_999)]
    rentity_branch: Annotated[str, Meta(max_length=255)] = ""
    institution_name: Short
    institution_code: Annotated[str, Meta(min_length=1, max_length=50)]
    location: Address
    person: Person


class Report(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: Kind
    code: str
    case: UUID | None
    subject: UUID
    transfer: UUID | None
    state: State
    version: int
    digest: bytes
    due_at: datetime
    overdue_at: datetime | None
    created_at: datetime
    drafted_by: UUID | None
    approved_by: UUID | None
    reference: str | None


class Export(msgspec.Struct, frozen=True):
    """The record of a file that left: never changed, never deleted."""

    report: UUID
    sha256: bytes
    size: int
    signature: bytes
    public_key: bytes
    at: datetime


class UnknownReport(errors.NotFound):
    """There is no such report, or none that the caller may see."""

    code = "report_unknown"


class Incomplete(errors.Conflict):
    """The report cannot be filed as it is; the fact `missing` names what it lacks."""

    code = "report_incomplete"


class NotDraft(errors.Conflict):
    """Only a draft is rewritten."""

    code = "report_not_draft"


class NoFile(errors.NotFound):
    """The report was not exported yet; the worker does that once it is approved."""

    code = "report_not_exported"


class Changed(errors.Conflict):
    """The report was rewritten after it was proposed; propose it again."""

    code = "report_changed"


class NotValid(errors.Invalid):
    """The file is not what the authority's schema asks for; `at` names the element."""

    code = "report_not_valid"
