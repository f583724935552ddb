"""What takes two people: over HTTP, on a real database, raced, expired, altered, and done exactly once."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from boundary.kernel import errors, records
from boundary.kernel.runtime import transaction
from customer_stack.access import jobs, model, ports, rules
from customer_stack.access.service import proposals
from tests.boundary.kernel.runtime import loopback
from tests.boundary.kernel.runtime.conftest import Log
from tests.customer.access import house as houses

P, R, S = model.Preset, model.Role, model.ProposalState
USERS = model.Permission.USERS_MANAGE


class Rename(model.Act, frozen=True, tag="test.rename.v1"):
    """An act of these tests."""

    number: int


class Renames(ports.Executes):
    """Counts what it did in a table that is there for everybody: the outbox."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.plan: Exception | None = None

    async def __call__(self, tx: transaction.Tx, act: Rename, approval: ports.Approval) -> None:
        self.done.append((act.number, approval))
        await tx.execute("INSERT INTO outbox (payload) VALUES ($1)", records.encode(act))
        if self.plan:
            raise self.plan


async def effects(house: houses.House) -> int:
    return int(await house.superuser.fetchval("SELECT count(*) FROM outbox"))


async def proposed(
    house: houses.House, by: houses.Person, number: int = 1, life: timedelta = proposals.LIFE
) -> model.Proposal:
    caller = by.caller(permissions=frozenset(model.Permission))
    return await house.db.run(
        "test.propose",
        lambda tx: proposals.propose(tx, caller, Rename(number), USERS, house.time.now(), house.ids, life=life),
    )


@pytest.fixture
def renames(house: houses.House) -> Renames:
    found = Renames()
    house.inner.state["executors"] = {Rename: found}
    return found


@pytest.fixture
async def two(house: houses.House) -> tuple[houses.Person, houses.Person]:
    return await house.super_admin(), await house.super_admin()


async def state(house: houses.House, proposal: model.Proposal) -> str:
    return str(await house.superuser.fetchval("SELECT state FROM access_proposal WHERE hash = $1", proposal.hash))


# ---- the one real thing that takes two so far: handing out rights


