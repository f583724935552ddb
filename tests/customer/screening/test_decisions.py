"""Somebody is screened: what stands afterwards, and that no answer is never a pass."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from customer_stack.screening import model
from customer_stack.screening.matchers import v1_tokens
from customer_stack.screening.model import entries, people
from customer_stack.screening.service import decisions, loaded, rescreening, screener, standing
from customer_stack.vault import model as vault_model
from tests.customer.screening import conftest
from tests.customer.screening.conftest import HARUN, TILDA, Desk

S = people.State


async def test_who_is_on_no_list_is_clear(desk: Desk) -> None:
    found = await desk.screen(TILDA)
    assert (found.state, found.reasons, found.hits) == (S.CLEAR, (), 0)
    assert await desk.state(found.subject) is S.CLEAR
    assert desk.cases.opened == {}


async def test_a_sanctioned_name_with_its_birth_date_is_blocked_and_has_a_case(desk: Desk) -> None:
    found = await desk.screen(HARUN)
    assert found.state is S.BLOCKED
    assert people.Reason.SANCTIONS_HIT in found.reasons
    assert await desk.state(found.subject) is S.BLOCKED
    assert desk.cases.opened["screening", found.subject] == tuple(each.value for each in found.reasons)


async def test_a_sanctioned_name_alone_waits_for_somebody(desk: Desk) -> None:
    found = await desk.screen(model.Person(names=("Harun Misbahi",)))
    assert found.state is S.REVIEW
    assert people.Reason.SANCTIONS_HIT in found.reasons


async def test_office_holders_and_relatives_are_reviewed_and_never_blocked(desk: Desk) -> None:
    held = conftest.FTM[0].data.replace(b'"endDate":["2021-06-30"],', b"").replace(b"2026-02-27", b"2026-02-28")
    await desk.load((model.ListFile("peps.json", held),), model.Publisher.FTM)
    await desk.ready()
    desk = desk.with_policy(strong=0)
    relative = await desk.screen(model.Person(names=("Amal Misbahi",)))
    assert relative.state is S.REVIEW
    assert people.Reason.RELATIVE_ENHANCED_DUE_DILIGENCE in relative.reasons
    papers = (model.Document("passport", "S0001234"),)
    holder = await desk.screen(model.Person(names=("Somebody Else",), documents=papers))
    assert people.Reason.PEP_ENHANCED_DUE_DILIGENCE in holder.reasons
    [(tier, strong)] = await desk.rows(
        "SELECT tier::text, strong FROM screening_hit WHERE subject = $1 AND ref = 'Q-1'", holder.subject
    )
    assert (tier, strong) == ("pep", True)
    assert people.Reason.SANCTIONS_HIT in holder.reasons  # the same passport stands on OFAC's list, which is why
    assert holder.state is S.BLOCKED


async def test_an_office_that_ended_long_ago_is_no_reason(desk: Desk) -> None:
    """Both are on the list of office holders only, whose office ended in 2021."""
    found = await desk.screen(model.Person(names=("Amal Misbahi",)))
    assert people.Reason.RELATIVE_ENHANCED_DUE_DILIGENCE not in found.reasons
    recent = desk.with_policy(office_ended=timedelta(days=3650))
    found = await recent.screen(model.Person(names=("Amal Misbahi",)))
    assert people.Reason.RELATIVE_ENHANCED_DUE_DILIGENCE in found.reasons


async def test_who_was_never_screened_is_pending(desk: Desk) -> None:
    known = await desk.screen(TILDA)
    nobody = desk.random.ref()
    found = await desk.db.read("t", lambda tx: standing.of(tx, [known.subject, nobody], desk.time.now()))
    assert found == {known.subject: S.CLEAR, nobody: S.PENDING}


async def test_without_a_list_nobody_passes(empty: Desk) -> None:
    await empty.load(conftest.OFAC, model.Publisher.OFAC)
    await empty.ready()
    found = await empty.screen(TILDA)
    assert (found.state, found.failure) == (S.ERROR, people.Failure.LISTS_MISSING)
    assert await empty.state(found.subject) is S.ERROR


async def test_an_operator_who_requires_no_list_clears_nobody_without_one(empty: Desk) -> None:
    none = empty.with_policy(required=())
    await none.ready()
    assert (await none.screen(TILDA)).failure is people.Failure.LISTS_MISSING


async def test_on_stale_lists_nobody_passes(desk: Desk) -> None:
    desk.time.advance(timedelta(days=15))
    found = await desk.screen(TILDA)
    assert (found.state, found.failure) == (S.ERROR, people.Failure.LISTS_STALE)


async def test_without_an_index_of_these_versions_the_answer_is_pending_until_a_job_has_one(empty: Desk) -> None:
    await empty.load(conftest.OFAC, model.Publisher.OFAC)
    await empty.load(conftest.FTM, model.Publisher.FTM)
    listed, other = await empty.screen(HARUN), await empty.screen(TILDA)
    assert {listed.state, other.state} == {S.PENDING}
    assert listed.failure is people.Failure.LISTS_LOADING
    assert await empty.rows("SELECT 1 FROM job WHERE payload LIKE '%complete%'::bytea")
    assert await rescreening.complete(empty.db, empty.screening) == 2
    assert [await empty.state(each.subject) for each in (listed, other)] == [S.BLOCKED, S.CLEAR]
    assert await rescreening.complete(empty.db, empty.screening) == 0


async def test_an_index_of_before_is_not_asked(desk: Desk) -> None:
    other = desk.with_policy()
    old = loaded.Lists()
    await old.refresh(desk.db)
    desk.time.advance(timedelta(seconds=1))
    more = (
        conftest.FTM[0].data
        + b'{"id":"Q-9","schema":"Person","properties":{"name":["Tilda Sample"],"topics":["sanction"]}}\n'
    )
    await desk.load((model.ListFile("peps.json", more),), model.Publisher.FTM)
    other.screening = desk.screening._replace(lists=old)
    assert (await other.screen(TILDA)).state is S.PENDING
    await old.refresh(desk.db)
    assert (await other.screen(TILDA)).state is S.REVIEW


async def test_without_an_index_no_name_is_read_inside_of_the_transaction(
    empty: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first name that a process reads takes seconds, which no transaction has."""
    monkeypatch.setattr(v1_tokens, "of_person", None)
    found = await empty.screen(TILDA)
    assert found.failure is people.Failure.LISTS_MISSING
    assert [row["tokens"] for row in await empty.rows("SELECT tokens FROM screening_subject")] == [b""]


