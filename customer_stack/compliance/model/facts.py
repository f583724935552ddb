"""What a verdict was reached on: everything that the rules saw, kept so that the same answer can be found again.

No name, no text of a person: levels, states, sums and reasons. Amounts may pass 64 bits, so they stand as text.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from boundary.kernel import records
from customer_stack.compliance import model

RULES = 1
"""Which rules judge facts of this shape."""


class Facts(
    msgspec.Struct, frozen=True, array_like=True, kw_only=True, forbid_unknown_fields=True, tag="clearance.facts.v1"
):
    """`home` is the amount in the jurisdiction's currency, and empty where no rate could tell it. Sums are of the same
    kind of operation, before this one, earlier items of its batch included.
    """

    rules: int
    kind: model.OperationKind
    amount: str
    currency: str
    home: str
    theirs: bool
    level: int
    needed: int
    kyc: str
    frozen: bool
    screened: str
    counterparty: str
    risk: str
    alerts: tuple[str, ...]
    safeguards: tuple[str, ...]
    single: str
    day: str
    month: str
    moved_day: str
    moved_month: str
    threshold: str
    travel_minimum: str
    travels: bool
    travel_complete: bool
    released: tuple[str, ...]


_SIZE = 32
HASHES_MAX = 500

Hashes = Annotated[bytes, msgspec.Meta(min_length=_SIZE, max_length=_SIZE * HASHES_MAX)]


class Evaluated(records.Entry, frozen=True, tag="compliance.evaluated.v1"):
    """Operations were judged, in this order; one hash for each, over the verdict with its facts."""

    at: records.Count
    count: records.Count
    hashes: Hashes


class ReviewDecided(records.Entry, frozen=True, tag="compliance.review_decided.v1"):
    """Somebody decided about a held operation; `second` where it took two."""

    verdict: UUID
    state: str
    ground: str
    by: UUID
    second: UUID | None


class FileTaken(records.Entry, frozen=True, tag="compliance.file_taken.v1"):
    """Somebody took the whole file of a customer; without `by` it was the operator's command."""

    account: UUID
    by: UUID | None
    digest: records.Hash32


class Row(msgspec.Struct, frozen=True, array_like=True, tag="clearance.row.v1"):
    """The bytes under a verdict's hash."""

    id: UUID
    operation: UUID
    account: UUID
    ledger_account: UUID
    asset: int
    amount: str
    counterparty: UUID | None
    destination: str
    answer: str
    reasons: tuple[str, ...]
    facts: bytes
    review: UUID | None
    at: int
