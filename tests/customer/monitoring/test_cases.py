"""Cases over HTTP: the inbox, two officers at once, who may end what, and what is put to a case."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from customer_stack.monitoring import model
from customer_stack.monitoring.model import cases, entries
from customer_stack.monitoring.repo import cases as repo
from customer_stack.monitoring.rules import cases as rules
from customer_stack.monitoring.service import cases as service
from tests.customer.access import house as houses
from tests.customer.monitoring.conftest import MILLION, Office, Town

CASES = "/api/v1/admin/compliance/cases"


async def opened(office: Office, **more: Any) -> str:
    answer = await office.first.send("POST", CASES, office.case(**more), office.key())
    assert answer.status == 201, answer
    return str(answer.json["id"])


async def test_a_case_from_alert_to_its_end(office: Office) -> None:
    owner = await office.town.customer()
    await office.town.observe(office.town.operation(owner, 5 * MILLION))
    (found,) = (await office.first.get(CASES)).json["items"]
    assert (found["kind"], found["subject"], found["state"]) == ("monitoring", str(owner), "open")
    assert set(found["reasons"]) == {"single-large", "single-very-large", "daily-sum", "velocity-sum"}
    assert found["due_at"] == "2026-05-06T18:30:00Z"  # two working days, to the end of the day in Colombo
    case = found["id"]
    assert (await office.acts(office.first, case, "claim")).json["state"] == "investigating"
    note = {"conclusion": "explained", "note": "Sale of a house, deed seen."}
    assert (await office.acts(office.first, case, "conclude", note)).json["state"] == "deciding"
    assert (await office.acts(office.first, case, "approve")).code == "case_second_person"
    back = await office.acts(office.second, case, "send-back", {"note": "Which house?"})
    assert (back.json["state"], back.json["conclusion"]) == ("investigating", None)
    await office.acts(office.first, case, "conclude", note)
    closed = await office.acts(office.second, case, "approve")
    assert (closed.status, closed.json["state"], closed.json["conclusion"]) == (200, "closed", "explained")
    shown = (await office.first.get(f"{CASES}/{case}")).json
    assert [each["what"] for each in shown["history"]] == [
        "opened", "joined", "joined", "joined", "claim", "conclude", "noted", "send_back", "noted", "conclude", "noted",
        "approve",
    ]  # fmt: skip
    assert sorted(each["text"] for each in shown["notes"]) == [note["note"], note["note"], "Which house?"]
    assert len(shown["alerts"]) == 4
    assert (await office.acts(office.first, case, "claim")).code == "illegal_transition"
    told = await office.house.entries(entries.CaseMoved)
    assert [each.event.value for each in told] == ["claim", "conclude", "send_back", "conclude", "approve"]


async def test_of_a_hundred_claims_one_wins_and_the_others_are_told_who(office: Office) -> None:
    case = await opened(office)
    tag = await office.etag(case)
    people = [office.first, office.second]
    answers = await asyncio.gather(
        *(people[n % 2].send("POST", f"{CASES}/{case}/claim", None, ("if-match", tag)) for n in range(100))
    )
    won = [each for each in answers if each.status == 200]
    assert len(won) == 1
    lost = [each for each in answers if each.status != 200]
    assert {each.code for each in lost} == {"case_taken"}
    assert {each.json["facts"]["investigator"] for each in lost} == {won[0].json["investigator"]}


async def test_a_change_names_the_version_that_it_is_meant_for(office: Office) -> None:
    case = await opened(office)
    old = await office.etag(case)
    assert (await office.first.send("POST", f"{CASES}/{case}/claim")).status == 428
    await office.first.send("POST", f"{CASES}/{case}/notes", {"text": "Seen before."})
    assert (await office.first.send("POST", f"{CASES}/{case}/claim", None, ("if-match", old))).status == 412
    assert (await office.acts(office.first, case, "claim")).status == 200


async def test_only_the_investigator_goes_on_and_a_case_can_change_hands(office: Office) -> None:
    case = await opened(office)
    await office.acts(office.first, case, "claim")
    for word in ("release", "escalate"):
        assert (await office.acts(office.second, case, word)).code == "case_not_investigator"
    assert (await office.acts(office.first, case, "escalate")).json["state"] == "escalated"
    await office.acts(office.second, case, "claim")
    await office.acts(office.second, case, "conclude", {"conclusion": "no_suspicion", "note": "Nothing."})
    answer = await office.acts(office.first, case, "approve")
    assert answer.code == "case_second_person", "who worked on it once decides nothing about its end"
    third = await office.officer()
    assert (await office.acts(third, case, "approve")).status == 200


async def test_the_database_refuses_what_a_broken_program_would_do(office: Office) -> None:
    """Every way to end a case alone, written past the rules by the role of the API with an officer named."""
    case = await opened(office)
    await office.acts(office.first, case, "claim")
    await office.acts(office.first, case, "conclude", {"conclusion": "explained", "note": "So."})
    first, second = office.first.account, office.second.account
    for approver, state in ((first, "closed"), (second, "open")):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await office.forge(
                "UPDATE monitoring_case SET state = $2::text::monitoring_case_state, approver = $3, closed_at = now() "
                "WHERE id = $1", case, state, approver
            )  # fmt: skip
    await office.acts(office.second, case, "send-back", {"note": "More."})
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):  # nobody concluded
        await office.forge("UPDATE monitoring_case SET state = 'closed', approver = $2, closed_at = now() WHERE id = $1",
                           case, second)  # fmt: skip
    await office.acts(office.first, case, "conclude", {"conclusion": "explained", "note": "So."})
    await office.acts(office.second, case, "approve")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await office.forge("UPDATE monitoring_case SET version = version + 1 WHERE id = $1", case)
    for statement in ("DELETE FROM monitoring_case_event", "UPDATE monitoring_case_event SET by = NULL"):
        with pytest.raises(asyncpg.PostgresError):
            await office.town.superuser.execute(statement)


async def test_evidence_is_sealed_and_comes_back_as_it_was(office: Office) -> None:
    case = await opened(office)
    path, data = f"{CASES}/{case}/evidence", b"%PDF-1.7 nobody in particular"
    body = {"name": "letter.pdf", "media_type": "application/pdf", "content": base64.b64encode(data).decode()}
    made = await office.first.send("POST", path, body)
    assert (made.status, made.json["size"]) == (201, len(data))
    read = await office.second.get(f"{path}/{made.json['id']}")
    assert read.body == data
    looked = await office.house.entries(entries.Looked)
    assert looked[-1] == entries.Looked(houses.uuid.UUID(made.json["id"]), office.second.account)
    assert read.header("x-content-type-options") == "nosniff"
    stored = await office.town.superuser.fetchrow("SELECT name, content FROM monitoring_evidence")
    assert data not in stored["content"]
    assert b"letter" not in stored["name"]
    for wrong, code in (
        ({"content": "§"}, "evidence_invalid"),
        ({"media_type": "text/html"}, "evidence_invalid"),
        ({"content": base64.b64encode(bytes(rules.EVIDENCE_BYTES_MAX + 1)).decode()}, "evidence_too_large"),
    ):
        assert (await office.first.send("POST", path, body | wrong)).code == code
    assert (await office.first.get(f"{path}/{houses.uuid.UUID(int=5)}")).status == 404
    shown = (await office.first.get(f"{CASES}/{case}")).json
    assert [each["name"] for each in shown["evidence"]] == ["letter.pdf"]


async def test_cases_and_alerts_are_put_together(office: Office) -> None:
    one, other = await opened(office), await opened(office)
    assert (await office.first.send("POST", f"{CASES}/{one}/links", {"case": other})).status == 204
    assert (await office.first.send("POST", f"{CASES}/{one}/links", {"case": one})).status == 404
    assert (await office.first.get(f"{CASES}/{other}")).json["linked"] == [one]
    owner = await office.town.customer()
    for _ in range(5):
        await office.town.moves(owner, 100_000_00)
    await office.town.observe(office.town.operation(owner, 100_000_00))  # of low severity: it opens nothing
    (alert,) = (await office.first.get(f"/api/v1/admin/compliance/alerts?account={owner}")).json["items"]
    assert (alert["rule"], alert["case"]) == ("round-amounts", None)
    assert (await office.first.send("POST", f"{CASES}/{one}/alerts", {"alert": alert["id"]})).status == 204
    assert (await office.first.send("POST", f"{CASES}/{other}/alerts", {"alert": alert["id"]})).code == "alert_taken"
    assert (await office.first.get(f"/api/v1/admin/compliance/alerts/{alert['id']}")).json["case"] == one


async def test_the_inbox_in_pages_with_filters(office: Office) -> None:
    made = [await opened(office, kind="manual" if n % 2 else "kyc") for n in range(7)]
    await office.acts(office.first, made[0], "claim")
    seen, cursor = [], ""
    while True:
        page = (await office.first.get(f"{CASES}?limit=3{cursor}")).json
        seen += [each["id"] for each in page["items"]]
        if not page["next"]:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(made)
    for query, count in (
        ("kind=kyc", 4), ("kind=none", 0), ("mine=true", 1), ("unclaimed=true", 6), ("state=investigating", 1),
        ("overdue=true", 0),
    ):  # fmt: skip
        assert len((await office.first.get(f"{CASES}?limit=100&{query}")).json["items"]) == count, query
    assert (await office.first.get(f"{CASES}?limit=3&kind=kyc{cursor}")).code == "invalid_cursor"


async def test_a_case_is_overdue_once_by_the_working_days_of_the_place(office: Office) -> None:
    case = await opened(office)
    office.house.time.advance(timedelta(days=2, hours=6))  # Wednesday, 18:00 UTC: half an hour is left
    assert await office.town.worker.run("t", lambda tx: service.overdue(tx, office.house.time.now())) == 0
    office.house.time.advance(timedelta(minutes=30))
    for count in (1, 0):
        assert await office.town.worker.run("t", lambda tx: service.overdue(tx, office.house.time.now())) == count
    assert (await office.first.get(f"{CASES}/{case}")).json["case"]["overdue"]
    assert len((await office.first.get(f"{CASES}?overdue=true")).json["items"]) == 1


async def test_opening_is_idempotent_until_the_case_is_closed(office: Office) -> None:
    subject, link = office.house.ids.ref(), office.house.ids.ref()

    async def open_(*reasons: str, about: Any = link) -> Any:
        now = office.house.time.now()
        return await office.town.api.run(
            "t",
            lambda tx: service.open_(
                tx, kind="screening", subject=subject, reasons=reasons, link=about, now=now, random=office.house.ids
            ),
        )

    found = set(await asyncio.gather(*(open_("hit") for _ in range(100))))
    assert len(found) == 1
    assert await open_("hit", "delta") in found
    assert await open_("hit", about=None) not in found
    (case,) = found
    assert (await office.first.get(f"{CASES}/{case}")).json["case"]["reasons"] == ["hit", "delta"]
    await office.acts(office.first, str(case), "claim")
    await office.acts(office.first, str(case), "conclude", {"conclusion": "duplicate", "note": "Twice."})
    await office.acts(office.second, str(case), "approve")
    assert await open_("hit") not in found
    assert len(await office.house.entries(entries.CaseOpened)) == 3
    for kind, reason in (("Kind", "hit"), ("screening", "A name"), ("x" * 40, "hit")):
        with pytest.raises(cases.BadReason):
            await office.town.api.run(
                "t", lambda tx, k=kind, r=reason: service.open_(tx, kind=k, subject=subject, reasons=(r,), link=None,
                                                                now=office.house.time.now(), random=office.house.ids)
            )  # fmt: skip


async def test_risk_with_its_reasons_and_linked_accounts(office: Office) -> None:
    owner, friend = await office.town.customer(), await office.town.customer()
    await office.town.observe(office.town.operation(owner, 1_00, country="KP"))
    path = f"/api/v1/admin/compliance/accounts/{owner}"
    body = {"reason": "adverse_media", "points": 60, "half_life_days": 365}
    assert (await office.first.send("POST", f"{path}/risk", body)).status == 204
    link = {"other": str(friend), "reason": "same_device"}
    assert (await office.first.send("POST", f"{path}/links", link)).status == 204
    shown = (await office.first.get(f"{path}/risk")).json
    assert (shown["points"], shown["level"]) == (110, "high")
    assert [(each["reason"], each["left"]) for each in shown["reasons"]] == [
        ("geography-call-for-action", 50), ("adverse_media", 60),
    ]  # fmt: skip
    assert [each["account"] for each in shown["linked"]] == [str(friend)]


@pytest.mark.parametrize("state, event", rules.CASE.illegal_pairs())
def test_whatever_the_table_does_not_allow_is_refused(state: cases.State, event: cases.Event) -> None:
    me = houses.uuid.UUID(int=1)
    mine = state in {cases.State.INVESTIGATING, cases.State.DECIDING, cases.State.CLOSED}
    case = cases.Case(
        id=me, kind="manual", subject=me, link=None, reasons=(), state=state, investigator=me if mine else None,
        conclusion=None, approver=None, version=1, opened_at=houses.NOON, due_at=houses.NOON, overdue_at=None,
        closed_at=None,
    )  # fmt: skip
    with pytest.raises((rules.states.IllegalTransition, cases.CaseTaken)):
        rules.move(case, event, me, set())


async def test_what_the_table_allows_is_what_the_database_allows(town: Town) -> None:
    """A guard in the database and a table in the rules: the names are the same, so that neither can drift alone."""
    rows = await town.superuser.fetch("SELECT unnest(enum_range(NULL::monitoring_case_state))::text AS state")
    assert {row["state"] for row in rows} == set(cases.State)
    assert repo.NIL.int == 0
    assert model.Answer.REVIEW == "review"
