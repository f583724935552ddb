"""From a draft to an approval and past it, as customers and officers go through it over HTTP."""

import asyncio
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from customer_stack.access import model as access_model
from customer_stack.kyc import jobs, model
from customer_stack.kyc.service import following, records
from tests.customer.access import bola
from tests.customer.kyc import house as houses

APPLICATIONS = "/api/v1/kyc/applications"
ADMIN = "/api/v1/admin/kyc/applications"


async def stocked(house: houses.House, count: int = 5) -> None:
    """References that the execution stack minted before."""
    refs = [house.api.ids.ref() for _ in range(count)]
    await house.access.superuser.execute(
        "INSERT INTO channel_reference (reference, channel) SELECT unnest($1::uuid[]), $2", refs, house.channel
    )


async def test_an_officer_approves_and_a_minted_reference_is_attached(house: houses.House) -> None:
    await stocked(house)
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    assert (await house.standing(customer.account)).state is model.StandingState.IN_REVIEW
    answer = await house.decided(
        officer, application, customer_text="Welcome.", private_text="Looks like the photograph."
    )
    assert answer.status == 200, answer
    standing = await house.standing(customer.account)
    assert standing == model.Standing(1, model.StandingState.APPROVED, 20250101, "LK", frozen=False)
    shown = await customer.shown(application)
    assert (shown["state"], shown["message"]) == ("approved", "Welcome.")
    assert "photograph" not in str(shown)
    await house.work()
    assert await house.rows("SELECT state::text FROM channel_reference WHERE subject = $1", customer.account) != []
    assert await house.waiting(application) == ""


async def test_without_a_reference_in_stock_the_approval_waits_visibly_and_is_attached_later(
    house: houses.House,
) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    await house.decided(officer, application)
    await house.work()
    assert await house.waiting(application) == "reference"
    await stocked(house)
    await house.handlers.follow(house.worker, jobs.Follow())
    assert await house.waiting(application) == ""
    attached = await house.rows("SELECT attached_at FROM kyc_application")
    assert attached[0][0] is not None


UNFIT: tuple[tuple[dict[str, object], str], ...] = (
    ({"birth": "2010-04-13"}, "under_age"),
    ({"residence": "AE"}, "not_resident"),
    ({"document": houses.FORM["document"] | {"number": "911042755V"}}, "document_number"),
    ({"birth": "1991-04-15"}, "document_birth"),
    ({"sex": "F"}, "document_sex"),
    ({"document": houses.FORM["document"] | {"kind": "residence_permit"}}, "document_kind"),
    ({"document": houses.FORM["document"] | {"expires": "2026-05-04"}}, "document_expired"),
)


async def test_what_does_not_fit_the_rules_is_refused_and_leaves_nothing(house: houses.House) -> None:
    customer = await house.customer()
    application = await customer.draft()
    for more, reason in UNFIT:
        answer = await customer.submits(application, **more)
        assert (answer.status, answer.code, answer.json["facts"]["reason"]) == (400, "kyc_not_eligible", reason)
        assert await house.state(application) == "draft"
    assert await house.rows("SELECT 1 FROM kyc_event") == []


FOREIGN: tuple[dict[str, object], ...] = (
    {"state": "approved"},
    {"level": 3},
    {"account": "00000000-0000-4000-8000-000000000000"},
    {"reasons": []},
    {"document": houses.FORM["document"] | {"verified": True}},
)


async def test_a_form_with_a_field_that_is_not_its_own_is_refused(house: houses.House) -> None:
    customer = await house.customer()
    application = await customer.draft()
    for more in FOREIGN:
        assert (await customer.submits(application, **more)).status == 400, more
        assert await house.state(application) == "draft"


