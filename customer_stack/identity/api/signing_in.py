"""Signing in: a password, then the second factor where there is one."""

import litestar
from litestar import openapi, params

from boundary.kernel.runtime import transaction
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import refusals, sessions
from customer_stack.identity.rules import passwords
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import requests, throttles, wiring
from customer_stack.identity.service import sessions as session_service
from customer_stack.identity.service import signing_in as service
from customer_stack.vault import rules as contacts

PUBLIC = {"rule": access_rules.public()}
NO_DEVICE = bytes(32)

Outcome = session_service.Begun | sessions.Challenge | refusals.CredentialsWrong


@litestar.post(
    "/api/v1/sign-in",
    operation_id="sign_in",
    summary="Sign in with e-mail and password",
    tags=["sessions"],
    opt=PUBLIC,
    status_code=200,
    responses={202: openapi.ResponseSpec(bodies.FactorOwed, description="The second factor is still owed")},
)
async def sign_in(
    request: answers.Request, data: params.JSONBody[bodies.SignIn]
) -> litestar.Response[bodies.SignedIn | bodies.FactorOwed]:
    """A browser gets cookies; with `bearer` everything stands in the answer. Wrong is wrong: no answer tells whether
    there is such an account.
    """
    state = request.app.state
    identity: wiring.Identity = state.identity
    state.edge.same_site(request)
    login = identity.login(contacts.email(data.email))
    password = passwords.bounded(data.password)
    client, now = answers.client(request), identity.now()
    device = requests.cookie(request, requests.DEVICE_COOKIE)
    digest = opaque.digest(device) or NO_DEVICE

    found, known = await state.db.read(
        "identity.look_up", lambda tx: service.look_up(tx, login, digest, now - lifetimes.DEVICE)
    )
    await state.throttles.take(throttles.SIGN_IN, client, login, digest if known else None)
    verdict = await identity.door.passwords.verify(found.password_hash if found else None, password)

    async def work(tx: transaction.Tx) -> Outcome:
        if found is None or not verdict.fits:
            return await service.refuse(tx, login, "password")
        return await service.password_passed(
            tx, identity, found, login, client=client, device=device, renewed=verdict.renewed
        )

    outcome = answers.good(await state.db.run("identity.sign_in", work))
    if isinstance(outcome, sessions.Challenge):
        return litestar.Response(
            bodies.FactorOwed(challenge=outcome.token, expires_at=outcome.expires_at), status_code=202
        )
    return answers.signed_in(outcome.tokens, identity.now(), bearer=data.bearer, device=outcome.device)


@litestar.post(
    "/api/v1/sign-in/factor",
    operation_id="sign_in_factor",
    summary="Answer the challenge with the second factor",
    tags=["sessions"],
    opt=PUBLIC,
    status_code=200,
)
async def second_factor(
    request: answers.Request, data: params.JSONBody[bodies.SecondFactor]
) -> litestar.Response[bodies.SignedIn]:
    """A one-time password passes once, and a recovery code too."""
    state = request.app.state
    identity: wiring.Identity = state.identity
    state.edge.same_site(request)
    client = answers.client(request)
    account = await state.db.read("identity.challenged", lambda tx: service.challenged(tx, data.challenge))
    await state.throttles.take(throttles.FACTOR, client, account.bytes if account else None)
    device = requests.cookie(request, requests.DEVICE_COOKIE)

    async def work(tx: transaction.Tx) -> session_service.Begun | refusals.FactorWrong:
        return await service.answer(tx, identity, data.challenge, data.code, client=client, device=device)

    begun = answers.good(await state.db.run("identity.second_factor", work))
    return answers.signed_in(begun.tokens, identity.now(), bearer=data.bearer, device=begun.device)


@litestar.post(
    "/api/v1/sessions/refresh",
    operation_id="refresh",
    summary="Get a new access token",
    tags=["sessions"],
    opt=PUBLIC,
    status_code=200,
)
async def refresh(
    request: answers.Request, data: params.JSONBody[bodies.Refresh]
) -> litestar.Response[bodies.SignedIn]:
    """A refresh token passes once and brings its successor. Of many that refresh at once with the same one, one gets the
    successor and the others, within ten seconds, an access token alone. An older token ends the session.
    """
    state = request.app.state
    identity: wiring.Identity = state.identity
    client = answers.client(request)
    bearer = data.refresh_token is not None
    token, csrf = data.refresh_token or "", None
    if not bearer:
        state.edge.same_site(request)
        token = requests.cookie(request, requests.REFRESH_COOKIE)
        csrf = requests.header(request, requests.CSRF_HEADER)
    digest = opaque.digest(token)
    if digest is None:
        raise refusals.TokenRefused("no refresh token was sent")
    await state.throttles.take(throttles.REFRESH, client, digest)
    tokens = answers.good(
        await state.db.run("identity.refresh", lambda tx: session_service.refresh(tx, identity, token, client, csrf))
    )
    return answers.signed_in(tokens, identity.now(), bearer=bearer)


HANDLERS = (sign_in, second_factor, refresh)
