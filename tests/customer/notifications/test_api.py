"""The routes over HTTP, as the API's own database role: whose inbox, which choice, who announces, who repeats."""

import asyncio
import dataclasses
import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from boundary.kernel.runtime import app as kernel_app
from customer_stack.access import api as access_api
from customer_stack.access import model as access
from customer_stack.access import rules as access_rules
from customer_stack.notifications import api, model
from customer_stack.notifications.adapters import outbox
from customer_stack.notifications.service import announcing, delivering
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import bola, house
from tests.customer.notifications import conftest
from tests.customer.notifications.conftest import Office

K = model.Kind
INBOX = "/api/v1/notifications"
CHOICE = "/api/v1/notification-preferences"
ANNOUNCEMENTS = "/api/v1/admin/announcements"
DELIVERIES = "/api/v1/admin/deliveries"
ANNOUNCEMENT = {"texts": [{"locale": "en", "title": "Maintenance", "text": "On Sunday."}]}
P = access.Permission


@dataclasses.dataclass
class Counter:
    """The API of an office, and who may come."""

    office: Office
    client: loopback.Client
    desk: house.Desk
    inner: Any
    box: outbox.Outbox

    def token(self, account: uuid.UUID, *permissions: access.Permission, fresh: bool = True) -> str:
        now = self.office.time.now()
        made = uuid.uuid5(account, f"{permissions}{fresh}").hex
        self.desk.callers[made] = access.Caller(
            account=account,
            role=access.Role.STAFF if permissions else access.Role.INVESTOR,
            permissions=frozenset(permissions),
            session=account,
            authenticated_at=now,
            factor_at=now if fresh else now - timedelta(hours=1),
        )
        return made

    async def ask(
        self, method: str, path: str, token: str, body: Any = None, *headers: tuple[str, str]
    ) -> loopback.Answer:
        data = None if body is None else json.dumps(body).encode()
        kind = [("content-type", "application/json")] if body is not None else []
        who = [("authorization", f"Bearer {token}")] if token else []
        return await self.client.request(method, path, data, *who, *kind, *headers)


@pytest.fixture(scope="session")
def outer() -> Any:
    """Composed once: it takes longer than most tests."""
    return kernel_app.create(
        title="Example",
        version="1",
        description="",
        routes=[*api.HANDLERS, *api.DEVELOPMENT],
        readiness=kernel_app.Readiness({}),
        state={},
        guards=[access_api.guard],
        house={access_api.RULE: access_rules.public()},
    )


@pytest.fixture
async def counter(office: Office, tmp_path: Path, outer: Any) -> AsyncIterator[Counter]:
    db = await office.schema.connect("customer_api", size=8)
    desk, box = house.Desk(), outbox.Outbox(tmp_path / "outbox")
    outer._app.state.update(
        {
            "authenticator": desk,
            "clock": office.time,
            "db": db,
            "ids": office.random,
            "outbox": box,
            "post": office.post,
        }
    )
    served = loopback.Served(outer)
    yield Counter(office, loopback.Client(await served.start()), desk, outer._app, box)
    await served.stop()
    await db.close()


async def test_an_inbox_is_read_in_pages_with_its_unread_count(counter: Counter) -> None:
    office = counter.office
    account = await office.admit()
    written = [await office.notify(account, K.API_KEY_CREATED, name=f"key {n}") for n in range(5)]
    token, seen, cursor = counter.token(account), list[str](), ""
    while True:
        answer = await counter.ask("GET", f"{INBOX}?limit=2{cursor}", token)
        assert answer.status == 200
        assert answer.json["unread"] == 5
        seen += [item["id"] for item in answer.json["items"]]
        if answer.json["next"] is None:
            break
        cursor = f"&cursor={answer.json['next']}"
    assert seen == [str(number) for number in reversed(written)]
    first = (await counter.ask("GET", f"{INBOX}?locale=ar&limit=1", token)).json["items"][0]
    assert (first["direction"], first["kind"], first["category"]) == ("rtl", "identity.api_key_created", "security")
    assert "key 4" in first["paragraphs"][0]


async def test_marking_is_idempotent_and_counts(counter: Counter) -> None:
    office = counter.office
    account = await office.admit()
    first, second, third = [await office.notify(account, K.PASSWORD_CHANGED) for _ in range(3)]
    token = counter.token(account)
    for _ in range(2):
        answer = await counter.ask("POST", f"{INBOX}/{first}/read", token)
        assert (answer.status, answer.json) == (200, {"unread": 2})
    answer = await counter.ask("POST", f"{INBOX}/read", token, {"last": str(second)})
    assert answer.json == {"marked": 1, "unread": 1}
    assert (await counter.ask("GET", f"{INBOX}/unread", token)).json == {"unread": 1}
    unread = await counter.ask("GET", f"{INBOX}?unread=true", token)
    assert [item["id"] for item in unread.json["items"]] == [str(third)]
    assert (await counter.ask("POST", f"{INBOX}/read", token, {})).json == {"marked": 1, "unread": 0}


