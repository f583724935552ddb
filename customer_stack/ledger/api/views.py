"""What the routes of the ledger take and show. Amounts are decimal text at the asset's own scale."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from customer_stack.ledger import model
from customer_stack.ledger.formats import amounts, posting_file
from customer_stack.ledger.model import views
from customer_stack.ledger.rules import chart

Assets = Mapping[int, model.Asset]
_KINDS = {
    model.Flag.PENDING: "pending",
    model.Flag.POST: "post",
    model.Flag.VOID: "void",
    model.Flag.EXPIRE: "expire",
}


class BalanceView(msgspec.Struct, frozen=True):
    """`available` is what may be spent: `total` less what is `held` for transfers that are pending."""

    account: UUID
    kind: str
    asset: str
    available: str
    held: str
    total: str
    closed: bool


class AsOfView(msgspec.Struct, frozen=True):
    account: UUID
    asset: str
    at: datetime
    held: str
    total: str


class MovementView(msgspec.Struct, frozen=True):
    """A movement of one account. `total` and `held` are its balances behind it."""

    transfer: UUID
    kind: str
    direction: str
    amount: str
    code: int
    posted_at: datetime
    effective_at: datetime
    total: str
    held: str
    ends: UUID | None
    reverses: UUID | None
    reference: UUID | None


class LinkView(msgspec.Struct, frozen=True):
    """One transfer of a chain. Accounts that are not the caller's are not named."""

    transfer: UUID
    kind: str
    state: str
    asset: str
    amount: str
    code: int
    posted_at: datetime
    debit: UUID | None
    credit: UUID | None


class TransferView(msgspec.Struct, frozen=True):
    """A transfer, those that happened together with it, and the proof that the audit log holds it, once it is sealed."""

    transfer: LinkView
    chain: list[LinkView]
    proof: dict[str, Any] | None


class StatementView(msgspec.Struct, frozen=True):
    """A day in UTC: `opening` and the movements make `closing`."""

    account: UUID
    day: date
    asset: str
    opening: str
    closing: str
    credits: str
    debits: str
    movements: int


class TotalView(msgspec.Struct, frozen=True):
    """An asset's sums over all accounts."""

    asset: str
    accounts: int
    debits: str
    credits: str
    debits_pending: str
    credits_pending: str


class AlarmView(msgspec.Struct, frozen=True):
    number: int
    transfer: UUID
    account: UUID
    reason: str
    at: datetime


class TrialView(msgspec.Struct, frozen=True):
    """`digest` is what the audit log holds of the day."""

    day: date
    accounts: int
    digest: str


class WantedPosting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Transfers to be posted by hand, all of them or none."""

    transfers: Annotated[tuple[posting_file.Line, ...], msgspec.Meta(min_length=1, max_length=posting_file.LINES_MAX)]


def balance(account: model.Account, assets: Assets) -> BalanceView:
    asset = assets[account.asset]
    return BalanceView(
        account.id,
        chart.name(account.code),
        asset.code,
        amounts.shown(account.available, asset.scale),
        amounts.shown(account.held, asset.scale),
        amounts.shown(account.total, asset.scale),
        bool(account.flags & model.AccountFlag.CLOSED),
    )


def as_of(account: model.Account, at: datetime, found: views.Balances, assets: Assets) -> AsOfView:
    asset = assets[account.asset]
    held, total = amounts.shown(found.debits_pending, asset.scale), amounts.shown(found.total, asset.scale)
    return AsOfView(account.id, asset.code, at, held, total)


def kind(transfer: model.Transfer) -> str:
    return next((name for flag, name in _KINDS.items() if transfer.flags & flag), "transfer")


def movement(account: UUID, found: views.Movement, assets: Assets) -> MovementView:
    stored, transfer = found.stored, found.stored.transfer
    scale = assets[transfer.asset].scale
    return MovementView(
        transfer.id,
        kind(transfer),
        "debit" if transfer.debit == account else "credit",
        amounts.shown(transfer.amount, scale),
        transfer.code,
        stored.posted_at,
        transfer.effective_at or stored.posted_at,
        amounts.shown(found.balances.total, scale),
        amounts.shown(found.balances.debits_pending, scale),
        _given(transfer.pending_id),
        _given(transfer.reverses),
        _given(transfer.reference),
    )


def link(stored: model.Stored, assets: Assets, mine: frozenset[UUID] | None) -> LinkView:
    """With `mine`, only those accounts are named."""
    transfer = stored.transfer
    asset = assets[transfer.asset]
    return LinkView(
        transfer.id,
        kind(transfer),
        stored.resolution.value if stored.resolution else "final",
        asset.code,
        amounts.shown(transfer.amount, asset.scale),
        transfer.code,
        stored.posted_at,
        transfer.debit if mine is None or transfer.debit in mine else None,
        transfer.credit if mine is None or transfer.credit in mine else None,
    )


def statement(found: views.Statement, account: model.Account, assets: Assets) -> StatementView:
    asset = assets[account.asset]

    def show(minor: int) -> str:
        return amounts.shown(minor, asset.scale)

    return StatementView(
        found.account,
        found.day,
        asset.code,
        show(found.opening.total),
        show(found.closing.total),
        show(found.closing.credits_posted - found.opening.credits_posted),
        show(found.closing.debits_posted - found.opening.debits_posted),
        len(found.movements),
    )


def total(found: views.Total, assets: Assets) -> TotalView:
    asset = assets[found.asset]
    sums = (found.debits_posted, found.credits_posted, found.debits_pending, found.credits_pending)
    return TotalView(asset.code, found.accounts, *(amounts.shown(each, asset.scale) for each in sums))


def _given(id_: UUID) -> UUID | None:
    return None if id_ == model.NIL else id_
