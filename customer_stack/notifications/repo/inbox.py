"""The inbox and what its owner chose. Every statement names the account: there is no other way to a row."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from boundary.kernel.runtime import transaction
from customer_stack.notifications import model

_ADD = """
INSERT INTO notification (id, account, kind, facts, created_at) VALUES ($1, $2, $3, $4, $5)"""
_PAGE = """
SELECT id, kind, facts, announcement, created_at, read_at FROM notification
WHERE account = $1 AND ($2::uuid IS NULL OR id < $2) AND (NOT $3 OR read_at IS NULL) AND kind = ANY($5::text[])
ORDER BY id DESC LIMIT $4"""
_UNREAD = """
SELECT count(*) FROM notification WHERE account = $1 AND read_at IS NULL AND kind = ANY($2::text[])"""
_READ = """
WITH mine AS (SELECT id, read_at FROM notification WHERE account = $1 AND id = $2 FOR UPDATE),
     marked AS (UPDATE notification n SET read_at = $3 FROM mine WHERE n.id = mine.id AND mine.read_at IS NULL)
SELECT read_at IS NULL AS was_unread FROM mine"""
_READ_UNTIL = """
UPDATE notification SET read_at = $3 WHERE account = $1 AND read_at IS NULL AND ($2::uuid IS NULL OR id <= $2)"""
_CHOICE = "SELECT locale::text, revision FROM notice_choice WHERE account = $1"
_PREFERENCES = "SELECT category::text, channel::text, enabled FROM notice_preference WHERE account = $1"
_CHOOSE = """
INSERT INTO notice_choice (account, locale, revision, changed_at)
SELECT $1, $2::notice_locale, 1, $3 WHERE $4 = 0 OR EXISTS (SELECT FROM notice_choice WHERE account = $1)
ON CONFLICT (account) DO UPDATE SET locale = $2::notice_locale, revision = notice_choice.revision + 1, changed_at = $3
WHERE notice_choice.revision = $4"""
_SPEAK = """
INSERT INTO notice_choice (account, locale, revision, changed_at) VALUES ($1, $2::notice_locale, 0, $3)
ON CONFLICT DO NOTHING"""
_PREFER = """
INSERT INTO notice_preference (account, category, channel, enabled)
SELECT $1, category::notice_category, channel::notice_channel, enabled
FROM unnest($2::text[], $3::text[], $4::boolean[]) AS n(category, channel, enabled)
ORDER BY category, channel
ON CONFLICT (account, category, channel) DO UPDATE SET enabled = excluded.enabled"""


async def add(
    tx: transaction.Tx, notification: UUID, account: UUID, kind: model.Kind, facts: bytes, now: datetime
) -> None:
    await tx.execute(_ADD, notification, account, kind.value, facts, now)


async def page(tx: transaction.Tx, account: UUID, before: UUID | None, limit: int, *, unread: bool) -> list[model.Row]:
    """Newest first. A kind that only a newer release knows is left for that release to show."""
    rows = await tx.fetch(_PAGE, account, before, unread, limit, _kinds())
    return [
        model.Row(
            row["id"], model.Kind(row["kind"]), row["facts"], row["announcement"], row["created_at"], row["read_at"]
        )
        for row in rows
    ]


async def unread(tx: transaction.Tx, account: UUID) -> int:
    count: int = await tx.value(_UNREAD, account, _kinds())
    return count


async def read(tx: transaction.Tx, account: UUID, notification: UUID, now: datetime) -> bool | None:
    """Whether it was unread until now; nothing if there is no such notice in this inbox."""
    was_unread: bool | None = await tx.value(_READ, account, notification, now)
    return was_unread


async def read_until(tx: transaction.Tx, account: UUID, last: UUID | None, now: datetime) -> int:
    return await tx.execute(_READ_UNTIL, account, last, now)


async def choice(tx: transaction.Tx, account: UUID) -> model.Choice:
    row = await tx.row(_CHOICE, account)
    rows = await tx.fetch(_PREFERENCES, account)
    preferences = tuple(
        model.Preference(model.Category(each["category"]), model.Channel(each["channel"]), each["enabled"])
        for each in rows
    )
    locale = model.Locale(row["locale"]) if row and row["locale"] else None
    return model.Choice(locale, preferences, row["revision"] if row else 0)


async def speak(tx: transaction.Tx, account: UUID, locale: model.Locale, now: datetime) -> None:
    """Note the language of an account that has chosen nothing yet: revision 0."""
    await tx.execute(_SPEAK, account, locale.value, now)


async def choose(
    tx: transaction.Tx,
    account: UUID,
    locale: model.Locale | None,
    preferences: Sequence[model.Preference],
    revision: int,
    now: datetime,
) -> bool:
    """Replace the choice of that revision; not if somebody was faster."""
    if not await tx.execute(_CHOOSE, account, locale.value if locale else None, now, revision):
        return False
    await tx.execute(
        _PREFER,
        account,
        [each.category.value for each in preferences],
        [each.channel.value for each in preferences],
        [each.enabled for each in preferences],
    )
    return True


def _kinds() -> Collection[str]:
    return [kind.value for kind in model.Kind]
