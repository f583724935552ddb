"""What clearance holds up: money that came is kept and not shown, money that should go is not held, until staff decide."""

import asyncio
import io
from collections.abc import Iterator
from uuid import UUID

import pytest

from boundary.kernel.runtime import telemetry, transaction
from customer_stack.access import ports as access_ports
from customer_stack.ledger import model as ledger
from customer_stack.payments.model import beneficiaries as payees
from customer_stack.payments.model import deposits as model
from customer_stack.payments.model import entries, payouts
from customer_stack.payments.model.deposits import State as Came
from customer_stack.payments.model.payouts import Resolution, State
from customer_stack.payments.service import (
    beneficiaries,
    deciding,
    deposits,
    hearing,
    reconsidering,
    returning,
    sending,
    withdrawals,
    working,
)
from customer_stack.payments.simulators.providers.server import Fate
from tests.customer.payments.conftest import IBANS, House
from tests.customer.payments.test_deposits import entry, reference, statement, taken

SOMEBODY, OTHER = UUID(int=71), UUID(int=72)
FEE = 5_00


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    telemetry.configure("tests", stream=stream)
    yield stream
    telemetry.configure("tests")


async def look_again(house: House) -> None:
    await reconsidering.due(house.db, house.pay, 60)


async def waiting(house: House) -> model.Deposit:
    (found,) = await house.db.read("t", lambda tx: deposits.suspense(tx, None, 9))
    return found


async def executed(house: House, act: object) -> None:
    approval = access_ports.Approval(bytes(32), SOMEBODY, OTHER)
    await house.db.run("t", lambda tx: deciding.Execute(house.pay)(tx, act, approval))


# ---- deposits


async def test_a_deposit_under_review_is_kept_unseen_and_credited_when_it_is_released(
    house: House, log: io.StringIO
) -> None:
    one = await house.customer(amount=1)
    house.clearance.reviewed.add(one)
    await taken(house, statement([entry(await reference(house, one))]))
    found = await waiting(house)
    assert (found.why, found.account, found.intended) == ("clearance", None, one)
    assert await house.balance(one) == (1, 0)
    assert await house.db.read("t", lambda tx: deposits.listed(tx, one, None, 9)) == []
    assert "payments.deposit_held_up" in log.getvalue()
    await look_again(house)
    assert await house.balance(one) == (1, 0)
    house.clearance.decided[found.id] = "released"
    await asyncio.gather(*(look_again(house) for _ in range(5)))
    assert await house.balance(one) == (1251, 0)
    assert [each.id for each in house.clearance.seen] == [found.id, found.id]
    assert len(await house.entries(entries.DepositCleared)) == 1
    assert await house.house(ledger.Kind.SUSPENSE) == 0
    await house.verified()


@pytest.mark.parametrize("decided", [False, True])
async def test_a_deposit_that_is_refused_stays_for_finance_to_send_back(house: House, *, decided: bool) -> None:
    one = await house.customer(amount=1)
    (house.clearance.reviewed if decided else house.clearance.refused).add(one)
    await taken(house, statement([entry(await reference(house, one))]))
    found = await waiting(house)
    if decided:
        house.clearance.decided[found.id] = "refused"
        await look_again(house)
        found = await waiting(house)
    assert (found.why, found.intended) == ("clearance_refused", one)
    await executed(house, entries.ReleaseDeposit(found.id, one))
    assert (await waiting(house)).state is Came.SUSPENSE
    assert await house.balance(one) == (1, 0)
    house.clearance.refused.clear()
    house.clearance.reviewed.clear()
    await executed(house, entries.ReleaseDeposit(found.id, one))
    assert await house.balance(one) == (1251, 0)


async def test_finance_credits_nobody_whom_clearance_would_not(house: House) -> None:
    one = await house.customer(amount=1)
    await taken(house, statement([entry("rent")]))
    found = await waiting(house)
    house.clearance.reviewed.add(one)
    await executed(house, entries.ReleaseDeposit(found.id, one))
    assert (await waiting(house)).why == "clearance"
    house.clearance.decided[found.id] = "released"
    await look_again(house)
    assert await house.balance(one) == (1251, 0)