async def test_notices_are_their_owners_alone(counter: Counter) -> None:
    office = counter.office
    mine, theirs = await office.admit(), await office.admit("nimal@people.example")
    own, others = [await office.notify(account, K.PASSWORD_CHANGED) for account in (mine, theirs)]
    things = [bola.Thing("POST", f"{INBOX}/{{notification}}/read", str(own), str(others))]
    await bola.assert_owners_alone(counter.client, [("authorization", f"Bearer {counter.token(mine)}")], things)
    assert bola.uncovered(counter.inner, INBOX, things) == set()
    assert (await counter.ask("GET", f"{INBOX}/unread", counter.token(theirs))).json == {"unread": 1}


async def test_a_choice_is_replaced_by_whoever_has_seen_it(counter: Counter) -> None:
    account = await counter.office.admit()
    token = counter.token(account)
    shown = await counter.ask("GET", CHOICE, token)
    assert len(shown.json["preferences"]) == 6
    wanted = {"locale": "si", "preferences": [{"category": "account", "channel": "email", "enabled": False}]}
    assert (await counter.ask("PUT", CHOICE, token, wanted)).status == 428
    etag = ("if-match", shown.header("etag") or "")
    answers = await asyncio.gather(*(counter.ask("PUT", CHOICE, token, wanted, etag) for _ in range(20)))
    assert [answer.status for answer in answers].count(200) == 1
    assert {answer.code for answer in answers if answer.status != 200} <= {"precondition_failed", "choice_changed"}
    after = await counter.ask("GET", CHOICE, token)
    assert after.json["locale"] == "si"
    assert wanted["preferences"][0] in after.json["preferences"]
    assert after.header("etag") != shown.header("etag")


@pytest.mark.parametrize(
    "body, code",
    [
        (
            {"locale": None, "preferences": [{"category": "security", "channel": "email", "enabled": False}]},
            "notice_always_sent",
        ),
        ({"locale": "xx", "preferences": []}, "invalid"),
        ({"locale": None, "preferences": [{"category": "account", "channel": "pigeon", "enabled": True}]}, "invalid"),
        ({"locale": None}, "invalid"),
        ({"locale": None, "preferences": [], "account": "somebody else"}, "invalid"),
        (
            {"locale": None, "preferences": [{"category": "account", "channel": "sms", "enabled": True}] * 2},
            "preference_repeated",
        ),
    ],
)
async def test_a_choice_that_may_not_be_made_changes_nothing(counter: Counter, body: Any, code: str) -> None:
    account = await counter.office.admit()
    token = counter.token(account)
    shown = await counter.ask("GET", CHOICE, token)
    answer = await counter.ask("PUT", CHOICE, token, body, ("if-match", shown.header("etag") or ""))
    assert (answer.status, answer.code) == (400, code)
    assert (await counter.ask("GET", CHOICE, token)).body == shown.body


async def test_staff_announce_once_and_watch_it_being_written(counter: Counter) -> None:
    office = counter.office
    reader = await office.admit()
    staff = counter.token(office.random.ref(), P.USERS_MANAGE, P.USERS_VIEW)
    key = ("idempotency-key", "sunday")
    answers = [await counter.ask("POST", ANNOUNCEMENTS, staff, ANNOUNCEMENT, key) for _ in range(3)]
    assert {(answer.status, answer.body) for answer in answers} == {(202, answers[0].body)}
    made = answers[0].json
    assert (made["state"], made["written"], made["texts"]) == ("writing", 0, ANNOUNCEMENT["texts"])
    assert (await counter.ask("POST", ANNOUNCEMENTS, staff, ANNOUNCEMENT)).code == "idempotency_key_required"
    await office.db.run("test.write", lambda tx: announcing.write(tx, office.post, uuid.UUID(made["id"])))
    shown = (await counter.ask("GET", f"{ANNOUNCEMENTS}/{made['id']}", staff)).json
    assert (shown["state"], shown["written"]) == ("done", 1)
    assert [each["id"] for each in (await counter.ask("GET", ANNOUNCEMENTS, staff)).json["items"]] == [made["id"]]
    notices = (await counter.ask("GET", INBOX, counter.token(reader))).json["items"]
    assert [notice["title"] for notice in notices] == ["Maintenance"]


@pytest.mark.parametrize(
    "body, code",
    [
        ({"texts": []}, "invalid"),
        ({"texts": [{"locale": "en", "title": "x", "text": "y"}] * 2}, "announcement_text"),
        ({"texts": [{"locale": "ta", "title": "x", "text": "y"}]}, "announcement_text"),
        ({"texts": [{"locale": "en", "title": "x\ny", "text": "y"}]}, "announcement_text"),
        ({"texts": [{"locale": "en", "title": "x" * 121, "text": "y"}]}, "invalid"),
        ({"texts": [{"locale": "en", "title": "x", "text": "y"}], "role": "pope"}, "invalid"),
        ({"texts": [{"locale": "en", "title": "x", "text": "y"}], "state": "done"}, "invalid"),
    ],
)
async def test_an_announcement_that_cannot_be_read_is_refused(counter: Counter, body: Any, code: str) -> None:
    staff = counter.token(counter.office.random.ref(), P.USERS_MANAGE)
    answer = await counter.ask("POST", ANNOUNCEMENTS, staff, body, ("idempotency-key", "x"))
    assert (answer.status, answer.code) == (400, code)
    assert await counter.office.rows("SELECT FROM announcement") == []