async def test_others_applications_look_like_none(house: houses.House) -> None:
    one, two = await house.customer(), await house.customer()
    mine, theirs = await one.draft(2), await two.draft(2)
    wanted = {"kind": "selfie", "size": 4096}
    own_file = (await one.send("POST", f"{APPLICATIONS}/{mine}/uploads", wanted)).json["id"]
    other_file = (await two.send("POST", f"{APPLICATIONS}/{theirs}/uploads", wanted)).json["id"]
    tag = (await one.get(f"{APPLICATIONS}/{mine}")).header("etag") or ""
    file = bola.Thing("POST", "/api/v1/kyc/uploads/{upload}/complete", own_file, other_file)
    things = [
        bola.Thing("GET", APPLICATIONS + "/{application}", mine, theirs),
        bola.Thing("POST", APPLICATIONS + "/{application}/uploads", mine, theirs, body=wanted),
    ]
    await bola.assert_owners_alone(house.access.client, one.person.headers, things)
    for method, template, own_status, other, more in (
        ("POST", APPLICATIONS + "/{}/submit", 409, theirs, houses.FORM),
        ("GET", APPLICATIONS + "/{}/link", 409, theirs, None),
        ("POST", "/api/v1/kyc/uploads/{}/complete", 409, other_file, None),
    ):
        headers = (("if-match", tag),)
        foreign = await one.send(method, template.format(other), more, *headers)
        missing = await one.send(method, template.format(bola.MISSING), more, *headers)
        assert (foreign.status, bola.spoken(foreign)) == (404, bola.spoken(missing)), template
        own = await one.send(method, template.format(mine if other is theirs else own_file), more, *headers)
        assert own.status == own_status, (template, own)
    data = bytes(4096)
    answers = [await one.puts(each, 0, data) for each in (other_file, bola.MISSING, own_file)]
    assert [each.status for each in answers] == [404, 404, 204]
    things += [
        file,
        bola.Thing("POST", APPLICATIONS + "/{application}/submit", mine, theirs),
        bola.Thing("GET", APPLICATIONS + "/{application}/link", mine, theirs),
        bola.Thing("PUT", "/api/v1/kyc/uploads/{upload}/parts/{part}", own_file, other_file),
    ]
    assert bola.uncovered(house.access.inner, "/api/v1/kyc", things) == set()


