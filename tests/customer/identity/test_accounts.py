"""What staff do with accounts, and what other capabilities ask of them, through the service."""

import asyncio
from typing import Any

import pytest

from boundary.kernel import errors, records, states
from customer_stack.access import model as access
from customer_stack.identity.model import accounts, entries, notices, refusals
from customer_stack.identity.service import accounts as service
from tests.customer.identity import house as houses

SECURITY = accounts.Reason.SECURITY


async def run(house: houses.House, work: Any) -> Any:
    return await house.db.run("test.accounts", work)


async def test_an_account_is_found_by_its_whole_address_or_number(house: houses.House) -> None:
    member, _ = await house.person("amara"), await house.person("other")
    for how in ({"email": member.email}, {"phone": member.phone}):
        (found,) = await run(house, lambda tx, how=how: service.find(tx, house.identity, **how))
        assert (found.id, found.email, found.phone, found.role) == (
            member.account, member.email, member.phone, access.Role.INVESTOR,
        )  # fmt: skip
    assert await run(house, lambda tx: service.find(tx, house.identity, email="amara")) == []
    with pytest.raises(errors.Invalid):
        await run(house, lambda tx: service.find(tx, house.identity))


async def test_suspending_tells_audits_and_is_undone_by_reinstating(house: houses.House) -> None:
    member, actor = await house.member("amara"), house.random.ref()
    held = await run(house, lambda tx: service.suspend(tx, house.identity, member.account, SECURITY, actor=actor))
    assert (held.state, held.reason, held.revision) == (accounts.State.SUSPENDED, SECURITY, 2)
    assert (await member.sign_in()).status == 401
    back = await run(house, lambda tx: service.reinstate(tx, house.identity, member.account, actor=actor))
    assert (back.state, back.reason) == (accounts.State.ACTIVE, None)
    assert (await member.sign_in()).status == 200
    assert notices.Notice.SUSPENDED in house.postbox.told(member.account)
    found = [records.decode(each, records.Entry) for each in await house.entries()]
    changed = [(each.state, each.reason) for each in found if isinstance(each, entries.StateChanged)]
    assert changed == [("active", ""), ("suspended", "security"), ("active", "")]


async def test_of_ten_suspensions_at_once_one_happens(house: houses.House) -> None:
    member = await house.person("amara")
    done = await asyncio.gather(
        *(
            run(house, lambda tx: service.suspend(tx, house.identity, member.account, SECURITY, actor=member.account))
            for _ in range(10)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, accounts.Profile) for each in done) == 1
    assert sum(isinstance(each, states.IllegalTransition) for each in done) == 9


async def test_a_decision_about_an_older_state_is_refused(house: houses.House) -> None:
    member = await house.person("amara")
    with pytest.raises(refusals.ChangedSince):
        await run(
            house,
            lambda tx: service.suspend(tx, house.identity, member.account, SECURITY, actor=member.account, revision=0),
        )


async def test_a_closed_account_is_the_end_and_its_address_is_free(house: houses.House) -> None:
    member = await house.person("amara")
    await run(
        house,
        lambda tx: service.close(
            tx, house.identity, member.account, accounts.Reason.CUSTOMER_REQUEST, actor=member.account
        ),
    )
    assert (await member.sign_in()).status == 401
    with pytest.raises(states.IllegalTransition):
        await run(house, lambda tx: service.reinstate(tx, house.identity, member.account, actor=member.account))
    again = await house.member("amara")
    assert again.account != member.account


async def test_an_unknown_account_is_not_found(house: houses.House) -> None:
    nobody = house.random.ref()
    for work in (
        lambda tx: service.profile(tx, house.identity, nobody),
        lambda tx: service.force_sign_out(tx, house.identity, nobody),
        lambda tx: service.suspend(tx, house.identity, nobody, SECURITY, actor=nobody),
    ):
        with pytest.raises(errors.NotFound):
            await run(house, work)
    assert await run(house, lambda tx: service.reach(tx, house.identity.vault, nobody)) is None


async def appoint(house: houses.House, email: str = "staff@people.example") -> Any:
    wanted = service.Appointment(email, "+94712223334", access.Role.STAFF, "en")
    return await run(house, lambda tx: service.appoint(tx, house.identity, wanted, actor=None))


async def test_somebody_is_appointed_sets_a_password_and_enrols_before_anything_else(house: houses.House) -> None:
    number = await appoint(house)
    worker = house.visitor()
    worker.email, worker.phone, worker.registration = "staff@people.example", "+94712223334", str(number)
    assert (await worker.sign_in()).status == 401
    token = house.postbox.last(worker.email, notices.Purpose.INVITATION)
    body = {"token": token, "password": worker.password}
    assert (await worker.post("/api/v1/password-resets/redeem", body)).status == 204
    assert (await worker.sign_in()).json["enrolment_required"] is True
    assert (await worker.get("/api/v1/me")).code == "enrolment_required"
    await worker.enrol()
    assert (await worker.get("/api/v1/me")).json["role"] == "staff"


async def test_an_address_is_appointed_once(house: houses.House) -> None:
    await appoint(house)
    with pytest.raises(refusals.AddressTaken):
        await appoint(house)


async def test_reach_tells_verified_addresses_alone(house: houses.House) -> None:
    visitor = house.visitor()
    await visitor.register(language="si")
    await visitor.verify("sms")
    found = await run(house, lambda tx: service.reach(tx, house.identity.vault, visitor.account))
    assert (found.email, found.phone, found.language) == (None, visitor.phone, "si")


async def test_members_come_in_pages_without_pending_and_closed_ones(house: houses.House) -> None:
    numbers = sorted([(await house.person(name)).account for name in ("one", "two", "three")])
    await house.visitor().register()
    role, now = access.Role.INVESTOR, house.time.now()

    async def page(after: Any) -> Any:
        return await run(house, lambda tx: service.members(tx, role=role, registered_by=now, after=after, limit=2))

    first = await page(None)
    second = await page(first[-1])
    assert [*first, *second, *await page(second[-1])] == numbers


async def test_an_erased_subject_is_left_out_of_lists(house: houses.House) -> None:
    member, other = await house.person("amara"), await house.person("other")
    superuser_vault = house.identity.vault
    worker = await house.schema.connect("customer_worker")
    await worker.run("test.shred", lambda tx: superuser_vault.shred(tx, member.account, reason=houses.REQUEST))
    await worker.close()
    found = await run(house, lambda tx: service.profiles(tx, house.identity, [member.account, other.account]))
    assert found.keys() == {other.account}
    assert await run(house, lambda tx: service.find(tx, house.identity, email=member.email)) == []


async def test_who_can_sign_in_is_told_for_many_at_once(house: houses.House) -> None:
    one, other = await house.member("amara"), await house.member("ruwan")
    pending = house.visitor()
    pending.email, pending.phone = "late@people.example", houses.number("late")
    await pending.register()
    numbers = [one.account, other.account, pending.account, house.random.ref()]

    async def told() -> Any:
        return await run(house, lambda tx: service.active(tx, numbers))

    assert await told() == {one.account, other.account}
    await run(house, lambda tx: service.suspend(tx, house.identity, other.account, SECURITY, actor=one.account))
    assert await told() == {one.account}