async def test_a_matcher_that_fails_clears_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError

    blocked = await desk.screen(HARUN)
    monkeypatch.setattr(decisions, "compare", fails)
    found = await desk.screen(TILDA)
    assert (found.state, found.failure) == (S.ERROR, people.Failure.MATCHER_FAILED)
    again = await desk.screen(HARUN, blocked.subject)
    assert again.state is S.BLOCKED  # what was found before is not forgotten for it
    assert await rescreening.complete(desk.db, desk.screening) == 0  # tried again later, not at once
    desk.time.advance(timedelta(hours=2))
    monkeypatch.undo()
    assert await rescreening.complete(desk.db, desk.screening) == 2
    assert await desk.state(found.subject) is S.CLEAR


@pytest.mark.parametrize(
    "person",
    [
        model.Person(names=()),
        model.Person(names=("  ",)),
        model.Person(names=("Tilda Sample",) * 17),
        model.Person(names=("x" * 513,)),
    ],
)
async def test_nobody_is_screened_by_names_that_nobody_has(desk: Desk, person: model.Person) -> None:
    subject = await desk.account()
    with pytest.raises((people.BadPerson, model.BadQuery)):
        await desk.screen(person, subject)
    assert await desk.state(subject) is S.PENDING


async def test_a_beneficiary_is_sealed_under_its_owners_key_and_a_counterparty_under_its_own(desk: Desk) -> None:
    owner = await desk.account()
    beneficiary = await desk.screen(
        TILDA, desk.random.ref(), kind=people.SubjectKind.BENEFICIARY, owner=owner, trigger=people.Trigger.BENEFICIARY
    )
    counterparty = await desk.screen(
        HARUN, desk.random.ref(), kind=people.SubjectKind.COUNTERPARTY, trigger=people.Trigger.COUNTERPARTY
    )
    assert (beneficiary.state, counterparty.state) == (S.CLEAR, S.BLOCKED)
    owners = {row["id"]: row["owner"] for row in await desk.rows("SELECT id, owner FROM screening_subject")}
    assert owners == {beneficiary.subject: owner, counterparty.subject: counterparty.subject}
    with pytest.raises(people.OtherKind):
        await desk.screen(TILDA, beneficiary.subject, kind=people.SubjectKind.COUNTERPARTY)