async def test_making_a_super_admin_is_proposed_and_done_by_the_second_person(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    one, other = two
    person = await house.person()
    answer = await one.gives(person, "super_admin")
    assert answer.status == 202
    assert (answer.json["kind"], answer.json["state"]) == ("access.change_rights.v1", "open")
    assert answer.json["act"] == {
        "account": str(person.account),
        "version": 1,
        "role": "staff",
        "grants": [["super_admin", 0]],
    }
    assert await house.permissions(person.account) == frozenset()
    loopback.assert_problem(await one.approves(answer.json["hash"]), 403, "second_person_required")
    done = await other.approves(answer.json["hash"])
    assert (done.status, done.json["state"], done.json["decided_by"]) == (200, "executed", str(other.account))
    assert await house.permissions(person.account) == frozenset(model.Permission)
    (entry,) = await house.entries(model.RightsChanged)
    assert (entry.by, entry.approved_by, entry.version) == (one.account, other.account, 2)
    assert [type(each) for each in await house.entries(model.Proposed)] == [model.Proposed]
    (decided,) = await house.entries(model.ProposalDecided)
    assert (decided.hash.hex(), decided.state, decided.by) == (answer.json["hash"], S.EXECUTED, other.account)


async def test_the_permission_to_hand_out_rights_takes_two_however_it_is_given(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    person = await house.person()
    assert (await two[0].gives(person, permissions=["permissions.manage"])).status == 202
    assert (await two[0].gives(person, "super_admin", "support")).status == 202
    assert await house.permissions(person.account) == frozenset()


async def test_rights_that_changed_meanwhile_are_not_overwritten(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    one, other = two
    person = await house.person()
    digest = (await one.gives(person, "super_admin")).json["hash"]
    assert (await one.gives(person, "support")).status == 200
    loopback.assert_problem(await other.approves(digest), 409, "rights_changed_since")
    assert (await other.get(f"/api/v1/admin/proposals/{digest}")).json["state"] == "open"


async def test_who_is_to_gain_by_it_cannot_be_the_second_person(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    clerk = await house.person(R.STAFF, model.Permission.PERMISSIONS_MANAGE)
    digest = (await two[0].gives(clerk, "super_admin")).json["hash"]
    loopback.assert_problem(await clerk.approves(digest), 403, "own_rights")
    assert await house.permissions(clerk.account) == {model.Permission.PERMISSIONS_MANAGE}


# ---- any act


async def test_an_approval_does_the_act_once_in_its_own_transaction(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    proposal = await proposed(house, two[0])
    assert (await two[1].approves(proposal.hash.hex())).status == 200
    assert renames.done == [(1, ports.Approval(proposal.hash, two[0].account, two[1].account))]
    again = await two[1].approves(proposal.hash.hex())
    loopback.assert_problem(again, 409, "illegal_transition")
    assert (await effects(house), await state(house, proposal)) == (1, "executed")


async def test_of_a_hundred_approvals_at_once_one_has_an_effect(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    people = [two[1], *[await house.super_admin() for _ in range(3)]]
    proposal = await proposed(house, two[0])
    answers = await asyncio.gather(*(people[n % 4].approves(proposal.hash.hex()) for n in range(100)))
    assert sorted(answer.status for answer in answers) == [200] + [409] * 99
    assert {answer.code for answer in answers if answer.status == 409} == {"illegal_transition"}
    assert await effects(house) == 1
    assert len(await house.entries(model.ProposalDecided)) == 1


async def test_of_approval_rejection_and_withdrawal_at_once_one_wins(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    for number in range(10):
        before = await effects(house)
        proposal = await proposed(house, two[0], number)
        path = f"/api/v1/admin/proposals/{proposal.hash.hex()}"
        answers = await asyncio.gather(
            two[1].send("POST", f"{path}/approve"),
            two[1].send("POST", f"{path}/reject"),
            two[0].send("POST", f"{path}/withdraw"),
        )
        assert sorted(answer.status for answer in answers) == [200, 409, 409]
        assert await effects(house) - before == (await state(house, proposal) == "executed")


async def test_an_act_that_cannot_be_done_leaves_the_proposal_open(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    proposal = await proposed(house, two[0])
    renames.plan = errors.Conflict("not now")
    loopback.assert_problem(await two[1].approves(proposal.hash.hex()), 409, "conflict")
    assert (await effects(house), await state(house, proposal)) == (0, "open")
    renames.plan = None
    assert (await two[1].approves(proposal.hash.hex())).status == 200


async def test_an_act_that_this_process_does_not_know_is_left_for_one_that_does(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    proposal = await proposed(house, two[0])
    loopback.assert_problem(await two[1].approves(proposal.hash.hex()), 503, "act_unknown")
    assert await state(house, proposal) == "open"


async def test_rejected_and_withdrawn_proposals_stay_so(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    one, other = two
    for word, person, ended in (("reject", other, "rejected"), ("withdraw", one, "withdrawn")):
        proposal = await proposed(house, one)
        path = f"/api/v1/admin/proposals/{proposal.hash.hex()}"
        wrong = await (one if person is other else other).send("POST", f"{path}/{word}")
        loopback.assert_problem(wrong, 403, "second_person_required")
        assert (await person.send("POST", f"{path}/{word}")).json["state"] == ended
        loopback.assert_problem(await other.approves(proposal.hash.hex()), 409, "illegal_transition")
    assert await effects(house) == 0


async def test_both_have_just_proved_a_factor(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    one, other = two
    proposal = await proposed(house, one)
    house.time.advance(timedelta(minutes=6))
    loopback.assert_problem(await other.approves(proposal.hash.hex()), 403, "step_up_required")
    caller = one.caller(permissions=frozenset(model.Permission), factor_at=houses.NOON)
    with pytest.raises(rules.StepUpRequired):
        await house.db.run(
            "test.propose",
            lambda tx: proposals.propose(tx, caller, Rename(2), USERS, house.time.now(), house.ids),
        )
    other.proves_a_factor()
    assert (await other.approves(proposal.hash.hex())).status == 200


async def test_who_proposed_must_still_be_allowed_to(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    one, other = two
    proposal = await proposed(house, one)
    assert (await other.gives(one)).status == 200
    loopback.assert_problem(await other.approves(proposal.hash.hex()), 409, "proposer_lapsed")
    assert (await one.send("POST", f"/api/v1/admin/proposals/{proposal.hash.hex()}/withdraw")).status == 200
    assert await effects(house) == 0


async def test_who_was_just_dismissed_approves_nothing_with_the_rights_of_before(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    one, other = two
    proposal = await proposed(house, one)
    caller = other.caller(permissions=frozenset(model.Permission))
    assert (await one.gives(other)).status == 200
    with pytest.raises(errors.Forbidden):
        await house.db.run(
            "test.approve",
            lambda tx: proposals.approve(tx, caller, proposal.hash, house.time.now(), {Rename: renames}),
        )
    assert await effects(house) == 0


async def test_time_ends_a_proposal_before_and_after_the_sweep(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    one, other = two
    proposal, longer = await proposed(house, one, life=timedelta(hours=1)), await proposed(house, one)
    house.time.advance(timedelta(hours=1))
    other.proves_a_factor()
    loopback.assert_problem(await other.approves(proposal.hash.hex()), 409, "proposal_expired")
    worker = await house.schema.connect("customer_worker")
    for _ in range(2):
        await worker.run("test.sweep", lambda tx: jobs.Handlers(house.time).sweep(tx, jobs.Sweep()))
    await worker.close()
    assert (await state(house, proposal), await state(house, longer)) == ("expired", "open")
    loopback.assert_problem(await other.approves(proposal.hash.hex()), 409, "illegal_transition")
    (entry,) = await house.entries(model.ProposalDecided)
    assert entry == model.ProposalDecided(proposal.hash, S.EXPIRED, None)
    assert await effects(house) == 0


@pytest.mark.parametrize(
    "change",
    [
        "payload = $2",
        "needs = 'audit.view'",
        "proposer = '00000000-0000-4000-8000-000000000000'",
        "expires_at = expires_at + interval '1 day'",
        "nonce = '00000000-0000-4000-8000-000000000000'",
    ],
)
async def test_what_was_altered_under_its_hash_is_not_done_and_stands_in_the_log(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames, change: str, log: Log
) -> None:
    proposal = await proposed(house, two[0])
    await house.superuser.execute(
        f"UPDATE access_proposal SET {change} WHERE hash = $1"
        + (" AND $2::bytea IS NOT NULL" if "$2" not in change else ""),
        proposal.hash,
        records.encode(Rename(2)),
    )
    loopback.assert_problem(await two[1].approves(proposal.hash.hex()), 409, "proposal_altered")
    assert len(log.lines("access.proposal_altered")) == 1
    assert await effects(house) == 0


async def test_the_process_itself_cannot_rewrite_what_was_proposed(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    await proposed(house, two[0])
    for column in ("payload", "needs", "proposer", "expires_at", "nonce", "hash"):
        with pytest.raises(Exception, match="permission denied"):
            await house.db.run(
                "test.rewrite", lambda tx, name=column: tx.execute(f"UPDATE access_proposal SET {name} = {name}")
            )


async def test_a_repeated_approval_with_its_key_gets_the_same_answer(
    house: houses.House, two: tuple[houses.Person, houses.Person], renames: Renames
) -> None:
    proposal = await proposed(house, two[0])
    key = ("idempotency-key", "once-and-for-all")
    first = await two[1].approves(proposal.hash.hex(), key)
    second = await two[1].approves(proposal.hash.hex(), key)
    assert (first.status, first.body) == (second.status, second.body)
    assert (first.header("idempotent-replayed"), second.header("idempotent-replayed")) == (None, "true")
    other = await proposed(house, two[0], 2)
    loopback.assert_problem(await two[1].approves(other.hash.hex(), key), 409, "idempotency_key_reused")
    assert await effects(house) == 1


# ---- who sees what


async def test_pages_hold_every_proposal_once_newest_first(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    made = []
    for number in range(7):
        made.append((await proposed(house, two[0], number)).hash.hex())
        house.time.advance(timedelta(seconds=number % 2))  # some have the same moment
    seen: list[dict[str, Any]] = []
    path = "/api/v1/admin/proposals?limit=3&state=open"
    sizes = []
    cursor = ""
    while True:
        page = (await two[1].get(path + cursor)).json
        sizes.append(len(page["items"]))
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sizes == [3, 3, 1]
    assert sorted(each["hash"] for each in seen) == sorted(made)
    moments = [each["proposed_at"] for each in seen]
    assert moments == sorted(moments, reverse=True)
    other = await two[1].get(path.replace("open", "expired") + cursor)
    loopback.assert_problem(other, 400, "invalid_cursor")
    assert (await two[1].get("/api/v1/admin/proposals?state=expired")).json == {"items": [], "next": None}


async def test_one_sees_what_one_may_decide_or_has_proposed(
    house: houses.House, two: tuple[houses.Person, houses.Person]
) -> None:
    proposal = await proposed(house, two[0])
    path = f"/api/v1/admin/proposals/{proposal.hash.hex()}"
    clerk = await house.person(R.STAFF, P.SUPPORT)
    nothing = f"/api/v1/admin/proposals/{uuid.UUID(int=1).hex * 2}"
    for answer in (await clerk.get(path), await two[1].get(nothing), await two[1].get(path.upper()[:26] + "F" * 64)):
        loopback.assert_problem(answer, 404, "not_found")
    for word in ("approve", "reject", "withdraw"):
        loopback.assert_problem(await clerk.send("POST", f"{path}/{word}"), 404, "not_found")
    assert (await clerk.get("/api/v1/admin/proposals")).json["items"] == []
    assert (await two[0].get(path)).json == (await two[1].get(path)).json
    admin = await house.person(R.ADMIN)  # its role brings users.manage
    assert len((await admin.get("/api/v1/admin/proposals")).json["items"]) == 1
