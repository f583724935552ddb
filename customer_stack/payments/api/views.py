"""What the routes of payments take and show. Amounts are decimal text at the asset's own scale."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from customer_stack.fx.model import Conversion, Quote
from customer_stack.fx.service import quotes as quoting
from customer_stack.ledger import model as ledger
from customer_stack.ledger.formats import amounts
from customer_stack.payments.model import beneficiaries, deposits, hooks, payouts, rails
from customer_stack.payments.rules import beneficiaries as rules

Assets = Mapping[int, ledger.Asset]
Amount = Annotated[str, msgspec.Meta(min_length=1, max_length=40, examples=["250.00"])]


class NewBeneficiary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be paid. Which details a rail needs, `GET /api/v1/payment-rails` says."""

    name: beneficiaries.Name
    currency: beneficiaries.Currency
    country: beneficiaries.Country
    details: beneficiaries.Details


class BeneficiaryView(msgspec.Struct, frozen=True, kw_only=True):
    """Account numbers are shown by their last characters. Before `usable_at` nothing can be sent."""

    id: UUID
    name: str
    currency: str
    country: str
    details: dict[str, Any]
    payee: beneficiaries.Payee
    usable: bool
    usable_at: datetime
    created_at: datetime


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """The decision about a rail, with everything that went into it."""

    rail: rails.Rail
    reasons: list[rails.Reason]
    passed: list[rails.Passed]
    fallbacks: list[rails.Rail]
    cut_off: datetime | None
    value_date: date
    fee: str | None
    fee_currency: str | None
    needs: list[rails.Need]
    table: str


class NewWithdrawal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    beneficiary: UUID
    amount: Amount
    priority: rails.Priority = rails.Priority.STANDARD


class StepView(msgspec.Struct, frozen=True):
    state: payouts.State
    at: datetime
    code: str


class WithdrawalView(msgspec.Struct, frozen=True, kw_only=True):
    """`fee` is taken beside `amount`. `returned` is what came back after it was completed."""

    id: UUID
    beneficiary: UUID
    asset: str
    amount: str
    fee: str
    rail: rails.Rail
    state: payouts.State
    reason: str
    value_date: date
    returned: str | None
    created_at: datetime
    changed_at: datetime
    timeline: list[StepView]


class WorkView(WithdrawalView, frozen=True, kw_only=True):
    """One of the work list: who has taken it up, and the deposit that it gives back, if it does."""

    claimed_by: UUID | None
    gives_back: UUID | None
    resolution: str


class Ticked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why nothing is left to do about it."""

    resolution: payouts.Resolution


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """A completed withdrawal with the ledger transfers that stand for it, and the decision about its rail."""

    withdrawal: WithdrawalView
    transfer: UUID
    fee_transfer: UUID | None
    route: RouteView


class NewReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which currency, and at which provider the money should arrive."""

    currency: beneficiaries.Currency
    provider: Annotated[str, msgspec.Meta(min_length=1, max_length=32, examples=["bank"])]


class ReferenceView(msgspec.Struct, frozen=True, kw_only=True):
    """Write `reference` into the transfer's text. `account` is a virtual account of your own, where there is one."""

    reference: str
    asset: str
    provider: str
    account: str | None


class DepositView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    asset: str
    amount: str
    state: deposits.State
    value_date: date
    created_at: datetime
    transfer: UUID


class MomentView(msgspec.Struct, frozen=True):
    """A state that it was in, since when."""

    state: str
    at: datetime
    code: str


class TransactionView(msgspec.Struct, frozen=True, kw_only=True):
    """A deposit, a withdrawal or a conversion, each with its timeline. A conversion says what it was turned `into`."""

    id: UUID
    kind: str
    asset: str
    amount: str
    state: str
    created_at: datetime
    timeline: list[MomentView]
    into: str | None = None


class SuspenseView(msgspec.Struct, frozen=True, kw_only=True):
    """Money that nobody could place, and who sent it as the bank wrote it. `intended` is whose it would be, if clearance
    allowed it.
    """

    id: UUID
    provider: str
    asset: str
    amount: str
    why: str
    value_date: date
    created_at: datetime
    remitter: str
    intended: UUID | None


