"""Refresh tokens: used once, and what happens to those that come again."""

import asyncio
from datetime import timedelta

import pytest

from customer_stack.access import model as access
from customer_stack.identity.model import notices
from customer_stack.identity.rules import sessions as rules
from tests.customer.identity import house as houses


async def family(house: houses.House) -> tuple[str | None, int, int]:
    """Why the one session ended, its generation, and how many of its tokens were never used."""
    (row,) = await house.rows(
        "SELECT s.ended::text, s.generation, count(*) FILTER (WHERE r.used_at IS NULL) AS unused FROM session s"
        " JOIN refresh_token r ON r.session = s.id GROUP BY s.id"
    )
    return row["ended"], row["generation"], row["unused"]


async def test_a_refresh_brings_a_successor_and_the_session_stays_the_same(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    first, token = program.refresh_token, program.token
    session = (await program.get("/api/v1/session")).json["session"]
    house.time.advance(timedelta(minutes=9))
    answer = await program.refresh()
    assert answer.status == 200
    assert answer.json["session"] == session
    assert program.refresh_token != first
    assert program.token != token
    assert (await program.get("/api/v1/me")).status == 200


async def test_tokens_are_stored_as_hashes(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    stored = str(await house.rows("SELECT * FROM refresh_token"))
    assert program.refresh_token not in stored
    assert program.refresh_token.encode().hex() not in stored


@pytest.mark.parametrize("rotations", [1, 2, 3])
async def test_a_used_token_ends_its_family_for_good(house: houses.House, rotations: int) -> None:
    """Committed, though the answer is no: whoever holds the newest token is signed out as well."""
    program = await house.member("machine", bearer=True)
    stolen = program.refresh_token
    for _ in range(rotations):
        assert (await program.refresh()).status == 200
    house.time.advance(rules.GRACE + timedelta(seconds=1))
    answer = await program.refresh(stolen)
    assert (answer.status, answer.code) == (401, "refresh_reused")
    assert (await family(house))[0] == "reuse"
    assert (await program.get("/api/v1/me")).code == "session_over"
    assert (await program.refresh()).code == "session_over"
    assert house.postbox.told(program.account)[-1] is notices.Notice.REUSE_DETECTED


async def test_a_grandparent_has_no_grace(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    stolen = program.refresh_token
    await program.refresh()
    await program.refresh()
    assert (await program.refresh(stolen)).code == "refresh_reused"


async def test_the_immediate_parent_brings_an_access_token_and_no_second_successor(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    parent = program.refresh_token
    first = await program.refresh()
    again = await program.refresh(parent)
    assert again.status == 200
    assert first.json["refresh_token"]
    assert again.json["refresh_token"] is None
    assert again.json["access_token"]
    assert await family(house) == (None, 1, 1)
    house.time.advance(rules.GRACE)
    assert (await program.refresh(parent)).status == 200, "the last moment of the grace"
    house.time.advance(timedelta(microseconds=1))
    assert (await program.refresh(parent)).code == "refresh_reused"


async def test_of_twenty_refreshes_at_once_one_brings_the_successor(house: houses.House) -> None:
    """The rule: one survivor. The others get access for the same session, and the family stays whole."""
    program = await house.member("machine", bearer=True)
    token = program.refresh_token
    answers = await asyncio.gather(*(program.refresh(token) for _ in range(20)))
    assert [answer.status for answer in answers] == [200] * 20
    successors = [answer.json["refresh_token"] for answer in answers if answer.json["refresh_token"]]
    assert len(successors) == 1
    assert await family(house) == (None, 1, 1)
    assert (await program.refresh(successors[0])).status == 200


async def test_of_twenty_refreshes_with_a_used_token_none_survives(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    stolen = program.refresh_token
    await program.refresh()
    house.time.advance(rules.GRACE * 2)
    answers = await asyncio.gather(*(program.refresh(stolen) for _ in range(20)))
    assert {answer.status for answer in answers} == {401}
    assert (await family(house))[0] == "reuse"
    assert house.postbox.told(program.account).count(notices.Notice.REUSE_DETECTED) == 1


async def test_a_token_that_was_never_made_ends_nothing(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    assert (await program.refresh("A" * 43)).code == "token_refused"
    assert (await program.get("/api/v1/me")).status == 200


async def test_another_client_ends_the_session_by_trying(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    thief = house.visitor(houses.CHROME, bearer=True)
    answer = await thief.refresh(program.refresh_token)
    assert (answer.status, answer.code) == (401, "client_changed")
    assert (await family(house))[0] == "client_changed"
    assert (await program.get("/api/v1/me")).code == "session_over"


async def test_an_idle_session_is_over(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    house.time.advance(rules.IDLE)
    assert (await program.refresh()).code == "session_over"


async def test_a_busy_session_is_over_in_the_end(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    for _ in range(rules.SESSION // timedelta(hours=11) + 1):
        house.time.advance(timedelta(hours=11))
        answer = await program.refresh()
    assert answer.code == "session_over"


async def test_who_works_here_signs_in_each_day(house: houses.House) -> None:
    worker = await house.person("worker")
    await house.superuser.execute("UPDATE access_standing SET role = 'staff' WHERE account = $1", worker.account)
    answer = await worker.sign_in()
    assert answer.json["enrolment_required"] is True
    assert answer.json["session_expires_at"] == (house.time.now() + timedelta(hours=12)).isoformat().replace(
        "+00:00", "Z"
    )


async def test_a_browser_refreshes_by_cookie_with_its_csrf_token(house: houses.House) -> None:
    browser = await house.member("amara")
    old = browser.cookies["__Host-refresh"]
    house.time.advance(rules.ACCESS)
    without = await browser.post("/api/v1/sessions/refresh", {}, x_csrf_token="")
    assert (without.status, without.code) == (403, "cross_site")
    wrong = await browser.post("/api/v1/sessions/refresh", {}, x_csrf_token="A" * 43)
    assert (wrong.status, wrong.code) == (403, "cross_site")
    foreign = await browser.post("/api/v1/sessions/refresh", {}, origin="https://evil.example")
    assert (foreign.status, foreign.code) == (403, "cross_site")
    answer = await browser.post("/api/v1/sessions/refresh", {})
    assert answer.status == 200
    assert "refresh_token" not in answer.json or answer.json["refresh_token"] is None
    assert browser.cookies["__Host-refresh"] != old
    assert await family(house) == (None, 1, 1)


async def test_a_suspended_account_refreshes_nothing(house: houses.House) -> None:
    program = await house.member("machine", bearer=True)
    await house.superuser.execute("UPDATE account SET state = 'suspended'")
    assert (await program.refresh()).code == "session_over"


async def test_the_role_of_this_moment_counts(house: houses.House) -> None:
    program = await house.member("machine", access.Role.INVESTOR, bearer=True)
    await house.superuser.execute("UPDATE access_standing SET role = 'issuer'")
    assert (await program.refresh()).json["enrolment_required"] is True
    assert (await program.get("/api/v1/me")).code == "enrolment_required"
