"""The back office's routes. What changes something asks for a fresh factor; what changes an account, for its version."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params
from msgspec import Meta

from boundary.kernel.runtime import etags, idempotency, pages, transaction
from customer_stack.access import api as access_api
from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.admin import model, service
from customer_stack.identity.model import accounts
from customer_stack.identity.service import accounts as identity

Request = litestar.Request[Any, Any, Any]
VIEW = {"rule": access_rules.may(access.Permission.USERS_VIEW)}
MANAGE = {"rule": access_rules.may(access.Permission.USERS_MANAGE, fresh=True)}
_TAGS = ["admin"]

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["amara@people.example"])]
Phone = Annotated[str, Meta(min_length=4, max_length=32, examples=["+94 71 234 5678"])]
Language = Annotated[str, Meta(pattern="^[a-z]{2}$", examples=["en"])]


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of accounts ends."""

    id: UUID


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of whatever is sent to us."""


class AccountSearch(Body, frozen=True, kw_only=True):
    """Exactly one of the two. In a body, because an address in a URL ends in logs."""

    email: Email | None = None
    phone: Phone | None = None


class Suspension(Body, frozen=True, kw_only=True):
    reason: accounts.Reason


class NewStaff(Body, frozen=True, kw_only=True):
    email: Email
    phone: Phone
    language: Language = ""


class Found(msgspec.Struct, frozen=True):
    """Whoever has exactly that address or number, pending and closed accounts included."""

    items: list[model.Seen]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """An account after a change of its state."""

    id: UUID
    state: accounts.State
    reason: accounts.Reason | None
    revision: int


class Appointed(msgspec.Struct, frozen=True, kw_only=True):
    """The account that was made. An invitation to set a password is on its way."""

    id: UUID


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    sessions_ended: int


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """It is on its way."""

    at: datetime


@litestar.post(
    "/api/v1/admin/accounts/search",
    operation_id="search_accounts",
    summary="Find accounts by an exact e-mail address or phone number",
    tags=_TAGS,
    opt=VIEW,
    status_code=200,
)
async def search(request: Request, data: params.JSONBody[AccountSearch]) -> Found:
    """Every search is on record, with a keyed commitment to what was looked for."""
    caller, state = access_api.caller(request), request.app.state
    if (data.email is None) == (data.phone is None):
        raise model.OneTerm("name an e-mail address or a phone number")

    async def work(tx: transaction.Tx) -> list[model.Seen]:
        return await service.search(tx, state.identity, caller, email=data.email, phone=data.phone)

    return Found(await state.db.run("admin.search", work))


@litestar.get(
    "/api/v1/admin/accounts",
    operation_id="list_accounts",
    summary="Accounts by role and state",
    tags=_TAGS,
    opt=VIEW,
)
async def listed(
    request: Request,
    role: params.FromQuery[access.Role | None] = None,
    in_state: Annotated[accounts.State | None, params.QueryParameter(name="state")] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> pages.Page[model.Seen]:
    """Contacts are masked unless the caller may read them. Every page is on record."""
    caller, state = access_api.caller(request), request.app.state
    asked = pages.read(request, Position, cursor, limit, role, in_state)

    async def work(tx: transaction.Tx) -> tuple[list[model.Seen], UUID | None]:
        after = asked.after.id if asked.after else None
        return await service.page(tx, state.identity, caller, role=role, state=in_state, after=after, limit=asked.limit)

    rows, stopped_at = await state.db.run("admin.list", work)
    return pages.searched(asked, rows, None if stopped_at is None else Position(stopped_at))


@litestar.get(
    "/api/v1/admin/accounts/{account:uuid}",
    operation_id="show_account",
    summary="One account",
    tags=_TAGS,
    opt=VIEW,
)
async def show(request: Request, account: params.FromPath[UUID]) -> litestar.Response[model.Seen]:
    """Every look is on record. The ETag is what a change of the state must carry in If-Match."""
    caller, state = access_api.caller(request), request.app.state
    seen = await state.db.run("admin.look", lambda tx: service.look(tx, state.identity, caller, account))
    return litestar.Response(seen, headers={etags.HEADER: _tag(seen.id, seen.revision)})


@litestar.post(
    "/api/v1/admin/accounts/{account:uuid}/suspend",
    operation_id="suspend_account",
    summary="Suspend an account, for a reason",
    tags=_TAGS,
    opt=MANAGE,
    status_code=200,
)
async def suspend(
    request: Request,
    account: params.FromPath[UUID],
    data: params.JSONBody[Suspension],
    if_match: etags.IfMatch = None,
    key: idempotency.Key = None,
) -> litestar.Response[State]:
    """Needs If-Match. Sessions and keys stop working with this answer. The owner is told that, and never why."""
    caller, match, state = access_api.caller(request), etags.required(if_match), request.app.state

    async def work(tx: transaction.Tx) -> tuple[int, State]:
        profile = await _matching(tx, request, account, match)
        return 200, _state(await service.suspend(tx, state.identity, caller, profile, data.reason))

    return await _once(request, caller, key, "admin.suspend", work)


@litestar.post(
    "/api/v1/admin/accounts/{account:uuid}/activate",
    operation_id="activate_account",
    summary="Make a suspended account active again",
    tags=_TAGS,
    opt=MANAGE,
    status_code=200,
)
async def activate(
    request: Request,
    account: params.FromPath[UUID],
    if_match: etags.IfMatch = None,
    key: idempotency.Key = None,
) -> litestar.Response[State]:
    """Needs If-Match. The owner signs in anew."""
    caller, match, state = access_api.caller(request), etags.required(if_match), request.app.state

    async def work(tx: transaction.Tx) -> tuple[int, State]:
        profile = await _matching(tx, request, account, match)
        return 200, _state(await service.activate(tx, state.identity, caller, profile))

    return await _once(request, caller, key, "admin.activate", work)


@litestar.post(
    "/api/v1/admin/accounts/{account:uuid}/sign-out",
    operation_id="force_sign_out",
    summary="End every session of an account",
    tags=_TAGS,
    opt=MANAGE,
    status_code=200,
)
async def sign_out(
    request: Request, account: params.FromPath[UUID], key: idempotency.Key = None
) -> litestar.Response[Ended]:
    caller, state = access_api.caller(request), request.app.state

    async def work(tx: transaction.Tx) -> tuple[int, Ended]:
        return 200, Ended(sessions_ended=await service.sign_out(tx, state.identity, caller, account))

    return await _once(request, caller, key, "admin.sign_out", work)


@litestar.post(
    "/api/v1/admin/accounts",
    operation_id="appoint_staff",
    summary="Make an account for somebody who works here",
    tags=_TAGS,
    opt=MANAGE,
    status_code=201,
)
async def appoint(
    request: Request, data: params.JSONBody[NewStaff], key: idempotency.Key = None
) -> litestar.Response[Appointed]:
    """Needs an Idempotency-Key. The account holds no permission until somebody gives it one."""
    caller, state = access_api.caller(request), request.app.state

    async def work(tx: transaction.Tx) -> tuple[int, Appointed]:
        made = await service.appoint(
            tx, state.identity, caller, email=data.email, phone=data.phone, language=data.language
        )
        return 201, Appointed(id=made)

    return await _once(request, caller, key, "admin.appoint", work, required=True)


@litestar.post(
    "/api/v1/admin/accounts/{account:uuid}/invitation",
    operation_id="invite_again",
    summary="Send another invitation to set the first password",
    tags=_TAGS,
    opt=MANAGE,
    status_code=202,
)
async def invite_again(
    request: Request, account: params.FromPath[UUID], key: idempotency.Key = None
) -> litestar.Response[Accepted]:
    caller, state = access_api.caller(request), request.app.state

    async def work(tx: transaction.Tx) -> tuple[int, Accepted]:
        await service.invite_again(tx, state.identity, account)
        return 202, Accepted(at=state.clock.now())

    return await _once(request, caller, key, "admin.invite", work)


HANDLERS = (search, listed, show, suspend, activate, sign_out, appoint, invite_again)


async def _matching(tx: transaction.Tx, request: Request, account: UUID, match: etags.Match) -> accounts.Profile:
    profile = await identity.profile(tx, request.app.state.identity, account)
    match.check(_tag(profile.id, profile.revision))
    return profile


async def _once(
    request: Request,
    caller: access.Caller,
    key: str | None,
    name: str,
    work: idempotency.Work,
    *,
    required: bool = False,
) -> litestar.Response[Any]:
    """What is answered holds nothing personal, so that it may be kept for whoever repeats the request."""
    claim = await idempotency.claim(request, caller.account, key, required=required)
    return await idempotency.run(request.app.state.db, name, claim, work)


def _state(profile: accounts.Profile) -> State:
    return State(id=profile.id, state=profile.state, reason=profile.reason, revision=profile.revision)


def _tag(account: UUID, revision: int) -> str:
    return etags.strong("account", str(account), revision)
