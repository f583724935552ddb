"""Where providers knock: one route, signed by whoever sends, told apart by the provider's name."""

from typing import Any

import litestar
from litestar import params

from customer_stack.access import rules as access_rules
from customer_stack.payments.api import views
from customer_stack.payments.service import hearing


@litestar.post(
    "/api/v1/providers/{provider:str}/events",
    operation_id="hear_provider",
    summary="A provider's event, signed as its documentation says",
    tags=["providers"],
    opt={"rule": access_rules.public()},
    status_code=200,
)
async def hear(request: "litestar.Request[Any, Any, Any]", provider: params.FromPath[str]) -> views.Heard:
    """Refused unless the signature is the provider's. What comes again has no effect and the same answer."""
    state = request.app.state
    headers = {name.lower(): value for name, value in request.headers.items()}
    seen = await hearing.hear(state.db, state.payments, provider, headers, await request.body())
    return views.Heard(seen)


HANDLERS = (hear,)
