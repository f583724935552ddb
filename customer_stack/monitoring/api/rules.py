"""The rules in their versions, what shadow rules would have said, and the proposal of new ones."""

from typing import Any

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import pages, transaction
from customer_stack.access import api as access
from customer_stack.monitoring.api import entering, views
from customer_stack.monitoring.service import rulebook as service

Request = entering.Request
_RULES = "/api/v1/admin/compliance/rules"
_TAGS = ["compliance"]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of versions ends."""

    number: int


@litestar.get(
    _RULES,
    operation_id="list_rules",
    summary="Versions of the rules, newest first",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def some(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.RulesView]:
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await entering.look(request, "compliance.rules", lambda tx: service.some(tx, before, asked.limit + 1))
    page = pages.cut(asked, rows, lambda row: Position(row["number"]))
    shown = [
        views.RulesView(
            number=row["number"],
            hash=row["hash"].hex(),
            effective_at=row["effective_at"],
            proposer=row["proposer"],
            approver=row["approver"],
        )
        for row in page.items
    ]
    return pages.Page(shown, page.next)


@litestar.get(
    f"{_RULES}/{{number:int}}",
    operation_id="show_rules",
    summary="One version of the rules in full, and what its shadow rules would have said",
    tags=_TAGS,
    opt=entering.LOOK,
)
async def show(request: Request, number: params.FromPath[int]) -> views.RulesFileView:
    async def work(tx: transaction.Tx) -> views.RulesFileView:
        text = await service.document(tx, number)
        shadows = [views.ShadowView(**dict(row)) for row in await service.shadows(tx, number)]
        return views.RulesFileView(rules=msgspec.json.decode(text), shadows=shadows)

    return await entering.look(request, "compliance.rules_version", work)


@litestar.post(
    _RULES,
    operation_id="propose_rules",
    summary="Propose rules that begin on a later day; somebody else approves them",
    tags=_TAGS,
    status_code=202,
    opt=entering.DECIDE,
)
async def propose(request: Request, data: params.JSONBody[dict[str, Any]]) -> views.ProposedView:
    """The body is a whole rule pack, as the shipped ones are."""
    caller, state = access.caller(request), request.app.state
    document = msgspec.json.encode(data)
    proposal = await entering.act(
        request,
        "compliance.propose_rules",
        lambda tx: service.propose(tx, caller, document, state.clock.now(), state.ids),
    )
    return views.ProposedView(proposal.hash.hex())


HANDLERS = (some, show, propose)
