"""The life of a withdrawal: held, sent once, settled by the ledger, whatever the provider does."""

import asyncio
import itertools
from datetime import timedelta
from uuid import UUID

import pytest

from boundary.kernel import states
from customer_stack.ledger import model as ledger
from customer_stack.payments.model import beneficiaries as beneficiary_model
from customer_stack.payments.model import entries
from customer_stack.payments.model import payouts as model
from customer_stack.payments.model.payouts import Event, Found, Standing, State
from customer_stack.payments.rules import sending as rules
from customer_stack.payments.service import hearing, sending, withdrawals
from customer_stack.payments.simulators.providers.server import Fate, How
from tests.customer.payments.conftest import EUR, USD, House

FEE = 5_00


@pytest.mark.parametrize("state, event", model.MACHINE.illegal_pairs())
def test_what_the_table_does_not_allow_cannot_happen(state: State, event: Event) -> None:
    with pytest.raises(states.IllegalTransition):
        model.MACHINE.advance(state, event)


@pytest.mark.parametrize("state, standing", list(itertools.product(State, Standing)))
def test_what_a_provider_says_leads_along_the_table_or_nowhere(state: State, standing: Standing) -> None:
    for event in rules.events(state, standing) or ():
        state = model.MACHINE.advance(state, event)


async def test_a_withdrawal_is_held_sent_and_posted_with_its_fee(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    assert made.state is State.QUEUED
    assert await house.balance(one) == (1_000_00, 100_00 + FEE)
    sent = await house.send(made.id)
    assert (sent.state, bool(sent.external)) == (State.SUBMITTED, True)
    headers, body = house.server.settle(made.id.hex, Fate.COMPLETED)
    assert await hearing.hear(house.db, house.pay, sent.provider, headers, body) == "applied"
    assert (await house.show(made.id)).state is State.COMPLETED
    assert await house.balance(one) == (1_000_00 - 100_00 - FEE, 0)
    assert await house.house(ledger.Kind.FEES) == FEE
    told = await house.entries(entries.WithdrawalMoved)
    assert [each.after for each in told] == ["queued", "sending", "submitted", "completed"]
    steps = await house.db.read("t", lambda tx: withdrawals.steps(tx, [made.id]))
    assert [each.state.value for each in steps[made.id]] == [each.after for each in told]
    await house.verified()


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.RETURNED])
async def test_what_fails_is_released_and_what_comes_back_is_credited(house: House, fate: Fate) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    sent = await house.send(made.id)
    if fate is Fate.RETURNED:
        await hearing.hear(house.db, house.pay, sent.provider, *house.server.settle(made.id.hex, Fate.COMPLETED))
    await hearing.hear(house.db, house.pay, sent.provider, *house.server.settle(made.id.hex, fate))
    found = await house.show(made.id)
    if fate is Fate.FAILED:
        assert found.reason == "provider_said"  # "account closed" is a sentence, and the next might be a name
        assert (found.state, await house.balance(one)) == (State.FAILED, (1_000_00, 0))
    else:
        assert (found.state, found.returned) == (State.RETURNED, 100_00)
        assert await house.balance(one) == (1_000_00 - FEE, 0)
    await house.verified()


@pytest.mark.parametrize("how", [How.ERROR_AFTER, How.SILENT_AFTER, How.TIMEOUT, How.NOT_JSON])
async def test_what_was_taken_without_an_answer_stays_unknown_until_read_back(house: House, how: How) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    house.server.order(how)
    assert (await house.send(made.id)).state is State.UNKNOWN
    assert await house.balance(one) == (1_000_00, 100_00 + FEE)
    requests = house.server.requests
    house.wait(minutes=2)
    await house.sweep()
    assert (await house.show(made.id)).state is State.SUBMITTED
    assert (house.server.requests, len(house.server.payments)) == (requests, 1)


