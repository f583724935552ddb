"""API keys over HTTP: scoped, hashed, expiring, and never more than their owner."""

from datetime import timedelta
from typing import Any

import pytest

from customer_stack.access import model as access
from customer_stack.identity.formats import opaque
from customer_stack.identity.model import accounts
from customer_stack.identity.rules import sessions as lifetimes
from customer_stack.identity.service import accounts as service
from tests.customer.identity import house as houses


async def made(house: houses.House, owner: houses.Visitor, **more: Any) -> Any:
    await owner.step_up()
    body = {"label": "reporting", "expires_at": (house.time.now() + timedelta(days=30)).isoformat()} | more
    return await owner.post("/api/v1/me/api-keys", body)


def machine(house: houses.House, key: str) -> houses.Visitor:
    found = house.visitor("reporting/1.0", bearer=True)
    found.token = key
    return found


async def test_a_key_is_shown_once_and_reads_for_its_owner(house: houses.House) -> None:
    owner = await house.member("amara")
    answer = await made(house, owner)
    assert answer.status == 201
    key = answer.json["key"]
    assert key.startswith(answer.json["api_key"]["prefix"])
    assert (await machine(house, key).get("/api/v1/me")).json["email"] == owner.email
    listed = (await owner.get("/api/v1/me/api-keys")).json["api_keys"]
    assert [each["label"] for each in listed] == ["reporting"]
    assert key not in str(listed)
    assert key not in str(await house.rows("SELECT * FROM api_key"))


async def test_of_a_request_that_is_sent_twice_one_key_comes(house: houses.House) -> None:
    owner = await house.member("amara")
    await owner.step_up()
    body = {"label": "reporting", "expires_at": (house.time.now() + timedelta(days=30)).isoformat()}
    first, again = [await owner.post("/api/v1/me/api-keys", body, idempotency_key="k-1") for _ in range(2)]
    assert (first.status, again.code) == (201, "idempotency_answer_not_kept")
    assert len(await house.rows("SELECT * FROM api_key")) == 1
    assert first.json["key"] not in str(await house.rows("SELECT * FROM idempotency"))


async def test_a_revoked_and_an_expired_key_work_no_more(house: houses.House) -> None:
    owner = await house.member("amara")
    first, second = await made(house, owner), await made(house, owner)
    await owner.ask("DELETE", f"/api/v1/me/api-keys/{first.json['api_key']['id']}")
    assert (await machine(house, first.json["key"]).get("/api/v1/me")).code == "token_refused"
    assert (await machine(house, second.json["key"]).get("/api/v1/me")).status == 200
    house.time.advance(timedelta(days=30))
    assert (await machine(house, second.json["key"]).get("/api/v1/me")).code == "token_refused"


async def test_a_key_dies_with_its_owners_suspension_and_stays_dead(house: houses.House) -> None:
    owner = await house.member("amara")
    key = (await made(house, owner)).json["key"]
    actor = house.random.ref()
    for work in (
        lambda tx: service.suspend(tx, house.identity, owner.account, accounts.Reason.SECURITY, actor=actor),
        lambda tx: service.reinstate(tx, house.identity, owner.account, actor=actor),
    ):
        await house.db.run("test.change", work)
        assert (await machine(house, key).get("/api/v1/me")).code == "token_refused"


async def test_a_key_proves_no_factor_and_makes_no_key(house: houses.House) -> None:
    owner = await house.member("amara")
    key = machine(house, (await made(house, owner, read_only=False)).json["key"])
    body = {"label": "more", "expires_at": (house.time.now() + timedelta(days=1)).isoformat()}
    for method, path, sent in (
        ("POST", "/api/v1/me/api-keys", body),
        ("POST", "/api/v1/step-up/codes", None),
        ("POST", "/api/v1/sign-out", None),
        ("GET", "/api/v1/session", None),
        ("GET", "/api/v1/sessions", None),
    ):
        answer = await key.ask(method, path, sent)
        assert (answer.status, answer.code) == (403, "session_required"), path


