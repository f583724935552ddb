"""Rights over HTTP and a real database: the grid, conditions, two people, and changes that hold at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from boundary.kernel import errors
from boundary.kernel.runtime import transaction
from customer_stack.access import model
from customer_stack.access.service import rights
from tests.boundary.kernel.runtime import loopback
from tests.customer.access import house as houses

P, R = model.Preset, model.Role
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SOON = (houses.NOON + timedelta(days=30)).isoformat().replace("+00:00", "Z")


async def test_one_knows_what_one_is_and_may(house: houses.House) -> None:
    person = await house.person(R.STAFF, P.COMPLIANCE_OFFICER)
    answer = await person.get("/api/v1/permissions")
    assert answer.json == {
        "role": "staff",
        "permissions": ["audit.view", "compliance.manage", "compliance.view"],
    }


async def test_the_catalogue_names_every_permission_and_preset(house: houses.House) -> None:
    told = (await (await house.super_admin()).get("/api/v1/admin/permissions")).json
    assert told["permissions"] == sorted(told["permissions"])
    assert len(told["permissions"]) == 23
    assert len(told["presets"]) == 9
    assert [each["preset"] for each in told["presets"] if each["ends"]] == ["privacy_auditor", "regulator"]


async def test_the_grid_shows_what_each_permission_comes_from(house: houses.House) -> None:
    admin = await house.super_admin()
    person = await house.person(R.ADMIN, P.SUPPORT, model.Permission.WALLET_VIEW)
    told = (await admin.get(person.grid)).json
    assert (told["role"], told["presets"], told["permissions"]) == (
        "admin",
        [{"preset": "support"}],
        [{"permission": "wallet.view"}],
    )
    grid = {cell["permission"]: cell["sources"] for cell in told["grid"]}
    assert len(grid) == 23
    assert grid["audit.view"] == ["admin", "support"]
    assert grid["wallet.view"] == ["wallet.view"]
    assert grid["wallet.manage"] == []


async def test_what_is_read_can_be_written_back_and_changes_nothing_but_the_version(house: houses.House) -> None:
    admin = await house.super_admin()
    person = await house.person(R.STAFF, P.SUPPORT, model.Permission.WALLET_VIEW)
    told, etag = (await admin.get(person.grid)).json, await admin.etag(person)
    body = {name: told[name] for name in ("role", "presets", "permissions")}
    answer = await admin.send("PUT", person.grid, body, ("if-match", etag))
    assert (answer.status, answer.json) == (200, told)
    assert answer.header("etag") not in {None, etag}


async def test_a_change_holds_from_the_next_request_on(house: houses.House) -> None:
    admin, person = await house.super_admin(), await house.person()
    assert (await person.get("/api/v1/permissions")).json["permissions"] == []
    assert (await admin.gives(person, "support")).status == 200
    assert "users.view" in (await person.get("/api/v1/permissions")).json["permissions"]
    assert (await admin.gives(person)).status == 200
    assert (await person.get("/api/v1/permissions")).json["permissions"] == []


async def test_rights_that_were_taken_are_gone_for_requests_already_let_in(house: houses.House) -> None:
    """The guard saw the rights a moment ago; the transaction looks again."""
    admin, person, other = await house.super_admin(), await house.super_admin(), await house.person()
    caller = person.caller(permissions=frozenset(model.Permission))
    assert (await admin.gives(person)).status == 200

    async def work(tx: transaction.Tx) -> None:
        standing = await rights.held(tx, other.account, by=person.account)
        wanted = rights.Wanted(R.STAFF, (model.Grant(P.SUPPORT),))
        await rights.change(tx, caller, standing, wanted, house.time.now(), house.ids, house.active)

    with pytest.raises(errors.Forbidden):
        await house.db.run("test.change", work)


async def test_an_outsider_comes_in_until_the_day_and_not_a_moment_longer(house: houses.House) -> None:
    admin, person = await house.super_admin(), await house.person()
    refused = await admin.gives(person, "regulator")
    loopback.assert_problem(refused, 400, "end_date_wrong")
    given = await admin.gives(person, {"preset": "regulator", "until": SOON})
    assert given.json["presets"] == [{"preset": "regulator", "until": SOON}]
    house.time.advance(timedelta(days=30) - timedelta(microseconds=1))
    assert "audit.view" in (await person.get("/api/v1/permissions")).json["permissions"]
    house.time.advance(timedelta(microseconds=1))
    assert (await person.get("/api/v1/permissions")).json["permissions"] == []
    admin.proves_a_factor()
    assert (await admin.get(person.grid)).json["presets"] == [], "what has ended is not shown as held"


async def test_each_change_says_which_version_it_is_meant_for(house: houses.House) -> None:
    admin, person = await house.super_admin(), await house.person()
    body: dict[str, Any] = {"role": "staff", "presets": [], "permissions": []}
    for condition in ((), (("if-match", "*"),)):
        answer = await admin.send("PUT", person.grid, body, *condition)
        loopback.assert_problem(answer, 428, "precondition_required")
    etag = await admin.etag(person)
    assert (await admin.gives(person, "support", etag=etag)).status == 200
    loopback.assert_problem(await admin.gives(person, etag=etag), 412, "precondition_failed")
    loopback.assert_problem(await admin.gives(person, etag="W/" + await admin.etag(person)), 412, "precondition_failed")
    loopback.assert_problem(await admin.gives(person, etag=await admin.etag(admin)), 412, "precondition_failed")


async def test_of_changes_of_one_version_that_meet_one_is_made(house: houses.House) -> None:
    """All stand before the same row until the last has come."""
    admin, person = await house.super_admin(), await house.person()
    etag = await admin.etag(person)
    raw = await house.schema.superuser()
    async with raw.transaction():
        await raw.execute("SELECT FROM access_standing WHERE account = $1 FOR UPDATE", person.account)
        asked = [asyncio.create_task(admin.gives(person, "support", etag=etag)) for _ in range(6)]
        while await house.superuser.fetchval(WAITING) < len(asked):  # noqa: ASYNC110 -- PostgreSQL sends no event
            await asyncio.sleep(0.01)
    await raw.close()
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status for answer in answers) == [200] + [412] * 5
    assert len(await house.entries(model.RightsChanged)) == 1


async def test_every_change_leaves_an_entry_that_says_all(house: houses.House) -> None:
    admin, person = await house.super_admin(), await house.person()
    await admin.gives(person, {"preset": "support", "until": SOON}, permissions=["wallet.view"])
    (entry,) = await house.entries(model.RightsChanged)
    until = int((houses.NOON + timedelta(days=30)).timestamp()) * 1_000_000
    assert entry == model.RightsChanged(
        person.account,
        admin.account,
        None,
        2,
        R.STAFF,
        (model.GrantTerms("support", until), model.GrantTerms("wallet.view", 0)),
    )


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown preset": ({"presets": ["owner"]}, 400, "invalid"),
    "unknown permission": ({"permissions": ["users.delete"]}, 400, "invalid"),
    "preset as permission": ({"permissions": ["support"]}, 400, "invalid"),
    "permission as preset": ({"presets": ["users.view"]}, 400, "invalid"),
    "upper case": ({"presets": ["SUPPORT"]}, 400, "invalid"),
    "twice": ({"presets": ["support", "support"]}, 400, "given_twice"),
    "past end": ({"presets": [{"preset": "support", "until": "2026-05-04T11:59:59Z"}]}, 400, "end_date_wrong"),
    "no zone": ({"presets": [{"preset": "support", "until": "2027-05-04T11:59:59"}]}, 400, "invalid"),
    "outsider for ever": ({"presets": ["privacy_auditor"]}, 400, "end_date_wrong"),
    "outsider and more": (
        {"presets": [{"preset": "regulator", "until": SOON}], "permissions": ["users.manage"]},
        400,
        "outsider_mixed",
    ),
    "customer": ({"role": "investor", "presets": ["support"]}, 400, "role_without_permissions"),
    "unknown role": ({"role": "root"}, 400, "invalid"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_given_is_refused_and_leaves_no_trace(house: houses.House, name: str) -> None:
    admin, person = await house.super_admin(), await house.person()
    asked, status, code = REFUSED[name]
    answer = await admin.gives(
        person, *asked.get("presets", []), permissions=asked.get("permissions", []), role=asked.get("role", "staff")
    )
    loopback.assert_problem(answer, status, code)
    assert await house.entries(model.RightsChanged) == []
    assert await house.permissions(person.account) == frozenset()


@pytest.mark.parametrize(
    "more",
    [
        {"account": "00000000-0000-4000-8000-000000000000"},
        {"grid": [{"permission": "users.view", "held": True, "sources": []}]},
        {"version": 1},
        {"granted_by": None},
        {"is_admin": True},
        {"permissions.manage": True},
    ],
)
async def test_fields_that_are_not_asked_for_are_refused(house: houses.House, more: dict[str, Any]) -> None:
    admin, person = await house.super_admin(), await house.person()
    body = {"role": "staff", "presets": [], "permissions": [], **more}
    answer = await admin.send("PUT", person.grid, body, ("if-match", await admin.etag(person)))
    loopback.assert_problem(answer, 400, "invalid")
    for inner in ({"preset": "support", "granted_by": "x"}, {"preset": "support", "permissions": ["users.manage"]}):
        loopback.assert_problem(await admin.gives(person, inner), 400, "invalid")


async def test_nobody_gives_rights_to_themselves(house: houses.House) -> None:
    admin = await house.super_admin()
    for presets in ((), ("super_admin",), ("super_admin", "support")):
        loopback.assert_problem(await admin.gives(admin, *presets), 403, "own_rights")
    loopback.assert_problem(await admin.gives(admin, "super_admin", role="admin"), 403, "own_rights")


async def test_nobody_gives_what_they_do_not_hold(house: houses.House) -> None:
    clerk = await house.person(R.STAFF, model.Permission.PERMISSIONS_MANAGE, model.Permission.USERS_VIEW)
    person = await house.person()
    loopback.assert_problem(await clerk.gives(person, "support"), 403, "beyond_own_rights")
    loopback.assert_problem(await clerk.gives(person, role="admin"), 403, "beyond_own_rights")
    loopback.assert_problem(await clerk.gives(person, "super_admin"), 403, "beyond_own_rights")
    assert (await clerk.gives(person, permissions=["users.view"])).status == 200


async def test_a_change_of_somebody_who_is_not_there_is_refused(house: houses.House) -> None:
    admin = await house.super_admin()
    nobody = houses.Person(house, house.ids.ref(), "")
    loopback.assert_problem(await admin.get(nobody.grid), 404, "account_unknown")
    loopback.assert_problem(await admin.gives(nobody, etag='"x"'), 404, "account_unknown")


async def test_a_customer_becomes_staff_and_staff_a_customer_without_any_right(house: houses.House) -> None:
    admin, person = await house.super_admin(), await house.person(R.INVESTOR)
    assert (await admin.gives(person, "support")).json["role"] == "staff"
    assert (await admin.gives(person, role="investor")).json["presets"] == []
    assert await house.permissions(person.account) == frozenset()


async def test_the_last_super_admin_stays(house: houses.House) -> None:
    admin, other = await house.super_admin(), await house.super_admin()
    clerk = await house.person(R.STAFF, model.Permission.PERMISSIONS_MANAGE)
    assert (await clerk.gives(other)).status == 200
    loopback.assert_problem(await clerk.gives(admin), 409, "last_super_admin")
    loopback.assert_problem(await clerk.gives(admin, role="investor"), 409, "last_super_admin")
    await house.person(R.STAFF, P.SUPER_ADMIN, until=houses.NOON + timedelta(days=1))
    loopback.assert_problem(await clerk.gives(admin), 409, "last_super_admin")
    assert model.Permission.USERS_VIEW in await house.permissions(admin.account)


async def test_a_super_admin_who_cannot_sign_in_does_not_count(house: houses.House) -> None:
    admin, other = await house.super_admin(), await house.super_admin()
    clerk = await house.person(R.STAFF, model.Permission.PERMISSIONS_MANAGE)
    house.asleep.add(other.account)
    loopback.assert_problem(await clerk.gives(admin), 409, "last_super_admin")
    assert (await clerk.gives(other)).status == 200, "who cannot sign in may go"
    house.asleep.clear()
    loopback.assert_problem(await clerk.gives(admin), 409, "last_super_admin")


async def test_two_who_dismiss_each_other_at_once_do_not_both_succeed(house: houses.House) -> None:
    for _ in range(5):
        await house.superuser.execute("DELETE FROM access_grant")
        one, other = await house.super_admin(), await house.super_admin()
        tags = await one.etag(other), await other.etag(one)
        answers = await asyncio.gather(one.gives(other, etag=tags[0]), other.gives(one, etag=tags[1]))
        assert sorted(answer.status for answer in answers) in ([200, 403], [200, 409])
        lasting = "SELECT count(*) FROM access_grant WHERE item = 'super_admin'"
        assert await house.superuser.fetchval(lasting) == 1


async def test_many_dismissals_at_once_leave_one_super_admin(house: houses.House) -> None:
    admins = [await house.super_admin() for _ in range(6)]
    clerks = [await house.person(R.STAFF, model.Permission.PERMISSIONS_MANAGE) for _ in admins]
    tags = [await clerk.etag(admin) for clerk, admin in zip(clerks, admins, strict=True)]
    answers = await asyncio.gather(
        *(clerk.gives(admin, etag=tag) for clerk, admin, tag in zip(clerks, admins, tags, strict=True))
    )
    assert sorted(answer.status for answer in answers) == [200] * 5 + [409]


async def test_the_first_super_admins_are_two_and_come_once(house: houses.House) -> None:
    people = [await house.person(role) for role in (R.ADMIN, R.INVESTOR, R.STAFF)]
    accounts = [person.account for person in people]

    async def found(*named: Any) -> None:
        await house.db.run("test.found", lambda tx: rights.found(tx, named))

    for too_few in (accounts[:1], [accounts[0], accounts[0]]):
        with pytest.raises(errors.Invalid):
            await found(*too_few)
    with pytest.raises(rights.NotEnrolled):
        await found(accounts[0], house.ids.ref())
    await found(*accounts[:2])
    assert await house.permissions(accounts[0]) == await house.permissions(accounts[1]) == frozenset(model.Permission)
    with pytest.raises(rights.AlreadyFounded):
        await found(*accounts[1:])
    assert [entry.by for entry in await house.entries(model.RightsChanged)] == [None, None]


async def test_effective_rights_of_many_are_read_in_one_statement(
    house: houses.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await house.person(R.STAFF, preset) for preset in P if preset not in model.OUTSIDERS for _ in range(10)]
    asked: list[str] = []
    fetch = transaction.Tx.fetch

    async def counted(self: transaction.Tx, statement: Any, *args: object, **values: object) -> Any:
        asked.append(str(statement))
        return await fetch(self, statement, *args, **values)

    monkeypatch.setattr(transaction.Tx, "fetch", counted)
    accounts = [person.account for person in people]
    found = await house.db.run("test.many", lambda tx: rights.effective(tx, accounts, house.time.now()))
    assert (len(found), len(asked)) == (70, 1)


async def test_enrolling_again_changes_nothing(house: houses.House) -> None:
    person = await house.person(R.STAFF, P.SUPPORT)
    await house.db.run("test.enrol", lambda tx: rights.enrol(tx, person.account, R.ADMIN))
    told = await house.db.run("test.shown", lambda tx: rights.shown(tx, person.account))
    assert (told.role, len(await house.entries(model.Enrolled))) == (R.STAFF, 1)
