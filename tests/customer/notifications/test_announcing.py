"""An announcement reaches everybody who was meant, each once, whatever happens to whoever writes it."""

import asyncio
import itertools
from datetime import timedelta
from uuid import UUID

import pytest

from boundary.kernel import records
from boundary.kernel.runtime import transaction
from customer_stack.notifications import model
from customer_stack.notifications.rules import announcing as rules
from customer_stack.notifications.service import announcing, inbox
from tests.customer.notifications.conftest import Office, Person

TEXTS = {
    model.Locale.ENGLISH: ("Maintenance", "On Sunday.\n\nFrom 2 to 3."),
    model.Locale.TAMIL: ("பராமரிப்பு", "ஞாயிற்றுக்கிழமை."),
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "CHUNK", 7)


def populate(office: Office, count: int, role: str = "investor") -> list[UUID]:
    """Accounts that need no keys: an announcement seals nothing."""
    accounts = [office.random.ref() for _ in range(count)]
    for account in accounts:
        office.register.people[account] = Person(role, model.Addresses("x@people.example"), office.time.now())
    return accounts


async def order(office: Office, role: str | None = None, locale: model.Locale | None = None) -> model.Announcement:
    staff = office.random.ref()
    return await office.db.run(
        "test.order", lambda tx: announcing.order(tx, office.post, staff, role=role, locale=locale, texts=TEXTS)
    )


async def write(office: Office, number: UUID) -> bool:
    return await office.db.run("test.write", lambda tx: announcing.write(tx, office.post, number))


async def finish(office: Office, number: UUID) -> None:
    while await write(office, number):
        pass


async def receivers(office: Office) -> list[UUID]:
    return [row["account"] for row in await office.rows("SELECT account FROM notification ORDER BY account")]


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 21, 40])
async def test_everybody_has_it_once_and_the_count_says_so(office: Office, count: int) -> None:
    accounts = populate(office, count)
    ordered = await order(office)
    await finish(office, ordered.id)
    assert await receivers(office) == sorted(accounts)
    found = await office.db.read("test.one", lambda tx: announcing.one(tx, ordered.id))
    assert (found.state, found.written) == (model.AnnouncementState.DONE, count)
    assert found.finished_at is not None
    entries = [
        records.decode(row["payload"], records.Entry) for row in await office.rows("SELECT payload FROM audit_entry")
    ]
    assert sum(each.count for each in entries if isinstance(each, model.AnnouncementWritten)) == count
    assert [each.count for each in entries if isinstance(each, model.AnnouncementFinished)] == [count]


async def test_each_chunk_promises_the_next_and_the_last_promises_none(office: Office) -> None:
    populate(office, 15)
    ordered = await order(office)
    ran = 0
    while due := await office.rows("SELECT id FROM job WHERE state = 'waiting'"):
        for row in due:
            assert await write(office, ordered.id) is (ran < 2)
            ran += 1
            await office.rows(
                "UPDATE job SET state = 'done', finished_at = now() WHERE id = $1 RETURNING id", row["id"]
            )
    assert ran == 3


async def test_a_writer_that_dies_anywhere_loses_and_repeats_nothing(office: Office) -> None:
    accounts = populate(office, 60)
    ordered = await order(office)
    dies = itertools.cycle((True, False, True, True))

    class KilledError(Exception):
        pass

    async def dying(tx: transaction.Tx) -> bool:
        more = await announcing.write(tx, office.post, ordered.id)
        if next(dies):
            raise KilledError
        return more

    kills = 0
    while True:
        try:
            if not await office.db.run("test.dying", dying):
                break
        except KilledError:
            kills += 1
    assert kills
    assert await receivers(office) == sorted(accounts)


async def test_many_writers_at_once_write_each_account_once(office: Office) -> None:
    accounts = populate(office, 50)
    ordered = await order(office)
    await asyncio.gather(*(finish(office, ordered.id) for _ in range(8)))
    assert await receivers(office) == sorted(accounts)
    found = await office.db.read("test.one", lambda tx: announcing.one(tx, ordered.id))
    assert found.written == 50


async def test_whoever_registers_later_is_not_meant(office: Office) -> None:
    early = populate(office, 10)
    ordered = await order(office)
    await write(office, ordered.id)
    office.time.advance(timedelta(seconds=1))
    populate(office, 10)
    await finish(office, ordered.id)
    assert await receivers(office) == sorted(early)


async def test_it_goes_to_one_role_or_one_language(office: Office) -> None:
    issuers, investors = populate(office, 5, "issuer"), populate(office, 9)
    of_issuers = await order(office, role="issuer")
    await finish(office, of_issuers.id)
    assert await receivers(office) == sorted(issuers)
    tamil = investors[3]
    await office.db.run("test.choose", lambda tx: inbox.choose(tx, tamil, model.Locale.TAMIL, [], 0, office.time))
    of_tamils = await order(office, locale=model.Locale.TAMIL)
    await finish(office, of_tamils.id)
    rows = await office.rows("SELECT account FROM notification WHERE announcement = $1", of_tamils.id)
    assert [row["account"] for row in rows] == [tamil]


async def test_readers_have_it_in_their_language_and_by_mail_if_they_want_it(office: Office) -> None:
    account = await office.admit()
    wants = model.Preference(model.Category.ANNOUNCEMENTS, model.Channel.EMAIL, enabled=True)
    await office.db.run(
        "test.choose", lambda tx: inbox.choose(tx, account, model.Locale.TAMIL, [wants], 0, office.time)
    )
    ordered = await order(office)
    await finish(office, ordered.id)
    show = lambda locale: office.db.read(  # noqa: E731 -- twice the same
        "test.page", lambda tx: inbox.page(tx, office.post, account, before=None, limit=5, locale=locale)
    )
    assert [notice.title for notice in await show(None)] == ["பராமரிப்பு"]
    (arabic,) = await show(model.Locale.ARABIC)
    assert (arabic.title, arabic.paragraphs) == ("Maintenance", ("On Sunday.", "From 2 to 3."))
    assert (arabic.locale, arabic.direction) == (model.Locale.ENGLISH, model.Direction.LEFT_TO_RIGHT)
    await office.sweep()
    (message,) = office.carrier.carried
    assert (message.to, message.subject) == ("kamala@people.example", "பராமரிப்பு")


async def test_what_was_left_unfinished_is_taken_up_once_in_a_period(office: Office) -> None:
    populate(office, 20)
    ordered = await order(office)
    await write(office, ordered.id)
    await office.rows("DELETE FROM job RETURNING id")  # its promise is lost, however that came
    for _ in range(3):
        await office.db.run("test.take_up", lambda tx: announcing.take_up(tx, office.post, 1))
    assert len(await office.rows("SELECT FROM job")) == 1
    await office.db.run("test.take_up", lambda tx: announcing.take_up(tx, office.post, 2))
    assert len(await office.rows("SELECT FROM job")) == 2


async def test_there_is_nothing_to_write_of_what_does_not_exist(office: Office) -> None:
    assert not await write(office, office.random.ordered())
    with pytest.raises(model.AnnouncementUnknown):
        await office.db.read("test.one", lambda tx: announcing.one(tx, office.random.ordered()))
