"""The worker's jobs, as the worker calls them."""

from datetime import timedelta
from uuid import UUID

from customer_stack.payments import jobs
from customer_stack.payments.adapters import hooks, opening, waiting
from customer_stack.payments.model.beneficiaries import Screened
from customer_stack.payments.model.payouts import State
from customer_stack.payments.service import deposits, importing
from tests.customer.payments.conftest import House
from tests.customer.payments.test_deposits import entry, reference, statement


async def test_what_was_asked_for_is_handed_over_by_its_own_job_and_by_the_sweep(
    house: House, teller: hooks.Hooks
) -> None:
    work = jobs.Handlers(house.pay, teller)
    one = await house.customer()
    payee = await house.beneficiary(one)
    first, second = [await house.withdraw(one, payee, "1.00") for _ in range(2)]
    await work.send(house.db, jobs.Send(first.id))
    assert [(await house.show(each.id)).state for each in (first, second)] == [State.SUBMITTED, State.QUEUED]
    await work.send_due(house.db, jobs.SendDue())
    assert (await house.show(second.id)).state is State.SUBMITTED
    await work.tell(house.db, jobs.TellHooks())


async def test_a_statement_that_takes_too_long_is_gone_on_with_by_another_job(
    house: House, teller: hooks.Hooks
) -> None:
    work = jobs.Handlers(house.pay, teller)
    one = await house.customer(amount=1)
    text = await reference(house, one)
    kept = await importing.take(house.db, house.pay, "bank", statement([entry(text)]), UUID(int=5))
    await work.read_statement(house.db, jobs.ReadStatement(kept.id))
    await work.read_statement(house.db, jobs.ReadStatement(kept.id))  # again after a crash
    assert await house.balance(one) == (1251, 0)
    assert (await house.db.read("t", lambda tx: deposits.listed(tx, one, None, 9)))[0].amount == 1250


async def test_who_was_not_screened_is_screened_again(house: House, teller: hooks.Hooks) -> None:
    work = jobs.Handlers(house.pay, teller)
    one = await house.customer()
    house.screener.said = Screened.PENDING
    payee = await house.beneficiary(one)
    house.screener.said = Screened.CLEAR
    await house.db.run("t", lambda tx: work.screen_again(tx, jobs.ScreenAgain()))
    assert (await house.withdraw(one, payee)).state is State.QUEUED


async def test_where_nobody_clears_and_nobody_screens_nothing_moves(house: House) -> None:
    pay = opening.payments(None, house.pay.vault, house.time, house.ids)
    assert isinstance(pay.clearance, waiting.NobodyClears)
    assert pay.providers == {}
    one = await house.customer()
    payee = await house.beneficiary(one)
    house.pay = house.pay._replace(clearance=pay.clearance, screener=pay.screener)
    refused = await house.withdraw(one, payee)
    assert (refused.state, refused.reason) == (State.REFUSED, "clearance_not_configured")
    other = await house.beneficiary(one, iban="NO9386011117947", country="NO")
    assert other.beneficiary.screened is Screened.PENDING


async def test_a_blocked_beneficiary_is_not_paid_even_if_it_was_queued(house: House) -> None:
    one = await house.customer()
    payee = await house.beneficiary(one)
    made = await house.withdraw(one, payee)
    raw = await house.schema.superuser()
    await raw.execute("UPDATE beneficiary SET screened = 'blocked'")
    await raw.close()
    await house.sweep()
    assert (await house.show(made.id)).state is State.QUEUED
    assert house.server.requests == 0
    assert timedelta(hours=1) == (await house.show(made.id)).due_at - house.time.now()  # type: ignore[operator]  # set
