"""The second factor: enrolling, proving, renewing, removing."""

from typing import Any

import litestar
from litestar import params

from boundary.kernel.runtime import idempotency, transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies
from customer_stack.identity.model import refusals
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import factors as service
from customer_stack.identity.service import requests, throttles

ALWAYS: dict[str, Any] = {"rule": access_rules.signed_in(), requests.BEFORE_FACTOR: True}
ALWAYS_FRESH: dict[str, Any] = {"rule": access_rules.signed_in(fresh=True), requests.BEFORE_FACTOR: True}
FRESH = {"rule": access_rules.signed_in(fresh=True)}


@litestar.post(
    "/api/v1/step-up/codes",
    operation_id="send_step_up_code",
    summary="Get a code by text message, without an authenticator",
    tags=["factors"],
    opt=ALWAYS,
    status_code=202,
)
async def send_code(request: answers.Request) -> None:
    """Whoever has an authenticator uses that."""
    caller, state = access_api.caller(request), request.app.state
    await state.throttles.take(throttles.SEND, answers.client(request), caller.account.bytes)
    await state.db.run(
        "identity.step_up_code", lambda tx: service.send_step_up_code(tx, state.identity, caller.account)
    )


@litestar.post(
    "/api/v1/step-up",
    operation_id="step_up",
    summary="Prove a fresh second factor",
    tags=["factors"],
    opt=ALWAYS,
    status_code=200,
)
async def step_up(request: answers.Request, data: params.JSONBody[bodies.StepUp]) -> bodies.SteppedUp:
    """For five minutes this session may do what needs a fresh factor."""
    caller, state = access_api.caller(request), request.app.state
    session, client = caller.session, answers.client(request)
    assert session is not None, "the rule lets no key in"
    await state.throttles.take(throttles.FACTOR, client, caller.account.bytes)

    async def work(tx: transaction.Tx) -> str | refusals.FactorWrong:
        return await service.step_up(tx, state.identity, caller.account, session, data.code, client)

    method = answers.good(await state.db.run("identity.step_up", work))
    return bodies.SteppedUp(method=method, fresh_until=state.identity.now() + lifetimes.FRESH)


@litestar.post(
    "/api/v1/me/totp",
    operation_id="enrol_totp",
    summary="Begin to enrol an authenticator",
    tags=["factors"],
    opt=ALWAYS_FRESH,
    status_code=201,
)
async def enrol(request: answers.Request) -> bodies.TotpEnrolment:
    """Prove a code by text message first: a stolen password must not be able to enrol its own authenticator."""
    caller, state = access_api.caller(request), request.app.state
    made = await state.db.run("identity.enrol", lambda tx: service.enrol(tx, state.identity, caller.account))
    return bodies.TotpEnrolment(secret=made.secret, otpauth_uri=made.uri, image=made.image)


@litestar.post(
    "/api/v1/me/totp/confirm",
    operation_id="confirm_totp",
    summary="Confirm the authenticator with its first code",
    tags=["factors"],
    opt=ALWAYS,
    status_code=200,
)
async def confirm(request: answers.Request, data: params.JSONBody[bodies.TotpCode]) -> bodies.RecoveryCodes:
    """Every other session ends, and ten recovery codes are shown, once."""
    caller, state = access_api.caller(request), request.app.state
    session = caller.session
    assert session is not None, "the rule lets no key in"
    await state.throttles.take(throttles.FACTOR, answers.client(request), caller.account.bytes)

    async def work(tx: transaction.Tx) -> list[str] | refusals.FactorWrong:
        return await service.confirm(tx, state.identity, caller.account, session, data.code)

    return bodies.RecoveryCodes(recovery_codes=answers.good(await state.db.run("identity.confirm", work)))


@litestar.delete(
    "/api/v1/me/totp",
    operation_id="remove_totp",
    summary="Remove the second factor, where the role does without",
    tags=["factors"],
    opt=FRESH,
    status_code=204,
)
async def remove(request: answers.Request) -> None:
    caller, state = access_api.caller(request), request.app.state
    session = caller.session
    assert session is not None, "the rule lets no key in"
    await state.db.run("identity.remove_factor", lambda tx: service.remove(tx, state.identity, caller.account, session))


@litestar.post(
    "/api/v1/me/recovery-codes",
    operation_id="renew_recovery_codes",
    summary="Make ten new recovery codes",
    tags=["factors"],
    opt=FRESH,
    status_code=201,
)
async def renew(request: answers.Request, key: idempotency.Key = None) -> bodies.RecoveryCodes:
    """Those before pass no more."""
    caller, state = access_api.caller(request), request.app.state
    claim = await idempotency.claim(request, caller.account, key, required=False)

    async def work(tx: transaction.Tx) -> list[str]:
        return await service.renew_codes(tx, state.identity, caller.account)

    made = await idempotency.unkept(state.db, "identity.renew_codes", claim, work)
    return bodies.RecoveryCodes(recovery_codes=made)


HANDLERS = (send_code, step_up, enrol, confirm, remove, renew)