# ---- withdrawals


async def test_a_customer_hears_no_more_of_the_reasons_than_may_be_told(house: House) -> None:
    one = await house.customer()
    house.clearance.refused.add(one)
    made = await house.withdraw(one, await house.beneficiary(one))
    assert (made.state, made.reason) == (State.REFUSED, "limit_day")
    for written in await house.entries(entries.WithdrawalMoved):
        assert "monitoring" not in written.code


async def test_clearance_is_told_who_sends_and_who_receives(house: House) -> None:
    one = await house.customer()
    await house.withdraw(one, await house.beneficiary(one))
    travel = house.clearance.seen[-1].travel
    assert travel is not None
    assert (travel.originator.name, travel.originator.address) == ("Grace Example", "1 Example Road, Colombo, LK")
    assert travel.originator.account
    assert (travel.beneficiary.name, travel.beneficiary.account) == ("Ada Example", IBANS[0])


async def test_a_withdrawal_under_review_holds_nothing_and_goes_when_it_is_released(house: House) -> None:
    one = await house.customer()
    payee = await house.beneficiary(one)
    house.clearance.reviewed.add(one)
    made = await house.withdraw(one, payee)
    assert (made.state, made.reason) == (State.UNDER_REVIEW, "")
    assert await house.balance(one) == (1_000_00, 0)
    await look_again(house)
    house.clearance.decided[made.id] = "released"
    await asyncio.gather(*(look_again(house) for _ in range(5)))
    assert (await house.show(made.id)).state is State.QUEUED
    assert await house.balance(one) == (1_000_00, 100_00 + FEE)
    assert (await house.send(made.id)).state is State.SUBMITTED
    await house.verified()


async def test_a_withdrawal_that_staff_refuse_or_nobody_can_pay_any_more_is_over(house: House) -> None:
    one = await house.customer(amount=150_00)
    payee = await house.beneficiary(one)
    house.clearance.reviewed.add(one)
    no, first, second = [await house.withdraw(one, payee) for _ in range(3)]
    house.clearance.decided |= {no.id: "refused", first.id: "released", second.id: "released"}
    await look_again(house)
    states = [(each.state, each.reason) for each in [await house.show(made.id) for made in (no, first, second)]]
    assert states == [
        (State.REFUSED, "not_allowed"),
        (State.QUEUED, ""),
        (State.REFUSED, "withdrawal_exceeds_available"),
    ]
    assert await house.balance(one) == (150_00, 100_00 + FEE)


async def test_a_withdrawal_under_review_can_be_cancelled_by_its_owner(house: House) -> None:
    one = await house.customer()
    house.clearance.reviewed.add(one)
    made = await house.withdraw(one, await house.beneficiary(one))
    await house.db.run("t", lambda tx: withdrawals.cancel(tx, house.pay, one, made.id))
    house.clearance.decided[made.id] = "released"
    await look_again(house)
    assert (await house.show(made.id)).state is State.CANCELLED
    assert await house.balance(one) == (1_000_00, 0)


# ---- a late refusal


async def test_a_freeze_ends_what_nobody_was_handed_and_nothing_else(house: House) -> None:
    one, two = await house.customer(), await house.customer()
    payee = await house.beneficiary(one)
    queued, sent = await house.withdraw(one, payee), await house.withdraw(one, payee)
    await house.send(sent.id)
    large = await house.withdraw(two, await house.beneficiary(two))
    house.clearance.reviewed.add(one)
    looked_at = await house.withdraw(one, payee)
    step = withdrawals.CancelWithdrawals(house.pay)
    for _ in range(3):
        await house.db.run("t", lambda tx: step.apply(tx, one, UUID(int=9)))
    states = [(await house.show(each.id)).state for each in (queued, sent, looked_at, large)]
    assert states == [State.CANCELLED, State.SUBMITTED, State.CANCELLED, State.QUEUED]
    assert (await house.show(queued.id)).reason == "by_house"
    assert await house.balance(one) == (1_000_00, 100_00 + FEE)
    (ended,) = await house.entries(entries.WithdrawalsEnded)
    assert (ended.count, ended.saga) == (2, UUID(int=9))
    await house.verified()


