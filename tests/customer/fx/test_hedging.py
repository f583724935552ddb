"""Positions are evened once, whatever the provider and our own worker do in between; the books follow what happened."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from boundary.kernel import clock
from customer_stack.fx import jobs, model
from customer_stack.fx.adapters import currencycloud, http
from customer_stack.fx.repo import conversions, hedges
from customer_stack.fx.service import finance, hedging
from customer_stack.fx.simulators import serving
from customer_stack.fx.simulators.currencycloud import server as cc_server
from customer_stack.ledger import model as ledger
from customer_stack.ledger.service import proving
from tests import stacks
from tests.customer.fx import conftest as house

Fault = serving.Fault


class Desk:
    """An exchange with a provider behind it that hedges from one hundred dollars on."""

    def __init__(self, exchange: house.Exchange, server: cc_server.Server) -> None:
        self.exchange, self.server = exchange, server
        login = server.origin.replace("://", f"://{cc_server.LOGIN.replace('@', '%40')}:{cc_server.KEY}@")
        self.provider = currencycloud.Currencycloud(
            http.address("S", login, login=True), clock.SystemClock(), patience=timedelta(milliseconds=400)
        )
        self.policy = msgspec.structs.replace(
            house.POLICY, pairs=(msgspec.structs.replace(house.TERMS, hedge_at=100_00),)
        )
        self.hedger = hedging.Hedger(
            self.policy, {"currencycloud": self.provider}, "currencycloud", exchange.desk.house, exchange.ids
        )
        self.handlers = jobs.Handlers(self.policy, {"currencycloud": self.provider}, self.hedger)

    async def sell(self, dollars: str) -> None:
        await self.exchange.done(await self.exchange.quote(dollars, side=model.Side.BUY))

    async def work(self) -> None:
        await self.handlers.hedge(self.exchange.worker, jobs.Hedge())

    async def orders(self) -> list[model.HedgeOrder]:
        return await self.exchange.worker.read("t", lambda tx: hedges.listed(tx, None, 99))

    async def states(self) -> list[str]:
        return [each.state.value for each in await self.orders()]

    async def position(self) -> tuple[int, int]:
        [found] = await self.exchange.worker.read("t", conversions.positions)
        return found.base_units, found.quote_units

    async def time_passes(self) -> None:
        superuser = await self.exchange.schema.superuser()
        await superuser.execute("UPDATE fx_hedge SET changed_at = changed_at - interval '5 minutes'")
        await superuser.close()

    async def assert_in_step(self) -> None:
        [held] = await self.exchange.worker.read("t", lambda tx: finance.holdings(tx, self.policy))
        assert held.agrees
        assert (await proving.verify(self.exchange.worker)).fault == ""


@pytest.fixture
async def desk(customer_schema: stacks.StackDatabase) -> AsyncIterator[Desk]:
    exchange = await house.opened(customer_schema)
    await exchange.both()
    server = cc_server.Server({"USDLKR": ("300.00", "301.00")})
    await server.start()
    made = Desk(exchange, server)
    yield made
    await made.handlers.close()
    await server.stop()
    await exchange.db.close()
    await exchange.worker.close()


async def test_a_position_far_from_even_is_evened_and_the_books_say_with_whom(desk: Desk) -> None:
    await desk.sell("99.99")
    await desk.work()
    assert await desk.orders() == []
    await desk.sell("150.01")
    await desk.work()
    [order] = await desk.orders()
    assert (order.state, order.base_minor, order.quote_minor) == (model.HedgeState.DONE, 250_00, 75_250_00)
    base, quote = await desk.position()
    assert base == 0
    books = await desk.exchange.balances(ledger.HOUSE)
    assert books["USD", "BANK"] == -3 * 10_000_000_000 - 250_000_000
    assert books["LKR", "BANK"] == -3 * house.GIVEN + 75_250_00
    assert books["LKR", "FX_POSITION"] == quote
    await desk.assert_in_step()


async def test_a_long_position_is_sold(desk: Desk) -> None:
    await desk.exchange.done(await desk.exchange.quote("200.00", sell="USD", buy="LKR"))
    await desk.work()
    [order] = await desk.orders()
    assert (order.base_minor, order.quote_minor) == (-199_80, 59_940_00)  # all but the fee
    assert (await desk.position())[0] == 0
    await desk.assert_in_step()


async def test_an_order_of_unknown_fate_is_read_back_and_never_sent_again(desk: Desk) -> None:
    await desk.sell("250.00")
    desk.server.misbehave(Fault.ERROR_AFTER, 1)
    await desk.work()
    assert await desk.states() == ["unknown"]
    await desk.sell("250.00")  # what is on its way counts as arrived, and one order at a time
    desk.server.misbehave(None)
    await desk.work()
    assert await desk.states() == ["done"]
    assert len(desk.server.conversions) == 1
    await desk.work()
    assert sorted(await desk.states()) == ["done", "done"]
    assert [each["client_buy_amount"] for each in desk.server.conversions] == ["250.00", "250.00"]
    assert (await desk.position())[0] == 0
    await desk.assert_in_step()


async def test_what_the_provider_does_not_know_after_a_while_is_sent_again_under_its_reference(desk: Desk) -> None:
    await desk.sell("250.00")
    desk.server.misbehave(Fault.ERROR_BEFORE, 1)
    await desk.work()
    await desk.work()
    assert await desk.states() == ["unknown"]  # they may not have heard of it yet
    await desk.time_passes()
    await desk.work()
    assert await desk.states() == ["planned"]
    await desk.work()
    [order] = await desk.orders()
    assert (order.state, order.attempts) == (model.HedgeState.DONE, 2)
    assert [each["unique_request_id"] for each in desk.server.conversions] == [str(order.id)]
    await desk.assert_in_step()


async def test_while_the_provider_cannot_be_asked_the_order_stays_unknown(desk: Desk) -> None:
    await desk.sell("250.00")
    desk.server.misbehave(Fault.CUT_AFTER, 1)
    await desk.work()
    desk.server.misbehave(Fault.GARBAGE)
    await desk.time_passes()
    await desk.work()
    assert await desk.states() == ["unknown"]
    desk.server.misbehave(None)
    await desk.work()
    assert await desk.states() == ["done"]
    assert len(desk.server.conversions) == 1


async def test_a_worker_that_dies_while_sending_leaves_an_order_that_is_read_back(desk: Desk) -> None:
    await desk.sell("250.00")
    await desk.exchange.worker.run("t", lambda tx: hedging.plan(tx, desk.hedger))
    [order] = await desk.orders()
    superuser = await desk.exchange.schema.superuser()
    await superuser.execute("UPDATE fx_hedge SET state = 'sending', attempts = 1")  # and then nothing more
    await superuser.close()
    await desk.provider.create_fx_order(hedging.asked(order))
    await desk.work()
    assert await desk.states() == ["sending"]  # for all anybody knows somebody is at it
    await desk.time_passes()
    await desk.work()
    if await desk.states() == ["unknown"]:
        await desk.work()
    assert await desk.states() == ["done"]
    assert len(desk.server.conversions) == 1
    await desk.assert_in_step()


async def test_a_refusal_that_means_sent_before_is_found_to_be_a_fill(desk: Desk) -> None:
    """The provider did not know of the order when asked, took it late, and refuses its reference now."""
    await desk.sell("250.00")
    await desk.exchange.worker.run("t", lambda tx: hedging.plan(tx, desk.hedger))
    [order] = await desk.orders()
    await desk.provider.create_fx_order(hedging.asked(order))
    await desk.work()
    assert await desk.states() == ["done"]
    assert len(desk.server.conversions) == 1
    await desk.assert_in_step()


async def test_a_refusal_ends_an_order_and_the_position_stays(desk: Desk) -> None:
    await desk.sell("250.00")
    desk.server.rates.clear()
    await desk.work()
    assert await desk.states() == ["refused"]
    assert (await desk.position())[0] == -250_000_000
    await desk.assert_in_step()


async def test_a_provider_that_is_away_is_tried_again(desk: Desk) -> None:
    await desk.sell("250.00")
    desk.server.misbehave(Fault.LIMITED)
    await desk.work()
    assert await desk.states() == ["planned"]
    desk.server.misbehave(None)
    await desk.work()
    assert await desk.states() == ["done"]


async def test_the_result_of_a_position_is_what_evening_it_would_leave(desk: Desk) -> None:
    await desk.sell("100.00")
    [held] = await desk.exchange.worker.read("t", lambda tx: finance.holdings(tx, desk.policy))
    paid = Decimal(held.position.quote_units).scaleb(-2)
    assert held.mid == Decimal("300.65")
    assert held.result == paid - Decimal("30065.00")
    assert held.result == Decimal("205.60")


async def test_what_the_ledger_does_not_confirm_is_seen(desk: Desk) -> None:
    await desk.sell("100.00")
    superuser = await desk.exchange.schema.superuser()
    await superuser.execute("UPDATE fx_position SET base_units = base_units + 1")
    await superuser.close()
    [held] = await desk.exchange.worker.read("t", lambda tx: finance.holdings(tx, desk.policy))
    assert not held.agrees


async def test_feeds_are_heard_by_the_worker_and_a_silent_one_is_no_fault(desk: Desk) -> None:
    say: Any = jobs.Listen("currencycloud")
    superuser = await desk.exchange.schema.superuser()
    before = await superuser.fetchval("SELECT count(*) FROM fx_rate")
    await desk.handlers.listen(desk.exchange.worker, say)
    desk.server.misbehave(Fault.GARBAGE)
    await desk.handlers.listen(desk.exchange.worker, say)
    await desk.handlers.listen(desk.exchange.worker, jobs.Listen("ecb"))
    assert await superuser.fetchval("SELECT count(*) FROM fx_rate") == before + 1
    await superuser.close()
