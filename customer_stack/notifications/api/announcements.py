"""Announcements by staff: ordered once, written into inboxes by a job."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import litestar
import msgspec
from litestar import params

from boundary.kernel.runtime import idempotency, pages, transaction
from customer_stack.access import api as access_api
from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.notifications import model
from customer_stack.notifications.rules import announcing as rules
from customer_stack.notifications.service import announcing as service

Request = litestar.Request[Any, Any, Any]
LOOK = {"rule": access_rules.may(access.Permission.USERS_VIEW)}
ORDER = {"rule": access_rules.may(access.Permission.USERS_MANAGE, fresh=True)}


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page of announcements ends."""

    id: UUID


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In one language: a title on one line, and a text whose empty lines make paragraphs."""

    locale: model.Locale
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.TITLE_MAX, examples=["Maintenance on Sunday"])]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=rules.TEXT_MAX)]


class NewAnnouncement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To everybody who is active, or to one role, or to one language. The operator's default language is needed."""

    texts: Annotated[list[Text], msgspec.Meta(min_length=1, max_length=len(model.Locale))]
    role: access.Role | None = None
    locale: model.Locale | None = None


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """`written` counts the inboxes that have it."""

    id: UUID
    author: UUID
    role: access.Role | None
    locale: model.Locale | None
    state: model.AnnouncementState
    written: int
    created_at: datetime
    finished_at: datetime | None
    texts: list[Text]


@litestar.post(
    "/api/v1/admin/announcements",
    operation_id="announce",
    summary="Announce something to many",
    tags=["admin"],
    opt=ORDER,
    status_code=202,
)
async def order(
    request: Request, data: params.JSONBody[NewAnnouncement], key: idempotency.Key = None
) -> litestar.Response[Announcement]:
    """Needs an Idempotency-Key. A job writes it into inboxes, into each once."""
    staff, state = access_api.caller(request).account, request.app.state
    claim = await idempotency.claim(request, staff, key)
    texts = {each.locale: (each.title, each.text) for each in data.texts}
    if len(texts) < len(data.texts):
        raise model.AnnouncementText("each language stands in the list once")

    async def work(tx: transaction.Tx) -> tuple[int, Announcement]:
        role = data.role.value if data.role else None
        made = await service.order(tx, state.post, staff, role=role, locale=data.locale, texts=texts)
        return 202, _shown(made, texts)

    answer: litestar.Response[Any] = await idempotency.run(state.db, "notifications.announce", claim, work)
    return answer


@litestar.get(
    "/api/v1/admin/announcements",
    operation_id="list_announcements",
    summary="Announcements, newest first",
    tags=["admin"],
    opt=LOOK,
)
async def listed(
    request: Request, limit: pages.Limit = pages.LIMIT, cursor: pages.Cursor = None
) -> pages.Page[Announcement]:
    asked = pages.read(request, Position, cursor, limit)
    before = asked.after.id if asked.after else None

    async def work(tx: transaction.Tx) -> list[tuple[model.Announcement, rules.Texts]]:
        rows = await service.listed(tx, before, asked.limit + 1)
        said = await service.texts_of_many(tx, [row.id for row in rows])
        return [(row, said[row.id]) for row in rows]

    rows = await request.app.state.db.read("notifications.announcements", work)
    page = pages.cut(asked, rows, lambda row: Position(row[0].id))
    return pages.Page([_shown(*row) for row in page.items], page.next)


@litestar.get(
    "/api/v1/admin/announcements/{announcement:uuid}",
    operation_id="show_announcement",
    summary="One announcement, and how far it has come",
    tags=["admin"],
    opt=LOOK,
)
async def show(request: Request, announcement: params.FromPath[UUID]) -> Announcement:
    async def work(tx: transaction.Tx) -> Announcement:
        found = await service.one(tx, announcement)
        return _shown(found, await service.texts(tx, announcement))

    shown: Announcement = await request.app.state.db.read("notifications.announcement", work)
    return shown


HANDLERS = (order, listed, show)


def _shown(found: model.Announcement, texts: rules.Texts) -> Announcement:
    return Announcement(
        id=found.id,
        author=found.author,
        role=access.Role(found.role) if found.role else None,
        locale=found.locale,
        state=found.state,
        written=found.written,
        created_at=found.created_at,
        finished_at=found.finished_at,
        texts=[Text(locale=locale, title=title, text=text) for locale, (title, text) in texts.items()],
    )
