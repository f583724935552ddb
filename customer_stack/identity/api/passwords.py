"""Passwords: forgotten, and changed."""

from uuid import UUID

import litestar
from litestar import params

from boundary.kernel.runtime import transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies, registrations
from customer_stack.identity.model import refusals
from customer_stack.identity.rules import passwords
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import recovery as service
from customer_stack.identity.service import requests, throttles, wiring
from customer_stack.vault import rules as contacts

PUBLIC = {"rule": access_rules.public()}


@litestar.post(
    "/api/v1/password-resets",
    operation_id="ask_password_reset",
    summary="Ask for a link to set another password",
    tags=["passwords"],
    opt=PUBLIC,
    status_code=202,
)
async def ask(request: answers.Request, data: params.JSONBody[bodies.ResetAsked]) -> None:
    """Answered the same whether or not there is such an account."""
    state = request.app.state
    identity: wiring.Identity = state.identity
    email = contacts.email(data.email)
    await state.throttles.take(throttles.RESET, answers.client(request), identity.login(email))
    await answers.evenly(state.db.run("identity.ask_reset", lambda tx: service.ask(tx, identity, email)))


@litestar.post(
    "/api/v1/password-resets/redeem",
    operation_id="reset_password",
    summary="Set another password with a link's token",
    tags=["passwords"],
    opt=PUBLIC,
    status_code=204,
)
async def reset(request: answers.Request, data: params.JSONBody[bodies.Reset]) -> litestar.Response[None]:
    """Every session ends. An invitation's token sets the first password. This device is known from now on."""
    state = request.app.state
    identity: wiring.Identity = state.identity
    await state.throttles.take(throttles.REDEEM, answers.client(request))
    hashed = await registrations.new_hash(identity, data.password)

    async def work(tx: transaction.Tx) -> tuple[UUID, str]:
        return await service.reset(tx, identity, data.token, data.password, hashed)

    _, device = await state.db.run("identity.reset", work)
    known = answers.cookie(requests.DEVICE_COOKIE, device, lifetimes.DEVICE)
    return litestar.Response(None, status_code=204, cookies=[known])


@litestar.post(
    "/api/v1/me/password",
    operation_id="change_password",
    summary="Change the password",
    tags=["passwords"],
    opt={"rule": access_rules.signed_in()},
    status_code=200,
)
async def change(request: answers.Request, data: params.JSONBody[bodies.PasswordChange]) -> bodies.Ended:
    """Every other session ends. The present password is asked for, so a session left open is not enough."""
    caller, state = access_api.caller(request), request.app.state
    identity: wiring.Identity = state.identity
    account, session = caller.account, caller.session
    assert session is not None, "the rule lets no key in"
    await state.throttles.take(throttles.CHANGE, answers.client(request), account.bytes)
    known = await state.db.read("identity.password", lambda tx: service.current_hash(tx, account))
    verdict = await identity.door.passwords.verify(known, passwords.bounded(data.current))
    if known is None or not verdict.fits:
        raise refusals.CredentialsWrong("the present password is another one")
    hashed = await registrations.new_hash(identity, data.password)

    async def work(tx: transaction.Tx) -> int:
        return await service.change(
            tx, identity, account, session, verified=known, password=data.password, hashed=hashed
        )

    return bodies.Ended(sessions_ended=await state.db.run("identity.change_password", work))


HANDLERS = (ask, reset, change)
