"""Changing e-mail and phone: slowly, and so that whoever is reached there today can stop it."""

from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import idempotency, transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies
from customer_stack.identity.model import accounts, notices, refusals
from customer_stack.identity.service import changes as service
from customer_stack.identity.service import throttles
from customer_stack.vault import rules as contacts

SIGNED_IN = {"rule": access_rules.signed_in()}
FRESH = {"rule": access_rules.signed_in(fresh=True)}


@litestar.post(
    "/api/v1/me/email",
    operation_id="change_email",
    summary="Ask for another e-mail address",
    tags=["account"],
    opt=FRESH,
    status_code=202,
)
async def email(
    request: answers.Request, data: params.JSONBody[bodies.NewEmail], key: idempotency.Key = None
) -> bodies.ContactChange:
    """A code goes to the new address, a notice to the old one. It takes effect after two days, once it is verified."""
    return await _request(request, accounts.Channel.EMAIL, contacts.email(data.email), key)


@litestar.post(
    "/api/v1/me/phone",
    operation_id="change_phone",
    summary="Ask for another phone number",
    tags=["account"],
    opt=FRESH,
    status_code=202,
)
async def phone(
    request: answers.Request, data: params.JSONBody[bodies.NewPhone], key: idempotency.Key = None
) -> bodies.ContactChange:
    """As for an e-mail address."""
    country = request.app.state.identity.country
    return await _request(request, accounts.Channel.SMS, contacts.phone(data.phone, country), key)


@litestar.get(
    "/api/v1/me/contact-changes",
    operation_id="list_contact_changes",
    summary="Changes of e-mail and phone on their way",
    tags=["account"],
    opt=SIGNED_IN,
)
async def listed(request: answers.Request) -> bodies.ContactChanges:
    caller, state = access_api.caller(request), request.app.state
    found = await state.db.run("identity.list_changes", lambda tx: service.listed(tx, state.identity, caller.account))
    return bodies.ContactChanges(changes=[_shown(each) for each in found])


@litestar.post(
    "/api/v1/me/contact-changes/{change:uuid}/verify",
    operation_id="verify_contact_change",
    summary="Prove that the code arrived at the new place",
    tags=["account"],
    opt=SIGNED_IN,
    status_code=204,
)
async def verify(
    request: answers.Request, change: params.FromPath[UUID], data: params.JSONBody[bodies.ChangeCode]
) -> None:
    caller, state = access_api.caller(request), request.app.state
    await state.throttles.take(throttles.VERIFY, answers.client(request), caller.account.bytes)

    async def work(tx: transaction.Tx) -> refusals.CodeWrong | None:
        return await service.verify(tx, state.identity, caller.account, change, data.code)

    answers.good(await state.db.run("identity.verify_change", work))


@litestar.delete(
    "/api/v1/me/contact-changes/{change:uuid}",
    operation_id="cancel_contact_change",
    summary="Cancel a change",
    tags=["account"],
    opt=SIGNED_IN,
    status_code=204,
)
async def cancel(request: answers.Request, change: params.FromPath[UUID]) -> None:
    """At any time until it takes effect, and without a fresh factor: stopping is easier than changing."""
    caller, state = access_api.caller(request), request.app.state
    await state.db.run("identity.cancel_change", lambda tx: service.cancel(tx, state.identity, caller.account, change))


async def _request(
    request: answers.Request, channel: accounts.Channel, value: str, key: str | None
) -> bodies.ContactChange:
    caller, state = access_api.caller(request), request.app.state
    await state.throttles.take(throttles.CHANGE, answers.client(request), caller.account.bytes)
    claim = await idempotency.claim(request, caller.account, key, required=False)

    async def work(tx: transaction.Tx) -> notices.ShownChange:
        return await service.request(tx, state.identity, caller.account, channel, value)

    return _shown(await idempotency.unkept(state.db, "identity.request_change", claim, work))


def _shown(change: notices.ShownChange) -> bodies.ContactChange:
    return bodies.ContactChange(**msgspec.structs.asdict(change))


HANDLERS = (email, phone, listed, verify, cancel)
