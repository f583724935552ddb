"""A pair has a price only while two different sources agree on a fresh one; otherwise it says what is wrong."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from boundary.kernel import clock, errors, primitives
from customer_stack.fx import model
from customer_stack.fx.model import policy, refusals
from customer_stack.fx.rules import board as rules
from customer_stack.fx.service import board, worth
from tests import stacks
from tests.customer.fx import conftest as house

MINUTE = timedelta(minutes=1)
THIRD = model.Source("ecb", "https://other-bank.example")


@pytest.fixture
async def empty(customer_schema: stacks.StackDatabase) -> AsyncIterator[house.Exchange]:
    """An exchange that has heard nothing yet."""
    made = await house.opened(customer_schema)
    yield made
    await made.db.close()
    await made.worker.close()


async def refusal(exchange: house.Exchange) -> errors.Refusal:
    """The quote is refused, and the board says the same."""
    with pytest.raises(errors.Refusal) as caught:
        await exchange.quote()
    [line] = await exchange.db.read("t", lambda tx: board.lines(tx, exchange.desk.policy))
    assert line.priced is None
    assert line.refusal is not None
    assert (line.refusal.code, line.refusal.facts) == (caught.value.code, caught.value.facts)
    return caught.value


async def test_two_sources_that_agree_make_a_price(exchange: house.Exchange) -> None:
    [line] = await exchange.db.read("t", lambda tx: board.lines(tx, exchange.desk.policy))
    assert line.priced is not None
    assert line.priced.reference.source == house.PROVIDER
    assert line.priced.witness.source == house.CENTRAL_BANK
    assert line.priced.reference.mid == Decimal("300.65")


async def test_one_source_gone_is_no_price(empty: house.Exchange) -> None:
    await empty.hear(house.PROVIDER, "300", "301")
    found = await refusal(empty)
    assert isinstance(found, refusals.SourceMissing)
    assert found.facts == {"pair": "USD/LKR", "source": "cbsl"}


async def test_a_source_that_fell_silent_is_gone(exchange: house.Exchange) -> None:
    await exchange.time("now() + interval '6 minutes'")
    found = await refusal(exchange)
    assert isinstance(found, refusals.SourceMissing)
    assert found.facts["source"] == "currencycloud"


@pytest.mark.parametrize("age", [6 * MINUTE, -6 * MINUTE], ids=["old", "from the future"])
async def test_a_rate_of_another_time_is_no_price(exchange: house.Exchange, age: timedelta) -> None:
    await exchange.hear(house.PROVIDER, "300.10", "301.20", age=age)
    assert isinstance(await refusal(exchange), refusals.RateStale)


async def test_a_crossed_rate_is_no_price(exchange: house.Exchange) -> None:
    await exchange.hear(house.PROVIDER, "301.20", "300.10")
    assert isinstance(await refusal(exchange), refusals.RateCrossed)
    await exchange.hear(house.PROVIDER, "300.10", "301.20")
    await exchange.quote()


async def test_sources_that_disagree_are_no_price(exchange: house.Exchange) -> None:
    for bid, ask in (("303", "304"), ("306", "307"), ("309", "310.5"), ("311", "312")):
        await exchange.hear(house.PROVIDER, bid, ask)
    found = await refusal(exchange)
    assert isinstance(found, refusals.RateDeviating)
    assert found.facts["against"] == "cbsl"


async def test_a_lone_jump_is_not_believed_until_the_next_rate_confirms_it(exchange: house.Exchange) -> None:
    await exchange.hear(house.PROVIDER, "288", "289")
    assert isinstance(await refusal(exchange), refusals.RateJumped)
    await exchange.hear(house.CENTRAL_BANK, "288", "291")
    await exchange.hear(house.CENTRAL_BANK, "288.1", "291.1")
    await exchange.hear(house.PROVIDER, "288.2", "289.2")
    await exchange.quote()


@pytest.mark.parametrize("how", ["origin", "bytes"])
async def test_a_board_fed_twice_by_one_source_refuses_whatever_they_are_called(
    empty: house.Exchange, how: str
) -> None:
    payload = primitives.sha256(b"one answer")
    mirror = model.Source("cbsl", house.PROVIDER.origin if how == "origin" else "https://mirror.example")
    await empty.hear(house.PROVIDER, "300", "301", payload=payload)
    await empty.hear(mirror, "300", "301", payload=payload if how == "bytes" else None)
    assert isinstance(await refusal(empty), refusals.SourcesNotDistinct)


async def test_one_adapter_with_two_addresses_is_one_source(empty: house.Exchange) -> None:
    await empty.hear(house.PROVIDER, "300", "301")
    await empty.hear(model.Source("currencycloud", "https://second.example"), "300", "301")
    assert isinstance(await refusal(empty), refusals.SourceMissing)


async def test_terms_that_name_an_adapter_twice_have_no_price(exchange: house.Exchange) -> None:
    twice = policy.Terms(base="USD", quote="LKR", feeds=(policy.PROVIDER, policy.PROVIDER))
    exchange.desk = exchange.desk._replace(policy=policy.Policy(policy.DEFAULT.tiers, (twice,)))
    assert isinstance(await refusal(exchange), refusals.SourcesNotDistinct)


async def test_a_third_source_stands_in_for_one_that_is_gone(empty: house.Exchange) -> None:
    third = policy.Feed("ecb", 86_400, 86_400)
    terms = policy.Terms(base="USD", quote="LKR", feeds=(*house.TERMS.feeds, third), deviation_bp_max=300)
    empty.desk = empty.desk._replace(policy=policy.Policy(policy.DEFAULT.tiers, (terms,)))
    await empty.hear(THIRD, "300.5", "300.5")
    await empty.hear(house.CENTRAL_BANK, "297.5", "304.5")
    quote = await empty.quote()
    assert b'"source":"cbsl"' in quote.document


@pytest.mark.parametrize("bid", ["0", "-1", "NaN", "Infinity", "1E9", "1.0000000000001"])
async def test_what_is_no_rate_is_not_written_down(empty: house.Exchange, bid: str) -> None:
    with pytest.raises(board.RateUnusable):
        await empty.hear(house.PROVIDER, bid, "301")
    assert await empty.worker.read("t", lambda tx: board.history(tx, 9)) == []


async def test_a_rate_is_kept_as_it_was_said_and_never_changed(exchange: house.Exchange) -> None:
    said = await exchange.worker.read("t", lambda tx: board.history(tx, 9))
    assert [(each.source, str(each.bid), str(each.ask)) for each in said] == [
        (house.CENTRAL_BANK, "297.5", "304.5"),
        (house.PROVIDER, "300.10", "301.20"),
    ]
    assert said[0].fetched_at - said[0].as_of > timedelta(hours=4)
    superuser = await exchange.schema.superuser()
    for attempt in ("UPDATE fx_rate SET bid = 1", "DELETE FROM fx_rate", "UPDATE fx_source SET origin = 'x'"):
        with pytest.raises(Exception, match="append_only"):
            await superuser.execute(attempt)
    await superuser.close()


def test_distance_is_counted_from_the_larger_so_it_is_the_same_both_ways() -> None:
    assert rules.apart(Decimal(100), Decimal(97)) == rules.apart(Decimal(97), Decimal(100)) == 300


async def test_what_currencies_are_worth_is_told_in_smallest_units_without_rounding(exchange: house.Exchange) -> None:
    worths = worth.Worths(exchange.desk.policy)
    now = clock.SystemClock().now()
    rates = await exchange.worker.read("t", lambda tx: worths.rates(tx, [840, 144, 978], "LKR", now))
    assert rates == {840: model.Worth(6013, 200_000), 144: model.Worth(1, 1)}  # 300.65 rupees, six places to two
    dollars = await exchange.worker.read("t", lambda tx: worths.rates(tx, [840, 144], "USD", now))
    assert dollars == {840: model.Worth(1, 10_000), 144: model.Worth(20, 6013)}
    await exchange.hear(house.PROVIDER, "302", "301")
    assert await exchange.worker.read("t", lambda tx: worths.rates(tx, [840], "LKR", now)) == {}