@pytest.mark.parametrize("how", [How.ERROR_BEFORE, How.SILENT_BEFORE])
async def test_what_was_not_taken_is_sent_again_only_after_the_provider_said_so(house: House, how: How) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    house.server.order(how)
    assert (await house.send(made.id)).state is State.UNKNOWN
    house.wait(seconds=35)
    await house.sweep()
    assert (await house.show(made.id)).state is State.UNKNOWN  # it may only not have arrived yet
    for _ in range(4):
        house.wait(minutes=2)
        await house.sweep()
    assert (await house.show(made.id)).state is State.SUBMITTED
    assert len(house.server.payments) == 1
    assert [each.event for each in await house.entries(entries.WithdrawalMoved)][1:] == [
        "begin", "lose", "miss", "begin", "accept",
    ]  # fmt: skip


async def test_who_turns_us_away_is_asked_again_later_and_who_refuses_ends_it(house: House) -> None:
    one = await house.customer()
    payee = await house.beneficiary(one)
    later, refused = [await house.withdraw(one, payee, "10.00") for _ in range(2)]
    house.server.order(How.BUSY)
    assert (await house.send(later.id)).state is State.QUEUED
    house.server.order(How.REFUSED)
    found = await house.send(refused.id)
    assert (found.state, found.reason) == (State.FAILED, "http_422")
    house.wait(minutes=5)
    await house.sweep()
    assert (await house.show(later.id)).state is State.SUBMITTED