class Release(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whose account the money belongs."""

    account: UUID


class Proposed(msgspec.Struct, frozen=True):
    """Somebody else approves the proposal by its hash."""

    proposal: str


class NewStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A camt.052, camt.053 or camt.054 file in base64. Larger ones are handed in by command."""

    provider: Annotated[str, msgspec.Meta(min_length=1, max_length=32, examples=["bank"])]
    content: Annotated[bytes, msgspec.Meta(min_length=1, max_length=786_432)]


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a statement is: `lines` are dealt with, of which so many were credited, put into suspense, passed over."""

    id: UUID
    provider: str
    state: deposits.ImportState
    reason: str
    size: int
    lines: int
    booked: int
    suspense: int
    passed: int
    created_at: datetime
    ended_at: datetime | None


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    provider: str
    seen: hooks.Seen
    kind: str
    digest: str
    at: datetime


class Replayed(msgspec.Struct, frozen=True):
    """How many, and after which number the next call goes on."""

    count: int
    last: int


class NewHook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=512, examples=["https://hooks.example.com/payments"])]


class HookView(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown once, when the system is added."""

    id: UUID
    url: str
    state: hooks.HookState
    created_at: datetime
    secret: str | None = None


class HookChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: hooks.HookState


class ReplaySince(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything after this number is told or applied again; 0 means from the beginning."""

    after: Annotated[int, msgspec.Meta(ge=0)] = 0


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    event: int
    state: hooks.DeliveryState
    attempts: int
    code: str
    due_at: datetime


class Heard(msgspec.Struct, frozen=True):
    """What became of an event. A repeated one is as good as a new one: it is not sent again."""

    seen: hooks.Seen


def beneficiary(of: beneficiaries.Opened, now: datetime) -> BeneficiaryView:
    each = of.beneficiary
    return BeneficiaryView(
        id=each.id, name=of.name, currency=each.currency, country=each.country, details=rules.masked(of.details),
        payee=each.payee, usable=not rules.unusable(each, now), usable_at=each.usable_at, created_at=each.created_at,
    )  # fmt: skip


def route(of: rails.Answer) -> RouteView:
    fee = None
    if of.fee is not None:
        fee = amounts.shown(of.fee.minor, 2)
    return RouteView(
        rail=of.rail, reasons=list(of.reasons), passed=list(of.passed), fallbacks=list(of.fallbacks), cut_off=of.cut_off,
        value_date=of.value_date, fee=fee, fee_currency=of.fee.currency if of.fee else None, needs=list(of.needs),
        table=of.table,
    )  # fmt: skip


def withdrawal(of: payouts.Withdrawal, steps: Sequence[payouts.Step], assets: Assets) -> WithdrawalView:
    asset = assets[of.asset]
    return WithdrawalView(
        id=of.id, beneficiary=of.beneficiary, asset=asset.code, amount=amounts.shown(of.amount, asset.scale),
        fee=amounts.shown(of.fee, asset.scale), rail=of.rail, state=of.state, reason=of.reason,
        value_date=of.value_date, created_at=of.created_at, changed_at=of.changed_at,
        returned=None if of.returned is None else amounts.shown(of.returned, asset.scale), timeline=timeline(steps),
    )  # fmt: skip


def work(of: payouts.Withdrawal, steps: Sequence[payouts.Step], assets: Assets) -> WorkView:
    shown = msgspec.structs.asdict(withdrawal(of, steps, assets))
    return WorkView(**shown, claimed_by=of.claimed_by, gives_back=of.deposit, resolution=of.resolution)


def timeline(steps: Sequence[payouts.Step]) -> list[StepView]:
    return [StepView(each.state, each.at, each.code) for each in steps]


def deposit(of: deposits.Deposit, assets: Assets) -> DepositView:
    asset = assets[of.asset]
    return DepositView(
        id=of.id, asset=asset.code, amount=amounts.shown(of.amount, asset.scale), state=of.state,
        value_date=of.value_date, created_at=of.created_at, transfer=of.resolution or of.transfer,
    )  # fmt: skip


def incoming(of: deposits.Deposit, assets: Assets) -> TransactionView:
    """A deposit among the transactions; one that was in suspense says so."""
    asset = assets[of.asset]
    waited = of.state is deposits.State.RELEASED
    moments = [MomentView("suspense" if waited else of.state.value, of.created_at, "")]
    if waited and of.resolved_at is not None:
        moments.append(MomentView(of.state.value, of.resolved_at, ""))
    return TransactionView(
        id=of.id, kind="deposit", asset=asset.code, amount=amounts.shown(of.amount, asset.scale), state=of.state.value,
        created_at=of.created_at, timeline=moments,
    )  # fmt: skip


def outgoing(of: payouts.Withdrawal, steps: Sequence[payouts.Step], assets: Assets) -> TransactionView:
    asset = assets[of.asset]
    return TransactionView(
        id=of.id, kind="withdrawal", asset=asset.code, amount=amounts.shown(of.amount, asset.scale),
        state=of.state.value, created_at=of.created_at,
        timeline=[MomentView(each.state.value, each.at, each.code) for each in steps],
    )  # fmt: skip


def converted(of: Conversion, used: Quote) -> TransactionView:
    """What was sold, and what for."""
    terms = quoting.content(used.document)
    sold, bought = terms["sell"], terms["buy"]
    return TransactionView(
        id=of.id, kind="conversion", asset=sold["currency"], amount=sold["amount"], state="completed",
        created_at=of.at, into=f"{bought['amount']} {bought['currency']}",
        timeline=[MomentView("quoted", used.created_at, ""), MomentView("completed", of.at, "")],
    )  # fmt: skip


def reference(of: deposits.Reference, assets: Assets) -> ReferenceView:
    return ReferenceView(
        reference=of.reference, asset=assets[of.asset].code, provider=of.provider, account=of.external or None
    )


def suspense(of: deposits.Deposit, remitter: str, assets: Assets) -> SuspenseView:
    asset = assets[of.asset]
    return SuspenseView(
        id=of.id, provider=of.provider, asset=asset.code, amount=amounts.shown(of.amount, asset.scale), why=of.why,
        value_date=of.value_date, created_at=of.created_at, remitter=remitter, intended=of.intended,
    )  # fmt: skip


def statement(of: deposits.Import) -> ImportView:
    return ImportView(
        id=of.id, provider=of.provider, state=of.state, reason=of.reason, size=of.size, lines=of.lines, booked=of.booked,
        suspense=of.suspense, passed=of.passed, created_at=of.created_at, ended_at=of.ended_at,
    )  # fmt: skip


def hook(of: hooks.Hook, secret: str | None = None) -> HookView:
    return HookView(id=of.id, url=of.url, state=of.state, created_at=of.created_at, secret=secret)
