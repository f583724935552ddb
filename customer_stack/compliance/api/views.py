"""What the routes of compliance take and show. Amounts are decimal text at the asset's own scale."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from boundary.kernel import clock
from customer_stack.access import model as access_model
from customer_stack.compliance import model
from customer_stack.compliance.model import reviews
from customer_stack.compliance.service import replaying
from customer_stack.ledger import model as ledger
from customer_stack.ledger.formats import amounts


class HeldView(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that is held, or was."""

    verdict: UUID
    operation: UUID
    kind: model.OperationKind
    account: UUID
    ledger_account: UUID
    asset: str
    amount: str
    reasons: list[model.Code]
    at: datetime
    state: reviews.State
    ground: str
    decided_by: UUID | None
    approved_by: UUID | None
    decided_at: datetime | None
    expires_at: datetime | None
    used_by: UUID | None


class VerdictView(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict, what it was reached on, and whether the same facts are answered the same today."""

    verdict: UUID
    operation: UUID
    account: UUID
    at: datetime
    answer: str
    reasons: list[str]
    facts: dict[str, Any]
    same_again: bool


class DecisionWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ground: reviews.Ground


class ProposedView(msgspec.Struct, frozen=True):
    """Somebody else approves the proposal by its hash."""

    proposal: str


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of held operations ends."""

    at: int
    verdict: UUID


def held(found: reviews.Review, assets: dict[int, ledger.Asset]) -> HeldView:
    r, asset = found, assets[found.asset]
    return HeldView(
        verdict=r.verdict,
        operation=r.operation,
        kind=r.kind,
        account=r.account,
        ledger_account=r.ledger_account,
        asset=asset.code,
        amount=amounts.shown(r.amount, asset.scale),
        reasons=list(r.reasons),
        at=r.at,
        state=r.state,
        ground=r.ground,
        decided_by=r.decided_by,
        approved_by=r.approved_by,
        decided_at=r.decided_at,
        expires_at=r.expires_at,
        used_by=r.used_by,
    )


def proposed(found: access_model.Proposal) -> ProposedView:
    return ProposedView(found.hash.hex())


def verdict(found: replaying.Replayed) -> VerdictView:
    row = found.stored
    return VerdictView(
        verdict=row.id,
        operation=row.operation,
        account=row.account,
        at=clock.from_micros(row.at),
        answer=row.answer,
        reasons=list(row.reasons),
        facts=msgspec.to_builtins(msgspec.structs.asdict(found.facts)),
        same_again=found.same,
    )