async def test_of_a_hundred_decisions_at_once_one_wins_and_the_others_hear_who_and_when(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    path = f"{ADMIN}/{application}"
    tag = (await officer.get(path)).header("etag") or ""
    claimed = await officer.send("POST", f"{path}/claim", None, ("if-match", tag))
    tag = claimed.header("etag") or ""
    verdicts = ["approve", "reject"] * 50
    answers = await asyncio.gather(
        *(officer.send("POST", f"{path}/decision", {"verdict": each}, ("if-match", tag)) for each in verdicts)
    )
    assert sorted(each.status for each in answers) == [200] + [409] * 99
    lost = [each for each in answers if each.status == 409]
    assert {each.code for each in lost} == {"kyc_decided_already"}
    assert {each.json["facts"]["by"] for each in lost} == {"officer"}
    assert all(each.json["facts"]["at"] for each in lost)
    kinds = [row[0] for row in await house.rows("SELECT event::text FROM kyc_event WHERE source = 'officer'")]
    assert len(kinds) == 1


async def test_of_many_officers_one_claims_and_nobody_else_decides(house: houses.House) -> None:
    customer = await house.customer()
    officers = [await house.officer() for _ in range(4)]
    application = await house.in_review(customer)
    path = f"{ADMIN}/{application}"
    tag = (await officers[0].get(path)).header("etag") or ""
    answers = await asyncio.gather(*(each.send("POST", f"{path}/claim", None, ("if-match", tag)) for each in officers))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    winner = next(who for who, each in zip(officers, answers, strict=True) if each.status == 200)
    other = next(each for each in officers if each is not winner)
    tag = (await other.get(path)).header("etag") or ""
    refused = await other.send("POST", f"{path}/decision", {"verdict": "approve"}, ("if-match", tag))
    assert (refused.status, refused.code) == (409, "kyc_claimed_by_another")
    assert refused.json["facts"]["by"] == "officer"
    stale = await winner.send("POST", f"{path}/decision", {"verdict": "approve"}, ("if-match", '"old"'))
    assert (stale.status, stale.code) == (412, "precondition_failed")
    freed = await winner.send("POST", f"{path}/release", None, ("if-match", tag))
    assert freed.status == 200
    unclaimed = await other.send(
        "POST", f"{path}/decision", {"verdict": "approve"}, ("if-match", freed.header("etag") or "")
    )
    assert unclaimed.code == "kyc_not_claimed"


@pytest.mark.parametrize("answer", [each for each in model.ScreenState if each is not model.ScreenState.CLEAR])
async def test_nobody_is_approved_whose_screening_is_not_clear(house: houses.House, answer: model.ScreenState) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    house.screening.answer = answer
    refused = await house.decided(officer, application)
    assert (refused.status, refused.code, refused.json["facts"]["screening"]) == (
        409,
        "kyc_screening_not_clear",
        answer.value,
    )
    assert await house.state(application) == "in_review"


async def test_resubmission_is_bounded(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    most = house.api.policy().requirements.submissions_max
    for turn in range(most):
        answer = await house.decided(
            officer, application, "return", reasons=["document_unreadable"], customer_text="Again, please."
        )
        assert answer.status == 200
        shown = await customer.shown(application)
        assert (shown["state"], shown["message"]) == ("returned", "Again, please.")
        house.later(minutes=1)
        again = await customer.submits(application)
        if turn < most - 1:
            assert again.status == 200, again
            await house.work()
    assert (again.status, again.code) == (409, "kyc_resubmissions_exhausted")
    assert "profile_change" in {trigger for _, trigger in house.screening.asked}


async def test_the_words_of_one_decision_do_not_stay_for_the_next(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer)
    await house.decided(officer, application, "return", customer_text="Too dark.")
    house.later(minutes=1)
    assert (await customer.submits(application)).status == 200
    assert (await customer.shown(application))["message"] == ""
    await house.work()
    await house.decided(officer, application)
    shown = await customer.shown(application)
    assert (shown["state"], shown["message"]) == ("approved", "")


async def test_overriding_takes_two_people_and_not_the_one_concerned(house: houses.House) -> None:
    customer = await house.customer()
    one, two = await house.officer(), await house.officer()
    application = await house.in_review(customer)
    await house.decided(one, application, "reject", reasons=["fraud"])
    path = f"{ADMIN}/{application}"
    tag = (await one.get(path)).header("etag") or ""
    proposed = await one.send("POST", f"{path}/override", {"approve": True, "reason": "other"}, ("if-match", tag))
    assert proposed.status == 202, proposed
    digest = proposed.json["proposal"]
    assert (await one.approves(digest)).code == "second_person_required"
    assert await house.state(application) == "rejected"
    assert (await two.approves(digest)).status == 200
    assert await house.state(application) == "approved"
    assert (await house.standing(customer.account)).level == 1


async def test_an_override_of_what_changed_meanwhile_is_refused_and_screening_holds_for_two_as_well(
    house: houses.House,
) -> None:
    customer = await house.customer()
    one, two = await house.officer(), await house.officer()
    application = await house.in_review(customer)
    await house.decided(one, application, "reject")
    path = f"{ADMIN}/{application}"
    tag = (await one.get(path)).header("etag") or ""
    wanted = {"approve": True, "reason": "other"}
    digests = [
        (await one.send("POST", f"{path}/override", wanted, ("if-match", tag))).json["proposal"] for _ in range(2)
    ]
    house.screening.answer = model.ScreenState.BLOCKED
    assert (await two.approves(digests[0])).code == "kyc_screening_not_clear"
    house.screening.answer = model.ScreenState.CLEAR
    assert (await two.approves(digests[0])).status == 200
    assert (await two.approves(digests[1])).code == "kyc_decided_already"


async def test_an_approval_ends_with_the_document_and_by_the_customers_risk(house: houses.House) -> None:
    officer = await house.officer()
    customer, risky = await house.customer(), await house.customer()
    house.risks.high = {risky.account}
    first = await customer.applies(
        document=houses.FORM["document"] | {"number": houses.nic(1), "expires": "2026-06-04"}
    )
    second = await risky.applies(document=houses.FORM["document"] | {"number": houses.nic(2)})
    await house.work()
    for each in (first, second):
        assert (await house.decided(officer, each)).status == 200
    ends = {row[0]: row[1] for row in await house.rows("SELECT account, expires_at FROM kyc_application")}
    assert ends[customer.account] - house.time.now() == timedelta(days=31)
    assert ends[risky.account] - house.time.now() == timedelta(days=365)
    house.later(days=31)
    assert (await house.standing(customer.account)).state is model.StandingState.EXPIRED, "before any job has noticed"
    assert await house.run(lambda tx: following.expire(tx, house.shop.kyc, 10)) == 1
    assert await house.state(first) == "expired"
    assert (await house.standing(risky.account)).state is model.StandingState.APPROVED
    assert (await customer.begins()).status == 201, "and may apply again"


async def test_who_became_risky_is_looked_at_again_sooner(house: houses.House) -> None:
    officer, customer = await house.officer(), await house.customer()
    application = await house.in_review(customer)
    await house.decided(officer, application)
    house.risks.high = {customer.account}
    await house.run(lambda tx: following.shorten(tx, house.shop.kyc, UUID(int=0), 10))
    [[until]] = await house.rows("SELECT expires_at FROM kyc_application")
    assert until - house.time.now() == timedelta(days=365)


async def test_what_its_owner_left_is_abandoned(house: houses.House) -> None:
    customer = await house.customer()
    application = await customer.draft()
    house.later(days=31)
    assert await house.run(lambda tx: following.abandon(tx, house.shop.kyc, 10)) == 1
    assert await house.state(application) == "abandoned"
    assert (await house.standing(customer.account)).state is model.StandingState.NONE
    assert (await customer.begins()).status == 201


async def test_one_application_at_a_time_and_none_for_a_level_that_is_held(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    answers = await asyncio.gather(*(customer.begins(key=f"k{number}") for number in range(20)))
    assert sorted(each.status for each in answers) == [201] + [409] * 19
    [won] = [each for each in answers if each.status == 201]
    assert (await customer.submits(won.json["id"])).status == 200
    await house.work()
    await house.decided(officer, won.json["id"])
    assert (await customer.begins(1, key="again")).code == "kyc_level_held"
    assert (await customer.begins(2)).status == 201
    assert (await house.standing(customer.account)).level == 1, "a level that is held counts while another is asked for"


async def test_who_only_reads_is_told_no_findings(house: houses.House) -> None:
    """Support could warn the person; who decides and who oversees sees all of it."""
    one, two = await house.customer(), await house.customer()
    await house.in_review(one)
    application = await house.in_review(two)
    officer = await house.officer()
    await house.decided(officer, application, "reject", reasons=["watchlist"], private_text="A hit.")
    path = f"{ADMIN}/{application}"
    presets = access_model.Preset
    for preset, whole in ((presets.SUPPORT, False), (presets.KYC_OFFICER, True), (presets.REGULATOR, True)):
        reader = await house.officer(preset)
        pages = [(await reader.get(each)).body for each in (path, f"{path}/events", ADMIN)]
        assert [b"watchlist" in each for each in pages] == [whole] * 3, preset
        assert (b"A hit." in pages[0]) is whole


async def test_a_document_that_somebody_else_uses_goes_to_an_officer_with_that_reason(house: houses.House) -> None:
    one, two = await house.customer(), await house.customer()
    await house.in_review(one)
    second = await house.in_review(two)
    [[reasons]] = await house.rows("SELECT reasons FROM kyc_application WHERE id = $1", UUID(second))
    assert reasons == ["document_in_use"]
    assert "document_in_use" not in str(await two.shown(second))


async def test_a_register_that_disagrees_is_seen_by_officers(house: houses.House) -> None:
    class Register:
        async def ask(self, form: model.Form) -> model.RegisterAnswer:
            return model.RegisterAnswer.MISMATCH

        async def close(self) -> None: ...

    house.shop = house.shop._replace(register=Register())
    application = await house.in_review(await house.customer())
    [[reasons]] = await house.rows("SELECT reasons FROM kyc_application WHERE id = $1", UUID(application))
    assert reasons == ["register_mismatch"]


async def test_the_queue_is_filtered_and_paged_and_support_only_reads(house: houses.House) -> None:
    officer, support = await house.officer(), await house.officer(access_model.Preset.SUPPORT)
    applications = []
    for number in range(5):
        customer = await house.customer()
        applications.append(await customer.applies(document=houses.FORM["document"] | {"number": houses.nic(number)}))
        house.later(seconds=1)
    await house.work()
    first = (await support.get(f"{ADMIN}?state=in_review&limit=3")).json
    rest = (await support.get(f"{ADMIN}?state=in_review&limit=3&cursor={first['next']}")).json
    assert [each["id"] for each in first["items"] + rest["items"]] == applications
    assert rest["next"] is None
    assert (await support.get(f"{ADMIN}?state=approved")).json["items"] == []
    assert (await support.get(f"{ADMIN}?level=2")).json["items"] == []
    tag = (await support.get(f"{ADMIN}/{applications[0]}")).header("etag") or ""
    assert (await support.send("POST", f"{ADMIN}/{applications[0]}/claim", None, ("if-match", tag))).status == 403
    await officer.send("POST", f"{ADMIN}/{applications[0]}/claim", None, ("if-match", tag))
    assert len((await officer.get(f"{ADMIN}?unclaimed=true")).json["items"]) == 4
    assert [each["id"] for each in (await officer.get(f"{ADMIN}?mine=true")).json["items"]] == applications[:1]


async def test_a_stricter_policy_reopens_what_does_not_meet_it_and_confirms_the_rest(house: houses.House) -> None:
    officer = await house.officer()
    young, old = await house.customer(), await house.customer()
    number = houses.nic(7, 2004, 60)
    first = await young.applies(birth="2004-02-29", document=houses.FORM["document"] | {"number": number})
    second = await old.applies()
    await house.work()
    for each in (first, second):
        assert (await house.decided(officer, each)).status == 200
    [pack] = [each for each in house.api.branding.packs if each.code == "LK"]
    stricter = msgspec.structs.replace(pack, minimum_age=25, effective_from=pack.effective_from.replace(year=2026))
    made = msgspec.structs.replace(house.api.branding, packs=(*house.api.branding.packs, stricter))
    house.shop = house.shop._replace(kyc=house.shop.kyc._replace(branding=made))
    house.later(seconds=1)
    assert await house.run(lambda tx: following.reopen(tx, house.shop.kyc, 10)) == (2, 1)
    assert (await house.state(first), await house.state(second)) == ("in_review", "approved")
    assert (await house.standing(young.account)).level == 0
    assert (await house.standing(old.account)).policy_version == 20260101
    assert await house.run(lambda tx: following.reopen(tx, house.shop.kyc, 10)) == (0, 0)


async def test_the_file_of_a_customer_holds_all_of_it_and_the_log_nothing_personal(house: houses.House) -> None:
    customer, officer = await house.customer(), await house.officer()
    application = await house.in_review(customer, 2)
    await house.decided(officer, application, customer_text="Fine.", private_text="Asked about income.")
    file = await house.access.db.read("t", lambda tx: records.of(tx, house.api, customer.account))
    [entry] = file.applications
    assert entry.form is not None
    assert entry.form.family_names == "Fictional"
    assert [each.event for each in entry.events] == ["submitted", "review", "approve"]
    assert (entry.events[-1].customer_text, entry.events[-1].private_text) == ("Fine.", "Asked about income.")
    assert {each.kind for each in entry.files} == {"identity_front", "selfie"}
    assert [each.viewer for each in entry.views] == [str(officer.account)]
    stored = " ".join(
        str(row[0])
        for row in await house.rows("SELECT t::text FROM kyc_application t UNION ALL SELECT t::text FROM kyc_event t")
    )
    logged = b" ".join(row[0] for row in await house.rows("SELECT payload FROM audit_entry"))
    for word in ("Fictional", "911042754", "1991-04-13", "Example Road", "Asked about"):
        assert word not in stored
        assert word.encode() not in logged
