"""What an account's owner is told: balances, movements, statements, and one transfer with its proof."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
from litestar import params

from boundary.kernel import errors
from boundary.kernel.runtime import pages, transaction, verification
from customer_stack.access import api as access
from customer_stack.access import rules
from customer_stack.ledger import model
from customer_stack.ledger.api import lists, views
from customer_stack.ledger.service import accounts, reading

Request = litestar.Request[Any, Any, Any]
_OWN = {"rule": rules.signed_in(machines=True)}


class UnknownAccount(errors.NotFound):
    """There is no such account, or it is not yours."""

    code = "ledger_account_unknown"


@litestar.get(
    "/api/v1/balances",
    operation_id="list_balances",
    summary="What I have: available, held and in total",
    tags=["ledger"],
    opt=_OWN,
)
async def balances(request: Request) -> list[views.BalanceView]:
    owner = access.caller(request).account

    async def work(tx: transaction.Tx) -> list[views.BalanceView]:
        assets = await accounts.assets(tx)
        return [views.balance(each, assets) for each in await accounts.of_owner(tx, owner)]

    found: list[views.BalanceView] = await request.app.state.db.read("ledger.balances", work)
    return found


@litestar.get(
    "/api/v1/balances/{account:uuid}",
    operation_id="show_balance",
    summary="One account now, or as of a moment by posting or effective time",
    tags=["ledger"],
    opt=_OWN,
)
async def balance(
    request: Request,
    account: params.FromPath[UUID],
    at: Annotated[datetime | None, params.QueryParameter(description="as of this moment")] = None,
    effective: Annotated[bool, params.QueryParameter(description="by the time that transfers count from")] = False,
) -> views.AsOfView:
    owner, now = access.caller(request).account, request.app.state.clock.now()

    async def work(tx: transaction.Tx) -> views.AsOfView:
        found = await _own(tx, owner, account)
        moment = at or now
        then = await reading.as_of(tx, account, moment, effective=effective)
        return views.as_of(found, moment, then, await accounts.assets(tx))

    shown: views.AsOfView = await request.app.state.db.read("ledger.balance", work)
    return shown


@litestar.get(
    "/api/v1/balances/{account:uuid}/movements",
    operation_id="list_movements",
    summary="What moved an account of mine, newest first",
    tags=["ledger"],
    opt=_OWN,
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
    owner = access.caller(request).account
    chosen = lists.Chosen(direction, code, reference, since, until)

    async def work(tx: transaction.Tx) -> pages.Page[views.MovementView]:
        return await lists.movements(request, tx, await _own(tx, owner, account), chosen, cursor, limit)

    page: pages.Page[views.MovementView] = await request.app.state.db.read("ledger.movements", work)
    return page


@litestar.get(
    "/api/v1/balances/{account:uuid}/statements/{day:date}",
    operation_id="show_statement",
    summary="A day of an account of mine: opening, what moved, closing",
    tags=["ledger"],
    opt=_OWN,
)
async def statement(
    request: Request, account: params.FromPath[UUID], day: params.FromPath[date]
) -> views.StatementView:
    owner = access.caller(request).account

    async def work(tx: transaction.Tx) -> views.StatementView:
        found = await _own(tx, owner, account)
        return views.statement(await reading.statement(tx, account, day), found, await accounts.assets(tx))

    shown: views.StatementView = await request.app.state.db.read("ledger.statement", work)
    return shown


@litestar.get(
    "/api/v1/transfers/{transfer:uuid}",
    operation_id="show_transfer",
    summary="One transfer of mine, what happened together with it, and its proof in the audit log",
    tags=["ledger"],
    opt=_OWN,
)
async def transfer(request: Request, transfer: params.FromPath[UUID]) -> views.TransferView:
    owner = access.caller(request).account

    async def work(tx: transaction.Tx) -> views.TransferView:
        mine = frozenset(each.id for each in await accounts.of_owner(tx, owner))
        found, chain = await reading.transfer(tx, transfer)
        if not {found.transfer.debit, found.transfer.credit} & mine:
            raise reading.UnknownTransfer("there is no such transfer")
        own = [each for each in chain if {each.transfer.debit, each.transfer.credit} & mine]
        return await told(tx, found, own, mine)

    shown: views.TransferView = await request.app.state.db.read("ledger.transfer", work)
    return shown


HANDLERS = (balances, balance, movements, statement, transfer)


async def told(
    tx: transaction.Tx, found: model.Stored, chain: list[model.Stored], mine: frozenset[UUID] | None
) -> views.TransferView:
    """A transfer as the API tells it. Its proof is there as soon as its entry is sealed, within seconds."""
    assets = await accounts.assets(tx)
    try:
        proof: dict[str, Any] | None = await reading.proof(tx, found.transfer.id)
    except verification.NotSealed:
        proof = None
    links = [views.link(each, assets, mine) for each in chain]
    return views.TransferView(views.link(found, assets, mine), links, proof)


async def _own(tx: transaction.Tx, owner: UUID, account: UUID) -> model.Account:
    found = (await accounts.some(tx, [account])).get(account)
    if found is None or found.owner != owner:
        raise UnknownAccount("there is no such account")
    return found
