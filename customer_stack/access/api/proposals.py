"""Routes of what takes two people. A proposal is named by its hash alone, so nobody approves what they have not seen."""

from typing import Annotated, Any

import litestar
import msgspec
from litestar import params

from boundary.kernel import clock, errors
from boundary.kernel.runtime import idempotency, pages, transaction
from customer_stack.access import model, rules
from customer_stack.access.api import guarding, views
from customer_stack.access.service import proposals as service

Request = litestar.Request[Any, Any, Any]
_LOOK = {"rule": rules.signed_in(roles=rules.WORKERS)}
_DECIDE = {"rule": rules.signed_in(roles=rules.WORKERS, fresh=True)}
"""The permission that an act needs is the act's own, so it is asked for where the act is known."""


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of proposals ends."""

    at: int
    hash: bytes


@litestar.get(
    "/api/v1/admin/proposals",
    operation_id="list_proposals",
    summary="What I may decide or have proposed, newest first",
    tags=["admin"],
    opt=_LOOK,
)
async def some(
    request: Request,
    in_state: Annotated[model.ProposalState | None, params.QueryParameter(name="state")] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[views.ProposalView]:
    caller = guarding.caller(request)
    asked = pages.read(request, Position, cursor, limit, in_state)
    after = (clock.from_micros(asked.after.at), asked.after.hash) if asked.after else None
    rows = await request.app.state.db.read(
        "access.proposals", lambda tx: service.some(tx, caller, in_state, after, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: Position(clock.to_micros(row.proposed_at), row.hash))
    return pages.Page([views.proposal(row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/proposals/{digest:str}",
    operation_id="show_proposal",
    summary="One proposal, all that its hash stands for",
    tags=["admin"],
    opt=_LOOK,
)
async def show(request: Request, digest: params.FromPath[str]) -> views.ProposalView:
    caller, named = guarding.caller(request), _named(digest)
    found = await request.app.state.db.read("access.proposal", lambda tx: service.show(tx, caller, named))
    return views.proposal(found)


@litestar.post(
    "/api/v1/admin/proposals/{digest:str}/approve",
    operation_id="approve_proposal",
    summary="Do what somebody else proposed",
    tags=["admin"],
    status_code=200,
    opt=_DECIDE,
)
async def approve(
    request: Request, digest: params.FromPath[str], key: idempotency.Key = None
) -> litestar.Response[views.ProposalView]:
    executors = request.app.state.executors
    return await _decided(
        request, digest, key, lambda tx, caller, named, now: service.approve(tx, caller, named, now, executors)
    )


@litestar.post(
    "/api/v1/admin/proposals/{digest:str}/reject",
    operation_id="reject_proposal",
    summary="Refuse what somebody else proposed",
    tags=["admin"],
    status_code=200,
    opt=_DECIDE,
)
async def reject(
    request: Request, digest: params.FromPath[str], key: idempotency.Key = None
) -> litestar.Response[views.ProposalView]:
    return await _decided(request, digest, key, service.reject)


@litestar.post(
    "/api/v1/admin/proposals/{digest:str}/withdraw",
    operation_id="withdraw_proposal",
    summary="Take back what I proposed",
    tags=["admin"],
    status_code=200,
    opt=_DECIDE,
)
async def withdraw(
    request: Request, digest: params.FromPath[str], key: idempotency.Key = None
) -> litestar.Response[views.ProposalView]:
    return await _decided(request, digest, key, service.withdraw)


HANDLERS = (some, show, approve, reject, withdraw)


async def _decided(request: Request, digest: str, key: str | None, decide: Any) -> litestar.Response[Any]:
    caller, named, state = guarding.caller(request), _named(digest), request.app.state
    claim = await idempotency.claim(request, caller.account, key, required=False)

    async def work(tx: transaction.Tx) -> tuple[int, views.ProposalView]:
        return 200, views.proposal(await decide(tx, caller, named, state.clock.now()))

    return await idempotency.run(state.db, "access.decide", claim, work)


def _named(digest: str) -> bytes:
    """Written in one way: 64 lower-case hexadecimal digits."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise errors.NotFound("there is no such proposal")
    return bytes.fromhex(digest)
