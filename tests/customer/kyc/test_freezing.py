"""A late rejection: every step once, in order, whatever is killed; and only two people lift it."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

import pytest

from boundary.kernel.runtime import transaction
from boundary.wire import frame, messages, to_execution, words
from customer_stack.access import model as access_model
from customer_stack.gate.service import outbound
from customer_stack.kyc import jobs, model
from customer_stack.kyc.adapters import opening
from customer_stack.kyc.model import entries
from customer_stack.kyc.service import freezing, promises
from tests.customer.kyc import house as houses
from tests.customer.kyc import running_saga
from tests.customer.kyc.test_flow import stocked
from tests.customer.kyc.test_hooks import Bench, bench

__all__ = ["bench"]
ROOT = Path(__file__).resolve().parents[3]
STEPS = ["account", "quotes", "intents", "participant", "case"]


async def frozen(bench: Bench) -> houses.Customer:
    """Somebody who was let in, has a reference, and is rejected now."""
    await stocked(bench.house)
    customer, application = await bench.approved()
    await bench.house.work()
    assert await bench.hear(bench.red(application)) == [200]
    return customer


async def steps(bench: Bench) -> list[str]:
    return [row[0] for row in await bench.house.rows("SELECT name FROM kyc_saga_step ORDER BY at")]


async def said(bench: Bench) -> list[messages.Message]:
    """What leaves for the execution stack, in order."""
    found: list[messages.Message] = []
    while core := (await bench.house.run(lambda tx: outbound.turn(tx, bench.house.channel))).core:
        found += messages.decode_body(core.body, frame.Direction.TO_EXECUTION)
    return found


async def test_every_step_is_done_in_order_and_audited(bench: Bench) -> None:
    customer = await frozen(bench)
    assert await steps(bench) == ["account"], "the account is frozen with the news, before any job runs"
    await bench.house.work()
    assert set(await steps(bench)) == {"account", "participant", "case"}
    done = await bench.house.access.entries(entries.SagaStepDone)
    assert [each.step for each in done] == ["account", "participant", "case"]
    assert len(await bench.house.access.entries(entries.SagaDone)) == 1
    status = [each for each in await said(bench) if isinstance(each, to_execution.SetParticipantStatus)]
    assert [each.status for each in status] == [words.ParticipantStatus.ELIGIBLE, words.ParticipantStatus.FROZEN]
    assert {each.level for each in status} == {words.Level.ONE}
    [[subject]] = await bench.house.rows("SELECT subject FROM opened_case")
    assert subject == customer.account


async def test_without_a_reference_nothing_is_said_and_none_is_attached_to_who_is_frozen(bench: Bench) -> None:
    customer, application = await bench.approved()
    await bench.hear(bench.red(application))
    await stocked(bench.house)
    await bench.house.work()
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await said(bench) == []
    assert await bench.house.rows("SELECT 1 FROM channel_reference WHERE subject = $1", customer.account) == []
    assert len(await bench.house.rows("SELECT 1 FROM opened_case")) == 1


async def test_a_step_that_fails_is_taken_up_again_and_nothing_before_it_is_repeated(bench: Bench) -> None:
    await frozen(bench)

    class Failing:
        name = "participant"

        async def apply(self, tx: transaction.Tx, account: UUID, saga: UUID) -> None:
            await tx.execute("INSERT INTO cancelled VALUES ('half', $1)", saga)
            raise RuntimeError

    good = bench.house.shop.steps
    [[saga]] = await bench.house.rows("SELECT id FROM kyc_saga")
    bench.house.shop = bench.house.shop._replace(steps=(good[0], Failing(), good[2]))
    with pytest.raises(RuntimeError):
        await bench.house.handlers.run_saga(bench.house.worker, promises.RunSaga(saga))
    assert await steps(bench) == ["account"]
    assert await bench.house.rows("SELECT 1 FROM cancelled") == []
    bench.house.shop = bench.house.shop._replace(steps=good)
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert len(await bench.house.rows("SELECT 1 FROM opened_case")) == 1
    assert len([each for each in await said(bench) if isinstance(each, to_execution.SetParticipantStatus)]) == 2


async def test_a_freeze_that_cannot_go_on_keeps_nobody_else_waiting(bench: Bench) -> None:
    """As long as nobody opens cases, the freeze stands, stays unfinished, and cannot be lifted."""
    customer = await frozen(bench)
    time, random = bench.house.time, bench.house.api.ids
    made = freezing.steps(bench.house.shop.outbound, opening.Caseless(), (), time, random)
    bench.house.shop = bench.house.shop._replace(steps=made)
    await bench.house.access.superuser.execute("DELETE FROM job")  # what the runner has given up
    bench.house.screening.answer = model.ScreenState.PENDING
    _, other = await bench.applied(document=houses.FORM["document"] | {"number": houses.nic(5)})
    await bench.hear(bench.vendor.reviews(other, "GREEN"))
    bench.house.screening.answer = model.ScreenState.CLEAR
    await bench.house.handlers.follow(bench.house.worker, jobs.Follow())
    assert await bench.house.state(other) == "approved"
    assert await steps(bench) == ["account", "participant"]
    assert (await bench.house.standing(customer.account)).frozen


@pytest.mark.parametrize("point", [*((step, "within") for step in STEPS[1:]), ("participant", "after")])
async def test_killed_at_every_point_the_rest_is_done_once_after_a_restart(
    bench: Bench, point: tuple[str, str]
) -> None:
    customer = await frozen(bench)
    [[saga]] = await bench.house.rows("SELECT id FROM kyc_saga")
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.customer.kyc.running_saga", bench.house.access.schema.url("customer_worker")),
        *(str(saga), str(bench.house.channel), *point),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    try:
        assert await running.stdout.readline() == b"here\n"
    finally:
        running.kill()
        await running.communicate()
    assert running.returncode == -9
    before = STEPS.index(point[0]) + (point[1] == "after")
    assert sorted(await steps(bench)) == sorted(STEPS[:before])

    db = await bench.house.access.schema.connect("customer_worker", size=2)
    await running_saga.run(db, saga, bench.house.channel)
    await running_saga.run(db, saga, bench.house.channel)
    await db.close()
    assert sorted(await steps(bench)) == sorted(STEPS)
    assert len(await bench.house.rows("SELECT 1 FROM opened_case")) == 1
    assert len(await bench.house.rows("SELECT 1 FROM cancelled")) == 2
    frozen_there = [
        each
        for each in await said(bench)
        if isinstance(each, to_execution.SetParticipantStatus) and each.status is words.ParticipantStatus.FROZEN
    ]
    assert len(frozen_there) == 1
    assert [each.step for each in await bench.house.access.entries(entries.SagaStepDone)] == STEPS
    assert len(await bench.house.access.entries(entries.SagaDone)) == 1
    assert (await bench.house.standing(customer.account)).frozen


async def test_two_workers_at_once_do_every_step_once(bench: Bench) -> None:
    await frozen(bench)
    [[saga]] = await bench.house.rows("SELECT id FROM kyc_saga")
    job = promises.RunSaga(saga)
    await asyncio.gather(*(bench.house.handlers.run_saga(bench.house.worker, job) for _ in range(10)))
    assert len(await bench.house.access.entries(entries.SagaStepDone)) == 3
    assert len(await bench.house.rows("SELECT 1 FROM opened_case")) == 1


async def test_unfreezing_takes_two_and_waits_for_the_end_of_the_freeze(bench: Bench) -> None:
    customer = await frozen(bench)
    preset = access_model.Preset.COMPLIANCE_OFFICER
    one, two = await bench.house.officer(preset), await bench.house.officer(preset)
    path = f"/api/v1/admin/kyc/accounts/{customer.account}/unfreeze"
    kyc_officer = await bench.house.officer()
    assert (await kyc_officer.send("POST", path)).status == 403
    proposed = await one.send("POST", path)
    assert proposed.status == 202, proposed
    digest = proposed.json["proposal"]
    assert (await one.approves(digest)).code == "second_person_required"
    assert (await two.approves(digest)).code == "kyc_freeze_not_finished"
    await bench.house.work()
    assert (await two.approves(digest)).status == 200
    standing = await bench.house.standing(customer.account)
    assert (standing.frozen, standing.state) == (False, model.StandingState.REJECTED)
    assert (await one.send("POST", path)).code == "kyc_not_frozen"
    await bench.house.work()
    last = [each for each in await said(bench) if isinstance(each, to_execution.SetParticipantStatus)][-1]
    assert last.status is words.ParticipantStatus.FROZEN, "who is rejected stays frozen over there"


async def test_who_is_let_in_again_and_unfrozen_is_admitted_over_there(bench: Bench) -> None:
    customer = await frozen(bench)
    await bench.house.work()
    [[application]] = await bench.house.rows("SELECT id FROM kyc_application")
    first, second = await bench.house.officer(), await bench.house.officer()
    admin = f"/api/v1/admin/kyc/applications/{application}"
    tag = (await first.get(admin)).header("etag") or ""
    wanted = {"approve": True, "reason": "other"}
    proposed = await first.send("POST", f"{admin}/override", wanted, ("if-match", tag))
    assert (await second.approves(proposed.json["proposal"])).status == 200
    assert (await bench.house.standing(customer.account)).frozen, "an override of the decision lifts no freeze"
    preset = access_model.Preset.COMPLIANCE_OFFICER
    one, two = await bench.house.officer(preset), await bench.house.officer(preset)
    digest = (await one.send("POST", f"/api/v1/admin/kyc/accounts/{customer.account}/unfreeze")).json["proposal"]
    assert (await two.approves(digest)).status == 200
    await bench.house.work()
    status = [each.status for each in await said(bench) if isinstance(each, to_execution.SetParticipantStatus)]
    eligible, frozen_ = words.ParticipantStatus.ELIGIBLE, words.ParticipantStatus.FROZEN
    assert status == [eligible, frozen_, eligible]
    standing = await bench.house.standing(customer.account)
    assert (standing.level, standing.frozen) == (1, False)


def test_steps_of_others_stand_between_the_account_and_the_wall() -> None:
    order = [each.name for each in running_saga.steps(UUID(int=1))]
    assert order == STEPS
    assert (order[0], order[-2], order[-1]) == (freezing.ACCOUNT, freezing.PARTICIPANT, freezing.CASE)
