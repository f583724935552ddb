"""Announcements, their texts, and the chunks in which they are written into inboxes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.notifications import model
from customer_stack.notifications.rules import announcing

_COLUMNS = "id, author, role, locale::text, state::text, reached, written, created_at, finished_at"
_ADD = """
INSERT INTO announcement (id, author, role, locale, created_at) VALUES ($1, $2, $3, $4::notice_locale, $5)"""
_ADD_TEXTS = """
INSERT INTO announcement_text (announcement, locale, title, body)
SELECT $1, locale::notice_locale, title, body FROM unnest($2::text[], $3::text[], $4::text[]) AS n(locale, title, body)"""
_TEXTS = "SELECT announcement, locale::text, title, body FROM announcement_text WHERE announcement = ANY($1::uuid[])"
_TEXTS_OF = """
SELECT t.locale::text, t.title, t.body FROM notification n JOIN announcement_text t ON t.announcement = n.announcement
WHERE n.id = $1"""
_LOCK = f"SELECT {_COLUMNS} FROM announcement WHERE id = $1 FOR UPDATE"  # noqa: S608 -- names are the program's own
_ONE = f"SELECT {_COLUMNS} FROM announcement WHERE id = $1"  # noqa: S608 -- likewise
_LIST = f"""
SELECT {_COLUMNS} FROM announcement WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2"""  # noqa: S608 -- likewise
_OPEN = "SELECT id, reached FROM announcement WHERE state = 'writing' ORDER BY id"
_OF_LOCALE = """
SELECT n.account, coalesce(c.locale::text, $2) AS locale
FROM unnest($1::uuid[]) WITH ORDINALITY AS n(account, place) LEFT JOIN notice_choice c ON c.account = n.account
WHERE $3::text IS NULL OR coalesce(c.locale::text, $2) = $3 ORDER BY n.place"""
_WRITE = """
INSERT INTO notification (id, account, kind, announcement, created_at)
SELECT id, account, $3, $4, $5 FROM unnest($1::uuid[], $2::uuid[]) AS n(id, account)
ON CONFLICT (announcement, account) WHERE announcement IS NOT NULL DO NOTHING RETURNING id, account"""
_WANTED = """
SELECT account, channel::text FROM notice_preference
WHERE account = ANY($1::uuid[]) AND category = 'announcements' AND enabled ORDER BY account, channel"""
_ADVANCE = "UPDATE announcement SET reached = $2, written = written + $3 WHERE id = $1"
_FINISH = "UPDATE announcement SET state = 'done', finished_at = $2 WHERE id = $1"


async def add(
    tx: transaction.Tx,
    announcement: UUID,
    author: UUID,
    role: str | None,
    locale: model.Locale | None,
    texts: announcing.Texts,
    now: datetime,
) -> None:
    await tx.execute(_ADD, announcement, author, role, locale.value if locale else None, now)
    titles, bodies = zip(*texts.values(), strict=True)
    await tx.execute(_ADD_TEXTS, announcement, [each.value for each in texts], list(titles), list(bodies))


async def texts(tx: transaction.Tx, announcements: Collection[UUID]) -> dict[UUID, dict[model.Locale, tuple[str, str]]]:
    found: dict[UUID, dict[model.Locale, tuple[str, str]]] = {each: {} for each in announcements}
    for row in await tx.fetch(_TEXTS, list(found)):
        found[row["announcement"]][model.Locale(row["locale"])] = (row["title"], row["body"])
    return found


async def texts_of(tx: transaction.Tx, notification: UUID) -> dict[model.Locale, tuple[str, str]]:
    """The words of the announcement that this notice is."""
    rows = await tx.fetch(_TEXTS_OF, notification)
    return {model.Locale(row["locale"]): (row["title"], row["body"]) for row in rows}


async def lock(tx: transaction.Tx, announcement: UUID) -> model.Announcement | None:
    row = await tx.row(_LOCK, announcement)
    return _announcement(row) if row else None


async def one(tx: transaction.Tx, announcement: UUID) -> model.Announcement | None:
    row = await tx.row(_ONE, announcement)
    return _announcement(row) if row else None


async def listed(tx: transaction.Tx, before: UUID | None, limit: int) -> list[model.Announcement]:
    return [_announcement(row) for row in await tx.fetch(_LIST, before, limit)]


async def unfinished(tx: transaction.Tx) -> list[tuple[UUID, UUID | None]]:
    """Announcements that are being written, and how far they have come."""
    return [(row["id"], row["reached"]) for row in await tx.fetch(_OPEN)]


async def of_locale(
    tx: transaction.Tx, accounts: Sequence[UUID], default: model.Locale, wanted: model.Locale | None
) -> dict[UUID, model.Locale]:
    """Those of the accounts that read the wanted language, or all, with the language of each; in their order."""
    rows = await tx.fetch(_OF_LOCALE, list(accounts), default.value, wanted.value if wanted else None)
    return {row["account"]: model.Locale(row["locale"]) for row in rows}


async def write(
    tx: transaction.Tx, announcement: UUID, rows: Sequence[tuple[UUID, UUID]], now: datetime
) -> dict[UUID, UUID]:
    """Put it into inboxes, `rows` being notification and account; by account those that had it not."""
    numbers, accounts = ([list(column) for column in zip(*rows, strict=True)]) if rows else ([], [])
    written = await tx.fetch(_WRITE, numbers, accounts, model.Kind.ANNOUNCEMENT.value, announcement, now)
    return {row["account"]: row["id"] for row in written}


async def wanted(tx: transaction.Tx, accounts: Collection[UUID]) -> list[tuple[UUID, model.Channel]]:
    """On which channels each of them also wants announcements."""
    return [(row["account"], model.Channel(row["channel"])) for row in await tx.fetch(_WANTED, list(accounts))]


async def advance(tx: transaction.Tx, announcement: UUID, reached: UUID, written: int) -> None:
    await tx.execute(_ADVANCE, announcement, reached, written)


async def finish(tx: transaction.Tx, announcement: UUID, now: datetime) -> None:
    await tx.execute(_FINISH, announcement, now)


def _announcement(row: transaction.Record) -> model.Announcement:
    return model.Announcement(
        id=row["id"],
        author=row["author"],
        role=row["role"],
        locale=model.Locale(row["locale"]) if row["locale"] else None,
        state=model.AnnouncementState(row["state"]),
        reached=row["reached"],
        written=row["written"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