async def test_a_sender_that_died_leaves_an_unknown_that_is_read_back(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    begun = await house.db.run("t", lambda tx: sending._begin(tx, house.pay, made.id))
    assert begun is not None
    await begun[0].send(begun[1])  # and then the process is gone
    house.wait(seconds=60)
    await house.sweep()
    assert (await house.show(made.id)).state is State.SENDING  # its lease still runs
    house.wait(minutes=2)
    await house.sweep()
    assert (await house.show(made.id)).state is State.UNKNOWN
    house.wait(minutes=1)
    await house.sweep()
    assert (await house.show(made.id)).state is State.SUBMITTED
    assert len(house.server.payments) == 1


async def test_an_event_that_overtakes_its_answer_counts(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    begun = await house.db.run("t", lambda tx: sending._begin(tx, house.pay, made.id))
    assert begun is not None
    sent = await begun[0].send(begun[1])
    await hearing.hear(house.db, house.pay, made.provider, *house.server.settle(made.id.hex, Fate.COMPLETED))
    await house.db.run("t", lambda tx: sending._record(tx, house.pay, made.id, sent))
    found = await house.show(made.id)
    assert (found.state, found.external) == (State.COMPLETED, sent.external)


async def test_events_in_any_order_and_number_come_to_the_same(house: House) -> None:
    del house.pay.providers["currencycloud"]  # type: ignore[attr-defined]  # OpenPayd has an event of its own for a return
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    sent = await house.send(made.id)
    completed = house.server.settle(made.id.hex, Fate.COMPLETED)
    returned = house.server.settle(made.id.hex, Fate.RETURNED)
    for _ in range(3):
        for headers, body in (returned, completed):
            await hearing.hear(house.db, house.pay, sent.provider, headers, body)
    assert (await house.show(made.id)).state is State.RETURNED
    assert await house.balance(one) == (1_000_00 - FEE, 0)
    await house.verified()


async def test_a_provider_that_contradicts_itself_moves_nothing_and_is_listed(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    sent = await house.send(made.id)
    await house.db.run("t", lambda tx: sending.learn(tx, house.pay, made.id, Found(Standing.FAILED, sent.external)))
    before = await house.balance(one)
    done = Found(Standing.COMPLETED, sent.external)
    for _ in range(2):
        assert not await house.db.run("t", lambda tx: sending.learn(tx, house.pay, made.id, done))
    assert (await house.show(made.id)).state is State.FAILED
    assert await house.balance(one) == before == (1_000_00, 0)
    listed = await house.db.read("t", lambda tx: withdrawals.work(tx, [], None, 9, contradicted=True))
    assert [each.id for each in listed] == [made.id]
    assert len(await house.entries(entries.WithdrawalContradicted)) == 1


async def test_a_hundred_senders_hand_it_over_once(house: House) -> None:
    one = await house.customer()
    made = await house.withdraw(one, await house.beneficiary(one))
    await asyncio.gather(*(sending.one(house.db, house.pay, made.id) for _ in range(100)))
    assert (await house.show(made.id)).state is State.SUBMITTED
    assert house.server.requests == 1


async def test_of_a_hundred_withdrawals_of_everything_one_is_made(house: House) -> None:
    one = await house.customer(amount=105_00)
    payee = await house.beneficiary(one)
    found = await asyncio.gather(*(house.withdraw(one, payee) for _ in range(100)), return_exceptions=True)
    assert sum(isinstance(each, model.Withdrawal) for each in found) == 1
    assert {type(each) for each in found if isinstance(each, Exception)} == {model.NotEnough}
    assert await house.balance(one) == (105_00, 105_00)


async def test_what_clearance_refuses_is_kept_and_holds_nothing(house: House) -> None:
    one = await house.customer()
    payee = await house.beneficiary(one)
    house.clearance.refused.add(one)
    made = await house.withdraw(one, payee)
    assert (made.state, made.reason) == (State.REFUSED, "limit_day")
    assert await house.balance(one) == (1_000_00, 0)
    (asked,) = house.clearance.seen
    assert (asked.kind, asked.account, asked.amount, asked.counterparty) == (
        "withdrawal", one, 100_00, payee.beneficiary.id,
    )  # fmt: skip


async def test_its_owner_may_cancel_it_until_it_is_handed_over(house: House) -> None:
    one = await house.customer()
    payee = await house.beneficiary(one)
    made, gone = [await house.withdraw(one, payee, "10.00") for _ in range(2)]
    found = await house.db.run("t", lambda tx: withdrawals.cancel(tx, house.pay, one, made.id))
    assert found.state is State.CANCELLED
    await house.send(gone.id)
    with pytest.raises(model.NotCancellable):
        await house.db.run("t", lambda tx: withdrawals.cancel(tx, house.pay, one, gone.id))
    with pytest.raises(model.NoWithdrawal):
        await house.db.run("t", lambda tx: withdrawals.cancel(tx, house.pay, UUID(int=1), gone.id))
    assert await house.balance(one) == (1_000_00, 10_00 + FEE)


async def test_nothing_goes_to_whom_it_may_not(house: House) -> None:
    one = await house.customer()
    payee = await house.beneficiary(one)
    house.time._now -= timedelta(hours=24)
    with pytest.raises(beneficiary_model.NotUsable) as refused:
        await house.withdraw(one, payee)
    assert refused.value.facts["reason"] == "cool_down"
    house.wait(hours=24)
    house.screener.said = beneficiary_model.Screened.REVIEW
    other = await house.beneficiary(one, iban="NO9386011117947", country="NO")
    with pytest.raises(beneficiary_model.NotUsable) as refused:
        await house.withdraw(one, other)
    assert refused.value.facts["reason"] == "screening"
    house.server.payee = "no_match"
    house.screener.said = beneficiary_model.Screened.CLEAR
    third = await house.beneficiary(one, iban="FR1420041010050500013M02606", country="FR")
    with pytest.raises(beneficiary_model.NotUsable) as refused:
        await house.withdraw(one, third)
    assert refused.value.facts["reason"] == "payee_does_not_match"


@pytest.mark.parametrize("text", ["10.001", "10.000"])
async def test_an_amount_has_the_places_of_its_currency(house: House, text: str) -> None:
    one = await house.customer(USD, 1_000_000_000)
    payee = await house.beneficiary(one, "USD", "US", aba="021000021", account_number="12345678")
    house.pay = house.pay._replace(policy=house.pay.policy.__class__(country="US", approval_above={"USD": 1}))
    if text == "10.000":
        made = await house.withdraw(one, payee, text)  # the ledger counts dollars to six places
        assert (made.state, made.amount, made.fee) == (State.AWAITING_APPROVAL, 10_000_000, 0)
        return
    with pytest.raises(model.AmountWrong):
        await house.withdraw(one, payee, text)
    assert EUR.scale == 2