async def test_nothing_is_handed_over_for_somebody_who_is_frozen_or_to_somebody_who_is_listed_since(
    house: House, log: io.StringIO
) -> None:
    one, two = await house.customer(), await house.customer()
    first = await house.withdraw(one, await house.beneficiary(one))
    payee = await house.beneficiary(two)
    second = await house.withdraw(two, payee)
    house.pay.customers.frozen_.add(one)  # type: ignore[attr-defined]  # the one of these tests
    house.screener.since[payee.beneficiary.id] = payees.Screened.BLOCKED
    for made in (first, second):
        assert (await house.send(made.id)).state is State.QUEUED
    assert (house.server.payments, log.getvalue().count("payments.stopped")) == ({}, 2)


async def test_freezing_and_sending_at_once_end_in_one_of_both(house: House) -> None:
    step = withdrawals.CancelWithdrawals(house.pay)
    one = await house.customer()
    payee = await house.beneficiary(one)
    made = [await house.withdraw(one, payee, "1.00") for _ in range(12)]

    async def freeze() -> None:
        await house.db.run("t", lambda tx: step.apply(tx, one, UUID(int=9)))

    await asyncio.gather(*(sending.one(house.db, house.pay, each.id) for each in made), freeze())
    states = [(await house.show(each.id)).state for each in made]
    assert set(states) <= {State.CANCELLED, State.SUBMITTED}
    assert len(house.server.payments) == states.count(State.SUBMITTED)
    assert (await house.balance(one))[1] == states.count(State.SUBMITTED) * (1_00 + FEE)


async def test_what_officers_decide_of_a_payee_counts_from_then_on(house: House) -> None:
    one = await house.customer()
    house.screener.said = payees.Screened.REVIEW
    payee = await house.beneficiary(one)
    with pytest.raises(payees.NotUsable):
        await house.withdraw(one, payee)
    await house.db.run("t", lambda tx: beneficiaries.screen_again(tx, house.pay))
    house.screener.since[payee.beneficiary.id] = payees.Screened.CLEAR
    assert await house.db.run("t", lambda tx: beneficiaries.screen_again(tx, house.pay)) == 1
    assert (await house.withdraw(one, payee)).state is State.QUEUED


# ---- money of nobody, on its way back


async def named(house: House, deposit: UUID, iban: str = IBANS[0]) -> payees.Opened:
    details = payees.Details(iban=iban)
    wanted = beneficiaries.Wanted(name="Grace Example", currency="EUR", country="DE", details=details)
    checked, said = await beneficiaries.asked(house.pay, wanted)
    return await house.db.run("t", lambda tx: returning.name_payee(tx, house.pay, deposit, wanted, checked, said))


async def going_back(house: House) -> payouts.Withdrawal:
    raw = await house.schema.superuser()
    newest = await raw.fetchval("SELECT id FROM withdrawal WHERE deposit IS NOT NULL ORDER BY id DESC LIMIT 1")
    await raw.close()
    return await house.show(newest)


@pytest.mark.parametrize("text", ["rent", ""])
async def test_money_of_nobody_is_paid_back_by_a_provider(house: House, text: str) -> None:
    await taken(house, statement([entry(text)]))
    found = await waiting(house)
    await named(house, found.id, IBANS[2])
    await named(house, found.id)
    await executed(house, entries.ReturnDeposit(found.id))
    made = await going_back(house)
    assert (made.state, made.fee, made.deposit) == (State.QUEUED, 0, found.id)
    assert (await house.send(made.id)).state is State.SUBMITTED
    with pytest.raises(model.NotInSuspense):
        await executed(house, entries.ReturnDeposit(found.id))
    headers, body = house.server.settle(made.id.hex, Fate.COMPLETED)
    await hearing.hear(house.db, house.pay, made.provider, headers, body)
    assert (await house.show(made.id)).state is State.COMPLETED
    assert (await house.house(ledger.Kind.PAYABLE), await house.house(ledger.Kind.SUSPENSE)) == (0, 0)
    assert await house.house(ledger.Kind.BANK) == 0
    await house.verified()


