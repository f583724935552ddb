"""Announcements: ordered once, written in chunks, each chunk one transaction that nobody can repeat.

The chunk, how far it reached and the promise of the next one are committed together, under the lock of the
announcement's row. A worker that dies repeats a chunk that was not committed; one that runs twice finds the next.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from boundary.kernel import records
from boundary.kernel.runtime import audit, jobs, transaction
from customer_stack.notifications import model
from customer_stack.notifications.repo import announcements, deliveries
from customer_stack.notifications.rules import announcing
from customer_stack.notifications.service import notices


class Write(records.Job, frozen=True, tag="customer.notifications.write_announcement.v1"):
    """Write the next chunk of this announcement."""

    announcement: UUID


async def order(
    tx: transaction.Tx,
    post: notices.Post,
    staff: UUID,
    *,
    role: str | None,
    locale: model.Locale | None,
    texts: announcing.Texts,
) -> model.Announcement:
    """Order an announcement to everybody, or to one role or language; a job writes it."""
    announcing.check(texts, post.wording.default)
    number, now = post.ids.ordered(), post.clock.now()
    await announcements.add(tx, number, staff, role, locale, texts, now)
    await jobs.enqueue(tx, Write(number), post.ids)
    digest = hashlib.sha256(msgspec.json.encode(sorted((each.value, *pair) for each, pair in texts.items()))).digest()
    await audit.write(tx, model.AnnouncementOrdered(number, staff, role or "", locale.value if locale else "", digest))
    return await one(tx, number)


async def write(tx: transaction.Tx, post: notices.Post, number: UUID) -> bool:
    """Write one chunk and promise the next; whether there is more."""
    found = await announcements.lock(tx, number)
    if found is None or found.state is model.AnnouncementState.DONE:
        return False
    now = post.clock.now()
    chunk = await post.addresses.members(
        tx, role=found.role, registered_by=found.created_at, after=found.reached, limit=announcing.CHUNK
    )
    written = await _into_inboxes(tx, post, found, list(chunk), now)
    if written:
        digest = hashlib.sha256(b"".join(account.bytes for account in sorted(written))).digest()
        await audit.write(tx, model.AnnouncementWritten(number, len(written), digest))
    if chunk:
        await announcements.advance(tx, number, chunk[-1], len(written))
    if len(chunk) == announcing.CHUNK:
        await jobs.enqueue(tx, Write(number), post.ids, key=f"{number}/{chunk[-1]}")
        return True
    announcing.ANNOUNCEMENT.advance(found.state, model.AnnouncementEvent.FINISH)
    await announcements.finish(tx, number, now)
    await audit.write(tx, model.AnnouncementFinished(number, found.written + len(written)))
    return False


async def _into_inboxes(
    tx: transaction.Tx, post: notices.Post, found: model.Announcement, accounts: list[UUID], now: datetime
) -> dict[UUID, UUID]:
    locales = await announcements.of_locale(tx, accounts, post.wording.default, found.locale)
    rows = [(post.ids.ordered(), account) for account in locales]
    written = await announcements.write(tx, found.id, rows, now)
    leaving = [
        (post.ids.ordered(), account, written[account], channel, locales[account])
        for account, channel in await announcements.wanted(tx, written)
    ]
    await deliveries.add_many(tx, model.Kind.ANNOUNCEMENT, leaving, now)
    return written


async def take_up(tx: transaction.Tx, post: notices.Post, period: int) -> int:
    """Promise the next chunk of whatever is not finished, at most once in a period: its own promise may have failed."""
    unfinished = await announcements.unfinished(tx)
    for number, reached in unfinished:
        await jobs.enqueue(tx, Write(number), post.ids, key=f"{number}/{reached}/{period}")
    return len(unfinished)


async def one(tx: transaction.Tx, number: UUID) -> model.Announcement:
    found = await announcements.one(tx, number)
    if found is None:
        raise model.AnnouncementUnknown("there is no such announcement")
    return found


async def listed(tx: transaction.Tx, before: UUID | None, limit: int) -> list[model.Announcement]:
    return await announcements.listed(tx, before, limit)


async def texts(tx: transaction.Tx, number: UUID) -> announcing.Texts:
    return (await announcements.texts(tx, [number]))[number]


async def texts_of_many(
    tx: transaction.Tx, numbers: Collection[UUID]
) -> dict[UUID, dict[model.Locale, tuple[str, str]]]:
    return await announcements.texts(tx, numbers)
