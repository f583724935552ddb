"""Reality checks reach people: who is here, as identity knows it, and a notice in their own words."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from boundary.kernel import records
from boundary.kernel.runtime import transaction
from customer_stack.identity.service import sessions
from customer_stack.notifications.service import inbox
from customer_stack.safeguards import jobs, model, service
from customer_stack.safeguards.adapters import telling
from tests.customer.notifications import conftest as notifications

office = notifications.office
ADD = """
INSERT INTO session (id, account, created_at, authenticated_at, seen_at, expires_at, ended_at, ended, program, network,
  device, place)
VALUES (gen_random_uuid(), $1, $2, $2, $3, $3, $4, $5, '', '', '', '')"""


async def sits(office: notifications.Office, account: UUID, minutes: int, *, seen: int = 0, over: bool = False) -> None:
    now = office.time.now()
    superuser = await office.schema.superuser()
    began, last = now - timedelta(minutes=minutes), now - timedelta(minutes=seen)
    await superuser.execute(ADD, account, began, last, last if over else None, "signed_out" if over else None)
    await superuser.close()


@pytest.fixture
async def db(office: notifications.Office) -> AsyncIterator[transaction.Database]:
    """As the worker, which sends reality checks."""
    found = await office.schema.connect("customer_worker", size=2)
    yield found
    await found.close()


async def test_who_is_here_is_who_was_seen_in_an_open_session_a_moment_ago(
    office: notifications.Office, db: transaction.Database
) -> None:
    here, gone, idle = (UUID(int=n) for n in (1, 2, 3))
    await sits(office, here, 45)
    await sits(office, here, 20)
    await sits(office, gone, 45, over=True)
    await sits(office, idle, 45, seen=11)
    now = office.time.now()
    assert await db.read("t", lambda tx: sessions.sitting(tx, now)) == {here: now - timedelta(minutes=45)}


async def test_the_notice_says_how_long_and_how_much(office: notifications.Office, db: transaction.Database) -> None:
    account = UUID(int=7)
    await db.run("t", lambda tx: office.vault.create(tx, account))
    desk = service.Desk(lambda _: "LKR", model.DELAY_MIN, office.post.ids)
    await db.run("t", lambda tx: desk.check_reality(tx, account, 30, office.time.now()))
    await sits(office, account, 31)

    async def spent(_tx: transaction.Tx, accounts: list[UUID], _now: object) -> dict[UUID, str]:
        return dict.fromkeys(accounts, "12.00 LKR")

    handlers = jobs.Handlers(sessions.sitting, spent, telling.Teller(office.post), office.time)
    for _ in range(2):
        await db.run("t", lambda tx: handlers.remind(tx, jobs.Remind()))
    notices = await db.read("t", lambda tx: inbox.page(tx, office.post, account, before=None, limit=5))
    assert [each.title for each in notices] == ["You have been here for 31 minutes"]
    assert "12.00 LKR" in notices[0].paragraphs[0]
    assert records.encode(jobs.Remind())
