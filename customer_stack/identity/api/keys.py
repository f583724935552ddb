"""API keys for machines."""

from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel import clock
from boundary.kernel.runtime import idempotency, transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.identity.api import answers, bodies
from customer_stack.identity.model import refusals, sessions
from customer_stack.identity.service import machine_keys as service
from customer_stack.identity.service import throttles


@litestar.post(
    "/api/v1/me/api-keys",
    operation_id="create_api_key",
    summary="Make an API key",
    tags=["api keys"],
    opt={"rule": access_rules.signed_in(fresh=True)},
    status_code=201,
)
async def create(
    request: answers.Request, data: params.JSONBody[bodies.NewKey], key: idempotency.Key = None
) -> bodies.KeyMade:
    """The key is shown in this answer and never again. It may do what its owner may, of the permissions named here, and
    only read unless `read_only` is false.
    """
    caller, state = access_api.caller(request), request.app.state
    if data.expires_at.tzinfo is None:
        raise refusals.KeyRange("say the time zone of the end")
    await state.throttles.take(throttles.CHANGE, answers.client(request), caller.account.bytes)

    async def work(tx: transaction.Tx) -> tuple[sessions.Key, str]:
        return await service.create(
            tx,
            state.identity,
            caller,
            label=data.label,
            permissions=frozenset(data.permissions),
            read_only=data.read_only,
            expires_at=clock.as_utc(data.expires_at),
        )

    claim = await idempotency.claim(request, caller.account, key, required=False)
    made, text = await idempotency.unkept(state.db, "identity.create_key", claim, work)
    return bodies.KeyMade(key=text, api_key=_shown(made))


@litestar.get(
    "/api/v1/me/api-keys",
    operation_id="list_api_keys",
    summary="The account's API keys",
    tags=["api keys"],
    opt={"rule": access_rules.signed_in()},
)
async def listed(request: answers.Request) -> bodies.Keys:
    """The latest hundred, revoked and expired ones included."""
    caller, state = access_api.caller(request), request.app.state
    found = await state.db.read("identity.list_keys", lambda tx: service.listed(tx, state.identity, caller.account))
    return bodies.Keys(api_keys=[_shown(each) for each in found])


@litestar.delete(
    "/api/v1/me/api-keys/{key:uuid}",
    operation_id="revoke_api_key",
    summary="Revoke an API key",
    tags=["api keys"],
    opt={"rule": access_rules.signed_in()},
    status_code=204,
)
async def revoke(request: answers.Request, key: params.FromPath[UUID]) -> None:
    """It works no more from now on."""
    caller, state = access_api.caller(request), request.app.state
    await state.db.run("identity.revoke_key", lambda tx: service.revoke(tx, state.identity, caller.account, key))


def _shown(key: sessions.Key) -> bodies.KeyView:
    return bodies.KeyView(**{**msgspec.structs.asdict(key), "permissions": list(key.permissions)})


HANDLERS = (create, listed, revoke)
