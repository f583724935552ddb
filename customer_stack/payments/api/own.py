"""What a customer does: beneficiaries, withdrawals, references for deposits, and reading it all back."""

from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params, response

from boundary.kernel import money
from boundary.kernel.runtime import etags, idempotency, pages, transaction
from customer_stack.access import api as access
from customer_stack.access import rules as access_rules
from customer_stack.fx.service import converting
from customer_stack.ledger.api import moving
from customer_stack.ledger.service import accounts
from customer_stack.payments.api import views
from customer_stack.payments.formats import statements
from customer_stack.payments.model import payouts, rails
from customer_stack.payments.model.beneficiaries import Currency
from customer_stack.payments.rules import account_data
from customer_stack.payments.rules import rails as rail_rules
from customer_stack.payments.service import beneficiaries, deposits, reporting, withdrawals
from customer_stack.payments.service.wiring import derived

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": access_rules.signed_in(machines=True)}
_ACT = {"rule": access_rules.signed_in(fresh=True)}
_TAGS = ["payments"]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ends."""

    id: UUID


@litestar.get(
    "/api/v1/payment-rails",
    operation_id="detect_rail",
    summary="Which rail a payment would take, and why, when it counts and what it costs",
    tags=_TAGS,
    opt=_LOOK,
)
async def rail(
    request: Request,
    currency: Annotated[Currency, params.QueryParameter(description="what is sent", min_length=3, max_length=3)],
    sender_country: Annotated[str, params.QueryParameter(description="ISO 3166, empty if unknown", max_length=2)] = "",
    recipient_country: Annotated[str, params.QueryParameter(description="likewise", max_length=2)] = "",
    amount: Annotated[int | None, params.QueryParameter(ge=1, description="in the currency's minor unit")] = None,
    priority: Annotated[rails.Priority, params.QueryParameter(description="how fast")] = rails.Priority.STANDARD,
) -> views.RouteView:
    pay = request.app.state.payments
    money.currency(currency)
    for country in (sender_country, recipient_country):
        if country and country not in account_data.COUNTRIES:
            raise rails.CountryUnknown("there is no such country")
    answer = rail_rules.detect_rail(
        currency, sender_country, recipient_country, at=pay.clock.now(), amount=amount, priority=priority
    )
    return views.route(answer)


# ---- beneficiaries


@litestar.post(
    "/api/v1/beneficiaries",
    operation_id="add_beneficiary",
    summary="Add somebody to be paid",
    tags=_TAGS,
    opt=_ACT,
    status_code=201,
)
async def add(request: Request, data: params.JSONBody[views.NewBeneficiary]) -> views.BeneficiaryView:
    """Checked, screened, and usable when the cool-down has passed. The same account is added once."""
    account, state = access.caller(request).account, request.app.state
    wanted = _wanted(data)
    details, payee = await beneficiaries.asked(state.payments, wanted)

    async def work(tx: transaction.Tx) -> views.BeneficiaryView:
        made = await beneficiaries.add(tx, state.payments, account, wanted, details, payee)
        return views.beneficiary(made, state.clock.now())

    shown: views.BeneficiaryView = await state.db.run("payments.beneficiary.add", work)
    return shown


@litestar.get(
    "/api/v1/beneficiaries",
    operation_id="list_beneficiaries",
    summary="Whom I may pay",
    tags=_TAGS,
    opt=_LOOK,
)
async def listed(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.BeneficiaryView]:
    account, state = access.caller(request).account, request.app.state
    asked = pages.read(request, Position, cursor, limit)
    after = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> Any:
        return await beneficiaries.listed(tx, state.payments, account, after, asked.limit + 1)

    page = pages.cut(
        asked, await state.db.run("payments.beneficiaries", work), lambda row: Position(row.beneficiary.id)
    )
    now = state.clock.now()
    return pages.Page([views.beneficiary(each, now) for each in page.items], page.next)


@litestar.get(
    "/api/v1/beneficiaries/{beneficiary:uuid}",
    operation_id="show_beneficiary",
    summary="One of those whom I may pay",
    tags=_TAGS,
    opt=_LOOK,
)
async def show(request: Request, beneficiary: params.FromPath[UUID]) -> litestar.Response[views.BeneficiaryView]:
    account, state = access.caller(request).account, request.app.state

    async def work(tx: transaction.Tx) -> litestar.Response[views.BeneficiaryView]:
        found = await beneficiaries.own(tx, account, beneficiary)
        shown = views.beneficiary(await beneficiaries.opened(tx, state.payments, found), state.clock.now())
        return response.Response(shown, headers={etags.HEADER: _tag(found.id, found.revision)})

    answer: litestar.Response[views.BeneficiaryView] = await state.db.run("payments.beneficiary", work)
    return answer


@litestar.put(
    "/api/v1/beneficiaries/{beneficiary:uuid}",
    operation_id="change_beneficiary",
    summary="Change somebody to be paid; the cool-down begins anew",
    tags=_TAGS,
    opt=_ACT,
)
async def change(
    request: Request,
    beneficiary: params.FromPath[UUID],
    data: params.JSONBody[views.NewBeneficiary],
    if_match: etags.IfMatch = None,
) -> views.BeneficiaryView:
    account, state = access.caller(request).account, request.app.state
    match, wanted = etags.required(if_match), _wanted(data)
    await state.db.read("payments.beneficiary", lambda tx: beneficiaries.own(tx, account, beneficiary))
    details, payee = await beneficiaries.asked(state.payments, wanted)

    async def work(tx: transaction.Tx) -> views.BeneficiaryView:
        held = await beneficiaries.own(tx, account, beneficiary, hold=True)
        match.check(_tag(held.id, held.revision))
        made = await beneficiaries.change(tx, state.payments, held, wanted, details, payee)
        return views.beneficiary(made, state.clock.now())

    shown: views.BeneficiaryView = await state.db.run("payments.beneficiary.change", work)
    return shown


@litestar.delete(
    "/api/v1/beneficiaries/{beneficiary:uuid}",
    operation_id="remove_beneficiary",
    summary="Remove somebody to be paid",
    tags=_TAGS,
    opt=_ACT,
)
async def remove(request: Request, beneficiary: params.FromPath[UUID]) -> None:
    account, state = access.caller(request).account, request.app.state

    async def work(tx: transaction.Tx) -> None:
        held = await beneficiaries.own(tx, account, beneficiary, hold=True)
        await beneficiaries.remove(tx, state.payments, held)

    await state.db.run("payments.beneficiary.remove", work)


# ---- withdrawals


@moving.post(
    "/api/v1/withdrawals",
    rule=access_rules.signed_in(fresh=True),
    operation_id="withdraw",
    summary="Send money to a beneficiary",
    tags=_TAGS,
    status_code=201,
)
async def withdraw(
    request: Request, data: params.JSONBody[views.NewWithdrawal], key: idempotency.Key = None
) -> litestar.Response[views.WithdrawalView]:
    """Needs an Idempotency-Key. What clearance refuses is kept as `refused`, and holds nothing."""
    account, state = access.caller(request).account, request.app.state
    claim = await idempotency.claim(request, account, key)
    wanted = withdrawals.Wanted(beneficiary=data.beneficiary, amount=data.amount, priority=data.priority)

    pay = state.payments._replace(clearance=moving.clearance(request))

    async def work(tx: transaction.Tx) -> tuple[int, views.WithdrawalView]:
        made = await withdrawals.create(tx, pay, account, wanted)
        return 201, await _shown(tx, made)

    answer: litestar.Response[Any] = await idempotency.run(state.db, "payments.withdraw", claim, work)
    return answer


@litestar.get(
    "/api/v1/withdrawals", operation_id="list_withdrawals", summary="What I sent, newest first", tags=_TAGS, opt=_LOOK
)
async def sent(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.WithdrawalView]:
    account, state = access.caller(request).account, request.app.state
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> pages.Page[views.WithdrawalView]:
        rows = await withdrawals.listed(tx, account, before, asked.limit + 1)
        page = pages.cut(asked, rows, lambda row: Position(row.id))
        steps = await withdrawals.steps(tx, [each.id for each in page.items])
        assets = await accounts.assets(tx)
        return pages.Page([views.withdrawal(each, steps[each.id], assets) for each in page.items], page.next)

    shown: pages.Page[views.WithdrawalView] = await state.db.read("payments.withdrawals", work)
    return shown


@litestar.get(
    "/api/v1/withdrawals/{withdrawal:uuid}",
    operation_id="show_withdrawal",
    summary="One of mine with its timeline",
    tags=_TAGS,
    opt=_LOOK,
)
async def show_withdrawal(request: Request, withdrawal: params.FromPath[UUID]) -> views.WithdrawalView:
    account = access.caller(request).account

    async def work(tx: transaction.Tx) -> views.WithdrawalView:
        return await _shown(tx, await withdrawals.own(tx, account, withdrawal))

    shown: views.WithdrawalView = await request.app.state.db.read("payments.withdrawal", work)
    return shown


@litestar.post(
    "/api/v1/withdrawals/{withdrawal:uuid}/cancel",
    operation_id="cancel_withdrawal",
    summary="Cancel one of mine that was not handed over yet",
    tags=_TAGS,
    opt=_ACT,
    status_code=200,
)
async def cancel(request: Request, withdrawal: params.FromPath[UUID]) -> views.WithdrawalView:
    account, state = access.caller(request).account, request.app.state

    async def work(tx: transaction.Tx) -> views.WithdrawalView:
        return await _shown(tx, await withdrawals.cancel(tx, state.payments, account, withdrawal))

    shown: views.WithdrawalView = await state.db.run("payments.cancel", work)
    return shown


@litestar.get(
    "/api/v1/withdrawals/{withdrawal:uuid}/receipt",
    operation_id="withdrawal_receipt",
    summary="The receipt of one of mine that was completed",
    tags=_TAGS,
    opt=_LOOK,
)
async def receipt(request: Request, withdrawal: params.FromPath[UUID]) -> views.ReceiptView:
    account = access.caller(request).account

    async def work(tx: transaction.Tx) -> views.ReceiptView:
        found = await withdrawals.own(tx, account, withdrawal)
        if found.state not in {payouts.State.COMPLETED, payouts.State.RETURNED}:
            raise payouts.NoWithdrawal("there is no receipt of it yet")
        return views.ReceiptView(
            withdrawal=await _shown(tx, found),
            transfer=derived(found.hold, "POST"),
            fee_transfer=derived(found.fee_hold, "POST") if found.fee_hold else None,
            route=views.route(await withdrawals.route(tx, found.id)),
        )

    shown: views.ReceiptView = await request.app.state.db.read("payments.receipt", work)
    return shown


# ---- deposits


@litestar.post(
    "/api/v1/deposit-references",
    operation_id="make_deposit_reference",
    summary="My reference for deposits in a currency; the one I have, or a new one",
    tags=_TAGS,
    opt={"rule": access_rules.signed_in()},
    status_code=200,
)
async def make_reference(request: Request, data: params.JSONBody[views.NewReference]) -> views.ReferenceView:
    account, state = access.caller(request).account, request.app.state
    provider = state.payments.provider(data.provider)

    async def known(tx: transaction.Tx) -> bool:
        assets = await accounts.assets(tx)
        held = await deposits.references_of(tx, account)
        return any((assets[each.asset].code, each.provider) == (data.currency, data.provider) for each in held)

    opened = (
        "" if await state.db.read("payments.references", known) else await provider.open_account(account, data.currency)
    )

    async def work(tx: transaction.Tx) -> views.ReferenceView:
        made = await deposits.reference(tx, state.payments, account, data.currency, data.provider, opened)
        return views.reference(made, await accounts.assets(tx))

    shown: views.ReferenceView = await state.db.run("payments.reference", work)
    return shown


@litestar.get(
    "/api/v1/deposit-references",
    operation_id="list_deposit_references",
    summary="My references for deposits",
    tags=_TAGS,
    opt=_LOOK,
)
async def references(request: Request) -> list[views.ReferenceView]:
    account = access.caller(request).account

    async def work(tx: transaction.Tx) -> list[views.ReferenceView]:
        assets = await accounts.assets(tx)
        return [views.reference(each, assets) for each in await deposits.references_of(tx, account)]

    found: list[views.ReferenceView] = await request.app.state.db.read("payments.references", work)
    return found


@litestar.get(
    "/api/v1/deposits", operation_id="list_deposits", summary="What came in for me, newest first", tags=_TAGS, opt=_LOOK
)
async def received(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.DepositView]:
    account = access.caller(request).account
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> pages.Page[views.DepositView]:
        page = pages.cut(
            asked, await deposits.listed(tx, account, before, asked.limit + 1), lambda row: Position(row.id)
        )
        assets = await accounts.assets(tx)
        return pages.Page([views.deposit(each, assets) for each in page.items], page.next)

    shown: pages.Page[views.DepositView] = await request.app.state.db.read("payments.deposits", work)
    return shown


@litestar.get(
    "/api/v1/deposits/{deposit:uuid}",
    operation_id="show_deposit",
    summary="One of mine that came in",
    tags=_TAGS,
    opt=_LOOK,
)
async def show_deposit(request: Request, deposit: params.FromPath[UUID]) -> views.DepositView:
    account = access.caller(request).account

    async def work(tx: transaction.Tx) -> views.DepositView:
        return views.deposit(await deposits.own(tx, account, deposit), await accounts.assets(tx))

    shown: views.DepositView = await request.app.state.db.read("payments.deposit", work)
    return shown


# ---- both, and statements


@litestar.get(
    "/api/v1/transactions",
    operation_id="list_transactions",
    summary="What came in, was converted and went out, newest first, each with its timeline",
    tags=_TAGS,
    opt=_LOOK,
)
async def transactions(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.TransactionView]:
    account = access.caller(request).account
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> pages.Page[views.TransactionView]:
        """All are numbered in the order of time, so the newest of all are among the newest of each."""
        gone = await withdrawals.listed(tx, account, before, asked.limit + 1)
        came = await deposits.listed(tx, account, before, asked.limit + 1)
        changed = await converting.listed(tx, account, before, asked.limit + 1)
        steps = await withdrawals.steps(tx, [each.id for each in gone])
        assets = await accounts.assets(tx)
        rows = [views.outgoing(each, steps[each.id], assets) for each in gone]
        rows += [views.incoming(each, assets) for each in came]
        rows += [views.converted(each, used) for each, used in changed]
        rows.sort(key=lambda row: row.id, reverse=True)
        return pages.cut(asked, rows, lambda row: Position(row.id))

    shown: pages.Page[views.TransactionView] = await request.app.state.db.read("payments.transactions", work)
    return shown


@litestar.get(
    "/api/v1/balances/{account:uuid}/months/{month:str}",
    operation_id="monthly_statement",
    summary="A month of an account of mine as CSV or PDF",
    tags=_TAGS,
    opt=_LOOK,
)
async def monthly(
    request: Request,
    account: params.FromPath[UUID],
    month: params.FromPath[str],
    as_: Annotated[str, params.QueryParameter(name="as", pattern="^(csv|pdf)$", description="`csv` or `pdf`")] = "csv",
) -> response.Response[bytes]:
    owner, state = access.caller(request).account, request.app.state
    title = state.branding.config.brand.name

    async def work(tx: transaction.Tx) -> statements.Month:
        return await reporting.month(tx, owner, account, month, title, state.clock.now())

    found = await state.db.read("payments.month", work)
    data = statements.pdf(found) if as_ == "pdf" else statements.csv(found)
    kind = "application/pdf" if as_ == "pdf" else "text/csv; charset=utf-8"
    headers = {"content-disposition": f'attachment; filename="{month}.{as_}"', "cache-control": "private, no-store"}
    return response.Response(data, media_type=kind, headers=headers)


HANDLERS = (
    rail, add, listed, show, change, remove, withdraw, sent, show_withdrawal, cancel, receipt, make_reference, references,
    received, show_deposit, transactions, monthly,
)  # fmt: skip


async def _shown(tx: transaction.Tx, made: payouts.Withdrawal) -> views.WithdrawalView:
    steps = await withdrawals.steps(tx, [made.id])
    return views.withdrawal(made, steps[made.id], await accounts.assets(tx))


def _wanted(data: views.NewBeneficiary) -> beneficiaries.Wanted:
    return beneficiaries.Wanted(name=data.name, currency=data.currency, country=data.country, details=data.details)


def _tag(id_: UUID, revision: int) -> str:
    return etags.strong("beneficiary", str(id_), revision)
