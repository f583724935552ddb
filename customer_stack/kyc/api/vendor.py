"""Where whoever verifies tells us what it found. Anybody can knock; only what is signed is believed."""

from typing import Any

import litestar
import msgspec

from customer_stack.access import rules
from customer_stack.kyc import ports
from customer_stack.kyc.model import refusals
from customer_stack.kyc.service import hearing, wiring

Request = litestar.Request[Any, Any, Any]


class Answer(msgspec.Struct, frozen=True):
    """What became of the message."""

    result: str


@litestar.post(
    "/api/v1/kyc/hooks",
    operation_id="hear_kyc_hook",
    summary="A signed message of who verifies",
    tags=["kyc"],
    status_code=200,
    opt={"rule": rules.public()},
)
async def hear(request: Request) -> Answer:
    """The signature is over the bytes as they came. What is refused leaves its evidence before the answer leaves."""
    kyc: wiring.Kyc = request.app.state.kyc
    hook = ports.Hook({name.lower(): value for name, value in request.headers.items()}, await request.body())
    heard: hearing.Heard = await request.app.state.db.run("kyc.hear", lambda tx: hearing.hear(tx, kyc, hook))
    if heard is hearing.Heard.REFUSED:
        raise refusals.HookRefused("the message is not believed")
    return Answer(heard.value)


HANDLERS = (hear,)
