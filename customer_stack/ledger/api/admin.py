"""What staff are told of the books, and the posting by hand that one of them proposes and another approves."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import pages, transaction
from customer_stack.access import api as access
from customer_stack.access import model as access_model
from customer_stack.access import rules
from customer_stack.ledger import model
from customer_stack.ledger.api import lists, own, views
from customer_stack.ledger.service import accounts, by_hand, reading, trials

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": rules.may(access_model.Permission.PLATFORM_FINANCES)}
_ACT = {"rule": rules.may(by_hand.NEEDS, fresh=True)}


class ProposedView(msgspec.Struct, frozen=True):
    """Somebody else approves the proposal by its hash."""

    proposal: str


class AlarmPosition(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of alarms ends."""

    number: int


@litestar.get(
    "/api/v1/admin/ledger/accounts",
    operation_id="admin_list_ledger_accounts",
    summary="The accounts of an owner, with their balances; the house's own if none is named",
    tags=["admin"],
    opt=_LOOK,
)
async def of_owner(
    request: Request,
    owner: Annotated[UUID, params.QueryParameter(description="whose accounts")] = model.HOUSE,
) -> list[views.BalanceView]:
    async def work(tx: transaction.Tx) -> list[views.BalanceView]:
        assets = await accounts.assets(tx)
        return [views.balance(each, assets) for each in await accounts.of_owner(tx, owner)]

    found: list[views.BalanceView] = await request.app.state.db.read("ledger.admin.accounts", work)
    return found


@litestar.get(
    "/api/v1/admin/ledger/accounts/{account:uuid}/movements",
    operation_id="admin_list_movements",
    summary="What moved an account, newest first",
    tags=["admin"],
    opt=_LOOK,
)
async def movements(
    request: Request,
    account: params.FromPath[UUID],
    direction: lists.Direction = None,
    code: lists.Code = None,
    reference: lists.Reference = None,
    since: lists.Since = None,
    until: lists.Until = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.MovementView]:
    chosen = lists.Chosen(direction, code, reference, since, until)

    async def work(tx: transaction.Tx) -> pages.Page[views.MovementView]:
        found = (await accounts.some(tx, [account])).get(account)
        if found is None:
            raise own.UnknownAccount("there is no such account")
        return await lists.movements(request, tx, found, chosen, cursor, limit)

    page: pages.Page[views.MovementView] = await request.app.state.db.read("ledger.admin.movements", work)
    return page


@litestar.get(
    "/api/v1/admin/ledger/transfers/{transfer:uuid}",
    operation_id="admin_show_transfer",
    summary="One transfer with all of its chain and its proof",
    tags=["admin"],
    opt=_LOOK,
)
async def transfer(request: Request, transfer: params.FromPath[UUID]) -> views.TransferView:
    async def work(tx: transaction.Tx) -> views.TransferView:
        found, chain = await reading.transfer(tx, transfer)
        return await own.told(tx, found, chain, None)

    shown: views.TransferView = await request.app.state.db.read("ledger.admin.transfer", work)
    return shown


@litestar.get(
    "/api/v1/admin/ledger/totals",
    operation_id="admin_ledger_totals",
    summary="Debits and credits of every asset, now",
    tags=["admin"],
    opt=_LOOK,
)
async def totals(request: Request) -> list[views.TotalView]:
    async def work(tx: transaction.Tx) -> list[views.TotalView]:
        assets = await accounts.assets(tx)
        return [views.total(each, assets) for each in await reading.totals(tx)]

    found: list[views.TotalView] = await request.app.state.db.read("ledger.admin.totals", work)
    return found


@litestar.get(
    "/api/v1/admin/ledger/alarms",
    operation_id="admin_ledger_alarms",
    summary="Recorded transfers that broke a bound, newest first",
    tags=["admin"],
    opt=_LOOK,
)
async def alarms(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.AlarmView]:
    asked = pages.read(request, AlarmPosition, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await request.app.state.db.read(
        "ledger.admin.alarms", lambda tx: reading.alarms(tx, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: AlarmPosition(row[0]))
    return pages.Page([views.AlarmView(*row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/ledger/trial-balances",
    operation_id="admin_list_trial_balances",
    summary="The days whose books are closed, newest first",
    tags=["admin"],
    opt=_LOOK,
)
async def trial_balances(request: Request, limit: pages.Limit = pages.LIMIT) -> list[views.TrialView]:
    found = await request.app.state.db.read("ledger.admin.trials", lambda tx: trials.newest(tx, limit))
    return [views.TrialView(each.day, each.accounts, each.digest.hex()) for each in found]


@litestar.get(
    "/api/v1/admin/ledger/trial-balances/{day:date}",
    operation_id="admin_show_trial_balance",
    summary="Debits and credits of every asset at the end of a day",
    tags=["admin"],
    opt=_LOOK,
)
async def trial_balance(request: Request, day: params.FromPath[date]) -> list[views.TotalView]:
    async def work(tx: transaction.Tx) -> list[views.TotalView]:
        assets = await accounts.assets(tx)
        return [views.total(each, assets) for each in await trials.sums(tx, day)]

    found: list[views.TotalView] = await request.app.state.db.read("ledger.admin.trial", work)
    return found


@litestar.post(
    "/api/v1/admin/ledger/postings",
    operation_id="propose_posting",
    summary="Propose transfers to be posted by hand; somebody else approves them",
    tags=["admin"],
    status_code=202,
    opt=_ACT,
)
async def propose(request: Request, data: params.JSONBody[views.WantedPosting]) -> ProposedView:
    caller, state = access.caller(request), request.app.state

    async def work(tx: transaction.Tx) -> access_model.Proposal:
        wanted = await by_hand.meant(tx, data.transfers)
        return await by_hand.propose(tx, caller, wanted, state.clock.now(), state.ids)

    proposal = await state.db.run("ledger.propose", work)
    return ProposedView(proposal.hash.hex())


HANDLERS = (of_owner, movements, transfer, totals, alarms, trial_balances, trial_balance, propose)
