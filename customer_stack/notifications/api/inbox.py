"""One's own inbox, and one's own choice of channels and language."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel import clock
from boundary.kernel.runtime import etags, pages, transaction
from customer_stack.access import api as access_api
from customer_stack.access import rules as access_rules
from customer_stack.notifications import model
from customer_stack.notifications.service import inbox as service
from customer_stack.notifications.service import notices

Request = litestar.Request[Any, Any, Any]
OWN = {"rule": access_rules.signed_in()}
_KIND = "choice"


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of notices ends."""

    id: UUID


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice in finished words. `direction` says how they run."""

    id: UUID
    kind: model.Kind
    category: model.Category
    locale: model.Locale
    direction: model.Direction
    title: str
    paragraphs: list[str]
    created_at: datetime
    read_at: datetime | None


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """A page of an inbox, and how many notices in the whole of it are unread."""

    items: list[Notice]
    unread: int
    next: str | None = None


class Unread(msgspec.Struct, frozen=True):
    unread: int


class ReadUntil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to and including which notice; all of them without one."""

    last: UUID | None = None


class Marked(msgspec.Struct, frozen=True):
    """How many were unread before."""

    marked: int
    unread: int


class Preference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether notices of a category also leave on a channel."""

    category: model.Category
    channel: model.Channel
    enabled: bool


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What an account chose, defaults included. Without a locale it is the one it registered in."""

    locale: model.Locale | None
    preferences: list[Preference]


class NewChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not named stays as it was."""

    locale: model.Locale | None
    preferences: Annotated[list[Preference], msgspec.Meta(max_length=16)]


@litestar.get(
    "/api/v1/notifications",
    operation_id="list_notifications",
    summary="One's own notices, newest first",
    tags=["notifications"],
    opt=OWN,
)
async def listed(
    request: Request,
    unread: params.FromQuery[bool] = False,
    locale: params.FromQuery[model.Locale | None] = None,
    limit: pages.Limit = pages.LIMIT,
    cursor: pages.Cursor = None,
) -> Inbox:
    account, post = access_api.caller(request).account, _post(request)
    asked = pages.read(request, Position, cursor, limit, unread)
    before = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> tuple[list[model.Notice], int]:
        rows = await service.page(tx, post, account, before=before, limit=asked.limit + 1, unread=unread, locale=locale)
        return rows, await service.unread(tx, account)

    rows, count = await request.app.state.db.read("notifications.page", work)
    page = pages.cut(asked, rows, lambda row: Position(row.id))
    return Inbox(items=[_shown(row) for row in page.items], unread=count, next=page.next)


@litestar.get(
    "/api/v1/notifications/unread",
    operation_id="count_unread_notifications",
    summary="How many of one's own notices are unread",
    tags=["notifications"],
    opt=OWN,
)
async def count(request: Request) -> Unread:
    account = access_api.caller(request).account
    return Unread(await request.app.state.db.read("notifications.unread", lambda tx: service.unread(tx, account)))


@litestar.post(
    "/api/v1/notifications/{notification:uuid}/read",
    operation_id="read_notification",
    summary="Mark one notice as read",
    tags=["notifications"],
    opt=OWN,
    status_code=200,
)
async def read(request: Request, notification: params.FromPath[UUID]) -> Unread:
    """Again changes nothing."""
    account, now = access_api.caller(request).account, _clock(request).now()

    async def work(tx: transaction.Tx) -> int:
        await service.read(tx, account, notification, now)
        return await service.unread(tx, account)

    return Unread(await request.app.state.db.run("notifications.read", work))


@litestar.post(
    "/api/v1/notifications/read",
    operation_id="read_notifications",
    summary="Mark notices as read, up to one or all",
    tags=["notifications"],
    opt=OWN,
    status_code=200,
)
async def read_until(request: Request, data: params.JSONBody[ReadUntil]) -> Marked:
    """Naming the newest one that was seen leaves what came meanwhile unread. Again changes nothing."""
    account, now = access_api.caller(request).account, _clock(request).now()

    async def work(tx: transaction.Tx) -> Marked:
        marked = await service.read_until(tx, account, data.last, now)
        return Marked(marked, await service.unread(tx, account))

    marked: Marked = await request.app.state.db.run("notifications.read_until", work)
    return marked


@litestar.get(
    "/api/v1/notification-preferences",
    operation_id="show_notification_preferences",
    summary="On which channels, and in which language, one is told",
    tags=["notifications"],
    opt=OWN,
)
async def show_choice(request: Request) -> litestar.Response[Choice]:
    account = access_api.caller(request).account
    return _chosen(await request.app.state.db.read("notifications.choice", lambda tx: service.choice(tx, account)))


@litestar.put(
    "/api/v1/notification-preferences",
    operation_id="set_notification_preferences",
    summary="Choose channels and language",
    tags=["notifications"],
    opt=OWN,
)
async def set_choice(
    request: Request, data: params.JSONBody[NewChoice], if_match: etags.IfMatch = None
) -> litestar.Response[Choice]:
    """Needs If-Match. Notices about security go out whatever is chosen."""
    account, match = access_api.caller(request).account, etags.required(if_match)
    wanted = [model.Preference(each.category, each.channel, each.enabled) for each in data.preferences]

    async def work(tx: transaction.Tx) -> model.Choice:
        seen = await service.choice(tx, account)
        match.check(_tag(seen))
        return await service.choose(tx, account, data.locale, wanted, seen.revision, _clock(request))

    return _chosen(await request.app.state.db.run("notifications.choose", work))


HANDLERS = (listed, count, read, read_until, show_choice, set_choice)


def _post(request: Request) -> notices.Post:
    post: notices.Post = request.app.state.post
    return post


def _clock(request: Request) -> clock.Clock:
    time: clock.Clock = request.app.state.clock
    return time


def _shown(notice: model.Notice) -> Notice:
    return Notice(
        id=notice.id,
        kind=notice.kind,
        category=notice.category,
        locale=notice.locale,
        direction=notice.direction,
        title=notice.title,
        paragraphs=list(notice.paragraphs),
        created_at=notice.created_at,
        read_at=notice.read_at,
    )


def _chosen(choice: model.Choice) -> litestar.Response[Choice]:
    preferences = [Preference(each.category, each.channel, each.enabled) for each in choice.preferences]
    return litestar.Response(
        Choice(locale=choice.locale, preferences=preferences), headers={etags.HEADER: _tag(choice)}
    )


def _tag(choice: model.Choice) -> str:
    return etags.strong(_KIND, choice.revision)
