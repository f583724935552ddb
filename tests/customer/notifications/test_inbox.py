"""An inbox is its owner's alone: read by pages, counted, marked as read once."""

import asyncio
from uuid import UUID

import pytest

from customer_stack.notifications import model
from customer_stack.notifications.service import inbox
from tests.customer.notifications.conftest import Office

K = model.Kind
EMAIL, SMS = model.Channel.EMAIL, model.Channel.SMS


async def page(
    office: Office, account: UUID, before: UUID | None = None, *, unread: bool = False
) -> list[model.Notice]:
    return await office.db.read(
        "test.page", lambda tx: inbox.page(tx, office.post, account, before=before, limit=3, unread=unread)
    )


async def unread(office: Office, account: UUID) -> int:
    return await office.db.read("test.unread", lambda tx: inbox.unread(tx, account))


async def read(office: Office, account: UUID, notification: UUID) -> None:
    await office.db.run("test.read", lambda tx: inbox.read(tx, account, notification, office.time.now()))


async def test_pages_go_from_new_to_old_and_miss_and_repeat_nothing(office: Office) -> None:
    account = await office.admit()
    written = [await office.notify(account, K.API_KEY_CREATED, name=f"key {n}") for n in range(7)]
    seen: list[UUID] = []
    while found := await page(office, account, seen[-1] if seen else None):
        seen += [notice.id for notice in found]
    assert seen == sorted(written, reverse=True)


async def test_a_notice_is_readable_in_its_owners_language(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.API_KEY_CREATED, name="reports")
    (english,) = await page(office, account)
    assert "“reports”" in english.paragraphs[0]
    assert (english.direction, english.category) == (model.Direction.LEFT_TO_RIGHT, model.Category.SECURITY)
    (arabic,) = await office.db.read(
        "test.page",
        lambda tx: inbox.page(tx, office.post, account, before=None, limit=3, locale=model.Locale.ARABIC),
    )
    assert arabic.direction is model.Direction.RIGHT_TO_LEFT
    assert "reports" in arabic.paragraphs[0]


async def test_marking_as_read_counts_once(office: Office) -> None:
    account = await office.admit()
    first, second, third = [await office.notify(account, K.PASSWORD_CHANGED) for _ in range(3)]
    assert await unread(office, account) == 3
    await asyncio.gather(*(read(office, account, second) for _ in range(10)))
    assert await unread(office, account) == 2
    assert [notice.id for notice in await page(office, account, unread=True)] == [third, first]
    entries = await office.rows("SELECT payload FROM audit_entry")
    assert sum(b"notifications.read.v1" in row["payload"] for row in entries) == 1


async def test_marking_all_leaves_what_came_after_the_last_one_seen(office: Office) -> None:
    account = await office.admit()
    written = [await office.notify(account, K.PASSWORD_CHANGED) for _ in range(4)]
    mark = lambda last: office.db.run(  # noqa: E731 -- three times the same
        "test.mark", lambda tx: inbox.read_until(tx, account, last, office.time.now())
    )
    assert await mark(written[2]) == 3
    assert await mark(written[2]) == 0
    assert await unread(office, account) == 1
    assert await mark(None) == 1


async def test_nobody_reads_or_marks_what_is_anothers(office: Office) -> None:
    owner, other = await office.admit(), await office.admit("nimal@people.example")
    number = await office.notify(owner, K.PASSWORD_CHANGED)
    assert await page(office, other) == []
    assert await unread(office, other) == 0
    for wrong in (number, office.random.ordered()):
        with pytest.raises(model.NoticeUnknown):
            await read(office, other, wrong)
    await office.db.run("test.mark", lambda tx: inbox.read_until(tx, other, None, office.time.now()))
    assert await unread(office, owner) == 1


async def test_a_kind_of_a_newer_release_waits_for_that_release(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    superuser = await office.schema.superuser()
    await superuser.execute("UPDATE notification SET kind = 'ledger.paid'")
    await superuser.close()
    assert await page(office, account) == []
    assert await unread(office, account) == 0


async def choose(office: Office, account: UUID, revision: int, *wanted: model.Preference) -> model.Choice:
    return await office.db.run(
        "test.choose", lambda tx: inbox.choose(tx, account, model.Locale.TAMIL, wanted, revision, office.time)
    )


async def test_of_many_who_change_one_choice_one_wins(office: Office) -> None:
    account = await office.admit()
    off = model.Preference(model.Category.ACCOUNT, EMAIL, enabled=False)
    for revision in (0, 1):
        results = await asyncio.gather(
            *(choose(office, account, revision, off) for _ in range(100)), return_exceptions=True
        )
        assert sum(isinstance(each, model.Choice) for each in results) == 1
        assert sum(isinstance(each, inbox.Changed) for each in results) == 99


async def test_a_choice_says_the_whole_of_it_and_changes_where_notices_go(office: Office) -> None:
    account = await office.admit(phone="+94770000001")
    before = await office.db.read("test.choice", lambda tx: inbox.choice(tx, account))
    assert (before.revision, before.locale, len(before.preferences)) == (0, None, 6)
    off = model.Preference(model.Category.ACCOUNT, EMAIL, enabled=False)
    after = await choose(office, account, 0, off, model.Preference(model.Category.ACCOUNT, SMS, enabled=True))
    assert (after.revision, after.locale) == (1, model.Locale.TAMIL)
    assert off in after.preferences
    await office.notify(account, K.ACTIVATED)
    assert [row["channel"] for row in await office.rows("SELECT channel::text FROM delivery")] == ["sms"]
