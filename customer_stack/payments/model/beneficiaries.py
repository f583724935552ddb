"""Whom a customer pays: details by rail, what was found out about the name, and when money may go."""

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import errors

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=140, examples=["Ada Example"])]
Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$", examples=["DE"])]
Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", examples=["EUR"])]
Line = Annotated[str, msgspec.Meta(max_length=70)]
Short = Annotated[str, msgspec.Meta(max_length=35)]


class Address(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Structured: a town and a country of their own. Lines of free text are refused by SWIFT since November 2026."""

    country: Country
    town: Annotated[str, msgspec.Meta(min_length=1, max_length=35, examples=["Colombo"])]
    street: Line = ""
    building: Annotated[str, msgspec.Meta(max_length=16)] = ""
    post_code: Annotated[str, msgspec.Meta(max_length=16)] = ""


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an account is. Which of these a rail needs, the rail says; empty is not given."""

    iban: Short = ""
    bic: Annotated[str, msgspec.Meta(max_length=11)] = ""
    aba: Annotated[str, msgspec.Meta(max_length=9)] = ""
    account_number: Short = ""
    sort_code: Annotated[str, msgspec.Meta(max_length=8)] = ""
    lk_account: Short = ""
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    bank_country: Annotated[str, msgspec.Meta(max_length=2, examples=["DE"])] = ""
    address: Address | None = None


class State(enum.StrEnum):
    ACTIVE = "active"
    REMOVED = "removed"


class Payee(enum.StrEnum):
    """What the bank at the other end said of the name."""

    UNCHECKED = "unchecked"
    MATCH = "match"
    CLOSE = "close"
    NO_MATCH = "no_match"
    UNAVAILABLE = "unavailable"


class Screened(enum.StrEnum):
    """What screening said. Only `clear` lets money move."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCKED = "blocked"
    PENDING = "pending"
    ERROR = "error"


class Beneficiary(msgspec.Struct, frozen=True, kw_only=True):
    """As it is stored: name and details are sealed under the customer's key."""

    id: UUID
    account: UUID
    state: State
    currency: str
    country: str
    name: bytes
    details: bytes
    payee: Payee
    screened: Screened
    usable_at: datetime
    revision: int
    created_at: datetime
    changed_at: datetime


class Opened(msgspec.Struct, frozen=True):
    """The same with its name and details in the clear, for its owner, its provider and nobody else."""

    beneficiary: Beneficiary
    name: str
    details: Details


class NoBeneficiary(errors.NotFound):
    """There is no such beneficiary, or it is not yours."""

    code = "beneficiary_unknown"


class DetailsWrong(errors.Invalid):
    """A detail is missing or is no account number; the facts `field` and `fault` say which and why."""

    code = "beneficiary_details_invalid"


class AddressNeeded(errors.Invalid):
    """The rail wants a structured address: at least a town and a country of their own."""

    code = "beneficiary_address_needed"


class Exists(errors.Conflict):
    """There is a beneficiary with this account already."""

    code = "beneficiary_exists"


class NotUsable(errors.Conflict):
    """Money cannot go there now; the fact `reason` says why."""

    code = "beneficiary_not_usable"


class TooMany(errors.Conflict):
    """An account has as many beneficiaries as it may."""

    code = "beneficiary_limit"


MASKED: Mapping[str, int] = {"iban": 4, "account_number": 4, "lk_account": 4}
"""Of which details only so many last characters are shown."""
