"""One's own account and consents."""

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies, registrations
from customer_stack.identity.model import accounts as model
from customer_stack.identity.service import accounts as service
from customer_stack.identity.service import consents, factors, wiring

SIGNED_IN = {"rule": access_rules.signed_in()}


@litestar.get(
    "/api/v1/me",
    operation_id="own_account",
    summary="One's own account",
    tags=["account"],
    opt={"rule": access_rules.signed_in(machines=True)},
)
async def me(request: answers.Request) -> bodies.Me:
    caller, state = access_api.caller(request), request.app.state
    identity: wiring.Identity = state.identity

    async def work(tx: transaction.Tx) -> bodies.Me:
        found = await service.profile(tx, identity, caller.account)
        decisions = await consents.given(tx, caller.account)
        return bodies.Me(
            id=found.id,
            role=found.role,
            state=found.state,
            language=found.language,
            email=found.email,
            phone=found.phone,
            second_factor=found.second_factor,
            recovery_codes_left=await factors.codes_left(tx, caller.account),
            created_at=found.created_at,
            consents=[_answered(each) for each in decisions],
        )

    found: bodies.Me = await state.db.read("identity.me", work)
    return found


@litestar.put(
    "/api/v1/me/consents",
    operation_id="answer_consents",
    summary="Answer questions of consent anew",
    tags=["account"],
    opt=SIGNED_IN,
)
async def answer(request: answers.Request, data: params.JSONBody[bodies.ConsentChange]) -> bodies.Consents:
    """What is not named stays as it was answered. What the contract needs cannot be taken back alone."""
    caller, state = access_api.caller(request), request.app.state
    given = registrations.consents(data.consents)

    async def work(tx: transaction.Tx) -> list[model.Decision]:
        return await consents.answer(tx, state.identity, caller.account, given)

    decisions = await state.db.run("identity.consents", work)
    return bodies.Consents(consents=[_answered(each) for each in decisions])


def _answered(decision: model.Decision) -> bodies.Answered:
    return bodies.Answered(**msgspec.structs.asdict(decision))


HANDLERS = (me, answer)