async def test_announcing_takes_the_permission_and_a_fresh_factor(counter: Counter) -> None:
    office, key = counter.office, ("idempotency-key", "x")
    somebody = office.random.ref()
    for token, code in (
        ("", "unauthenticated"),
        (counter.token(somebody), "forbidden"),
        (counter.token(somebody, P.USERS_VIEW), "forbidden"),
        (counter.token(somebody, P.USERS_MANAGE, fresh=False), "step_up_required"),
    ):
        answer = await counter.ask("POST", ANNOUNCEMENTS, token, ANNOUNCEMENT, key)
        assert answer.code == code
    assert await office.rows("SELECT FROM announcement") == []


async def test_staff_see_dead_deliveries_without_their_content_and_have_them_tried_again(counter: Counter) -> None:
    office = counter.office
    account = await office.admit()
    await office.notify(account, K.NEW_SIGN_IN, device="Firefox", place="192.0.2.77")
    office.carrier.outcomes = [model.Outcome(model.Verdict.REFUSED, "smtp_550")]
    await office.sweep()
    staff = counter.token(office.random.ref(), P.USERS_MANAGE, P.USERS_VIEW)
    listed = await counter.ask("GET", f"{DELIVERIES}?state=dead", staff)
    (dead,) = listed.json["items"]
    assert (dead["account"], dead["code"], dead["attempts"]) == (str(account), "smtp_550", 1)
    assert b"kamala" not in listed.body
    assert b"Firefox" not in listed.body
    assert (await counter.ask("GET", f"{DELIVERIES}?state=unknown", staff)).json["items"] == []
    path = f"{DELIVERIES}/{dead['id']}/retry"
    assert (await counter.ask("POST", path, staff)).status == 202
    assert (await counter.ask("POST", path, staff)).code == "illegal_transition"
    await office.sweep()
    assert (await office.state(uuid.UUID(dead["id"])))[0] == "sent"
    assert (await counter.ask("POST", f"{DELIVERIES}/{bola.MISSING}/retry", staff)).code == "delivery_unknown"


async def test_a_code_is_never_repeated_for_staff(counter: Counter) -> None:
    office = counter.office
    delivery = await office.code(await office.admit(), model.Channel.SMS, "+12025550100")
    office.carrier.outcomes = [model.Outcome(model.Verdict.UNKNOWN, "vendor_silent")]
    await office.sweep()
    staff = counter.token(office.random.ref(), P.USERS_MANAGE)
    assert (await counter.ask("POST", f"{DELIVERIES}/{delivery}/retry", staff)).code == "delivery_over"


async def test_of_many_who_repeat_one_delivery_one_does(counter: Counter) -> None:
    office = counter.office
    await office.notify(await office.admit(), K.PASSWORD_CHANGED)
    office.carrier.outcomes = [model.Outcome(model.Verdict.REFUSED, "smtp_550")]
    await office.sweep()
    (dead,) = await office.db.read("test.listed", lambda tx: delivering.listed(tx, None, None, None, 5))
    staff = counter.token(office.random.ref(), P.USERS_MANAGE)
    answers = await asyncio.gather(*(counter.ask("POST", f"{DELIVERIES}/{dead.id}/retry", staff) for _ in range(100)))
    assert [answer.status for answer in answers].count(202) == 1


async def test_a_developer_reads_the_outbox_of_one_receiver(counter: Counter) -> None:
    words = conftest.wordings().code(model.Purpose.VERIFY_EMAIL, "271828", model.Locale.ENGLISH, conftest.START)
    for number, to in ((1, "a@people.example"), (2, "b@people.example")):
        message = model.Message(
            id=uuid.UUID(int=number),
            channel=model.Channel.EMAIL,
            to=to,
            locale=model.Locale.ENGLISH,
            subject=words.subject,
            paragraphs=words.paragraphs,
            text=words.text,
            at=conftest.START,
        )
        await counter.box.carry(message)
    answer = await counter.ask("GET", "/api/v1/development/outbox?to=a%40people.example", "")
    assert [(each["to"], "271828" in each["text"]) for each in answer.json] == [("a@people.example", True)]
    assert len((await counter.ask("GET", "/api/v1/development/outbox", "")).json) == 2


async def test_without_an_outbox_the_developers_route_finds_nothing(counter: Counter) -> None:
    counter.inner.state.outbox = None
    assert (await counter.ask("GET", "/api/v1/development/outbox", "")).status == 404
