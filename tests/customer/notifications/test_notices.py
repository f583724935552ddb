"""What somebody is told stands in their inbox, sealed, and leaves once on each of its channels."""

import asyncio
from datetime import timedelta

import pytest

from boundary.kernel import errors, records
from boundary.kernel.runtime import jobs, transaction
from customer_stack.notifications import model
from customer_stack.notifications.rules import delivering as rules
from customer_stack.notifications.rules import kinds
from customer_stack.notifications.service import delivering, inbox
from tests.customer.notifications.conftest import Office

K, V = model.Kind, model.Verdict
SIGN_IN = {"device": "Firefox on Linux", "place": "192.0.2.77"}
LATER = model.Outcome(V.LATER, "smtp_451")
UNKNOWN = model.Outcome(V.UNKNOWN, "smtp_silent")
REFUSED = model.Outcome(V.REFUSED, "smtp_550")


async def audited(office: Office) -> list[records.Entry]:
    rows = await office.rows("SELECT payload FROM audit_entry ORDER BY id")
    found = []
    for row in rows:
        with_tag = bytes(row["payload"])
        if b"notifications." in with_tag:
            found.append(records.decode(with_tag, records.Entry))
    return found


async def test_a_notice_is_sealed_in_the_inbox_and_leaves_by_a_job(office: Office) -> None:
    account = await office.admit()
    number = await office.notify(account, K.NEW_SIGN_IN, **SIGN_IN)
    (row,) = await office.rows("SELECT * FROM notification")
    (sent,) = await office.rows("SELECT * FROM delivery")
    stored = b"".join(value for each in (row, sent) for value in each.values() if isinstance(value, bytes))
    told = " ".join(str(value) for each in (row, sent) for value in each.values() if not isinstance(value, bytes))
    for personal in ("Firefox", "192.0.2.77", "kamala"):
        assert personal.encode() not in stored
        assert personal not in told
    waiting = await office.rows("SELECT payload FROM job WHERE state = 'waiting'")
    assert [records.decode(each["payload"], records.Job).delivery for each in waiting] == [sent["id"]]  # type: ignore[attr-defined]  # there is one kind of job here
    assert await audited(office) == [model.NoticeWritten(number, account, K.NEW_SIGN_IN.value, 1)]


async def test_it_is_carried_once_with_its_facts_and_emptied(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.NEW_SIGN_IN, **SIGN_IN)
    (sent,) = await office.rows("SELECT id FROM delivery")
    await asyncio.gather(*(office.carrying.one(office.db, sent["id"]) for _ in range(20)))
    (message,) = office.carrier.carried
    assert message.to == "kamala@people.example"
    assert any("Firefox on Linux" in paragraph for paragraph in message.paragraphs)
    assert await office.state(sent["id"]) == ("sent", 1, "ok")
    assert (await office.rows("SELECT sealed FROM delivery"))[0]["sealed"] is None
    assert (await audited(office))[-1] == model.DeliveryEnded(sent["id"], "sent", "ok", 1)


async def test_what_is_rolled_back_was_never_said(office: Office) -> None:
    account = await office.admit()

    async def work(tx: transaction.Tx) -> None:
        await office.post.notify(tx, account, K.PASSWORD_CHANGED, {})
        raise errors.Conflict("on second thoughts")

    with pytest.raises(errors.Conflict):
        await office.db.run("test.undone", work)
    assert await office.rows("SELECT FROM notification") == []
    assert await office.rows("SELECT FROM delivery") == []


async def test_a_notice_that_lacks_a_fact_is_refused_before_anything_is_written(office: Office) -> None:
    account = await office.admit()
    with pytest.raises(kinds.FactsError):
        await office.notify(account, K.NEW_SIGN_IN, device="x")
    assert await office.rows("SELECT FROM notification") == []


async def test_a_code_goes_to_its_address_and_into_no_inbox(office: Office) -> None:
    account = await office.admit(email=None)
    delivery = await office.code(account, model.Channel.SMS, "+94770000009", "271828")
    await office.sweep()
    (message,) = office.carrier.carried
    assert (message.to, "271828" in message.text) == ("+94770000009", True)
    assert await office.rows("SELECT FROM notification") == []
    assert (await office.state(delivery))[0] == "sent"
    payloads = [row["payload"] for row in await office.rows("SELECT payload FROM audit_entry")]
    assert payloads
    assert b"271828" not in b"".join(payloads)