async def test_a_return_that_fails_is_payable_still_and_goes_out_again(house: House) -> None:
    await taken(house, statement([entry("rent")]))
    found = await waiting(house)
    await named(house, found.id)
    await executed(house, entries.ReturnDeposit(found.id))
    made = await going_back(house)
    await house.send(made.id)
    headers, body = house.server.settle(made.id.hex, Fate.FAILED)
    await hearing.hear(house.db, house.pay, made.provider, headers, body)
    assert await house.house(ledger.Kind.PAYABLE) == 12_50
    assert [each.id for each in await on_the_list(house)] == [made.id]
    await named(house, found.id, IBANS[1])
    await executed(house, entries.ReturnDeposit(found.id))
    again = await going_back(house)
    assert again.id != made.id
    sent = await house.send(again.id)
    headers, body = house.server.settle(again.id.hex, Fate.COMPLETED)
    await hearing.hear(house.db, house.pay, sent.provider, headers, body)
    assert await house.house(ledger.Kind.PAYABLE) == 0
    headers, body = house.server.settle(again.id.hex, Fate.RETURNED)
    await hearing.hear(house.db, house.pay, sent.provider, headers, body)
    assert await house.house(ledger.Kind.PAYABLE) == 12_50
    await house.verified()


# ---- the work list


async def on_the_list(house: House) -> list[payouts.Withdrawal]:
    async def work(tx: transaction.Tx) -> list[payouts.Withdrawal]:
        return await withdrawals.work(tx, [State.UNKNOWN, State.RETURNED], None, 99, contradicted=True)

    return await house.db.read("t", work)


async def test_what_came_back_is_taken_up_by_one_and_ticked_off_with_a_reason(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    sent = await house.send(made.id)
    for fate in (Fate.COMPLETED, Fate.RETURNED):
        headers, body = house.server.settle(made.id.hex, fate)
        await hearing.hear(house.db, house.pay, sent.provider, headers, body)
    assert [each.id for each in await on_the_list(house)] == [made.id]

    async def tick(by: UUID) -> None:
        await house.db.run("t", lambda tx: working.resolve(tx, house.pay, made.id, by, Resolution.CUSTOMER_INFORMED))

    with pytest.raises(payouts.NotOnTheList):
        await tick(SOMEBODY)
    people = [UUID(int=100 + number) for number in range(20)]
    claims = await asyncio.gather(
        *(house.db.run("t", lambda tx, by=by: working.claim(tx, made.id, by)) for by in people),  # type: ignore[misc]  # bound per turn
        return_exceptions=True,
    )
    (winner,) = {each.claimed_by for each in claims if isinstance(each, payouts.Withdrawal)}
    assert sum(isinstance(each, payouts.NotOnTheList) for each in claims) == 19
    assert winner is not None
    with pytest.raises(payouts.NotOnTheList):
        await tick(SOMEBODY)
    await tick(winner)
    assert await on_the_list(house) == []
    with pytest.raises(payouts.NotOnTheList):
        await tick(winner)
    (resolved,) = await house.entries(entries.WithdrawalResolved)
    assert (resolved.by, resolved.resolution) == (winner, "customer_informed")


async def test_one_of_unknown_fate_can_be_taken_up_and_left_but_not_ticked_off(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    raw = await house.schema.superuser()
    await raw.execute("UPDATE withdrawal SET state = 'unknown'")
    await raw.close()
    await house.db.run("t", lambda tx: working.claim(tx, made.id, SOMEBODY))
    with pytest.raises(payouts.NotOnTheList):
        await house.db.run(
            "t", lambda tx: working.resolve(tx, house.pay, made.id, SOMEBODY, Resolution.PROVIDER_CLARIFIED)
        )
    with pytest.raises(payouts.NotOnTheList):
        await house.db.run("t", lambda tx: working.let_go(tx, made.id, OTHER))
    free = await house.db.run("t", lambda tx: working.let_go(tx, made.id, SOMEBODY))
    assert free.claimed_by is None
