"""Webhooks, with the vendor's stand-in at the other end: every outcome, every order, and whatever is not to be believed."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from customer_stack.kyc import jobs, model
from customer_stack.kyc.adapters import sumsub
from customer_stack.kyc.service import hearing
from customer_stack.kyc.simulators.sumsub import server as vendor
from tests.boundary.kernel.runtime import loopback
from tests.customer.kyc import house as houses

TOKEN, SECRET, HOOKS, NEXT = "sbx:fictional", "fictional/secret", "hook-secret-of-now", "hook-secret-to-come"
PATH = "/api/v1/kyc/hooks"


@dataclasses.dataclass
class Bench:
    """A house whose applications the vendor verifies."""

    house: houses.House
    vendor: vendor.Server
    adapter: sumsub.Sumsub
    sent: list[vendor.Hook] = dataclasses.field(default_factory=list)

    async def applied(self, level: int = 1, **more: Any) -> tuple[houses.Customer, str]:
        customer = await self.house.customer()
        application = await customer.applies(level, **more)
        await self.house.work()
        self.later(minutes=1)
        return customer, application

    def later(self, **by: int) -> None:
        self.house.later(**by)
        self.vendor.later(**by)

    async def hear(self, hook: vendor.Hook, *, times: int = 1, secret: str | None = None) -> list[int]:
        self.sent.append(hook)
        url = f"http://127.0.0.1:{self.house.access.client.port}{PATH}"
        return await self.vendor.send(hook, url, times=times, secret=secret)

    async def post(self, body: bytes, headers: dict[str, str]) -> loopback.Answer:
        return await self.house.access.client.request("POST", PATH, body, *headers.items())

    async def approved(self, **more: Any) -> tuple[houses.Customer, str]:
        customer, application = await self.applied(**more)
        assert await self.hear(self.vendor.reviews(application, "GREEN")) == [200]
        assert await self.house.state(application) == "approved"
        self.later(minutes=1)
        return customer, application

    def red(self, application: str, kind: str = "FINAL", **more: Any) -> vendor.Hook:
        labels = more.pop("labels", ("FORGERY",))
        return self.vendor.reviews(application, "RED", reject_type=kind, labels=labels, **more)

    async def refused(self) -> list[tuple[str, int]]:
        rows = await self.house.rows("SELECT reason, size FROM kyc_refused_hook ORDER BY id")
        return [(row["reason"], row["size"]) for row in rows]


@pytest.fixture
async def bench(house: houses.House) -> AsyncIterator[Bench]:
    server = vendor.Server(TOKEN, SECRET, HOOKS, house.time.now())
    await server.start()
    url = f"http://{TOKEN.replace(':', '%3A')}:{SECRET.replace('/', '%2F')}@127.0.0.1:{server.port}"
    adapter = sumsub.Sumsub(url, [HOOKS, NEXT], house.time, seconds=1)
    house.verified_by(adapter)
    yield Bench(house, server, adapter)
    await adapter.close()
    await server.stop()


async def test_green_approves_and_the_vendor_never_learns_whose_account_it_is(bench: Bench) -> None:
    customer, application = await bench.approved()
    who = bench.vendor.by_external(application)
    assert who.level == "basic-kyc-level"
    assert str(customer.account) not in json.dumps(dataclasses.asdict(who), default=str)
    page = await customer.get(f"/api/v1/kyc/applications/{application}/link")
    assert (page.status, page.code) == (409, "kyc_not_in_this_state")


async def test_a_customer_is_sent_to_the_vendors_page_while_there_is_something_to_do(bench: Bench) -> None:
    customer, application = await bench.applied()
    page = await customer.get(f"/api/v1/kyc/applications/{application}/link")
    assert page.status == 200, page
    assert page.json["url"].startswith("https://")
    bench.vendor.order(vendor.How.FAIL_BEFORE)
    down = await customer.get(f"/api/v1/kyc/applications/{application}/link")
    assert (down.status, down.code) == (503, "kyc_provider_unavailable")


async def test_retry_returns_with_the_customers_text_and_final_rejects(bench: Bench) -> None:
    customer, application = await bench.applied()
    hook = bench.red(
        application, "RETRY", labels=("LOW_QUALITY",), moderation="Too dark.", client="Blurred; seen before."
    )
    assert await bench.hear(hook) == [200]
    shown = await customer.shown(application)
    assert (shown["state"], shown["message"]) == ("returned", "Too dark.")
    assert "seen before" not in json.dumps(shown)
    officer = await bench.house.officer()
    whole = (await officer.get(f"/api/v1/admin/kyc/applications/{application}")).json
    assert (whole["private_text"], whole["row"]["reasons"]) == ("Blurred; seen before.", ["document_unreadable"])
    bench.later(minutes=1)
    assert await bench.hear(bench.red(application, labels=("FORGERY", "A_LABEL_OF_TOMORROW"))) == [200]
    assert await bench.house.state(application) == "rejected"
    [[reasons]] = await bench.house.rows("SELECT reasons FROM kyc_application")
    assert reasons == ["forgery", "other"]


async def test_the_same_message_a_hundred_times_at_once_is_one_event(bench: Bench) -> None:
    _, application = await bench.applied()
    hook = bench.vendor.reviews(application, "GREEN")
    headers = bench.vendor.headers(hook.body)
    answers = await asyncio.gather(*(bench.post(hook.body, headers) for _ in range(100)))
    assert {each.status for each in answers} == {200}
    [[count]] = await bench.house.rows("SELECT count(*) FROM kyc_event WHERE event = 'green'")
    assert count == 1
    [[approvals]] = await bench.house.rows("SELECT count(*) FROM kyc_event WHERE event = 'approve'")
    assert approvals == 1


async def test_messages_out_of_order_come_to_the_same_end(bench: Bench) -> None:
    """The retry happened first and is heard of last: whoever was let in by what came after it stays."""
    customer, application = await bench.applied()
    retry = bench.red(application, "RETRY")
    bench.later(minutes=5)
    green = bench.vendor.reviews(application, "GREEN")
    await bench.hear(green)
    assert await bench.house.state(application) == "approved"
    await bench.hear(retry)
    assert await bench.house.state(application) == "approved"
    assert not (await bench.house.standing(customer.account)).frozen
    kinds = [row[0] for row in await bench.house.rows("SELECT event::text FROM kyc_event ORDER BY id")]
    assert kinds == ["submitted", "green", "approve", "red_retry"], "and the late one is kept"


async def test_a_message_about_an_earlier_session_says_nothing_about_this_one(bench: Bench) -> None:
    customer, application = await bench.applied()
    late_green = bench.vendor.reviews(application, "GREEN")
    bench.later(minutes=1)
    await bench.hear(bench.red(application, "RETRY"))
    bench.later(minutes=1)
    assert (await customer.submits(application)).status == 200
    await bench.house.work()
    await bench.hear(late_green)
    assert await bench.house.state(application) == "pending"


async def test_red_after_green_freezes_at_once_and_a_later_green_lifts_nothing(bench: Bench) -> None:
    customer, application = await bench.approved()
    red = bench.red(application)
    assert await bench.hear(red, times=2) == [200, 200]
    standing = await bench.house.standing(customer.account)
    assert (standing.frozen, standing.level, standing.state) == (True, 0, model.StandingState.REJECTED)
    bench.later(minutes=5)
    await bench.hear(bench.vendor.reviews(application, "GREEN"))
    [first] = [each for each in bench.sent if b"GREEN" in each.body][:1]
    assert await bench.hear(first) == [200], "what was heard before, sent again"
    assert await bench.house.state(application) == "rejected"
    assert (await bench.house.standing(customer.account)).frozen
    [[sagas]] = await bench.house.rows("SELECT count(*) FROM kyc_saga")
    assert sagas == 1


async def test_a_red_that_happened_before_our_approval_and_is_heard_of_after_it_freezes_too(bench: Bench) -> None:
    customer, application = await bench.applied()
    green = bench.vendor.reviews(application, "GREEN")
    bench.later(seconds=2)
    red = bench.red(application)
    bench.later(seconds=2)
    await bench.hear(green)
    assert await bench.house.state(application) == "approved"
    await bench.hear(red)
    assert await bench.house.state(application) == "rejected"
    assert (await bench.house.standing(customer.account)).frozen


async def test_who_was_never_let_in_is_rejected_and_not_frozen(bench: Bench) -> None:
    customer, application = await bench.applied()
    await bench.hear(bench.red(application))
    standing = await bench.house.standing(customer.account)
    assert (standing.state, standing.frozen) == (model.StandingState.REJECTED, False)
    assert (await customer.submits(application)).code == "kyc_not_in_this_state"


async def test_a_final_no_to_a_higher_level_freezes_who_was_let_in_at_a_lower_one(bench: Bench) -> None:
    customer, _ = await bench.approved()
    answer = await customer.begins(2)
    second = str(answer.json["id"])
    assert (await customer.submits(second)).status == 200
    await bench.house.work()
    bench.later(minutes=1)
    await bench.hear(bench.red(second, "RETRY"))
    assert not (await bench.house.standing(customer.account)).frozen, "a file to be sent again says nothing of level 1"
    bench.later(minutes=1)
    await bench.hear(bench.red(second))
    standing = await bench.house.standing(customer.account)
    assert (standing.frozen, standing.level) == (True, 1)


async def test_who_was_rejected_for_good_cannot_begin_again(bench: Bench) -> None:
    customer, application = await bench.applied()
    await bench.hear(bench.red(application))
    for level in (1, 2):
        assert (await customer.begins(level)).code == "kyc_rejected"


async def test_on_hold_and_an_answer_of_no_colour_go_to_an_officer(bench: Bench) -> None:
    _, held = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(1)})
    await bench.hear(bench.vendor.holds(held))
    _, odd = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(2)})
    await bench.hear(bench.vendor.reviews(odd, "YELLOW"))
    assert [await bench.house.state(each) for each in (held, odd)] == ["in_review"] * 2


@pytest.mark.parametrize("answer", [model.ScreenState.PENDING, model.ScreenState.ERROR])
async def test_green_waits_visibly_for_screening_and_goes_on_when_it_answers(
    bench: Bench, answer: model.ScreenState
) -> None:
    bench.house.screening.answer = answer
    customer, application = await bench.applied()
    await bench.hear(bench.vendor.reviews(application, "GREEN"))
    assert (await bench.house.state(application), await bench.house.waiting(application)) == (
        "verified",
        f"screening_{answer.value}",
    )
    shown = await customer.shown(application)
    assert (shown["state"], shown["waiting"]) == ("pending", "checks")
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(application) == "verified"
    bench.house.screening.answer = model.ScreenState.CLEAR
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(application) == "approved"


@pytest.mark.parametrize("answer", [model.ScreenState.REVIEW, model.ScreenState.BLOCKED])
async def test_green_with_a_hit_goes_to_an_officer_and_tells_the_customer_nothing(
    bench: Bench, answer: model.ScreenState
) -> None:
    bench.house.screening.answer = answer
    customer, application = await bench.applied()
    await bench.hear(bench.vendor.reviews(application, "GREEN"))
    assert await bench.house.state(application) == "in_review"
    assert "watchlist" not in json.dumps(await customer.shown(application))


async def test_level_three_is_decided_by_an_officer_whatever_the_vendor_says(bench: Bench) -> None:
    _, application = await bench.applied(3)
    await bench.hear(bench.vendor.reviews(application, "GREEN"))
    assert await bench.house.state(application) == "in_review"


async def test_a_verdict_that_is_late_is_fetched(bench: Bench) -> None:
    _, application = await bench.applied()
    bench.vendor.reviews(application, "GREEN")
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(application) == "pending", "not yet late"
    bench.later(minutes=20)
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(application) == "approved"


async def test_a_verdict_for_another_level_is_none_however_it_came(bench: Bench) -> None:
    _, application = await bench.applied()
    bench.vendor.by_external(application).level = "full-kyc-level"
    bench.vendor.reviews(application, "GREEN")
    bench.later(minutes=20)
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(application) == "pending"


async def test_an_application_that_nobody_came_to_ask_about_is_asked_about_later(bench: Bench) -> None:
    customer = await bench.house.customer()
    application = await customer.applies()
    await bench.house.access.superuser.execute("DELETE FROM job")
    bench.later(minutes=20)
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert bench.vendor.by_external(application).status == "init"
    bench.later(minutes=20)
    bench.vendor.reviews(application, "GREEN")
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(application) == "approved"


async def test_what_the_vendor_never_answers_is_abandoned_one_day(bench: Bench) -> None:
    _, application = await bench.applied()
    bench.later(days=31)
    await bench.house.handlers.turn(bench.house.worker, jobs.Turn())
    assert await bench.house.state(application) == "abandoned"
    bench.later(seconds=1)
    await bench.hear(bench.vendor.reviews(application, "GREEN"))
    assert await bench.house.state(application) == "abandoned"


HOWS = [each for each in vendor.How if each is not vendor.How.SILENCE]


@pytest.mark.parametrize("how", [*HOWS, vendor.How.SILENCE], ids=lambda how: how.value)
async def test_with_the_vendor_down_an_application_waits_visibly_and_goes_on_later(
    bench: Bench, how: vendor.How
) -> None:
    bench.vendor.order(how)
    customer, application = await bench.applied()
    assert (await bench.house.state(application), await bench.house.waiting(application)) == ("pending", "vendor_down")
    assert (await customer.shown(application))["waiting"] == "vendor_down"
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.waiting(application) == "vendor"
    assert len(bench.vendor.applicants) == 1, "whatever arrived of the first attempt, there is one applicant"


async def test_screening_that_is_not_there_is_no_pass_and_stops_nobody_from_applying(bench: Bench) -> None:
    bench.house.screening.broken = True
    _, application = await bench.applied()
    await bench.hear(bench.vendor.reviews(application, "GREEN"))
    waiting = await bench.house.state(application), await bench.house.waiting(application)
    assert waiting == ("verified", "screening_error")


async def test_of_who_was_erased_nothing_is_decided_and_nobody_else_waits_for_it(bench: Bench) -> None:
    number = [houses.FORM["document"] | {"number": houses.nic(each)} for each in range(4)]
    heard, one = await bench.applied(document=number[0])
    pending, two = await bench.applied(document=number[1])
    _, three = await bench.applied(document=number[2])
    held, four = await bench.approved(document=number[3])
    bench.house.screening.answer = model.ScreenState.PENDING
    await bench.hear(bench.vendor.reviews(two, "GREEN"))
    await bench.hear(bench.vendor.reviews(three, "GREEN"))
    for customer in (heard, pending, held):
        account = customer.account
        await bench.house.run(lambda tx, account=account: bench.house.api.vault.shred(tx, account))
    hook = bench.vendor.reviews(one, "GREEN")
    answer = await bench.post(hook.body, bench.vendor.headers(hook.body))
    assert (answer.status, answer.json["result"]) == (200, "ignored")
    assert ("erased", len(hook.body)) in await bench.refused()
    bench.house.screening.answer = model.ScreenState.CLEAR
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert [await bench.house.state(each) for each in (two, three)] == ["abandoned", "approved"]
    await bench.house.access.superuser.execute("UPDATE kyc_application SET policy_version = 1")
    await bench.house.handlers.turn(bench.house.worker, jobs.Turn())
    assert [await bench.house.state(each) for each in (four, three)] == ["expired", "approved"]


async def test_a_late_green_does_not_undo_an_officers_no(bench: Bench) -> None:
    _, application = await bench.applied()
    green = bench.vendor.reviews(application, "GREEN")
    bench.later(minutes=1)
    await bench.hear(bench.vendor.holds(application))
    bench.later(minutes=1)
    assert (await bench.house.decided(await bench.house.officer(), application, "reject")).status == 200
    await bench.hear(green)
    assert await bench.house.state(application) == "rejected"


async def test_a_late_retry_for_one_level_stands_beside_an_application_for_the_next(bench: Bench) -> None:
    customer, application = await bench.approved()
    await customer.draft(2)
    assert await bench.hear(bench.red(application, "RETRY")) == [200]
    assert await bench.house.state(application) == "returned"
    assert (await bench.house.standing(customer.account)).frozen


# ---- what is not believed


def forged(bench: Bench, hook: vendor.Hook) -> list[tuple[str, bytes, dict[str, str], str]]:
    good = bench.vendor.headers(hook.body)
    other = json.dumps(json.loads(hook.body) | {"applicantId": "f" * 24}).encode()
    space = hook.body + b" "
    big = json.dumps(json.loads(hook.body) | {"padding": "x" * 70_000}).encode()
    return [
        ("no signature", hook.body, {"Content-Type": "application/json"}, "signature"),
        ("another secret", hook.body, bench.vendor.headers(hook.body, secret="somebody else's secret"), "signature"),
        ("one byte more", space, good, "signature"),
        ("a digest cut short", hook.body, good | {"X-Payload-Digest": good["X-Payload-Digest"][:32]}, "signature"),
        ("capitals", hook.body, good | {"X-Payload-Digest": good["X-Payload-Digest"].upper()}, "signature"),
        ("no algorithm", hook.body, {k: v for k, v in good.items() if k != "X-Payload-Digest-Alg"}, "signature"),
        ("SHA-1", hook.body, bench.vendor.headers(hook.body, algorithm="HMAC_SHA1_HEX"), "signature"),
        ("an algorithm of no name", hook.body, good | {"X-Payload-Digest-Alg": "NONE"}, "signature"),
        ("signed for another body", other, good, "signature"),
        ("text", hook.body, good | {"Content-Type": "text/plain"}, "content_type"),
        ("a form", hook.body, good | {"Content-Type": "application/x-www-form-urlencoded"}, "content_type"),
        ("too large", big, bench.vendor.headers(big), "too_large"),
        ("signed nonsense", b'{"a": 1}', bench.vendor.headers(b'{"a": 1}'), "unreadable"),
    ]


async def test_what_is_not_to_be_believed_changes_nothing_and_leaves_its_evidence(bench: Bench) -> None:
    _, application = await bench.applied()
    hook = bench.vendor.reviews(application, "GREEN")
    attacks = forged(bench, hook)
    for name, body, headers, reason in attacks:
        answer = await bench.post(body, headers)
        assert (answer.status, answer.code) == (401, "kyc_hook_refused"), name
        assert await bench.house.state(application) == "pending", name
        assert (reason, len(body)) in await bench.refused(), name
    huge = await bench.post(b'"' + b"x" * (1 << 20) + b'"', {"Content-Type": "application/json"})
    assert huge.status == 413
    stored = str(await bench.house.rows("SELECT r::text FROM kyc_refused_hook r"))
    assert application not in stored, "of what was refused nothing is stored but digest, size and reason"


async def test_what_is_signed_and_not_about_this_is_ignored_with_evidence(bench: Bench) -> None:
    _, one = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(1)})
    customer, two = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(2)})
    said = json.loads(bench.vendor.reviews(one, "GREEN").body)
    theirs = bench.vendor.by_external(two).id
    cases = [
        (said | {"applicantId": theirs}, "other_applicant"),
        (said | {"applicantId": ""}, "other_applicant"),
        (said | {"externalUserId": str(UUID(int=4))}, "application_unknown"),
        (said | {"externalUserId": "somebody"}, "application_unknown"),
        (said | {"levelName": "full-kyc-level"}, "other_level"),
        ({key: value for key, value in said.items() if key != "levelName"}, "other_level"),
        (said | {"createdAtMs": "2027-01-01 00:00:00.000"}, "from_the_future"),
    ]
    for body, reason in cases:
        data = json.dumps(body).encode()
        answer = await bench.post(data, bench.vendor.headers(data))
        assert (answer.status, answer.json["result"]) == (200, "ignored"), reason
        assert (reason, len(data)) in await bench.refused()
    del customer
    assert [await bench.house.state(each) for each in (one, two)] == ["pending"] * 2


async def test_both_secrets_are_believed_while_they_are_changed(bench: Bench) -> None:
    _, one = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(1)})
    assert await bench.hear(bench.vendor.reviews(one, "GREEN"), secret=NEXT) == [200]
    assert await bench.house.state(one) == "approved"
    _, two = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(2)})
    assert await bench.hear(bench.vendor.reviews(two, "GREEN"), secret=HOOKS) == [200]
    assert await bench.house.state(two) == "approved"


async def test_a_flood_of_forgeries_leaves_no_more_evidence_than_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "EVIDENCE_MAX", 5)
    for number in range(12):
        assert (await bench.post(b"%d" % number, {"Content-Type": "application/json"})).status == 401
    assert len(await bench.refused()) == 5


async def test_without_a_vendor_nobody_is_believed(house: houses.House) -> None:
    answer = await house.access.client.post(PATH, b"{}")
    assert (answer.status, answer.code) == (401, "kyc_hook_refused")
