"""The caller's sessions: the present one, all of them, and their ends."""

from uuid import UUID

import litestar
import msgspec
from litestar import params

from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import sessions as model
from customer_stack.identity.service import factors, requests
from customer_stack.identity.service import sessions as service

ALWAYS = {"rule": access_rules.signed_in(), requests.BEFORE_FACTOR: True}
SIGNED_IN = {"rule": access_rules.signed_in()}


@litestar.get(
    "/api/v1/session",
    operation_id="present_session",
    summary="The session that asks, with its CSRF token",
    tags=["sessions"],
    opt=ALWAYS,
)
async def present(request: answers.Request) -> bodies.Present:
    caller, state = access_api.caller(request), request.app.state
    assert caller.session is not None, "the rule lets no key in"
    enrolled = await state.db.read("identity.present_session", lambda tx: factors.is_enrolled(tx, caller.account))
    return bodies.Present(
        session=caller.session,
        account=caller.account,
        role=caller.role,
        csrf_token=opaque.tag(state.identity.csrf(caller.session)),
        authenticated_at=caller.authenticated_at,
        factor_at=caller.factor_at,
        second_factor=enrolled,
    )


@litestar.get(
    "/api/v1/sessions",
    operation_id="list_sessions",
    summary="Where the account is signed in",
    tags=["sessions"],
    opt=SIGNED_IN,
)
async def listed(request: answers.Request) -> bodies.Sessions:
    """The latest hundred that are open."""
    caller, state = access_api.caller(request), request.app.state
    found = await state.db.read(
        "identity.list_sessions", lambda tx: service.listed(tx, state.identity, caller.account, caller.session)
    )
    return bodies.Sessions(sessions=[bodies.SessionView(**msgspec.structs.asdict(each)) for each in found])


@litestar.delete(
    "/api/v1/sessions/{session:uuid}",
    operation_id="end_session",
    summary="End one session",
    tags=["sessions"],
    opt=SIGNED_IN,
    status_code=204,
)
async def end(request: answers.Request, session: params.FromPath[UUID]) -> None:
    """It is over with the answer, wherever its tokens are."""
    caller, state = access_api.caller(request), request.app.state
    await state.db.run("identity.end_session", lambda tx: service.end_own(tx, state.identity, caller.account, session))


@litestar.post(
    "/api/v1/sign-out",
    operation_id="sign_out",
    summary="End the session that asks",
    tags=["sessions"],
    opt=ALWAYS,
    status_code=204,
)
async def sign_out(request: answers.Request) -> litestar.Response[None]:
    caller, state = access_api.caller(request), request.app.state
    session = caller.session
    assert session is not None, "the rule lets no key in"
    await state.db.run("identity.sign_out", lambda tx: service.sign_out(tx, state.identity, caller.account, session))
    return answers.signed_out(None, 204)


@litestar.post(
    "/api/v1/sign-out-everywhere",
    operation_id="sign_out_everywhere",
    summary="End every session of the account",
    tags=["sessions"],
    opt=ALWAYS,
    status_code=200,
)
async def everywhere(request: answers.Request) -> litestar.Response[bodies.Ended]:
    caller, state = access_api.caller(request), request.app.state
    ended = await state.db.run(
        "identity.sign_out_everywhere",
        lambda tx: service.end_all(tx, state.identity, caller.account, model.End.EVERYWHERE),
    )
    return answers.signed_out(bodies.Ended(sessions_ended=ended), 200)


HANDLERS = (present, listed, end, sign_out, everywhere)
