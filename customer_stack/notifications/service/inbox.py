"""An account's own inbox and choices."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import clock, errors
from boundary.kernel.runtime import audit, transaction
from customer_stack.notifications import model
from customer_stack.notifications.repo import announcements
from customer_stack.notifications.repo import inbox as repo
from customer_stack.notifications.rules import announcing, channels, kinds, templates
from customer_stack.notifications.service import notices, wording


class Changed(errors.Conflict):
    """The choice was changed by somebody else since it was read."""

    code = "choice_changed"


async def page(
    tx: transaction.Tx,
    post: notices.Post,
    account: UUID,
    *,
    before: UUID | None,
    limit: int,
    unread: bool = False,
    locale: model.Locale | None = None,
) -> list[model.Notice]:
    """Newest first, in the language asked for, or the account's own."""
    rows = await repo.page(tx, account, before, limit, unread=unread)
    spoken = locale or (await repo.choice(tx, account)).locale or post.wording.default
    texts = await announcements.texts(tx, {row.announcement for row in rows if row.announcement})
    sealed = [row.facts for row in rows if row.facts is not None]
    opened = iter(await post.vault.open_rows(tx, account, notices.FACTS, sealed))
    notes = []
    for row in rows:
        language, facts = spoken, wording.open_facts(next(opened)) if row.facts is not None else {}
        if row.announcement is not None:
            language, (title, text) = announcing.text_for(texts[row.announcement], spoken, post.wording.default)
            facts = {"title": title, "text": text}
        notes.append(_readable(post, row, language, facts))
    return notes


def _readable(post: notices.Post, row: model.Row, locale: model.Locale, facts: Mapping[str, str]) -> model.Notice:
    said = post.wording.notice(row.kind, facts, locale, row.created_at)
    return model.Notice(
        id=row.id,
        kind=row.kind,
        category=kinds.KINDS[row.kind].category,
        locale=locale,
        direction=templates.direction(locale),
        title=said.subject,
        paragraphs=said.paragraphs,
        created_at=row.created_at,
        read_at=row.read_at,
    )


async def unread(tx: transaction.Tx, account: UUID) -> int:
    return await repo.unread(tx, account)


async def read(tx: transaction.Tx, account: UUID, notification: UUID, now: datetime) -> None:
    """Mark one as read; a second time changes nothing."""
    was_unread = await repo.read(tx, account, notification, now)
    if was_unread is None:
        raise model.NoticeUnknown("there is no such notice")
    if was_unread:
        await audit.write(tx, model.NoticesRead(account, 1))


async def read_until(tx: transaction.Tx, account: UUID, last: UUID | None, now: datetime) -> int:
    """Mark as read whatever is not newer than the last one that was seen, or all; how many were unread."""
    count = await repo.read_until(tx, account, last, now)
    if count:
        await audit.write(tx, model.NoticesRead(account, count))
    return count


async def choice(tx: transaction.Tx, account: UUID) -> model.Choice:
    """The whole choice, defaults included."""
    found = await repo.choice(tx, account)
    return msgspec.structs.replace(found, preferences=channels.effective(found.preferences))


async def choose(
    tx: transaction.Tx,
    account: UUID,
    locale: model.Locale | None,
    preferences: Sequence[model.Preference],
    revision: int,
    time: clock.Clock,
) -> model.Choice:
    """Replace what was chosen at that revision (0 if nothing was yet)."""
    channels.check(preferences)
    if not await repo.choose(tx, account, locale, preferences, revision, time.now()):
        raise Changed("the choice has changed; read it again")
    digest = hashlib.sha256(msgspec.json.encode((locale, sorted(map(msgspec.structs.astuple, preferences))))).digest()
    await audit.write(tx, model.PreferencesSet(account, digest))
    return await choice(tx, account)