async def test_others_ask_in_a_word_and_get_a_state(desk: Desk) -> None:
    asked, owner = desk.screening, await desk.account()
    beneficiary, counterparty = desk.random.ref(), desk.random.ref()
    answers = [
        await desk.db.run("t", lambda tx: screener.account(tx, asked, owner, TILDA, people.Trigger.ONBOARDING)),
        await desk.db.run("t", lambda tx: screener.account(tx, asked, owner, HARUN, people.Trigger.PROFILE)),
        await desk.db.run("t", lambda tx: screener.beneficiary(tx, asked, beneficiary, owner, TILDA)),
        await desk.db.run("t", lambda tx: screener.counterparty(tx, asked, counterparty, HARUN)),
    ]
    assert answers == [S.CLEAR, S.BLOCKED, S.CLEAR, S.BLOCKED]
    rows = await desk.rows("SELECT trigger::text FROM screening_decision")
    assert sorted(row["trigger"] for row in rows) == ["beneficiary", "counterparty", "onboarding", "profile"]


async def test_nothing_personal_stands_in_the_clear(desk: Desk) -> None:
    await desk.screen(HARUN)
    tables = ("screening_subject", "screening_decision", "screening_hit", "audit_entry", "job")
    for table in tables:
        for row in await desk.rows(f"SELECT * FROM {table}"):
            text = repr(dict(row)).lower()
            assert "misbahi" not in text
            assert "1970" not in text
            assert b"misbahi".hex() not in text


async def test_an_erased_subject_is_left_alone(desk: Desk) -> None:
    found = await desk.screen(TILDA)
    vault: Any = desk.screening.vault
    before = (await desk.rows("SELECT tokens FROM screening_subject"))[0]["tokens"]
    await desk.db.run("t", lambda tx: vault.shred(tx, found.subject))
    assert (await desk.rows("SELECT tokens FROM screening_subject"))[0]["tokens"] != before
    again = await desk.db.run("t", lambda tx: decisions.again(tx, desk.screening, found.subject, people.Trigger.DELTA))
    assert again is None
    with pytest.raises(vault_model.Unreadable):
        await desk.screen(TILDA, found.subject)


async def test_every_decision_is_on_record_by_commitments(desk: Desk) -> None:
    found = await desk.screen(HARUN)
    [entry] = await desk.entries(entries.Decided)
    assert (entry.decision, entry.subject, entry.state, entry.hits) == (found.id, found.subject, S.BLOCKED, found.hits)
    assert entry.person == desk.screening.vault.commitment("screening.person", msgspec.json.encode(HARUN))


async def test_a_hundred_at_once_leave_one_subject_and_one_hit_of_each_entry(desk: Desk) -> None:
    subject = await desk.account()
    found = await asyncio.gather(*(desk.screen(HARUN, subject) for _ in range(100)))
    assert {each.state for each in found} == {S.BLOCKED}
    hits = await desk.rows("SELECT publisher::text, ref FROM screening_hit")
    assert len(hits) == len({tuple(row) for row in hits}) == found[0].hits
    assert len(await desk.rows("SELECT 1 FROM screening_decision")) == 100
