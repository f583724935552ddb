"""The file of a customer, for whoever has to hand it over. That it was taken is in the audit log."""

from typing import Any
from uuid import UUID

import litestar
from litestar import params, response

from customer_stack.access import api as access
from customer_stack.access import rules
from customer_stack.compliance import model
from customer_stack.compliance.service import filing, reviewing

Request = litestar.Request[Any, Any, Any]
_TAKE = {"rule": rules.may(reviewing.NEEDS, fresh=True)}


@litestar.post(
    "/api/v1/admin/compliance/customers/{account:uuid}/file",
    operation_id="take_compliance_file",
    summary="The whole compliance file of a customer, signed",
    tags=["admin"],
    status_code=200,
    opt=_TAKE,
)
async def take(request: Request, account: params.FromPath[UUID]) -> response.Response[bytes]:
    """The bytes are canonical and signed as they are: keep them as they came, and check them with `verify/file.py`."""
    caller, state = access.caller(request), request.app.state
    seed = state.records_seed
    if seed is None:
        raise model.NoSigningKey("this process signs no files")
    now = state.clock.now()
    found = await state.db.run(
        "compliance.file", lambda tx: filing.take(tx, account, state.keepers, seed, now, by=caller.account)
    )
    return response.Response(found.content, media_type="application/json")


HANDLERS = (take,)