async def test_a_key_that_only_reads_writes_nothing(house: houses.House) -> None:
    owner = await house.member("amara")
    key = machine(house, (await made(house, owner)).json["key"])
    answer = await key.ask("PUT", "/api/v1/me/consents", {"consents": houses.answers()[:1]})
    assert (answer.status, answer.code) == (403, "api_key_read_only")


async def test_a_key_holds_no_permission_that_its_owner_does_not_hold(house: houses.House) -> None:
    owner = await house.member("amara")
    assert (await made(house, owner, permissions=["users.view"])).code == "api_key_refused"


async def test_a_permission_taken_from_the_owner_is_taken_from_the_key(house: houses.House) -> None:
    worker = await house.person("worker")
    await house.superuser.execute("UPDATE access_standing SET role = 'staff' WHERE account = $1", worker.account)
    await house.superuser.execute(
        "INSERT INTO access_grant (account, item, granted_by) VALUES ($1, 'users.view', $1)", worker.account
    )
    await worker.sign_in()
    await worker.enrol()
    answer = await made(house, worker, permissions=["users.view"])
    assert answer.status == 201, answer
    key = machine(house, answer.json["key"])
    authenticator = house.app.state.authenticator

    async def held() -> frozenset[access.Permission]:
        (found,) = await house.db.run(
            "test.machines",
            lambda tx: authenticator._machines(tx, [opaque.api_key_digest(key.token)]),
        )
        permissions: frozenset[access.Permission] = found.permissions
        return permissions

    assert await held() == {access.Permission.USERS_VIEW}
    await house.superuser.execute("DELETE FROM access_grant")
    assert await held() == frozenset()


@pytest.mark.parametrize(
    "days, code", [(0, "api_key_refused"), (-1, "api_key_refused"), (366, "api_key_refused"), (365, None)]
)
async def test_a_key_lasts_a_year_at_most(house: houses.House, days: int, code: str | None) -> None:
    owner = await house.member("amara")
    answer = await made(house, owner, expires_at=(house.time.now() + timedelta(days=days)).isoformat())
    assert answer.json.get("code") == code
    assert (await made(house, owner, expires_at="2026-05-01T00:00:00")).status == 400


async def test_there_is_a_most(house: houses.House) -> None:
    owner = await house.member("amara")
    house.app.state.throttles._scale = 100
    for _ in range(lifetimes.KEYS_MAX):
        assert (await made(house, owner)).status == 201
    assert (await made(house, owner)).code == "too_many_keys"


async def test_use_is_noted_coarsely(house: houses.House) -> None:
    owner = await house.member("amara")
    key = machine(house, (await made(house, owner)).json["key"])
    start = house.time.now()
    await key.get("/api/v1/me")
    house.time.advance(timedelta(minutes=9))
    await key.get("/api/v1/me")
    assert (await house.rows("SELECT used_at FROM api_key"))[0]["used_at"] == start
    house.time.advance(timedelta(minutes=1))
    await key.get("/api/v1/me")
    assert (await house.rows("SELECT used_at FROM api_key"))[0]["used_at"] == house.time.now()


async def test_somebody_elses_key_is_unknown(house: houses.House) -> None:
    owner, other = await house.member("amara"), await house.member("other")
    answer = await made(house, owner)
    number = answer.json["api_key"]["id"]
    assert (await other.ask("DELETE", f"/api/v1/me/api-keys/{number}")).status == 404
    assert (await machine(house, answer.json["key"]).get("/api/v1/me")).status == 200


async def test_a_key_that_was_never_made_is_refused(house: houses.House) -> None:
    for key in ("key_" + "A" * 43, "key_", "key_x", "key_" + "A" * 44):
        assert (await machine(house, key).get("/api/v1/me")).code == "token_refused"