async def test_a_busy_carrier_is_tried_again_with_growing_patience(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    office.carrier.outcomes = [LATER, LATER]
    await office.sweep()
    assert await office.sweep(timedelta(seconds=9)) == 0
    assert await office.sweep(timedelta(seconds=1)) == 1
    assert await office.sweep(timedelta(seconds=39)) == 0
    assert await office.sweep(timedelta(seconds=1)) == 1
    assert len(office.carrier.carried) == 3
    assert {message.id for message in office.carrier.carried} == {office.carrier.carried[0].id}
    assert [row["state"] for row in await office.rows("SELECT state::text FROM delivery")] == ["sent"]


async def test_after_the_last_attempt_it_is_dead_and_staff_can_have_it_tried_again(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    office.carrier.outcomes = [LATER] * rules.ATTEMPTS_MAX
    for _ in range(rules.ATTEMPTS_MAX):
        await office.sweep(rules.BACKOFF_MAX)
    assert await office.sweep(rules.BACKOFF_MAX) == 0
    (dead,) = await office.db.read(
        "test.listed", lambda tx: delivering.listed(tx, model.DeliveryState.DEAD, None, None, 10)
    )
    assert (dead.account, dead.attempts, dead.code) == (account, rules.ATTEMPTS_MAX, "smtp_451")
    staff = office.random.ref()
    await office.db.run("test.again", lambda tx: delivering.again(tx, office.post, dead.id, staff))
    await office.sweep()
    assert (await office.state(dead.id))[0] == "sent"
    assert model.DeliveryRepeated(dead.id, staff) in await audited(office)


@pytest.mark.parametrize("channel, state", [(model.Channel.EMAIL, "waiting"), (model.Channel.SMS, "unknown")])
async def test_an_unknown_fate_is_repeated_for_mail_and_left_alone_for_sms(
    office: Office, channel: model.Channel, state: str
) -> None:
    account = await office.admit()
    address = "kamala@people.example" if channel is model.Channel.EMAIL else "+94770000001"
    delivery = await office.code(account, channel, address)
    office.carrier.outcomes = [UNKNOWN]
    await office.sweep()
    assert (await office.state(delivery))[0] == state
    await office.sweep(timedelta(seconds=30))
    assert len(office.carrier.carried) == (2 if state == "waiting" else 1)


async def test_a_worker_that_dies_with_a_message_leaves_an_unknown_fate_and_no_loss(office: Office) -> None:
    account = await office.admit(phone="+94770000001")
    await office.notify(account, K.PASSWORD_RESET)

    class DiedError(Exception):
        pass

    async def die(message: model.Message) -> model.Outcome:
        office.carrier.carried.append(message)
        raise DiedError

    office.carrier.carry = die  # type: ignore[method-assign]  # this worker dies before it can write what became of it
    for row in await office.rows("SELECT id FROM delivery"):
        with pytest.raises(DiedError):
            await office.carrying.one(office.db, row["id"])
    del office.carrier.carry
    assert await office.sweep(rules.LEASE - timedelta(seconds=1)) == 0
    await office.sweep(timedelta(seconds=2))
    await office.sweep(timedelta(seconds=10))
    found = {
        row["channel"]: row["state"] for row in await office.rows("SELECT channel::text, state::text FROM delivery")
    }
    assert found == {"email": "sent", "sms": "unknown"}


async def test_a_worker_that_was_thought_dead_cannot_overwrite_what_its_successor_wrote(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(message: model.Message) -> model.Outcome:
        begun.set()
        await release.wait()
        return REFUSED

    (row,) = await office.rows("SELECT id FROM delivery")
    office.carrier.carry = slow  # type: ignore[method-assign]  # hangs for longer than its lease
    first = asyncio.create_task(office.carrying.one(office.db, row["id"]))
    await begun.wait()
    del office.carrier.carry
    await office.sweep(rules.LEASE + timedelta(seconds=1))
    await office.sweep(timedelta(seconds=10))
    release.set()
    await first
    assert (await office.state(row["id"]))[0] == "sent"


async def test_a_code_that_is_too_old_is_not_sent_and_not_repeated(office: Office) -> None:
    account = await office.admit()
    delivery = await office.code(account, model.Channel.EMAIL, "kamala@people.example")
    await office.sweep(rules.life(model.Purpose.VERIFY_EMAIL))
    assert office.carrier.carried == []
    assert (await office.state(delivery))[0::2] == ("dead", "expired")
    assert (await office.rows("SELECT sealed FROM delivery"))[0]["sealed"] is None
    with pytest.raises(model.DeliveryOver):
        await office.db.run("test.again", lambda tx: delivering.again(tx, office.post, delivery, account))


async def test_nothing_is_sent_to_somebody_who_was_erased(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    superuser = await office.schema.superuser()
    await superuser.execute("DELETE FROM subject_key")
    await superuser.close()
    await office.sweep()
    assert office.carrier.carried == []
    assert [tuple(row) for row in await office.rows("SELECT state::text, code FROM delivery")] == [("dead", "erased")]


async def test_what_ended_long_ago_is_forgotten(office: Office) -> None:
    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    await office.sweep()
    forget = lambda: office.db.run("test.forget", lambda tx: delivering.forget(tx, office.time.now()))  # noqa: E731 -- twice the same
    assert await forget() == 0
    office.time.advance(rules.KEPT + timedelta(seconds=1))
    assert await forget() == 1
    assert await office.rows("SELECT FROM delivery") == []
    assert len(await office.rows("SELECT FROM notification")) == 1


async def test_the_language_is_the_one_that_the_account_chose(office: Office) -> None:
    account = await office.admit()
    await office.db.run("test.choose", lambda tx: inbox.choose(tx, account, model.Locale.SINHALA, [], 0, office.time))
    await office.notify(account, K.PASSWORD_CHANGED)
    await office.sweep()
    assert office.carrier.carried[0].locale is model.Locale.SINHALA
    (shown,) = await office.db.read("test.page", lambda tx: inbox.page(tx, office.post, account, before=None, limit=5))
    assert shown.title == office.carrier.carried[0].subject


async def test_who_chose_no_language_hears_the_one_they_registered_in(office: Office) -> None:
    account = await office.admit()
    office.register.people[account].addresses = model.Addresses("kamala@people.example", None, model.Locale.ARABIC)
    await office.notify(account, K.PASSWORD_CHANGED)
    await office.code(account, model.Channel.EMAIL, "kamala@people.example")
    await office.sweep()
    assert {message.locale for message in office.carrier.carried} == {model.Locale.ARABIC}
    (shown,) = await office.db.read("test.page", lambda tx: inbox.page(tx, office.post, account, before=None, limit=5))
    assert shown.locale is model.Locale.ARABIC
    await office.db.run("test.choose", lambda tx: inbox.choose(tx, account, None, [], 0, office.time))
    with pytest.raises(inbox.Changed):
        await office.db.run("test.choose", lambda tx: inbox.choose(tx, office.random.ref(), None, [], 7, office.time))


async def test_the_jobs_of_a_worker_carry_what_was_promised(office: Office, redis_url: str) -> None:
    from customer_stack.notifications import jobs as notification_jobs  # noqa: PLC0415 -- the part under test

    account = await office.admit()
    await office.notify(account, K.PASSWORD_CHANGED)
    handlers = notification_jobs.Handlers(office.carrying, office.time)
    runner = jobs.Runner(
        office.db,
        inside={
            notification_jobs.WriteAnnouncement: handlers.write,
            notification_jobs.TakeUp: handlers.take_up,
            notification_jobs.Forget: handlers.forget,
        },
        outside={notification_jobs.Deliver: handlers.deliver, notification_jobs.Sweep: handlers.sweep},
        schedules=notification_jobs.SCHEDULES,
        redis_url=redis_url,
        queue="test",
        time=office.time,
        random=office.random,
    )
    for row in await office.rows("SELECT id FROM job"):
        assert await runner.run(row["id"])
    await runner.close()
    assert len(office.carrier.carried) == 1
