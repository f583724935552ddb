"""What finance works on: money in suspense, withdrawals that wait or went wrong, statements, events, systems told."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import pages, transaction
from customer_stack.access import api as access
from customer_stack.access import model as access_model
from customer_stack.access import rules as access_rules
from customer_stack.ledger.service import accounts
from customer_stack.payments.api import views
from customer_stack.payments.model import entries, hooks, payouts
from customer_stack.payments.service import (
    beneficiaries,
    deciding,
    deposits,
    hearing,
    importing,
    returning,
    telling,
    withdrawals,
    working,
)

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": access_rules.may(access_model.Permission.PLATFORM_FINANCES)}
_ACT = {"rule": access_rules.may(deciding.NEEDS, fresh=True)}
_TAGS = ["admin"]
_AWAITED = (payouts.State.AWAITING_APPROVAL, payouts.State.UNKNOWN, payouts.State.RETURNED)


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ends."""

    id: UUID


class Number(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Likewise, where rows are numbered."""

    number: int


@litestar.get(
    "/api/v1/admin/payments/suspense",
    operation_id="list_suspense",
    summary="Money that nobody could place, the oldest first",
    tags=_TAGS,
    opt=_LOOK,
)
async def suspense(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.SuspenseView]:
    state = request.app.state
    asked = pages.read(request, Position, cursor, limit)
    after = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> pages.Page[views.SuspenseView]:
        page = pages.cut(asked, await deposits.suspense(tx, after, asked.limit + 1), lambda row: Position(row.id))
        assets = await accounts.assets(tx)
        shown = [
            views.suspense(each, await deposits.remitter(tx, state.payments, each.id), assets) for each in page.items
        ]
        return pages.Page(shown, page.next)

    found: pages.Page[views.SuspenseView] = await state.db.run("payments.suspense", work)
    return found


@litestar.post(
    "/api/v1/admin/payments/suspense/{deposit:uuid}/release",
    operation_id="propose_release",
    summary="Propose whose the money is; somebody else approves it",
    tags=_TAGS,
    opt=_ACT,
    status_code=202,
)
async def release(
    request: Request, deposit: params.FromPath[UUID], data: params.JSONBody[views.Release]
) -> views.Proposed:
    return await _propose(request, entries.ReleaseDeposit(deposit, data.account))


@litestar.post(
    "/api/v1/admin/payments/suspense/{deposit:uuid}/return",
    operation_id="propose_return",
    summary="Propose to send the money back; somebody else approves it",
    tags=_TAGS,
    opt=_ACT,
    status_code=202,
)
async def give_back(request: Request, deposit: params.FromPath[UUID]) -> views.Proposed:
    return await _propose(request, entries.ReturnDeposit(deposit))


@litestar.put(
    "/api/v1/admin/payments/suspense/{deposit:uuid}/payee",
    operation_id="name_payee",
    summary="Say to whom money in suspense goes back, if it does",
    tags=_TAGS,
    opt=_ACT,
)
async def payee(
    request: Request, deposit: params.FromPath[UUID], data: params.JSONBody[views.NewBeneficiary]
) -> views.BeneficiaryView:
    """Checked and screened as a customer's is. Whoever was named before is not paid."""
    state = request.app.state
    wanted = beneficiaries.Wanted(name=data.name, currency=data.currency, country=data.country, details=data.details)
    details, checked = await beneficiaries.asked(state.payments, wanted)

    async def work(tx: transaction.Tx) -> views.BeneficiaryView:
        made = await returning.name_payee(tx, state.payments, deposit, wanted, details, checked)
        return views.beneficiary(made, state.clock.now())

    shown: views.BeneficiaryView = await state.db.run("payments.suspense.payee", work)
    return shown


@litestar.get(
    "/api/v1/admin/payments/withdrawals",
    operation_id="list_withdrawals_to_look_at",
    summary="Withdrawals that wait, are of unknown fate, came back, or contradict themselves, until they are ticked off",
    tags=_TAGS,
    opt=_LOOK,
)
async def work_list(
    request: Request,
    only: Annotated[payouts.State | None, params.QueryParameter(name="state", description="one state alone")] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.WorkView]:
    asked = pages.read(request, Position, cursor, limit, only)
    after = asked.after.id if asked.after else None
    chosen = [only] if only else list(_AWAITED)

    async def work(tx: transaction.Tx) -> pages.Page[views.WorkView]:
        rows = await withdrawals.work(tx, chosen, after, asked.limit + 1, contradicted=only is None)
        page = pages.cut(asked, rows, lambda row: Position(row.id))
        steps = await withdrawals.steps(tx, [each.id for each in page.items])
        assets = await accounts.assets(tx)
        return pages.Page([views.work(each, steps[each.id], assets) for each in page.items], page.next)

    found: pages.Page[views.WorkView] = await request.app.state.db.read("payments.work", work)
    return found


@litestar.post(
    "/api/v1/admin/payments/withdrawals/{withdrawal:uuid}/approval",
    operation_id="propose_withdrawal",
    summary="Propose to let a large withdrawal go; somebody else approves it",
    tags=_TAGS,
    opt=_ACT,
    status_code=202,
)
async def approval(request: Request, withdrawal: params.FromPath[UUID]) -> views.Proposed:
    revision = await _revision(request, withdrawal)
    return await _propose(request, entries.ApproveWithdrawal(withdrawal, revision))


@litestar.post(
    "/api/v1/admin/payments/withdrawals/{withdrawal:uuid}/rejection",
    operation_id="propose_rejection",
    summary="Propose to end a large withdrawal; somebody else approves it",
    tags=_TAGS,
    opt=_ACT,
    status_code=202,
)
async def rejection(request: Request, withdrawal: params.FromPath[UUID]) -> views.Proposed:
    revision = await _revision(request, withdrawal)
    return await _propose(request, entries.RejectWithdrawal(withdrawal, revision))


@litestar.post(
    "/api/v1/admin/payments/withdrawals/{withdrawal:uuid}/claim",
    operation_id="claim_withdrawal",
    summary="Take up one of the work list",
    tags=_TAGS,
    opt=_ACT,
    status_code=200,
)
async def claim(request: Request, withdrawal: params.FromPath[UUID]) -> views.WorkView:
    staff = access.caller(request).account
    return await _worked(request, "payments.claim", lambda tx: working.claim(tx, withdrawal, staff))


@litestar.post(
    "/api/v1/admin/payments/withdrawals/{withdrawal:uuid}/let-go",
    operation_id="let_go_of_withdrawal",
    summary="Leave one that I took up to others",
    tags=_TAGS,
    opt=_ACT,
    status_code=200,
)
async def let_go(request: Request, withdrawal: params.FromPath[UUID]) -> views.WorkView:
    staff = access.caller(request).account
    return await _worked(request, "payments.let_go", lambda tx: working.let_go(tx, withdrawal, staff))


@litestar.post(
    "/api/v1/admin/payments/withdrawals/{withdrawal:uuid}/resolution",
    operation_id="tick_off_withdrawal",
    summary="Tick off one that I took up, with a reason",
    tags=_TAGS,
    opt=_ACT,
    status_code=200,
)
async def tick_off(
    request: Request, withdrawal: params.FromPath[UUID], data: params.JSONBody[views.Ticked]
) -> views.WorkView:
    state, staff = request.app.state, access.caller(request).account
    return await _worked(
        request,
        "payments.tick_off",
        lambda tx: working.resolve(tx, state.payments, withdrawal, staff, data.resolution),
    )


# ---- statements


@litestar.post(
    "/api/v1/admin/payments/statements",
    operation_id="hand_in_statement",
    summary="Hand in a bank's statement; a job books it",
    tags=_TAGS,
    opt=_ACT,
    status_code=202,
)
async def hand_in(request: Request, data: params.JSONBody[views.NewStatement]) -> views.ImportView:
    """The same file is taken once: handing it in again is a conflict that names its import."""
    state, staff = request.app.state, access.caller(request).account
    made = await importing.take(state.db, state.payments, data.provider, data.content, staff)
    return views.statement(made)


@litestar.get(
    "/api/v1/admin/payments/statements",
    operation_id="list_handed_in",
    summary="Statements that were handed in, newest first",
    tags=_TAGS,
    opt=_LOOK,
)
async def handed_in(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.ImportView]:
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.id if asked.after else None
    rows = await request.app.state.db.read(
        "payments.statements", lambda tx: importing.listed(tx, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Position(row.id))
    return pages.Page([views.statement(each) for each in page.items], page.next)


@litestar.get(
    "/api/v1/admin/payments/statements/{statement:uuid}",
    operation_id="show_handed_in",
    summary="How far a statement is",
    tags=_TAGS,
    opt=_LOOK,
)
async def show_statement(request: Request, statement: params.FromPath[UUID]) -> views.ImportView:
    return views.statement(
        await request.app.state.db.read("payments.statement", lambda tx: importing.show(tx, statement))
    )


# ---- events in


@litestar.get(
    "/api/v1/admin/payments/events",
    operation_id="list_provider_events",
    summary="What providers, or somebody in their name, sent, newest first",
    tags=_TAGS,
    opt=_LOOK,
)
async def events(
    request: Request,
    provider: Annotated[str | None, params.QueryParameter(max_length=32, description="of one alone")] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.EvidenceView]:
    asked = pages.read(request, Number, cursor, limit, provider)
    before = asked.after.number if asked.after else None
    rows = await request.app.state.db.read(
        "payments.events", lambda tx: hearing.evidence(tx, provider, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Number(row.number))
    shown = [
        views.EvidenceView(
            number=each.number, provider=each.provider, seen=each.seen, kind=each.kind, digest=each.digest.hex(),
            at=each.at,
        )
        for each in page.items
    ]  # fmt: skip
    return pages.Page(shown, page.next)


@litestar.post(
    "/api/v1/admin/payments/events/{provider:str}/replay",
    operation_id="replay_provider_events",
    summary="Apply again what a provider sent after a number",
    tags=_TAGS,
    opt=_ACT,
    status_code=200,
)
async def replay_events(
    request: Request, provider: params.FromPath[str], data: params.JSONBody[views.ReplaySince]
) -> views.Replayed:
    """Whatever had its effect has none again."""
    state = request.app.state
    count, last = await state.db.run(
        "payments.events.replay", lambda tx: hearing.replay(tx, state.payments, provider, data.after)
    )
    return views.Replayed(count, last)


# ---- events out


@litestar.post(
    "/api/v1/admin/payments/webhooks",
    operation_id="add_webhook",
    summary="Tell a system of ours from now on",
    tags=_TAGS,
    opt=_ACT,
    status_code=201,
)
async def add_hook(request: Request, data: params.JSONBody[views.NewHook]) -> views.HookView:
    state, staff = request.app.state, access.caller(request).account

    async def work(tx: transaction.Tx) -> views.HookView:
        return views.hook(*await telling.add(tx, state.payments, data.url, staff))

    shown: views.HookView = await state.db.run("payments.hooks.add", work)
    return shown


@litestar.get(
    "/api/v1/admin/payments/webhooks",
    operation_id="list_webhooks",
    summary="Systems that are told",
    tags=_TAGS,
    opt=_LOOK,
)
async def hooks_(request: Request) -> list[views.HookView]:
    return [views.hook(each) for each in await request.app.state.db.read("payments.hooks", telling.listed)]


@litestar.patch(
    "/api/v1/admin/payments/webhooks/{webhook:uuid}",
    operation_id="change_webhook",
    summary="Pause a system, or tell it again",
    tags=_TAGS,
    opt=_ACT,
)
async def change_hook(
    request: Request, webhook: params.FromPath[UUID], data: params.JSONBody[views.HookChange]
) -> views.HookView:
    staff = access.caller(request).account
    return views.hook(
        await request.app.state.db.run(
            "payments.hooks.change", lambda tx: telling.set_state(tx, webhook, data.state, staff)
        )
    )


@litestar.get(
    "/api/v1/admin/payments/webhooks/{webhook:uuid}/deliveries",
    operation_id="list_webhook_deliveries",
    summary="What a system was told, or was not",
    tags=_TAGS,
    opt=_LOOK,
)
async def deliveries(
    request: Request,
    webhook: params.FromPath[UUID],
    only: Annotated[
        hooks.DeliveryState | None, params.QueryParameter(name="state", description="`dead` for dead letters")
    ] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.DeliveryView]:
    asked = pages.read(request, Number, cursor, limit, only)
    after = asked.after.number if asked.after else 0
    rows = await request.app.state.db.read(
        "payments.deliveries", lambda tx: telling.deliveries(tx, webhook, only, after, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Number(row.event))
    shown = [
        views.DeliveryView(
            event=each.event, state=each.state, attempts=each.attempts, code=each.code, due_at=each.due_at
        )
        for each in page.items
    ]
    return pages.Page(shown, page.next)


@litestar.post(
    "/api/v1/admin/payments/webhooks/{webhook:uuid}/replay",
    operation_id="replay_webhook",
    summary="Tell a system again what happened after a number",
    tags=_TAGS,
    opt=_ACT,
    status_code=202,
)
async def replay_hook(
    request: Request, webhook: params.FromPath[UUID], data: params.JSONBody[views.ReplaySince]
) -> views.Replayed:
    state = request.app.state
    count = await state.db.run(
        "payments.hooks.replay", lambda tx: telling.replay(tx, webhook, data.after, state.clock.now())
    )
    return views.Replayed(count, data.after + count)


HANDLERS = (
    suspense, payee, release, give_back, work_list, claim, let_go, tick_off, approval, rejection, hand_in, handed_in, show_statement, events, replay_events,
    add_hook, hooks_, change_hook, deliveries, replay_hook,
)  # fmt: skip


async def _worked(
    request: Request, name: str, act: Callable[[transaction.Tx], Awaitable[payouts.Withdrawal]]
) -> views.WorkView:
    async def work(tx: transaction.Tx) -> views.WorkView:
        made = await act(tx)
        steps = await withdrawals.steps(tx, [made.id])
        return views.work(made, steps[made.id], await accounts.assets(tx))

    shown: views.WorkView = await request.app.state.db.run(name, work)
    return shown


async def _revision(request: Request, withdrawal: UUID) -> int:
    found = await request.app.state.db.run("payments.withdrawal", lambda tx: withdrawals.held(tx, withdrawal))
    return int(found.revision)


async def _propose(request: Request, act: access_model.Act) -> views.Proposed:
    caller, state = access.caller(request), request.app.state
    proposal = await state.db.run("payments.propose", lambda tx: deciding.propose(tx, state.payments, caller, act))
    return views.Proposed(proposal.hash.hex())
