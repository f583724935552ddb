"""What customers set against themselves."""

from typing import Any

import litestar
from litestar import params

from boundary.kernel.runtime import etags, idempotency, pages, transaction
from customer_stack.access import api as access
from customer_stack.access import rules as access_rules
from customer_stack.safeguards import model, service
from customer_stack.safeguards.api import views

Request = litestar.Request[Any, Any, Any]
_OWN = {"rule": access_rules.signed_in()}
_BASE = "/api/v1/me/safeguards"


@litestar.get(
    _BASE,
    operation_id="show_safeguards",
    summary="My limits, exclusions and reality checks",
    tags=["safeguards"],
    opt=_OWN,
)
async def show(request: Request) -> litestar.Response[views.SettingsView]:
    """The ETag is what a change of a limit must carry in If-Match."""
    owner, state = access.caller(request).account, request.app.state
    now = state.clock.now()
    found = await state.db.read("safeguards.show", lambda tx: service.shown(tx, owner, now))
    return litestar.Response(views.settings(found, now), headers={etags.HEADER: views.tag(found)})


@litestar.put(
    f"{_BASE}/limits",
    operation_id="set_safeguard_limit",
    summary="Hold me to an amount: at once if it is stricter, after the delay if it is not",
    tags=["safeguards"],
    opt=_OWN,
)
async def set_limit(
    request: Request, data: params.JSONBody[views.WantedLimit], if_match: etags.IfMatch = None
) -> litestar.Response[views.LimitView]:
    match = etags.required(if_match)
    owner, state = access.caller(request).account, request.app.state
    now = state.clock.now()

    async def work(tx: transaction.Tx) -> tuple[model.Limit, service.Settings]:
        match.check(views.tag(await service.shown(tx, owner, now, hold=True)))
        changed = await state.safeguards.set_limit(tx, owner, (data.kind, data.period), data.amount, now)
        return changed, await service.shown(tx, owner, now)

    changed, found = await state.db.run("safeguards.set_limit", work)
    return litestar.Response(views.limit(changed, now), headers={etags.HEADER: views.tag(found)})


@litestar.post(
    f"{_BASE}/limits/cancellations",
    operation_id="cancel_safeguard_increase",
    summary="Stay with the stricter limit while the looser one waits",
    tags=["safeguards"],
    status_code=200,
    opt=_OWN,
)
async def cancel(
    request: Request, data: params.JSONBody[views.WhichLimit], key: idempotency.Key = None
) -> litestar.Response[Any]:
    owner, state = access.caller(request).account, request.app.state
    now, claim = state.clock.now(), await idempotency.claim(request, owner, key)

    async def work(tx: transaction.Tx) -> tuple[int, views.LimitView]:
        return 200, views.limit(await state.safeguards.cancel(tx, owner, (data.kind, data.period), now), now)

    return await idempotency.run(state.db, "safeguards.cancel", claim, work)


@litestar.post(
    f"{_BASE}/cool-offs",
    operation_id="cool_off",
    summary="Keep me out for 24 hours to 42 days",
    tags=["safeguards"],
    opt=_OWN,
)
async def cool_off(
    request: Request, data: params.JSONBody[views.WantedCoolOff], key: idempotency.Key = None
) -> litestar.Response[views.ExclusionView]:
    return await _excluded(request, key, lambda tx, owner, now: _desk(request).cool_off(tx, owner, data.hours, now))


@litestar.post(
    f"{_BASE}/self-exclusions",
    operation_id="exclude_myself",
    summary="Keep me out for months or for good; nobody can lift it before its end",
    tags=["safeguards"],
    opt=_OWN,
)
async def exclude(
    request: Request, data: params.JSONBody[views.WantedExclusion], key: idempotency.Key = None
) -> litestar.Response[views.ExclusionView]:
    return await _excluded(request, key, lambda tx, owner, now: _desk(request).exclude(tx, owner, data.months, now))


@litestar.put(
    f"{_BASE}/reality-check",
    operation_id="set_reality_check",
    summary="Tell me every so many minutes how long I have been here and what I have spent",
    tags=["safeguards"],
    opt=_OWN,
)
async def check_reality(request: Request, data: params.JSONBody[views.WantedReality]) -> views.SettingsView:
    owner, state = access.caller(request).account, request.app.state
    now = state.clock.now()

    async def work(tx: transaction.Tx) -> service.Settings:
        await state.safeguards.check_reality(tx, owner, data.minutes, now)
        return await service.shown(tx, owner, now)

    return views.settings(await state.db.run("safeguards.reality", work), now)


@litestar.get(
    f"{_BASE}/history",
    operation_id="list_safeguard_changes",
    summary="What I changed, newest first",
    tags=["safeguards"],
    opt=_OWN,
)
async def history(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[views.ChangeView]:
    owner = access.caller(request).account
    asked = pages.read(request, views.Position, cursor, limit)
    before = asked.after.number if asked.after else None
    rows = await request.app.state.db.read(
        "safeguards.history", lambda tx: service.history(tx, owner, before, asked.limit + 1)
    )
    page = pages.cut(asked, rows, lambda row: views.Position(row[0]))
    return pages.Page([views.change(row[1]) for row in page.items], page.next)


HANDLERS = (show, set_limit, cancel, cool_off, exclude, check_reality, history)


def _desk(request: Request) -> service.Desk:
    desk: service.Desk = request.app.state.safeguards
    return desk


async def _excluded(request: Request, key: str | None, exclude_: Any) -> litestar.Response[Any]:
    owner, state = access.caller(request).account, request.app.state
    claim = await idempotency.claim(request, owner, key)

    async def work(tx: transaction.Tx) -> tuple[int, views.ExclusionView]:
        return 201, views.exclusion(await exclude_(tx, owner, state.clock.now()))

    return await idempotency.run(state.db, "safeguards.exclude", claim, work)
